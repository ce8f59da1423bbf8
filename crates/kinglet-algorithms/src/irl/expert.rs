//! The soft-optimal expert of a gridworld.

use std::ops::ControlFlow;

use kinglet_envs::{Episode, Exit, Gridworld, Rewards};
use kinglet_objectives::soft_value_iteration;
use ndarray::Array2;
use rand::Rng;

use super::demonstrations::indicators;
use super::inner_loop::draw;
use super::{Demonstration, Demonstrations};
use crate::Error;
use crate::config::{at_least_one, positive};

/// How near the values of the expert are to their fixed point, in units of reward.
const TOLERANCE: f64 = 1e-9;

/// The policy that is soft-optimal for a gridworld's own reward and discount at a temperature, its episodes ending as the
/// environment's do. Catalogue: CS285-09.
///
/// # Shapes
/// Returns `[S, A]`.
/// # Errors
/// [`Error::Setting`] for a temperature that is not above 0; [`Error::Objectives`] for a gridworld of finite horizon.
/// # Example
/// ```
/// use kinglet_algorithms::soft_expert;
/// use kinglet_envs::EnvName;
/// let world = EnvName::gridworld();
/// let expert = soft_expert(&world, 0.5)?;
/// let (beside_the_goal, south) = (11, 2); // in the column of the goal, above it
/// assert!(expert[[beside_the_goal, south]] > 0.8);
/// # Ok::<(), kinglet_algorithms::Error>(())
/// ```
pub fn soft_expert(world: &Gridworld, temperature: f64) -> Result<Array2<f64>, Error> {
    positive("temperature", temperature)?;
    let (mdp, n_actions) = (&world.mdp, world.mdp.n_actions());
    let ends = world.rules.after_goal == Exit::Absorbing && world.rules.rewards.goal == 0.0;
    // What follows an end is worth 0: no entropy either.
    let reward = |(state, action)| match ends && world.goals.contains(&state) {
        true => -temperature * (n_actions as f64).ln(),
        false => mdp.reward(state, action),
    };
    let rewards = Array2::from_shape_fn((mdp.n_states(), n_actions), reward);
    let rewarded = mdp.clone().with_rewards(Rewards::StateAction(rewards))?;
    let go_on = &mut |_| ControlFlow::Continue(());
    Ok(soft_value_iteration(&rewarded, temperature, TOLERANCE, go_on)?.policy)
}

impl Demonstrations {
    /// Draws whole episodes of the [`soft_expert`] of a gridworld, which end in a goal or at the time limit.
    ///
    /// # Errors
    /// As [`soft_expert`]; [`Error::Setting`] for a count of 0; [`Error::Environment`] for a time limit of 0.
    pub fn of_gridworld<R: Rng + ?Sized>(
        world: &Gridworld,
        time_limit: usize,
        temperature: f64,
        count: usize,
        rng: &mut R,
    ) -> Result<Self, Error> {
        at_least_one("count", count)?;
        let policy = soft_expert(world, temperature)?;
        let n_states = world.mdp.n_states();
        let mut episode = Episode::new(world.clone(), Some(time_limit), rng)?;
        let mut episodes = Vec::with_capacity(count);
        for _ in 0..count {
            let (mut states, mut actions) = (Vec::new(), Vec::new());
            episode.reset(rng);
            while episode.now.end.is_none() {
                let state = episode.now.state;
                let law = policy.row(state);
                let action = draw(law.iter().copied().enumerate(), rng);
                episode.step(&action, rng)?;
                states.push(state);
                actions.push(action);
            }
            episodes.push(Demonstration {
                observations: indicators(&states, n_states),
                actions,
            });
        }
        Ok(Self { episodes })
    }
}
