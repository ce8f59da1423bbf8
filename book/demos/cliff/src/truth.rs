//! What a policy meets in the world as it is.

use kinglet_envs::{Cell, Gridworld};
use kinglet_objectives::{Error, elbo};
use ndarray::ArrayView3;

/// A policy's fate under the true dynamics, computed exactly. Catalogue: DECK-01.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truth {
    /// E[ Σₜ rₜ + α H(π(· | sₜ)) ]: comparable to a promised V(start).
    pub soft_return: f64,
    /// E[ Σₜ rₜ ].
    pub expected_return: f64,
    /// The probability of falling off the cliff at least once.
    pub fall: f64,
    /// The probability of standing on the goal at the last step.
    pub goal: f64,
}

impl Truth {
    /// # Shapes
    /// `policy`: `[T, S, A]`.
    /// # Errors
    /// A negative or non-finite temperature.
    /// # Panics
    /// When the policy has another shape.
    pub fn new(
        world: &Gridworld,
        policy: ArrayView3<'_, f64>,
        temperature: f64,
    ) -> Result<Self, Error> {
        let at_cliff = |state| world.cells[world.cell(state)] == Cell::Cliff;
        let at_goal = |state| world.goals.contains(&state);
        let all = last_law(world, policy, |_| false);
        let unhurt = last_law(world, policy, at_cliff);
        Ok(Truth {
            soft_return: elbo(&world.mdp, policy, temperature)?,
            expected_return: elbo(&world.mdp, policy, 0.0)?,
            fall: 1.0 - unhurt.iter().sum::<f64>(),
            goal: (0..all.len()).filter(|s| at_goal(*s)).map(|s| all[s]).sum(),
        })
    }
}

/// The law of the last state of the trajectories that never stood on a state of `excluded`.
fn last_law(
    world: &Gridworld,
    policy: ArrayView3<'_, f64>,
    excluded: impl Fn(usize) -> bool,
) -> Vec<f64> {
    let mdp = &world.mdp;
    let mut law = mdp.initial().to_vec();
    for policy_t in policy.outer_iter().take(policy.dim().0 - 1) {
        let mut next = vec![0.0; law.len()];
        for ((state, action), probability) in policy_t.indexed_iter() {
            for (successor, p) in mdp.successors(state, action) {
                if !excluded(successor) {
                    next[successor] += law[state] * probability * p;
                }
            }
        }
        law = next;
    }
    law
}
