//! Score-function gradients by the logits of a policy, with exact mean and variance.

use crate::enumeration::{ENUMERATION_LIMIT, path_probability};
use crate::problem::{check_finite, finite_horizon};
use crate::sampled_trajectory::draw_trajectory;
use crate::soft::boltzmann;
use crate::{Error, Estimate};
use kinglet_envs::{TabularMdp, Trajectory};
use ndarray::{Array3, ArrayView3, Axis, s};
use rand::Rng;

/// What one trajectory's estimate of a gradient is worth: its mean and its variance. Made by
/// [`score_gradient`].
#[derive(Debug, Clone, PartialEq)]
pub struct GradientMoments {
    /// E\[g\], `[T, S, A]`.
    pub mean: Array3<f64>,
    /// Var\[g\], component by component, `[T, S, A]`.
    pub variance: Array3<f64>,
}

impl GradientMoments {
    /// The trace of the covariance, E‖g − E\[g\]‖².
    pub fn total_variance(&self) -> f64 {
        self.variance.sum()
    }
}

/// The policy of time-dependent logits. Catalogue: DECK-04.
///
/// ```text
/// q(a | s) = exp θ[t, s, a] / Σ_b exp θ[t, s, b]
/// ```
///
/// # Shapes
/// `logits`: `[T, S, A]`, and so is what returns.
/// # Errors
/// [`Error::NotFinite`].
/// # Example
/// ```
/// use kinglet_objectives::softmax_policy;
/// let policy = softmax_policy(ndarray::arr3(&[[[0.0, 3f64.ln()]]]).view())?;
/// assert!((policy[[0, 0, 1]] - 0.75).abs() < 1e-15);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn softmax_policy(logits: ArrayView3<'_, f64>) -> Result<Array3<f64>, Error> {
    check_finite("a logit", logits.iter())?;
    let mut policy = logits.to_owned();
    for mut row in policy.lanes_mut(Axis(2)) {
        let normalised = boltzmann(row.view(), 1.0)?;
        row.assign(&normalised);
    }
    Ok(policy)
}

/// A score-function gradient whose weights you choose: its exact mean and variance, by listing all
/// trajectories. Catalogue: DECK-04, DECK-05, DECK-19.
///
/// ```text
/// g(τ) = Σₜ ∇ log q(aₜ | sₜ) w(τ, t),   ∂ log q(a | s) / ∂θ[t, s, b] = [a = b] − q(b | s)
/// ```
///
/// The building block of [`policy_gradient`](crate::policy_gradient), open so that any reading of
/// a formula can be tried. A weight that does not depend on aₜ or on what follows it adds nothing
/// to the mean.
///
/// # Shapes
/// `logits`: `[T, S, A]`; `weight(τ, t)` is wₜ, in units of reward, for t from 0.
/// # Errors
/// [`Error::NotFinite`] for the logits; [`Error::NeedsFiniteHorizon`]; [`Error::Environment`] for
/// more than [`ENUMERATION_LIMIT`] trajectories.
/// # Panics
/// When the logits have another shape.
/// # Source
/// Williams 1992, theorem 1.
/// # Example
/// ```
/// use kinglet_objectives::score_gradient;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::{Array3, array};
/// // One step, two actions that pay 0 and 4, chosen by a fair coin.
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 4.0]].view(), array![1.0].view(),
///     Horizon::Finite(1),
/// )?;
/// let gradient = score_gradient(&mdp, Array3::zeros((1, 1, 2)).view(), |path, _| path.total_reward)?;
/// // Half the time 0, half the time (−½, ½) · 4.
/// assert_eq!(gradient.mean, ndarray::arr3(&[[[-1.0, 1.0]]]));
/// assert_eq!(gradient.total_variance(), 2.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn score_gradient(
    mdp: &TabularMdp,
    logits: ArrayView3<'_, f64>,
    weight: impl Fn(&Trajectory, usize) -> f64,
) -> Result<GradientMoments, Error> {
    let policy = checked_policy(mdp, logits)?;
    let mut mean = Array3::zeros(policy.dim());
    for path in mdp.trajectories(ENUMERATION_LIMIT)? {
        let gradient = path_gradient(&path, &policy, &weight);
        mean.scaled_add(path_probability(&path, policy.view()), &gradient);
    }
    let mut variance = Array3::zeros(policy.dim());
    for path in mdp.trajectories(ENUMERATION_LIMIT)? {
        let off = path_gradient(&path, &policy, &weight) - &mean;
        variance.scaled_add(path_probability(&path, policy.view()), &(&off * &off));
    }
    Ok(GradientMoments { mean, variance })
}

/// The mean of [`score_gradient`] from `n` trajectories drawn under the policy, each component with
/// its standard error. Catalogue: DECK-04.
///
/// # Shapes
/// As [`score_gradient`]. Returns `[T, S, A]`.
/// # Errors
/// As [`score_gradient`], and [`Error::Distribution`] for too few samples; nothing is listed.
/// # Panics
/// When the logits have another shape.
/// # Source
/// Williams 1992, theorem 1.
pub fn score_gradient_monte_carlo<R: Rng + ?Sized>(
    mdp: &TabularMdp,
    logits: ArrayView3<'_, f64>,
    weight: impl Fn(&Trajectory, usize) -> f64,
    n: usize,
    rng: &mut R,
) -> Result<Array3<Estimate>, Error> {
    let policy = checked_policy(mdp, logits)?;
    if n < 2 {
        return Err(kinglet_distributions::Error::TooFewSamples { samples: n }.into());
    }
    let mut mean = Array3::<f64>::zeros(policy.dim());
    let mut squares = Array3::<f64>::zeros(policy.dim());
    for i in 1..=n {
        let path = draw_trajectory(mdp, policy.view(), rng);
        let gradient = path_gradient(&path, &policy, &weight);
        let before = &gradient - &mean;
        mean.scaled_add(1.0 / i as f64, &before);
        squares += &(before * (gradient - &mean));
    }
    let scale = 1.0 / (n as f64 * (n - 1) as f64);
    Ok(ndarray::Zip::from(&mean)
        .and(&squares)
        .map_collect(|&mean, &squares| Estimate {
            mean,
            standard_error: (squares * scale).sqrt(),
        }))
}

/// Σₜ ∇ log q(aₜ | sₜ) w(τ, t) of one trajectory.
fn path_gradient(
    path: &Trajectory,
    policy: &Array3<f64>,
    weight: &impl Fn(&Trajectory, usize) -> f64,
) -> Array3<f64> {
    let mut gradient = Array3::zeros(policy.dim());
    for (t, (&state, &action)) in path.states.iter().zip(&path.actions).enumerate() {
        let w = weight(path, t);
        let mut row = gradient.slice_mut(s![t, state, ..]);
        row.scaled_add(-w, &policy.slice(s![t, state, ..]));
        row[action] += w;
    }
    gradient
}

/// The policy of logits that fit the problem.
pub(crate) fn checked_policy(
    mdp: &TabularMdp,
    logits: ArrayView3<'_, f64>,
) -> Result<Array3<f64>, Error> {
    let shape = (finite_horizon(mdp)?, mdp.n_states(), mdp.n_actions());
    assert_eq!(
        logits.dim(),
        shape,
        "the logits' shape (left) is not [T, S, A] (right)"
    );
    softmax_policy(logits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kinglet_envs::fixtures::tab;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    fn logits() -> Array3<f64> {
        Array3::from_shape_fn((3, 3, 2), |(t, s, a)| {
            ((5 * t + 3 * s + 7 * a) as f64).sin()
        })
    }

    /// The gradient of E[f(τ)] is E[Σ ∇ log q f]: by differences of an expectation that knows no
    /// score.
    #[test]
    fn deck_19_the_mean_is_the_slope_of_the_expectation() {
        let f = |path: &Trajectory| path.total_reward * path.states[2] as f64 + 1.0;
        let expectation = |logits: &Array3<f64>| -> f64 {
            let policy = softmax_policy(logits.view()).unwrap();
            let paths = tab().trajectories(216).unwrap().collect::<Vec<_>>();
            let term = |path: &Trajectory| path_probability(path, policy.view()) * f(path);
            paths.iter().map(term).sum()
        };
        let gradient = score_gradient(&tab(), logits().view(), |path, _| f(path)).unwrap();
        for (index, &slope) in gradient.mean.indexed_iter() {
            let moved = |step: f64| {
                let mut at = logits();
                at[index] += step;
                expectation(&at)
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((difference - slope).abs() < 1e-8, "{index:?}");
        }
    }

    /// A weight of 1 at the first step only: the variance of a score is its Fisher information,
    /// P(s₁ = s) q (1 − q).
    #[test]
    fn deck_19_a_score_has_mean_zero_and_the_fisher_s_variance() {
        let first = |_: &Trajectory, t: usize| [1.0, 0.0, 0.0][t];
        let gradient = score_gradient(&tab(), logits().view(), first).unwrap();
        let policy = softmax_policy(logits().view()).unwrap();
        for ((t, s, a), &variance) in gradient.variance.indexed_iter() {
            assert!(gradient.mean[[t, s, a]].abs() < 1e-15);
            let q = policy[[t, s, a]];
            let fisher = [tab().initial()[s] * q * (1.0 - q), 0.0, 0.0][t];
            assert!((variance - fisher).abs() < 1e-15);
        }
        assert!((gradient.total_variance() - gradient.variance.sum()).abs() < 1e-15);
    }

    /// The estimate's standard error is √(variance / n), and the mean lies within it.
    #[test]
    fn deck_04_drawn_trajectories_have_these_moments() {
        let weight = |path: &Trajectory, t: usize| path.total_reward + t as f64;
        let exact = score_gradient(&tab(), logits().view(), weight).unwrap();
        let (n, mut rng) = (5000, Xoshiro256PlusPlus::seed_from_u64(2));
        let drawn =
            score_gradient_monte_carlo(&tab(), logits().view(), weight, n, &mut rng).unwrap();
        for (index, estimate) in drawn.indexed_iter() {
            assert!(estimate.z(exact.mean[index]).abs() < 4.0, "{index:?}");
            let expected = (exact.variance[index] / n as f64).sqrt();
            assert!((estimate.standard_error / expected - 1.0).abs() < 0.15);
        }
    }

    #[test]
    fn logits_have_to_be_finite_and_samples_two() {
        let mut wrong = logits();
        wrong[[1, 1, 1]] = f64::NAN;
        let error = score_gradient(&tab(), wrong.view(), |_, _| 1.0).unwrap_err();
        assert!(matches!(error, Error::NotFinite { .. }));
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
        let one = score_gradient_monte_carlo(&tab(), logits().view(), |_, _| 1.0, 1, &mut rng);
        assert_eq!(
            one,
            Err(kinglet_distributions::Error::TooFewSamples { samples: 1 }.into())
        );
    }

    #[test]
    #[should_panic(expected = "[T, S, A]")]
    fn logits_have_a_row_for_each_step() {
        let short = Array3::zeros((2, 3, 2));
        let _ = score_gradient(&tab(), short.view(), |_, _| 1.0);
    }
}
