//! A gridworld in which a reward is recovered, and how near what is recovered comes: of the tests and of the example.

use kinglet_envs::{CellRewards, Exit, GridRules, Gridworld, Horizon, Moves, Rewards, TabularMdp};
use kinglet_objectives::{soft_value_iteration_finite, state_marginals};
use ndarray::{Array2, Array3};

use crate::{Demonstrations, Error};

/// A way along a cliff to a goal that pays for as long as one is there.
pub(crate) fn cliff(slip: f64) -> Result<TabularMdp, kinglet_envs::Error> {
    let rewards = CellRewards {
        step: -0.5,
        cliff: -3.0,
        goal: 1.0,
    };
    let rules = GridRules {
        moves: Moves::Four,
        slip,
        rewards,
        after_goal: Exit::Absorbing,
        after_cliff: Exit::Free,
        horizon: Horizon::Finite(10),
    };
    Ok(Gridworld::from_map("....\n....\nSCCG", rules)?.mdp)
}

/// The soft-optimal policy of the problem's own reward, `[T, S, A]`.
pub(crate) fn expert(mdp: &TabularMdp) -> Result<Array3<f64>, Error> {
    Ok(soft_value_iteration_finite(mdp, 1.0)?.policy)
}

/// The soft-optimal policy of a reward `[S, A]`.
pub(crate) fn follower(mdp: &TabularMdp, reward: Array2<f64>) -> Result<Array3<f64>, Error> {
    expert(&mdp.clone().with_rewards(Rewards::StateAction(reward))?)
}

/// P(sₜ = s, aₜ = a), `[T, S, A]`.
pub(crate) fn visitation(mdp: &TabularMdp, policy: &Array3<f64>) -> Result<Array3<f64>, Error> {
    let law = state_marginals(mdp, policy.view())?;
    let joint = |(t, s, a)| law[[t, s]] * policy[[t, s, a]];
    Ok(Array3::from_shape_fn(policy.dim(), joint))
}

/// The share of demonstrations that do a in s at t, `[T, S, A]`.
pub(crate) fn seen(
    demonstrations: &Demonstrations,
    shape: (usize, usize, usize),
) -> Result<Array3<f64>, Error> {
    let paths = demonstrations.paths()?;
    let mut share = Array3::zeros(shape);
    for path in &paths {
        for (t, &(s, a)) in path.iter().enumerate() {
            share[[t, s, a]] += 1.0 / paths.len() as f64;
        }
    }
    Ok(share)
}

/// The total variation between two laws of (s, a), a mean over the steps.
pub(crate) fn distance(x: &Array3<f64>, y: &Array3<f64>) -> f64 {
    (x - y).mapv(f64::abs).sum() / (2.0 * x.dim().0 as f64)
}
