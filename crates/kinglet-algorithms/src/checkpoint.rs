//! What a run needs to go on where it was.

mod array;
mod file;
mod folder;
mod log;

use std::collections::BTreeMap;

use ndarray::ArrayD;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::Value;

use crate::Error;

pub use array::{Array, Element};
pub(crate) use file::disk;
pub use folder::{Checkpoints, Found};
pub use log::{FileMark, LogMark, RowLog};

/// Everything that a run needs to go on to the same bits: its step, its config, its random streams and its arrays.
///
/// A file of it is a safetensors file, which other programs can read, with all that is no array as JSON in the
/// metadata. It carries its [`hash`](Self::hash), so that one that was cut short, changed or made by another program
/// is refused.
///
/// # Example
/// ```
/// use kinglet_algorithms::Checkpoint;
/// use ndarray::arr1;
/// use rand::Rng;
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
///
/// let mut stream = Xoshiro256PlusPlus::seed_from_u64(7);
/// let mut checkpoint = Checkpoint { step: 2048, ..Checkpoint::default() };
/// checkpoint.insert("params", arr1(&[0.1f32, 0.2]));
/// checkpoint.streams.insert("environments".into(), vec![stream.clone()]);
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("run.safetensors");
/// let hash = checkpoint.save(&path)?;
/// let mut read = Checkpoint::load(&path)?;
/// assert_eq!(read, checkpoint);
/// assert_eq!(read.hash()?, hash);
/// assert_eq!(read.array::<f32>("params")?[[1]], 0.2);
/// assert!(read.array::<f64>("params").is_err()); // it is of another type
/// let resumed = &mut read.streams.get_mut("environments").expect("it was saved")[0];
/// assert_eq!(resumed.next_u64(), stream.next_u64());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// How many environment steps the run has done.
    pub step: u64,
    /// The run's config.
    pub config: Value,
    /// The random streams, by name.
    pub streams: BTreeMap<String, Vec<Xoshiro256PlusPlus>>,
    /// The environments, each where it stands.
    pub places: Vec<Value>,
    /// Where the rows of its replay buffer lie, in files beside it that a [`RowLog`] writes.
    pub replay: Option<LogMark>,
    /// The arrays, by name.
    pub arrays: BTreeMap<String, Array>,
}

impl Checkpoint {
    /// Keeps an array, in place of one that had the name.
    pub fn insert<S: Element, D: ndarray::Dimension>(
        &mut self,
        name: &str,
        array: ndarray::Array<S, D>,
    ) {
        self.arrays
            .insert(name.to_owned(), S::wrap(array.into_dyn()));
    }

    /// Keeps a slice as an array of one axis.
    pub fn insert_slice<S: Element>(&mut self, name: &str, slice: &[S]) {
        self.insert(name, ndarray::arr1(slice));
    }

    /// The array of that name.
    ///
    /// # Errors
    /// [`Error::NoArray`] if there is none, [`Error::ArrayType`] if its numbers are of another type.
    pub fn array<S: Element>(&self, name: &str) -> Result<&ArrayD<S>, Error> {
        let array = self.arrays.get(name).ok_or_else(|| Error::NoArray {
            name: name.to_owned(),
            names: self.arrays.keys().cloned().collect(),
        })?;
        S::unwrap(array).ok_or_else(|| Error::ArrayType {
            name: name.to_owned(),
            stored: array.type_name(),
            asked: std::any::type_name::<S>(),
        })
    }

    /// Copies the array of that name over a slice, in row-major order.
    ///
    /// # Errors
    /// As [`array`](Self::array), and [`Error::ArrayLength`] if it has more or fewer numbers; then nothing has changed.
    pub fn copy_to<S: Element>(&self, name: &str, slice: &mut [S]) -> Result<(), Error> {
        let array = self.array::<S>(name)?;
        if array.len() != slice.len() {
            return Err(Error::ArrayLength {
                name: name.to_owned(),
                stored: array.len(),
                asked: slice.len(),
            });
        }
        for (to, from) in slice.iter_mut().zip(array) {
            *to = *from;
        }
        Ok(())
    }

    /// The number of that name, kept as an array of one.
    ///
    /// # Errors
    /// As [`array`](Self::array), and [`Error::ArrayLength`] if it has more or fewer numbers.
    pub(crate) fn number<S: Element>(&self, name: &str) -> Result<S, Error> {
        let array = self.array::<S>(name)?;
        match array.as_slice() {
            Some([number]) => Ok(*number),
            _ => Err(Error::ArrayLength {
                name: name.to_owned(),
                stored: array.len(),
                asked: 1,
            }),
        }
    }

    /// The SHA-256 of the content, in hexadecimal: two runs that are equal to the bit have the same one.
    ///
    /// # Errors
    /// As [`save`](Self::save), without the disk's.
    pub fn hash(&self) -> Result<String, Error> {
        Ok(file::encode(self)?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, arr1, arr2};

    #[test]
    fn an_array_comes_back_as_what_it_is_or_not_at_all() {
        let mut checkpoint = Checkpoint::default();
        checkpoint.insert("a", arr2(&[[1.0, 2.0], [3.0, 4.0]]));
        checkpoint.insert_slice("b", &[5u64]);
        let mut out = [0.0; 4];
        checkpoint.copy_to("a", &mut out).unwrap();
        assert_eq!(out, [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(checkpoint.number("b"), Ok(5u64));
        assert!(matches!(
            checkpoint.number::<f64>("a"),
            Err(Error::ArrayLength {
                stored: 4,
                asked: 1,
                ..
            })
        ));
        assert!(matches!(
            checkpoint.copy_to("a", &mut [0.0; 3]),
            Err(Error::ArrayLength {
                stored: 4,
                asked: 3,
                ..
            })
        ));
        assert!(matches!(
            checkpoint.array::<f32>("b"),
            Err(Error::ArrayType {
                stored: "u64",
                asked: "f32",
                ..
            })
        ));
        assert!(matches!(
            checkpoint.array::<f32>("c"),
            Err(Error::NoArray { names, .. }) if names == ["a", "b"]
        ));
    }

    #[test]
    fn the_hash_is_of_the_content_only() {
        let mut one = Checkpoint::default();
        one.insert("x", arr1(&[1.0]));
        one.insert("y", Array2::<f64>::zeros((2, 3)).reversed_axes());
        let mut other = Checkpoint::default();
        other.insert("y", Array2::<f64>::zeros((3, 2)));
        other.insert("x", arr1(&[1.0]));
        assert_eq!(one.hash().unwrap(), other.hash().unwrap());
        let changes: [fn(&mut Checkpoint); 8] = [
            |c| c.step = 1,
            |c| c.config = Value::from(1),
            |c| c.places.push(Value::from(1)),
            |c| drop(c.streams.insert("s".into(), vec![])),
            |c| c.replay = Some(LogMark::default()),
            |c| c.insert("x", arr1(&[-1.0])),
            |c| c.insert("x", arr1(&[1u64])),
            |c| c.insert("y", Array2::<f64>::zeros((2, 3))),
        ];
        for (i, change) in changes.iter().enumerate() {
            let mut changed = one.clone();
            change(&mut changed);
            assert_ne!(changed.hash().unwrap(), one.hash().unwrap(), "change {i}");
        }
    }
}
