//! The score of an action that was made from noise, without the inverse.

use crate::linear_solve::solve;
use ndarray::{Array1, Array2};

/// What [`direct_score`] needs to know of a = g_θ(ζ) at one ζ ~ π₀. D is the dimension of ζ and a, P that of θ.
#[derive(Clone, Debug, PartialEq)]
pub struct NoisePartials {
    /// ∂ ln π₀/∂ζ, `[D]`; −ζ for standard normal noise.
    pub log_base_by_noise: Array1<f64>,
    /// ∂g/∂ζ, `[D, D]`, regular.
    pub action_by_noise: Array2<f64>,
    /// ∂g/∂θ at fixed ζ, `[D, P]`.
    pub action_by_params: Array2<f64>,
    /// ∂ ln |det ∂g/∂ζ| / ∂ζ, `[D]`; 0 where g is affine in ζ.
    pub log_det_by_noise: Array1<f64>,
    /// ∂ ln |det ∂g/∂ζ| / ∂θ at fixed ζ, `[P]`.
    pub log_det_by_params: Array1<f64>,
}

/// ∂ ln π_θ(a)/∂θ of the policy that a = g_θ(ζ) induces, from ζ and not from a. Catalogue: XU-15.
///
/// ```text
/// ∂ ln π/∂θ = (∂ ln π₀/∂ζ − ∂ ln |det|/∂ζ) dζ/dθ − ∂ ln |det|/∂θ
/// dζ/dθ = −(∂g/∂ζ)⁻¹ ∂g/∂θ
/// ```
///
/// The action is held fixed, so ζ moves against θ: hence the minus sign of the first term, and the second term, which
/// vanishes for affine g only. With the opposite sign policy gradients run downhill.
///
/// # Shapes
/// Returns `[P]`.
/// # Panics
/// If the shapes of the parts do not fit.
/// # Source
/// Xu 2018, section 3, the unnumbered equation after (7), corrected.
/// # Example
/// ```
/// use kinglet_objectives::{NoisePartials, direct_score};
/// use ndarray::array;
///
/// // a = θ + ζ at ζ = .8: ln π = −½ (a − θ)², whose slope is ζ.
/// let partials = NoisePartials {
///     log_base_by_noise: array![-0.8],
///     action_by_noise: array![[1.0]],
///     action_by_params: array![[1.0]],
///     log_det_by_noise: array![0.0],
///     log_det_by_params: array![0.0],
/// };
/// assert!((direct_score(&partials)[0] - 0.8).abs() < 1e-15);
/// ```
pub fn direct_score(partials: &NoisePartials) -> Array1<f64> {
    let jacobian = &partials.action_by_noise;
    let dim = partials.log_base_by_noise.len();
    assert_eq!(jacobian.dim(), (dim, dim), "shape of ∂g/∂ζ, and [D, D]");
    // pᵀ (∂g/∂ζ)⁻¹ is one solve with the transpose, whatever the number of parameters.
    let pull = &partials.log_base_by_noise - &partials.log_det_by_noise;
    let adjoint = solve(jacobian.t().to_owned(), pull);
    -partials.action_by_params.t().dot(&adjoint) - &partials.log_det_by_params
}
