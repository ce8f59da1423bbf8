//! The arrays of a checkpoint.

use std::borrow::Cow;

use ndarray::{ArrayD, IxDyn};
use safetensors::{Dtype, View, tensor::TensorView};

/// An array of one of the types that a checkpoint keeps.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// Parameters and an optimiser's state.
    F32(ArrayD<f32>),
    /// An environment's states and statistics.
    F64(ArrayD<f64>),
    /// Counts.
    U64(ArrayD<u64>),
}

/// A number that a checkpoint keeps: `f32`, `f64` or `u64`.
pub trait Element: Copy + sealed::Sealed {
    /// The array with its type as a value.
    fn wrap(array: ArrayD<Self>) -> Array;
    /// The array, if it is of this type.
    fn unwrap(array: &Array) -> Option<&ArrayD<Self>>;
    /// Appends its bytes, little-endian.
    fn write_le(self, bytes: &mut Vec<u8>);
    /// The number of as many bytes as it has, little-endian.
    ///
    /// # Panics
    /// If there are more or fewer.
    fn read_le(bytes: &[u8]) -> Self;
}

impl Array {
    /// The name of the numbers' type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Array::F32(_) => "f32",
            Array::F64(_) => "f64",
            Array::U64(_) => "u64",
        }
    }

    /// The array that a file holds, or the type that no checkpoint keeps.
    pub(super) fn read(view: &TensorView<'_>) -> Result<Self, Dtype> {
        let (shape, bytes) = (view.shape(), view.data());
        match view.dtype() {
            Dtype::F32 => Ok(Array::F32(numbers(shape, bytes, f32::from_le_bytes))),
            Dtype::F64 => Ok(Array::F64(numbers(shape, bytes, f64::from_le_bytes))),
            Dtype::U64 => Ok(Array::U64(numbers(shape, bytes, u64::from_le_bytes))),
            other => Err(other),
        }
    }
}

/// An array from its shape and as many bytes as it needs.
fn numbers<S, const N: usize>(
    shape: &[usize],
    bytes: &[u8],
    from_le_bytes: fn([u8; N]) -> S,
) -> ArrayD<S> {
    let (chunks, _) = bytes.as_chunks::<N>();
    let numbers = chunks.iter().copied().map(from_le_bytes).collect();
    ArrayD::from_shape_vec(IxDyn(shape), numbers).expect("the file's lengths have been checked")
}

/// The bytes of an array in row-major order, whatever its order in memory.
fn bytes<S: Copy, const N: usize>(array: &ArrayD<S>, to_le_bytes: fn(S) -> [u8; N]) -> Vec<u8> {
    array.iter().copied().flat_map(to_le_bytes).collect()
}

impl View for &Array {
    fn dtype(&self) -> Dtype {
        match self {
            Array::F32(_) => Dtype::F32,
            Array::F64(_) => Dtype::F64,
            Array::U64(_) => Dtype::U64,
        }
    }

    fn shape(&self) -> &[usize] {
        match self {
            Array::F32(array) => array.shape(),
            Array::F64(array) => array.shape(),
            Array::U64(array) => array.shape(),
        }
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(match self {
            Array::F32(array) => bytes(array, f32::to_le_bytes),
            Array::F64(array) => bytes(array, f64::to_le_bytes),
            Array::U64(array) => bytes(array, u64::to_le_bytes),
        })
    }

    fn data_len(&self) -> usize {
        match self {
            Array::F32(array) => 4 * array.len(),
            Array::F64(array) => 8 * array.len(),
            Array::U64(array) => 8 * array.len(),
        }
    }
}

impl Element for f32 {
    fn wrap(array: ArrayD<f32>) -> Array {
        Array::F32(array)
    }
    fn unwrap(array: &Array) -> Option<&ArrayD<f32>> {
        match array {
            Array::F32(array) => Some(array),
            _ => None,
        }
    }
    fn write_le(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }
    fn read_le(bytes: &[u8]) -> f32 {
        f32::from_le_bytes(exactly(bytes))
    }
}

impl Element for f64 {
    fn wrap(array: ArrayD<f64>) -> Array {
        Array::F64(array)
    }
    fn unwrap(array: &Array) -> Option<&ArrayD<f64>> {
        match array {
            Array::F64(array) => Some(array),
            _ => None,
        }
    }
    fn write_le(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }
    fn read_le(bytes: &[u8]) -> f64 {
        f64::from_le_bytes(exactly(bytes))
    }
}

impl Element for u64 {
    fn wrap(array: ArrayD<u64>) -> Array {
        Array::U64(array)
    }
    fn unwrap(array: &Array) -> Option<&ArrayD<u64>> {
        match array {
            Array::U64(array) => Some(array),
            _ => None,
        }
    }
    fn write_le(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }
    fn read_le(bytes: &[u8]) -> u64 {
        u64::from_le_bytes(exactly(bytes))
    }
}

/// The bytes of one number.
fn exactly<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let found = bytes.len();
    let own = bytes.try_into().ok();
    own.unwrap_or_else(|| panic!("a number of {N} bytes from {found}"))
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl Sealed for u64 {}
}
