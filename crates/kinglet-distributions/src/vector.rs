//! Vectors whose length the compiler knows, and vectors whose length it does not.

use std::fmt::Debug;

use num_traits::Float;

/// Storage of a vector of scalars: `[S; D]` where the problem fixes the dimension, `Vec<S>` where the data do.
pub trait Vector: Clone + Debug {
    /// What it holds.
    type Scalar: Float;
    /// As many plain numbers.
    type Noise: Clone + Debug + AsRef<[f64]>;

    /// Its numbers.
    fn as_slice(&self) -> &[Self::Scalar];

    /// Another vector of this one's length.
    fn build(&self, of: impl FnMut(usize) -> Self::Scalar) -> Self;

    /// As many plain numbers.
    fn build_noise(&self, of: impl FnMut(usize) -> f64) -> Self::Noise;
}

impl<S: Float + Debug, const D: usize> Vector for [S; D] {
    type Scalar = S;
    type Noise = [f64; D];

    fn as_slice(&self) -> &[S] {
        self
    }

    fn build(&self, of: impl FnMut(usize) -> S) -> Self {
        std::array::from_fn(of)
    }

    fn build_noise(&self, of: impl FnMut(usize) -> f64) -> [f64; D] {
        std::array::from_fn(of)
    }
}

impl<S: Float + Debug> Vector for Vec<S> {
    type Scalar = S;
    type Noise = Vec<f64>;

    fn as_slice(&self) -> &[S] {
        self
    }

    fn build(&self, of: impl FnMut(usize) -> S) -> Self {
        (0..self.len()).map(of).collect()
    }

    fn build_noise(&self, of: impl FnMut(usize) -> f64) -> Vec<f64> {
        (0..self.len()).map(of).collect()
    }
}
