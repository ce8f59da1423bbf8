//! An episode of a task.

use std::sync::Arc;

use ndarray::{ArrayViewMut1, aview1};
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::{Physics, Task};
use crate::{Actions, End, Error, Simulator};

/// A task on MuJoCo, as rollouts step it.
#[derive(Clone, Debug)]
pub struct Mujoco {
    /// What is to be done.
    task: Arc<dyn Task>,
    /// Where it is done. What is changed here is changed for the steps to come.
    pub physics: Physics,
    /// The truncation of an episode, `None` for no limit.
    pub time_limit: Option<usize>,
    steps: usize,
    end: Option<End>,
    carry: Vec<f64>,
    /// Computed once a step: it is asked for at least once.
    observation: Vec<f64>,
}

/// Where an episode stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MujocoMoment {
    /// MuJoCo's state: time, positions, velocities, activations, the solver's warm start, controls.
    pub state: Vec<f64>,
    /// What the task keeps from step to step.
    pub carry: Vec<f64>,
    /// What an agent sees. It may lag behind the state (a contact force is that of the last step's beginning), so that it
    /// does not follow from it.
    pub observation: Vec<f64>,
    /// Steps since the episode's beginning.
    pub steps: usize,
    /// How it ended, if it is over.
    pub end: Option<End>,
}

impl Mujoco {
    /// The task at the beginning of an episode.
    ///
    /// # Errors
    /// What [`Task::load`] says; [`Error::NoTime`] for a time limit of no steps, [`Error::NoDuration`] for a step in which no
    /// time goes by.
    pub fn new<R: Rng + ?Sized>(mut task: Box<dyn Task>, rng: &mut R) -> Result<Self, Error> {
        let time_limit = task.time_limit();
        if time_limit == Some(0) {
            return Err(Error::NoTime);
        }
        let physics = task.load()?;
        let seconds = task.seconds(&physics);
        if !(seconds > 0.0 && seconds.is_finite()) {
            return Err(Error::NoDuration { seconds });
        }
        let observation = vec![0.0; task.obs_dim(&physics)];
        let mut episode = Self {
            task: task.into(),
            physics,
            time_limit,
            steps: 0,
            end: None,
            carry: Vec::new(),
            observation,
        };
        episode.reset(rng)?;
        Ok(episode)
    }

    /// Seconds of a step.
    pub fn seconds(&self) -> f64 {
        self.task.seconds(&self.physics)
    }

    fn see(&mut self) {
        self.task
            .observe(&self.physics, &self.carry, &mut self.observation);
    }
}

impl Simulator for Mujoco {
    type Saved = MujocoMoment;

    fn actions(&self) -> Actions {
        let range = self.physics.model().actuator_ctrlrange();
        // Gymnasium's spaces hold 32 bits.
        let column = |i: usize| range.iter().map(|pair| f64::from(pair[i] as f32)).collect();
        Actions::Box {
            low: column(0),
            high: column(1),
        }
    }

    fn obs_dim(&self) -> usize {
        self.observation.len()
    }

    fn reset<R: Rng + ?Sized>(&mut self, mut rng: &mut R) -> Result<(), Error> {
        self.carry.clear();
        self.physics.data.reset();
        self.task
            .begin(&mut self.physics, &mut self.carry, &mut rng);
        (self.steps, self.end) = (0, None);
        self.see();
        Ok(())
    }

    fn step<R: Rng + ?Sized>(
        &mut self,
        action: &[f64],
        _: &mut R,
    ) -> Result<(f64, Option<End>), Error> {
        if let Some(end) = self.end {
            let steps = self.steps;
            return Err(Error::EpisodeOver { end, steps });
        }
        let expected = self.physics.data.ctrl().len();
        assert_eq!(
            action.len(),
            expected,
            "numbers of an action (left), expected (right)"
        );
        if action.iter().any(|number| !number.is_finite()) {
            return Err(Error::Action {
                action: format!("{action:?}"),
                space: format!("{expected} finite number(s)"),
            });
        }
        let outcome = self.task.step(&mut self.physics, &mut self.carry, action);
        self.steps += 1;
        self.end = if outcome.terminated {
            Some(End::Terminated)
        } else {
            let over = self.time_limit.is_some_and(|limit| self.steps >= limit);
            over.then_some(End::Truncated)
        };
        self.see();
        Ok((outcome.reward, self.end))
    }

    fn observe(&self, mut out: ArrayViewMut1<'_, f64>) {
        out.assign(&aview1(&self.observation));
    }

    fn save(&self) -> Option<MujocoMoment> {
        Some(MujocoMoment {
            state: self.physics.save(),
            carry: self.carry.clone(),
            observation: self.observation.clone(),
            steps: self.steps,
            end: self.end,
        })
    }

    /// # Panics
    /// If it was another model that stood there.
    fn restore(&mut self, saved: &MujocoMoment) {
        self.carry.clone_from(&saved.carry);
        self.task.recall(&mut self.physics, &self.carry);
        self.physics
            .restore(&saved.state)
            .expect("a state of this model");
        self.observation.clone_from(&saved.observation);
        (self.steps, self.end) = (saved.steps, saved.end);
    }
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

    use super::*;
    use crate::mujoco::gym::HalfCheetah;

    #[test]
    fn a_step_in_which_no_time_goes_by_is_refused() {
        let still = HalfCheetah {
            frame_skip: 0,
            ..HalfCheetah::default()
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
        let refused = Mujoco::new(Box::new(still), &mut rng);
        assert_eq!(refused.unwrap_err(), Error::NoDuration { seconds: 0.0 });
    }
}
