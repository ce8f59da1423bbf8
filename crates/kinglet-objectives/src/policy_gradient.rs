//! Policy gradients: what multiplies the score.

use crate::problem::{check_finite, check_unit};
use crate::score_gradient::{
    GradientMoments, checked_policy, score_gradient, score_gradient_monte_carlo,
};
use crate::soft::check_temperature;
use crate::{Error, Estimate};
use kinglet_envs::{TabularMdp, Trajectory};
use ndarray::{Array1, Array2, Array3, ArrayView3};
use rand::Rng;

/// What multiplies the score in a policy gradient. Catalogue: DECK-04, DECK-07, DECK-09.
///
/// ```text
/// ∇J = Σₜ E[ ∇ log q(aₜ | sₜ) wₜ ],   J = E[ Σₜ γᵗ (rₜ − α log qₜ) ],   t = 0 … T−1
/// wₜ = γᵗ ( Σ_{t' ≥ t} γ^(t'−t) (r_t' − α log q_t' [− α]) − b(t, sₜ) )
/// ```
///
/// Start from [`reinforce`](PolicyGradient::reinforce) and change what you mean to change. Every
/// choice but [`Credit::FromNow`] leaves the mean alone; the variance is what they are for.
///
/// # Example
/// ```
/// use kinglet_objectives::{Credit, PolicyGradient};
/// let choice = PolicyGradient { credit: Credit::RewardToGo, ..PolicyGradient::reinforce(0.1) };
/// assert_eq!((choice.temperature, choice.discount, choice.baseline), (0.1, 1.0, None));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyGradient {
    /// Which rewards an action is credited with.
    pub credit: Credit,
    /// The price α of a nat of entropy, at least 0.
    pub temperature: f64,
    /// The discount γ, in [0, 1].
    pub discount: f64,
    /// Where the derivative of −α log q stands.
    pub entropy_slope: EntropySlope,
    /// b(t, s), `[T, S]`, in units of reward; it is subtracted once at each step, outside the sum.
    pub baseline: Option<Array2<f64>>,
}

/// Which rewards an action is credited with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credit {
    /// Those of the whole trajectory: Σ_{t'} γ^t' (…).
    FullReturn,
    /// Those from its own step on, as seen from the start: γᵗ Σ_{t' ≥ t} γ^(t'−t) (…).
    RewardToGo,
    /// The same without γᵗ: Σ_{t' ≥ t} γ^(t'−t) (…). Usual practice, and for γ < 1 the gradient of
    /// nothing.
    FromNow,
}

/// Where the derivative of −α log q stands. It is −α times the score, whose mean is zero, so it
/// changes the variance alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntropySlope {
    /// Nowhere.
    Omitted,
    /// −α once at each step, where the baseline stands.
    Once,
    /// −α with each reward of the sum.
    EachReward,
}

impl PolicyGradient {
    /// REINFORCE: the full return, no discount, no baseline.
    pub fn reinforce(temperature: f64) -> Self {
        Self {
            credit: Credit::FullReturn,
            temperature,
            discount: 1.0,
            entropy_slope: EntropySlope::Omitted,
            baseline: None,
        }
    }

    /// wₜ, from the rewards r − α log q of a trajectory.
    fn weigh(&self, rewards: &Array1<f64>, t: usize, state: usize) -> f64 {
        let (inside, outside) = match self.entropy_slope {
            EntropySlope::Omitted => (0.0, 0.0),
            EntropySlope::Once => (0.0, self.temperature),
            EntropySlope::EachReward => (self.temperature, 0.0),
        };
        let (first, outer) = match self.credit {
            Credit::FullReturn => (0, self.discount.powi(t as i32)),
            Credit::RewardToGo => (t, self.discount.powi(t as i32)),
            Credit::FromNow => (t, 1.0),
        };
        let from = if self.credit == Credit::FromNow { t } else { 0 };
        let sum: f64 = (first..rewards.len())
            .map(|later| self.discount.powi((later - from) as i32) * (rewards[later] - inside))
            .sum();
        let baseline = self.baseline.as_ref().map_or(0.0, |b| b[[t, state]]);
        sum - outer * (baseline + outside)
    }

    fn check(&self, logits: ArrayView3<'_, f64>) -> Result<(), Error> {
        check_temperature(self.temperature)?;
        check_unit("discount", self.discount)?;
        if let Some(baseline) = &self.baseline {
            let (steps, states, _) = logits.dim();
            assert_eq!(
                baseline.dim(),
                (steps, states),
                "the baseline's shape (left) is not [T, S] (right)"
            );
            check_finite("a baseline", baseline.iter())?;
        }
        Ok(())
    }
}

/// The rewards of a trajectory, each with what its action's rarity earns. Catalogue: DECK-03.
///
/// ```text
/// r(sₜ, aₜ) − α log q(aₜ | sₜ)
/// ```
///
/// # Shapes
/// `policy`: `[T, S, A]`. Returns `[T]`. Units: reward.
/// # Panics
/// When the trajectory leaves the policy's table.
/// # Example
/// ```
/// use kinglet_envs::fixtures::tab;
/// use kinglet_objectives::soft_rewards;
/// let uniform = ndarray::Array3::from_elem((3, 3, 2), 0.5);
/// let path = tab().trajectories(216)?.next().unwrap(); // stays in state 0 by action 0
/// let rewards = soft_rewards(&tab(), uniform.view(), 1.0, &path);
/// assert!((rewards[2] - (2f64.ln() - 0.4)).abs() < 1e-15);
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
pub fn soft_rewards(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    temperature: f64,
    path: &Trajectory,
) -> Array1<f64> {
    let steps = path.states.iter().zip(&path.actions).enumerate();
    let reward = |(t, (&s, &a)): (usize, (&usize, &usize))| {
        let rarity = if temperature == 0.0 {
            0.0 // even where q is 0
        } else {
            -temperature * policy[[t, s, a]].ln()
        };
        mdp.reward(s, a) + rarity
    };
    steps.map(reward).collect()
}

/// A policy gradient: the exact mean and variance of one trajectory's estimate. Catalogue:
/// DECK-04, DECK-07, DECK-09, CS285-12.
///
/// ```text
/// E[g], Var[g],   g(τ) = Σₜ ∇ log q(aₜ | sₜ) wₜ,   wₜ as in PolicyGradient
/// ```
///
/// # Shapes
/// `logits`: `[T, S, A]`.
/// # Errors
/// As [`score_gradient`]; [`Error::Temperature`]; [`Error::OutOfRange`] for a discount outside
/// [0, 1]; [`Error::NotFinite`] for a baseline.
/// # Panics
/// When the logits or the baseline have another shape.
/// # Source
/// Sutton 2000, theorem 1; Greensmith 2004 on baselines.
/// # Example
/// ```
/// use kinglet_envs::fixtures::tab;
/// use kinglet_objectives::{Credit, PolicyGradient, policy_gradient};
/// let logits = ndarray::Array3::zeros((3, 3, 2));
/// let full = PolicyGradient::reinforce(1.0);
/// let to_go = PolicyGradient { credit: Credit::RewardToGo, ..full.clone() };
/// let full = policy_gradient(&tab(), logits.view(), &full)?;
/// let to_go = policy_gradient(&tab(), logits.view(), &to_go)?;
/// assert!((full.mean - to_go.mean).iter().all(|off| off.abs() < 1e-14));
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn policy_gradient(
    mdp: &TabularMdp,
    logits: ArrayView3<'_, f64>,
    choice: &PolicyGradient,
) -> Result<GradientMoments, Error> {
    choice.check(logits)?;
    let policy = checked_policy(mdp, logits)?;
    score_gradient(mdp, logits, weight(mdp, &policy, choice))
}

/// A policy gradient from `n` trajectories drawn under the policy. Catalogue: DECK-04, CS285-12.
///
/// # Shapes
/// As [`policy_gradient`]. Returns `[T, S, A]`.
/// # Errors
/// As [`policy_gradient`], and [`Error::Distribution`] for too few samples.
/// # Panics
/// When the logits or the baseline have another shape.
/// # Source
/// Williams 1992, theorem 1.
/// # Example
/// ```
/// use kinglet_envs::fixtures::tab;
/// use kinglet_objectives::{PolicyGradient, policy_gradient, policy_gradient_monte_carlo};
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let (logits, choice) = (ndarray::Array3::zeros((3, 3, 2)), PolicyGradient::reinforce(1.0));
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let sampled = policy_gradient_monte_carlo(&tab(), logits.view(), &choice, 1000, &mut rng)?;
/// let exact = policy_gradient(&tab(), logits.view(), &choice)?;
/// assert!(sampled[[0, 0, 0]].z(exact.mean[[0, 0, 0]]).abs() < 4.0);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn policy_gradient_monte_carlo<R: Rng + ?Sized>(
    mdp: &TabularMdp,
    logits: ArrayView3<'_, f64>,
    choice: &PolicyGradient,
    n: usize,
    rng: &mut R,
) -> Result<Array3<Estimate>, Error> {
    choice.check(logits)?;
    let policy = checked_policy(mdp, logits)?;
    score_gradient_monte_carlo(mdp, logits, weight(mdp, &policy, choice), n, rng)
}

fn weight(
    mdp: &TabularMdp,
    policy: &Array3<f64>,
    choice: &PolicyGradient,
) -> impl Fn(&Trajectory, usize) -> f64 {
    move |path, t| {
        let rewards = soft_rewards(mdp, policy.view(), choice.temperature, path);
        choice.weigh(&rewards, t, path.states[t])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        backward_policy_gradient, evaluate_discounted_policy, max_entropy_objective, softmax_policy,
    };
    use kinglet_envs::fixtures::{tab, tabdet};

    fn logits() -> Array3<f64> {
        Array3::from_shape_fn((3, 3, 2), |(t, s, a)| {
            ((5 * t + 3 * s + 7 * a) as f64).sin()
        })
    }

    fn choices(temperature: f64, discount: f64) -> Vec<PolicyGradient> {
        let baseline = Array2::from_shape_fn((3, 3), |(t, s)| 2.0 * t as f64 - s as f64);
        let mut all = Vec::new();
        for credit in [Credit::FullReturn, Credit::RewardToGo] {
            for entropy_slope in [
                EntropySlope::Omitted,
                EntropySlope::Once,
                EntropySlope::EachReward,
            ] {
                for baseline in [None, Some(baseline.clone())] {
                    all.push(PolicyGradient {
                        credit,
                        temperature,
                        discount,
                        entropy_slope,
                        baseline,
                    });
                }
            }
        }
        all
    }

    fn largest(off: Array3<f64>) -> f64 {
        off.fold(0.0, |m, x| m.max(x.abs()))
    }

    #[test]
    fn deck_04_every_choice_has_one_mean() {
        for (temperature, discount) in [(1.0, 1.0), (0.3, 0.7), (0.0, 0.9)] {
            for mdp in [tab(), tabdet()] {
                let exact =
                    backward_policy_gradient(&mdp, logits().view(), temperature, discount).unwrap();
                for choice in choices(temperature, discount) {
                    let gradient = policy_gradient(&mdp, logits().view(), &choice).unwrap();
                    assert!(largest(gradient.mean - &exact) < 1e-13, "{choice:?}");
                }
            }
        }
    }

    #[test]
    fn deck_04_that_mean_is_the_slope_of_the_objective() {
        let exact = backward_policy_gradient(&tab(), logits().view(), 0.3, 1.0).unwrap();
        for (index, &slope) in exact.indexed_iter() {
            let moved = |step: f64| {
                let mut at = logits();
                at[index] += step;
                let policy = softmax_policy(at.view()).unwrap();
                max_entropy_objective(&tab(), policy.view(), 0.3).unwrap()
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((difference - slope).abs() < 1e-8, "{index:?}");
        }
    }

    #[test]
    fn deck_09_without_the_outer_discount_it_is_another_vector() {
        let choice = PolicyGradient {
            credit: Credit::RewardToGo,
            discount: 0.7,
            ..PolicyGradient::reinforce(1.0)
        };
        let from_now = PolicyGradient {
            credit: Credit::FromNow,
            ..choice.clone()
        };
        let right = policy_gradient(&tab(), logits().view(), &choice).unwrap();
        let usual = policy_gradient(&tab(), logits().view(), &from_now).unwrap();
        for ((t, s, a), &slope) in right.mean.indexed_iter() {
            let scaled = 0.7_f64.powi(t as i32) * usual.mean[[t, s, a]];
            assert!((scaled - slope).abs() < 1e-14);
        }
        assert!(largest(right.mean - usual.mean) > 1e-2);
    }

    /// Each placement of the −1 by hand, on one trajectory.
    #[test]
    fn deck_04_the_weights_by_hand() {
        let rewards = ndarray::array![1.0, 2.0, 4.0];
        let weigh = |choice: &PolicyGradient| choice.weigh(&rewards, 1, 0);
        let plain = PolicyGradient {
            discount: 0.5,
            baseline: Some(Array2::from_elem((3, 1), 10.0)),
            ..PolicyGradient::reinforce(1.0)
        };
        let choose = |credit, entropy_slope| PolicyGradient {
            credit,
            entropy_slope,
            ..plain.clone()
        };
        // 1 + 2/2 + 4/4, and half of b at t = 1.
        assert_eq!(weigh(&plain), 3.0 - 5.0);
        let to_go = choose(Credit::RewardToGo, EntropySlope::Omitted);
        assert_eq!(weigh(&to_go), 2.0 - 5.0);
        let now = choose(Credit::FromNow, EntropySlope::Omitted);
        assert_eq!(weigh(&now), 4.0 - 10.0);
        let once = choose(Credit::RewardToGo, EntropySlope::Once);
        assert_eq!(weigh(&once), 2.0 - 5.0 - 0.5);
        let each = choose(Credit::FromNow, EntropySlope::EachReward);
        assert_eq!(weigh(&each), 4.0 - 10.0 - 1.5);
    }

    /// With the values for a baseline, what is left at the last step is the advantage of its one
    /// reward: no action, no variance, where the entropy makes all actions equal.
    #[test]
    fn deck_07_values_for_a_baseline_keep_the_mean() {
        let policy = softmax_policy(logits().view()).unwrap();
        let values = evaluate_discounted_policy(&tab(), policy.view(), 1.0, 1.0).unwrap();
        let plain = PolicyGradient {
            credit: Credit::RewardToGo,
            ..PolicyGradient::reinforce(1.0)
        };
        let baselined = PolicyGradient {
            baseline: Some(values.v),
            ..plain.clone()
        };
        let plain = policy_gradient(&tab(), logits().view(), &plain).unwrap();
        let baselined = policy_gradient(&tab(), logits().view(), &baselined).unwrap();
        assert!(largest(plain.mean - &baselined.mean) < 1e-14);
        assert!((plain.variance.sum() - baselined.total_variance()).abs() > 0.1);
    }

    #[test]
    fn what_is_no_choice_is_refused() {
        let plain = PolicyGradient::reinforce;
        let discounted = PolicyGradient {
            discount: 1.5,
            ..plain(1.0)
        };
        let undefined = PolicyGradient {
            baseline: Some(Array2::from_elem((3, 3), f64::NAN)),
            ..plain(1.0)
        };
        for choice in [plain(-1.0), plain(f64::NAN), discounted, undefined] {
            assert!(policy_gradient(&tab(), logits().view(), &choice).is_err());
        }
    }

    #[test]
    #[should_panic(expected = "[T, S]")]
    fn a_baseline_has_a_row_for_each_step() {
        let choice = PolicyGradient {
            baseline: Some(Array2::zeros((3, 2))),
            ..PolicyGradient::reinforce(1.0)
        };
        let _ = policy_gradient(&tab(), logits().view(), &choice);
    }
}
