//! What is seen, from Python's arrays to rows of numbers.

use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// What an observation is in Python.
#[derive(Clone, Debug)]
pub(super) enum ObservationSpace {
    /// An array of so many numbers, read in C's order.
    Box { numbers: usize, reader: Reader },
    /// An index of `n`, from `start`: seen as an indicator, as Gymnasium's `flatten` does it.
    Discrete { n: usize, start: i64 },
}

/// Copies an array's numbers, by way of its own kind. All that is not copied as it lies there NumPy converts first.
#[derive(Clone, Debug)]
pub(super) enum Reader {
    F32(Vec<f32>),
    U8(Vec<u8>),
    F64,
    Other,
}

impl ObservationSpace {
    /// Of a box or a discrete space of Gymnasium.
    pub(super) fn read(space: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(n) = space.getattr("n") {
            let (n, start) = (n.extract()?, space.getattr("start")?.extract()?);
            return Ok(Self::Discrete { n, start });
        }
        let shape: Vec<usize> = space.getattr("shape")?.extract()?;
        let dtype: String = space.getattr("dtype")?.getattr("name")?.extract()?;
        Ok(Self::Box {
            numbers: shape.iter().product(),
            reader: Reader::of(&dtype),
        })
    }

    /// Numbers of a row.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Box { numbers, .. } => *numbers,
            Self::Discrete { n, .. } => *n,
        }
    }

    /// Writes one observation, or a batch of them one behind the other.
    ///
    /// # Errors
    /// What does not lie in the space.
    pub(super) fn write(&mut self, seen: &Bound<'_, PyAny>, out: &mut [f64]) -> PyResult<()> {
        match self {
            Self::Box { reader, .. } => reader.write(seen, out),
            Self::Discrete { n, start } if out.len() == *n => {
                indicate(seen.extract()?, *start, out)
            }
            Self::Discrete { n, start } => {
                let mut indices = vec![0.0; out.len() / *n];
                Reader::Other.write(seen, &mut indices)?;
                let mut rows = out.chunks_exact_mut(*n).zip(indices);
                rows.try_for_each(|(row, index)| indicate(index as i64, *start, row))
            }
        }
    }
}

fn indicate(index: i64, start: i64, out: &mut [f64]) -> PyResult<()> {
    let n = out.len();
    let at = usize::try_from(index - start).ok().filter(|at| *at < n);
    let at = at.ok_or_else(|| {
        PyValueError::new_err(format!(
            "the observation {index} is not one of {n} from {start}"
        ))
    })?;
    out.fill(0.0);
    out[at] = 1.0;
    Ok(())
}

impl Reader {
    /// By the name of NumPy's dtype.
    fn of(dtype: &str) -> Self {
        match dtype {
            "float32" => Self::F32(Vec::new()),
            "float64" => Self::F64,
            "uint8" => Self::U8(Vec::new()),
            _ => Self::Other,
        }
    }

    /// Writes an array's numbers, false as 0 and true as 1. An array of another kind than its space says is converted.
    ///
    /// # Errors
    /// More numbers or fewer than there is room for; what is no array.
    pub(super) fn write(&mut self, seen: &Bound<'_, PyAny>, out: &mut [f64]) -> PyResult<()> {
        let py = seen.py();
        let written = match self {
            Self::F32(numbers) => widen(seen, numbers, out),
            Self::U8(numbers) => widen(seen, numbers, out),
            Self::F64 => PyBuffer::get(seen)
                .map(|buffer| buffer.copy_to_slice(py, out))
                .ok(),
            Self::Other => None,
        };
        written.unwrap_or_else(|| {
            let numpy = py.import("numpy")?;
            let seen = numpy.call_method1("asarray", (seen, numpy.getattr("float64")?))?;
            PyBuffer::get(&seen)?.copy_to_slice(py, out)
        })
    }
}

/// Copies by way of `numbers`; `None` for what is no array of these.
fn widen<T: Element + Default + Into<f64>>(
    seen: &Bound<'_, PyAny>,
    numbers: &mut Vec<T>,
    out: &mut [f64],
) -> Option<PyResult<()>> {
    let buffer = PyBuffer::get(seen).ok()?;
    numbers.resize(out.len(), T::default());
    let copied = buffer.copy_to_slice(seen.py(), numbers);
    for (out, number) in out.iter_mut().zip(numbers) {
        *out = (*number).into();
    }
    Some(copied)
}
