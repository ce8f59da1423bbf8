//! The hyperbolic tangent.

use num_traits::Float;

use super::Bijection;
use crate::scalar::constant;

/// y = tanh x, which squashes a line into (−1, 1).
///
/// ```text
/// ln ∂y/∂x = ln(1 − tanh² x) = 2 (ln 2 − |x| − ln(1 + e^(−2|x|)))
/// ```
///
/// The right side neither overflows nor cancels: 1 − tanh² is 0 in f64 from |x| = 19.1 on, its logarithm is not.
///
/// # Example
/// ```
/// use kinglet_distributions::{Bijection, Tanh};
///
/// assert_eq!(Tanh.log_abs_det(&0.0), 0.0);
/// let far = Tanh.log_abs_det(&100.0); // 4 e^(−200)
/// assert!((far - (4_f64.ln() - 200.0)).abs() < 1e-13);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tanh;

/// ln(1 − tanh² x).
pub(crate) fn log_slope<S: Float>(x: S) -> S {
    let two = constant::<S>(2.0);
    two * (two.ln() - x.abs() - (-two * x.abs()).exp().ln_1p())
}

impl<S: Float> Bijection<S> for Tanh {
    type Point = S;

    fn forward(&self, x: &S) -> S {
        x.tanh()
    }

    /// ±1 and beyond, where rounding has pushed y out of (−1, 1), stand for the last number inside.
    fn inverse(&self, y: &S) -> S {
        let last = S::one() - constant::<S>(0.5) * S::epsilon();
        let size = if y.abs() >= S::one() { last } else { y.abs() };
        // The library's artanh loses digits below 0.
        if *y < S::zero() {
            -size.atanh()
        } else {
            size.atanh()
        }
    }

    fn log_abs_det(&self, x: &S) -> S {
        log_slope(*x)
    }
}
