//! BAND: a bandit of three arms with a softmax policy.

use kinglet_distributions::{Categorical, Error, Score};
use kinglet_trust_region::DenseFisher;
use ndarray::{Array1, Array2, ArrayView1, aview1};
use num_traits::Float;

/// What the arms pay, of both signs.
pub(crate) const REWARD: [f64; 3] = [1.5, -1.0, -0.5];

/// Logits of a policy that prefers nothing in particular.
pub(crate) const LOGITS: [f64; 3] = [0.5, 0.7, 0.0];

/// The policy of logits.
pub(crate) fn policy<S: Float>(logits: &[S]) -> Result<Categorical<S>, Error> {
    Categorical::from_logits(logits)
}

/// J = E[r].
pub(crate) fn value(logits: ArrayView1<'_, f64>) -> f64 {
    let policy = policy(&logits.to_vec());
    policy.map_or(f64::NAN, |policy| policy.mean(|a| REWARD[a]))
}

/// ∇J = p (r − J).
pub(crate) fn gradient<S: Float>(logits: &[S]) -> Result<Vec<S>, Error> {
    let policy = policy(logits)?;
    let reward = |a: usize| S::from(REWARD[a]).expect("a scalar holds every f64");
    let mean = policy.mean(reward);
    let p = policy.probabilities().iter().enumerate();
    Ok(p.map(|(a, p)| *p * (reward(a) - mean)).collect())
}

/// The scores of all arms, one a row.
pub(crate) fn scores(policy: &Categorical) -> Array2<f64> {
    let n = policy.probabilities().len();
    let rows: Vec<Vec<f64>> = (0..n).map(|a| policy.score(&a)).collect();
    Array2::from_shape_fn((n, n), |(a, i)| rows[a][i])
}

/// F = E[∇ log p ∇ log pᵀ].
pub(crate) fn fisher(policy: &Categorical) -> Result<DenseFisher, kinglet_trust_region::Error> {
    DenseFisher::from_scores(scores(policy).view(), aview1(policy.probabilities()))
}

/// Its logits as an array.
pub(crate) fn logits() -> Array1<f64> {
    Array1::from_iter(LOGITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimise;

    #[test]
    fn the_gradient_is_that_of_differences() {
        let differences = optimise::gradient(&|l: &Array1<f64>| value(l.view()), &logits());
        for (slope, difference) in gradient(&LOGITS).unwrap().iter().zip(&differences) {
            assert!((slope - difference).abs() < 1e-10);
        }
    }
}
