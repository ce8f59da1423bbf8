//! The two scalars that networks are made of.

use std::iter::Sum;

use ndarray::NdFloat;

use crate::lanes::Lanes;

/// The scalars of this crate: `f32` to train, `f64` to check.
///
/// Functions of a whole slice run with the widest instructions that the processor has.
pub trait Scalar: NdFloat + Sum + Default + Lanes {
    /// The nearest number to `x`.
    fn from_f64(x: f64) -> Self;
    /// x ← eˣ, element by element.
    fn exp_all(x: &mut [Self]);
    /// x ← ln x, element by element.
    fn ln_all(x: &mut [Self]);
    /// x ← tanh x, element by element; in f32 quickly, within 3.6·10⁻⁷.
    fn tanh_all(x: &mut [Self]);
}

impl Scalar for f32 {
    #[inline]
    fn from_f64(x: f64) -> f32 {
        x as f32
    }
    fn exp_all(x: &mut [f32]) {
        kinglet_simd::exp(x);
    }
    fn ln_all(x: &mut [f32]) {
        kinglet_simd::ln(x);
    }
    fn tanh_all(x: &mut [f32]) {
        kinglet_simd::quick_tanh(x);
    }
}

impl Scalar for f64 {
    #[inline]
    fn from_f64(x: f64) -> f64 {
        x
    }
    fn exp_all(x: &mut [f64]) {
        kinglet_simd::exp(x);
    }
    fn ln_all(x: &mut [f64]) {
        kinglet_simd::ln(x);
    }
    fn tanh_all(x: &mut [f64]) {
        kinglet_simd::tanh(x);
    }
}
