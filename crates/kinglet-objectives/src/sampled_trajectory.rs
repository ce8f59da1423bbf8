//! One trajectory drawn under a policy.

use crate::Error;
use crate::problem::check_policy;
use crate::rollout::walk;
use kinglet_envs::{TabularMdp, Trajectory};
use ndarray::ArrayView3;
use rand::Rng;

/// Draws one trajectory under a time-dependent policy.
///
/// ```text
/// s₁ ~ p(s₁),   aₜ ~ q(· | sₜ),   sₜ₊₁ ~ p(· | sₜ, aₜ)
/// ```
///
/// # Shapes
/// `policy`: `[T, S, A]`.
/// # Errors
/// [`Error::NeedsFiniteHorizon`]; [`Error::PolicyRow`].
/// # Panics
/// When the policy has another shape.
/// # Example
/// ```
/// use kinglet_envs::fixtures::tabdet;
/// use kinglet_objectives::sample_trajectory;
/// use ndarray::Array3;
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let uniform = Array3::from_elem((3, 3, 2), 0.5);
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
/// let path = sample_trajectory(&tabdet(), uniform.view(), &mut rng)?;
/// assert!(tabdet().trajectories(8)?.any(|listed| listed == path));
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn sample_trajectory<R: Rng + ?Sized>(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    rng: &mut R,
) -> Result<Trajectory, Error> {
    check_policy(mdp, policy)?;
    Ok(draw_trajectory(mdp, policy, rng))
}

/// [`sample_trajectory`] of arguments that have been checked.
pub(crate) fn draw_trajectory<R: Rng + ?Sized>(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    rng: &mut R,
) -> Trajectory {
    let (mut states, mut actions) = (Vec::new(), Vec::new());
    let visit = |_, s, a| {
        states.push(s);
        actions.push(a);
    };
    walk(mdp, policy, visit, rng);
    let moves = (1..states.len()).map(|t| {
        let mut successors = mdp.successors(states[t - 1], actions[t - 1]);
        let found = successors.find(|&(next, _)| next == states[t]);
        found.map_or(0.0, |(_, p)| p)
    });
    let rewards = states.iter().zip(&actions).map(|(&s, &a)| mdp.reward(s, a));
    Trajectory {
        dynamics_probability: mdp.initial()[states[0]] * moves.product::<f64>(),
        total_reward: rewards.sum(),
        states,
        actions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Estimate;
    use crate::enumeration::path_probability;
    use kinglet_envs::fixtures::tab;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    fn policy() -> ndarray::Array3<f64> {
        ndarray::Array3::from_shape_fn((3, 3, 2), |(t, s, a)| {
            let p = 0.2 + 0.1 * t as f64 + 0.15 * s as f64;
            [p, 1.0 - p][a]
        })
    }

    /// Each trajectory comes as often as its probability says, and carries what its listing does.
    #[test]
    fn draws_follow_the_law_of_trajectories() {
        let (mdp, policy) = (tab(), policy());
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let n = 20_000;
        let drawn: Vec<Trajectory> = (0..n)
            .map(|_| sample_trajectory(&mdp, policy.view(), &mut rng).unwrap())
            .collect();
        let mut squares = 0.0;
        for listed in mdp.trajectories(216).unwrap() {
            let same =
                |path: &&Trajectory| path.states == listed.states && path.actions == listed.actions;
            let count = drawn.iter().filter(same).count() as f64;
            let expected = n as f64 * path_probability(&listed, policy.view());
            squares += (count - expected).powi(2) / expected;
            if let Some(path) = drawn.iter().find(same) {
                assert!((path.dynamics_probability - listed.dynamics_probability).abs() < 1e-15);
                assert!((path.total_reward - listed.total_reward).abs() < 1e-14);
            }
        }
        // Chi-squared with 215 degrees of freedom: mean 215, deviation 20.7.
        assert!((squares - 215.0).abs() < 4.0 * 20.7, "{squares}");
    }

    #[test]
    fn its_rewards_have_the_mean_that_the_elbo_knows() {
        let (mdp, policy) = (tab(), policy());
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
        let rewards = (0..4000).map(|_| draw_trajectory(&mdp, policy.view(), &mut rng));
        let estimate = Estimate::from_samples(rewards.map(|path| path.total_reward)).unwrap();
        let exact = crate::elbo(&mdp, policy.view(), 0.0).unwrap();
        assert!(estimate.z(exact).abs() < 4.0);
    }
}
