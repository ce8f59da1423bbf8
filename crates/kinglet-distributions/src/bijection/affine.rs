//! A line.

use num_traits::Float;

use super::Bijection;
use crate::Error;
use crate::scalar::finite;

/// y = shift + scale · x, where the scale may be negative. Catalogue: XU-26.
///
/// # Example
/// ```
/// use kinglet_distributions::{Affine, Bijection};
///
/// assert_eq!(Affine::new(1.0, 2.0)?.forward(&3.0), 7.0);
/// assert!(Affine::new(1.0, 0.0).is_err()); // a point has no density
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine<S = f64> {
    shift: S,
    scale: S,
}

impl<S: Float> Affine<S> {
    /// The line through (0, shift) of slope `scale`.
    ///
    /// # Errors
    /// If either is not finite, or the scale is 0.
    pub fn new(shift: S, scale: S) -> Result<Self, Error> {
        let (shift, scale) = (finite("shift", shift)?, finite("scale", scale)?);
        if scale == S::zero() {
            return Err(Error::Singular { name: "scale" });
        }
        Ok(Self { shift, scale })
    }
}

impl<S: Float> Bijection<S> for Affine<S> {
    type Point = S;

    fn forward(&self, x: &S) -> S {
        self.shift + self.scale * *x
    }

    fn inverse(&self, y: &S) -> S {
        (*y - self.shift) / self.scale
    }

    fn log_abs_det(&self, _: &S) -> S {
        self.scale.abs().ln()
    }
}
