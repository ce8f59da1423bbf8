//! A bandit with two arms and one logit, on which variational policy gradients are tried.

use kinglet_distributions::{Categorical, Distribution, Error, Score};

/// α.
pub(super) const TEMPERATURE: f64 = 0.5;

/// What the second arm pays; the first pays nothing.
pub(super) const PAY: f64 = 2.0;

fn policy(logit: f64) -> Result<Categorical, Error> {
    Categorical::from_logits(&[0.0, logit])
}

/// σ(θ) = E_π[r]/b, the probability of the arm that pays.
pub(super) fn share(logit: f64) -> f64 {
    policy(logit).map_or(f64::NAN, |policy| policy.probabilities()[1])
}

/// R(θ) of the bandit that pays `PAY`.
pub(super) fn reward(theta: &[f64]) -> f64 {
    PAY * share(theta[0])
}

/// ∂R/∂θ = E_π[∂ log π(a) (r(a) − R)], over both arms.
pub(super) fn reward_gradient(theta: &[f64]) -> Vec<f64> {
    let (pays, mean) = ([0.0, PAY], reward(theta));
    let gradient = policy(theta[0]).map_or(f64::NAN, |policy| {
        let term =
            |arm: usize| policy.log_prob(&arm).exp() * policy.score(&arm)[1] * (pays[arm] - mean);
        (0..2).map(term).sum()
    });
    vec![gradient]
}

/// ln N(θ; 0, 1).
pub(super) fn log_prior(theta: &[f64]) -> f64 {
    -0.5 * theta[0] * theta[0] - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

/// ∂ ln N(θ; 0, 1)/∂θ.
pub(super) fn log_prior_gradient(theta: &[f64]) -> Vec<f64> {
    vec![-theta[0]]
}

/// R/α + ln p₀, the logarithm of the posterior without its constant.
pub(super) fn log_posterior(theta: &[f64]) -> f64 {
    reward(theta) / TEMPERATURE + log_prior(theta)
}

/// ∫ f over [low, high] by the midpoint rule, whose error vanishes with any power of the step where f ends flat.
pub(super) fn integral(low: f64, high: f64, pieces: u32, f: impl Fn(f64) -> f64) -> f64 {
    let step = (high - low) / f64::from(pieces);
    let terms = (0..pieces).map(|i| f(low + (f64::from(i) + 0.5) * step));
    terms.sum::<f64>() * step
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimise::{STEP, derivative};

    #[test]
    fn the_policy_gradient_of_the_bandit_is_the_slope_of_its_return() {
        for theta in [-1.5, 0.0, 0.7] {
            let slope = derivative(|step| reward(&[theta + step]), STEP);
            assert!((reward_gradient(&[theta])[0] - slope).abs() < 1e-9);
            let sigmoid = 1.0 / (1.0 + (-theta).exp());
            assert!((share(theta) - sigmoid).abs() < 1e-15);
        }
    }
}
