//! What an expert was seen to do.

mod csv;
mod file;
#[cfg(test)]
mod file_tests;

use kinglet_envs::TabularMdp;
use kinglet_objectives::sample_trajectory;
use ndarray::{Array2, ArrayView3};
use rand::Rng;

use crate::Error;

/// What an expert was seen to do: the episodes that inverse reinforcement learning learns a reward from.
#[derive(Clone, Debug, PartialEq)]
pub struct Demonstrations {
    /// The episodes; at least one.
    pub episodes: Vec<Demonstration>,
}

/// One episode of an expert.
#[derive(Clone, Debug, PartialEq)]
pub struct Demonstration {
    /// What was observed before each action, `[T, obs_dim]`; at least one row.
    pub observations: Array2<f64>,
    /// The actions, `[T]`.
    pub actions: Vec<usize>,
}

impl Demonstrations {
    /// Draws episodes of a policy in a tabular problem of finite horizon. Observations are the indicators of states.
    ///
    /// # Shapes
    /// `policy`: `[T, S, A]`.
    /// # Errors
    /// [`Error::Setting`] for a count of 0; [`Error::Objectives`] for a problem without end or rows of the policy that are
    /// no laws.
    /// # Panics
    /// When the policy has another shape.
    /// # Example
    /// ```
    /// use kinglet_algorithms::Demonstrations;
    /// use kinglet_envs::fixtures::tab;
    /// use kinglet_objectives::soft_value_iteration_finite;
    /// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
    /// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    /// let expert = soft_value_iteration_finite(&tab(), 1.0)?.policy;
    /// let demonstrations = Demonstrations::draw(&tab(), expert.view(), 10, &mut rng)?;
    /// assert_eq!(demonstrations.episodes.len(), 10);
    /// assert!(demonstrations.paths()?.iter().all(|path| path.len() == 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn draw<R: Rng + ?Sized>(
        mdp: &TabularMdp,
        policy: ArrayView3<'_, f64>,
        count: usize,
        rng: &mut R,
    ) -> Result<Self, Error> {
        crate::config::at_least_one("count", count)?;
        let n_states = mdp.n_states();
        let episodes = (0..count).map(|_| {
            let path = sample_trajectory(mdp, policy, rng)?;
            Ok(Demonstration {
                observations: indicators(&path.states, n_states),
                actions: path.actions,
            })
        });
        Ok(Self {
            episodes: episodes.collect::<Result<_, Error>>()?,
        })
    }

    /// The pairs (state, action) of each episode, where observations are the indicators of states.
    ///
    /// # Errors
    /// [`Error::Demonstration`] for an observation that is no indicator.
    pub fn paths(&self) -> Result<Vec<Vec<(usize, usize)>>, Error> {
        let path = |(number, episode): (usize, &Demonstration)| {
            let rows = episode.observations.outer_iter().zip(&episode.actions);
            let pair = |(step, (row, &action)): (usize, (ndarray::ArrayView1<'_, f64>, _))| {
                let refused = || Error::Demonstration {
                    episode: number,
                    step,
                    reason: format!(
                        "the observation {row} is of no state: one number must be 1, the others 0"
                    ),
                };
                Ok((indicated(row).ok_or_else(refused)?, action))
            };
            rows.enumerate().map(pair).collect()
        };
        self.episodes.iter().enumerate().map(path).collect()
    }

    /// Whether they can be of a problem with observations of so many numbers and so many actions.
    ///
    /// # Errors
    /// [`Error::NoDemonstrations`]; [`Error::Demonstration`] for the first episode that cannot be.
    pub fn check(&self, obs_dim: usize, n_actions: usize) -> Result<(), Error> {
        if self.episodes.is_empty() {
            return Err(Error::NoDemonstrations);
        }
        for (number, episode) in self.episodes.iter().enumerate() {
            if let Some((step, reason)) = episode.fault(obs_dim, n_actions) {
                let episode = number;
                return Err(Error::Demonstration {
                    episode,
                    step,
                    reason,
                });
            }
        }
        Ok(())
    }
}

impl Demonstration {
    /// The first step that is wrong, and what is wrong with it.
    fn fault(&self, obs_dim: usize, n_actions: usize) -> Option<(usize, String)> {
        let (steps, numbers) = self.observations.dim();
        if steps == 0 || steps != self.actions.len() {
            let actions = self.actions.len();
            let reason = format!(
                "there are {steps} observations and {actions} actions: as many of both are needed, at least one"
            );
            return Some((0, reason));
        }
        if numbers != obs_dim {
            let reason =
                format!("an observation has {numbers} numbers: the environment's have {obs_dim}");
            return Some((0, reason));
        }
        if let Some(step) = self.actions.iter().position(|&a| a >= n_actions) {
            let reason = format!(
                "the action is {}: it must be below {n_actions}",
                self.actions[step]
            );
            return Some((step, reason));
        }
        let odd = self
            .observations
            .indexed_iter()
            .find(|(_, x)| !x.is_finite());
        odd.map(|((step, _), x)| (step, format!("an observation holds {x}: it must be finite")))
    }
}

/// The indicators of states, `[T, S]`.
pub(crate) fn indicators(states: &[usize], n_states: usize) -> Array2<f64> {
    let mut rows = Array2::zeros((states.len(), n_states));
    for (mut row, &state) in rows.outer_iter_mut().zip(states) {
        row[state] = 1.0;
    }
    rows
}

/// The state that a row indicates, if it does.
pub(crate) fn indicated(row: ndarray::ArrayView1<'_, f64>) -> Option<usize> {
    let state = row.iter().position(|&x| x == 1.0)?;
    let others = row.iter().filter(|&&x| x != 0.0).count() - 1;
    (others == 0).then_some(state)
}
