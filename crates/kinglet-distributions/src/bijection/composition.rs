//! One map after another.

use num_traits::Float;

use super::Bijection;

/// y = then(first(x)). Catalogue: XU-26.
///
/// ```text
/// ln |det ∂y/∂x| = ln |det first| at x  +  ln |det then| at first(x)
/// ```
///
/// # Example
/// ```
/// use kinglet_distributions::{Affine, Bijection, Composition};
///
/// let maps = Composition { first: Affine::new(1.0, 2.0)?, then: Affine::new(0.0, -3.0)? };
/// assert_eq!(maps.forward(&1.0), -9.0); // −3 (1 + 2 · 1)
/// assert!((maps.log_abs_det(&1.0) - 6_f64.ln()).abs() < 1e-15);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Composition<F, G> {
    /// The map that x meets first.
    pub first: F,
    /// The map after it.
    pub then: G,
}

impl<S, F, G> Bijection<S> for Composition<F, G>
where
    S: Float,
    F: Bijection<S>,
    G: Bijection<S, Point = F::Point>,
{
    type Point = F::Point;

    fn forward(&self, x: &F::Point) -> F::Point {
        self.then.forward(&self.first.forward(x))
    }

    fn inverse(&self, y: &F::Point) -> F::Point {
        self.first.inverse(&self.then.inverse(y))
    }

    fn log_abs_det(&self, x: &F::Point) -> S {
        self.first.log_abs_det(x) + self.then.log_abs_det(&self.first.forward(x))
    }
}
