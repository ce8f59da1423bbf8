//! A cubic that rises everywhere.

use num_traits::Float;

use super::Bijection;
use crate::Error;
use crate::scalar::{constant, plain};

/// y = x + c x³ with c ≥ 0. Catalogue: XU-01.
///
/// ```text
/// ∂y/∂x = 1 + 3 c x²        x = (2/√(3c)) sinh(⅓ arsinh(³⁄₂ √(3c) y))
/// ```
///
/// # Example
/// ```
/// use kinglet_distributions::{Bijection, Cubic};
///
/// let cubic: Cubic = Cubic::new(0.5)?;
/// assert_eq!(cubic.forward(&2.0), 6.0);
/// assert!((cubic.inverse(&6.0) - 2.0).abs() < 1e-15);
/// assert!((cubic.log_abs_det(&2.0) - 7_f64.ln()).abs() < 1e-15);
/// assert!(Cubic::new(-0.5).is_err()); // it would turn back
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cubic<S = f64> {
    coefficient: S,
}

impl<S: Float> Cubic<S> {
    /// x + coefficient · x³.
    ///
    /// # Errors
    /// If the coefficient is negative, infinite or NaN.
    pub fn new(coefficient: S) -> Result<Self, Error> {
        if coefficient.is_finite() && coefficient >= S::zero() {
            return Ok(Self { coefficient });
        }
        Err(Error::Negative {
            name: "coefficient",
            value: plain(coefficient),
        })
    }

    fn slope(&self, x: S) -> S {
        S::one() + constant::<S>(3.0) * self.coefficient * x * x
    }
}

impl<S: Float> Bijection<S> for Cubic<S> {
    type Point = S;

    fn forward(&self, x: &S) -> S {
        *x + self.coefficient * *x * *x * *x
    }

    fn inverse(&self, y: &S) -> S {
        let k = (3.0 * plain(self.coefficient)).sqrt();
        let y_plain = plain(*y);
        let x: S = constant(if k == 0.0 {
            y_plain
        } else {
            2.0 / k * ((1.5 * k * y_plain).asinh() / 3.0).sinh()
        });
        // One step of Newton takes the rounding off, and gives a dual number its derivative.
        x - (self.forward(&x) - *y) / self.slope(x)
    }

    fn log_abs_det(&self, x: &S) -> S {
        self.slope(*x).ln()
    }
}
