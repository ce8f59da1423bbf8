//! A Gaussian policy on three states whose mean is a curved function of three parameters.

use kinglet_distributions::{Kl, Normal};
use kinglet_objectives::{Quadrature, gauss_hermite};
use kinglet_trust_region::{DenseFisher, EmpiricalFisher, Error};
use ndarray::{Array1, Array2, array};
use num_traits::Float;

use crate::duals::jacobian;

/// σ, which the parameters do not move.
pub(super) const STD: f64 = 0.6;

/// The states.
pub(super) const STATES: [f64; 3] = [-1.2, 0.3, 0.9];

/// Their law.
pub(super) const LAW: [f64; 3] = [0.5, 0.2, 0.3];

/// θ_old.
pub(super) fn theta_old() -> Array1<f64> {
    array![0.8, -0.5, 0.4]
}

/// μ_θ(s) = θ₀ tanh(θ₁ s + θ₂).
pub(super) fn mean<S: Float>(theta: &[S], state: f64) -> S {
    let state = S::from(state).expect("a scalar holds every f64");
    theta[0] * (theta[1] * state + theta[2]).tanh()
}

/// π_θ(·|s).
pub(super) fn policy(theta: &Array1<f64>, state: f64) -> Normal {
    Normal::from_log_std(mean(&theta.to_vec(), state), STD.ln())
}

/// J = ∂μ/∂θ, `[S, 3]`.
pub(super) fn means_jacobian(theta: &Array1<f64>) -> Array2<f64> {
    jacobian(|t| STATES.map(|s| mean(t, s)).to_vec(), theta.view())
}

/// E_s KL(π_new ‖ π_old).
pub(super) fn kl(new: &Array1<f64>, old: &Array1<f64>) -> f64 {
    let states = STATES.iter().zip(LAW);
    states
        .map(|(&s, weight)| weight * policy(new, s).kl(&policy(old, s)))
        .sum()
}

/// ∂ log π(a|s)/∂θ at an action σ ξ above the mean.
pub(super) fn score(j: &Array2<f64>, state: usize, noise: f64) -> Array1<f64> {
    &j.row(state) * (noise / STD)
}

/// E_s E_a[score scoreᵀ], the actions at the nodes of a quadrature.
pub(super) fn exact_fisher(theta: &Array1<f64>) -> Result<DenseFisher, Error> {
    let (j, Quadrature { nodes, weights }) = (means_jacobian(theta), gauss_hermite(6));
    let n = nodes.len();
    let scores =
        Array2::from_shape_fn((3 * n, 3), |(row, i)| score(&j, row / n, nodes[row % n])[i]);
    let weights = Array1::from_shape_fn(3 * n, |row| LAW[row / n] * weights[row % n]);
    DenseFisher::from_scores(scores.view(), weights.view())
}

/// The mean of the outer products at given states and noises.
pub(super) fn sampled_fisher(theta: &Array1<f64>, draws: &[(usize, f64)]) -> Array2<f64> {
    let j = means_jacobian(theta);
    let scores = Array2::from_shape_fn((draws.len(), 3), |(n, i)| {
        let (state, noise) = draws[n];
        score(&j, state, noise)[i]
    });
    EmpiricalFisher { scores }.dense().matrix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimise::gradient;
    use kinglet_distributions::Distribution;

    #[test]
    fn scores_are_those_of_differences() {
        let (theta, noise) = (theta_old(), -0.7);
        let j = means_jacobian(&theta);
        for (s, &state) in STATES.iter().enumerate() {
            let action = mean(&theta.to_vec(), state) + STD * noise;
            let log = |t: &Array1<f64>| policy(t, state).log_prob(&action);
            let off = gradient(&log, &theta) - score(&j, s, noise);
            assert!(off.iter().all(|off| off.abs() < 1e-9), "{off}");
        }
    }
}
