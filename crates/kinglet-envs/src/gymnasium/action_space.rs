//! What can be done, from rows of numbers to Python's objects.

use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;

use crate::{Actions, Error};

/// An action space of Gymnasium, with what its actions are made of.
#[derive(Debug)]
pub(super) enum ActionSpace {
    /// Every action as Python's number, and the least.
    Discrete(Vec<Py<PyAny>>, i64),
    /// Bounds, and an array.
    Box {
        low: Vec<f64>,
        high: Vec<f64>,
        mould: Mould,
    },
}

/// An array that is filled and copied: an environment may keep what it was given.
#[derive(Debug)]
pub(super) struct Mould {
    numbers: Numbers,
    /// The array's method.
    copy: Py<PyAny>,
}

#[derive(Debug)]
enum Numbers {
    I64(PyBuffer<i64>, Vec<i64>),
    F32(PyBuffer<f32>, Vec<f32>),
    F64(PyBuffer<f64>, Vec<f64>),
}

impl ActionSpace {
    /// Of one environment's space.
    ///
    /// # Errors
    /// For a space that is neither discrete nor a box of floating-point numbers.
    pub(super) fn read(space: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = space.py();
        let spaces = py.import("gymnasium")?.getattr("spaces")?;
        if space.is_instance(&spaces.getattr("Discrete")?)? {
            let n: i64 = space.getattr("n")?.extract()?;
            let start: i64 = space.getattr("start")?.extract()?;
            let all =
                (start..start + n).map(|index| Ok(index.into_pyobject(py)?.into_any().unbind()));
            return Ok(Self::Discrete(all.collect::<PyResult<_>>()?, start));
        }
        if !space.is_instance(&spaces.getattr("Box")?)? {
            return Err(unknown(space));
        }
        let bounds = |name| -> PyResult<Vec<f64>> {
            let flat = space.getattr(name)?.call_method0("ravel")?;
            flat.call_method0("tolist")?.extract()
        };
        let mould = Mould::of(space)?;
        if matches!(mould.numbers, Numbers::I64(..)) {
            return Err(unknown(space));
        }
        Ok(Self::Box {
            low: bounds("low")?,
            high: bounds("high")?,
            mould,
        })
    }

    /// The same for whoever knows actions as rows of numbers.
    pub(super) fn describe(&self) -> Actions {
        match self {
            Self::Discrete(all, _) => Actions::Discrete(all.len()),
            Self::Box { low, high, .. } => Actions::Box {
                low: low.clone(),
                high: high.clone(),
            },
        }
    }

    /// The row of an action is one.
    ///
    /// # Errors
    /// [`Error::Action`] for a number that is no index, or is not finite.
    /// # Panics
    /// If the row has another length.
    pub(super) fn check(&self, row: &[f64]) -> Result<(), Error> {
        let expected = self.len();
        let found = row.len();
        assert_eq!(
            found, expected,
            "numbers of an action (left), expected (right)"
        );
        let space = match self {
            Self::Discrete(all, _) if index(row[0], all.len()).is_none() => {
                format!("an index below {}", all.len())
            }
            Self::Box { .. } if row.iter().any(|number| !number.is_finite()) => {
                format!("{expected} finite number(s)")
            }
            _ => return Ok(()),
        };
        Err(Error::Action {
            action: format!("{row:?}"),
            space,
        })
    }

    /// Numbers of a row.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Discrete(..) => 1,
            Self::Box { low, .. } => low.len(),
        }
    }

    /// What an index stands above: Python's number of the first action.
    pub(super) fn least(&self) -> f64 {
        match self {
            Self::Discrete(_, least) => *least as f64,
            Self::Box { .. } => 0.0,
        }
    }

    /// The action of a row that has been [checked](Self::check).
    pub(super) fn tell<'py>(
        &mut self,
        py: Python<'py>,
        row: &[f64],
    ) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Discrete(all, _) => Ok(all[row[0] as usize].bind(py).clone()),
            Self::Box { mould, .. } => mould.cast(py, row.iter().copied()),
        }
    }
}

fn index(number: f64, n: usize) -> Option<usize> {
    let index = number as usize; // NaN to 0, the rest to the nearest: told apart by the way back
    (index as f64 == number && index < n).then_some(index)
}

impl Mould {
    /// For arrays of a space's shape and numbers.
    ///
    /// # Errors
    /// For numbers other than `float32`, `float64` and `int64`.
    pub(super) fn of(space: &Bound<'_, PyAny>) -> PyResult<Self> {
        let numpy = space.py().import("numpy")?;
        let (shape, dtype) = (space.getattr("shape")?, space.getattr("dtype")?);
        let array = numpy.call_method1("zeros", (shape, &dtype))?;
        let numbers = match dtype.getattr("name")?.extract::<String>()?.as_str() {
            "int64" => Numbers::I64(PyBuffer::get(&array)?, Vec::new()),
            "float32" => Numbers::F32(PyBuffer::get(&array)?, Vec::new()),
            "float64" => Numbers::F64(PyBuffer::get(&array)?, Vec::new()),
            _ => return Err(unknown(space)),
        };
        let copy = array.getattr(intern!(space.py(), "copy"))?.unbind();
        Ok(Self { numbers, copy })
    }

    /// A new array with these numbers, rounded to its own.
    pub(super) fn cast<'py>(
        &mut self,
        py: Python<'py>,
        numbers: impl Iterator<Item = f64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match &mut self.numbers {
            Numbers::I64(buffer, row) => fill(py, buffer, row, numbers.map(|number| number as i64)),
            Numbers::F32(buffer, row) => fill(py, buffer, row, numbers.map(|number| number as f32)),
            Numbers::F64(buffer, row) => fill(py, buffer, row, numbers),
        }?;
        self.copy.bind(py).call0()
    }
}

fn fill<T: Element>(
    py: Python<'_>,
    buffer: &PyBuffer<T>,
    row: &mut Vec<T>,
    numbers: impl Iterator<Item = T>,
) -> PyResult<()> {
    row.clear();
    row.extend(numbers);
    buffer.copy_from_slice(py, row)
}

fn unknown(space: &Bound<'_, PyAny>) -> PyErr {
    let said = space
        .str()
        .map_or_else(|_| String::new(), |text| text.to_string());
    PyTypeError::new_err(format!(
        "the action space {said} is none that rows of numbers stand for: Discrete, and Box of float32 or float64, are"
    ))
}
