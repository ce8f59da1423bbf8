//! Two Gaussians in two dimensions, and their density written by hand.

use crate::Gaussian;
use ndarray::array;

/// An old and a new one.
pub(crate) fn pair() -> (Gaussian, Gaussian) {
    let old = Gaussian {
        mean: array![0.3, -1.0],
        covariance: array![[1.0, 0.4], [0.4, 0.7]],
    };
    let new = Gaussian {
        mean: array![1.1, 0.2],
        covariance: array![[0.5, -0.2], [-0.2, 1.3]],
    };
    (old, new)
}

/// ln N(x; μ, Σ) in two dimensions, its inverse and determinant by hand.
pub(crate) fn log_prob(g: &Gaussian, x: f64, y: f64) -> f64 {
    let c = &g.covariance;
    let det = c[[0, 0]] * c[[1, 1]] - c[[0, 1]] * c[[1, 0]];
    let (u, v) = (x - g.mean[0], y - g.mean[1]);
    let form = c[[1, 1]] * u * u - 2.0 * c[[0, 1]] * u * v + c[[0, 0]] * v * v;
    -0.5 * form / det - 0.5 * det.ln() - (2.0 * std::f64::consts::PI).ln()
}
