//! Smooth invertible maps, which carry one distribution into another.

mod affine;
mod composition;
mod cubic;
mod elementwise;
mod lu;
mod matrix_affine;
mod planar;
mod root;
mod tanh;

pub use affine::Affine;
pub use composition::Composition;
pub use cubic::Cubic;
pub use elementwise::Elementwise;
pub use matrix_affine::MatrixAffine;
pub use planar::Planar;
pub use tanh::Tanh;
pub(crate) use tanh::log_slope;

/// A smooth map with a smooth inverse. Catalogue: XU-26.
///
/// ```text
/// y = f(x)        p_Y(y) = p_X(f⁻¹(y)) / |det ∂f/∂x|  at  x = f⁻¹(y)
/// ```
///
/// The bars matter: a map that turns space over has a negative determinant, and without them −2X would have a negative
/// density. That inverse images keep unions and complements is true of every function; what the formula needs is that f
/// is one to one, onto, and differentiable with a determinant that is not 0.
///
/// # Source
/// Rezende 2015, eq. (5).
/// # Example
/// ```
/// use kinglet_distributions::{Affine, Bijection};
///
/// let turn = Affine::new(1.0, -2.0)?; // y = 1 − 2 x
/// assert_eq!((turn.forward(&3.0), turn.inverse(&-5.0)), (-5.0, 3.0));
/// assert!((turn.log_abs_det(&3.0) - 2_f64.ln()).abs() < 1e-15);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
pub trait Bijection<S = f64> {
    /// A number `S`, or a vector `Vec<S>`.
    type Point;

    /// f(x).
    fn forward(&self, x: &Self::Point) -> Self::Point;

    /// f⁻¹(y).
    fn inverse(&self, y: &Self::Point) -> Self::Point;

    /// ln |det ∂f/∂x| at x.
    fn log_abs_det(&self, x: &Self::Point) -> S;
}
