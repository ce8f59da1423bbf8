//! HalfCheetah.

use std::path::PathBuf;

use rand::Rng;

use super::noise::{Velocities, begin};
use super::{dt, file, joints, load, sum_of_squares};
use crate::Error;
use crate::mujoco::{Outcome, Physics, Task};

/// `mujoco/half-cheetah`: run forward in a plane, on two legs. It never ends by itself.
///
/// r = w_forward ẋ − w_ctrl ‖a‖², ẋ the torso's mean velocity over the step. Version 4 is the same task; it lacks the
/// options `model` and `frame_skip` only.
///
/// # Source
/// Gymnasium 1.4.0, `envs/mujoco/half_cheetah_v5.py` and `half_cheetah_v4.py`.
#[derive(Clone, Debug)]
pub struct HalfCheetah {
    /// The model's file; `None` for `half_cheetah.xml` of Gymnasium.
    pub model: Option<PathBuf>,
    /// Steps of the model in a step of the task.
    pub frame_skip: usize,
    /// w_forward.
    pub forward_reward_weight: f64,
    /// w_ctrl.
    pub ctrl_cost_weight: f64,
    /// How far from the model's own state an episode begins.
    pub reset_noise_scale: f64,
    /// Leave the place along the plane out of what is seen.
    pub exclude_current_positions: bool,
}

impl Default for HalfCheetah {
    fn default() -> Self {
        Self {
            model: None,
            frame_skip: 5,
            forward_reward_weight: 1.0,
            ctrl_cost_weight: 0.1,
            reset_noise_scale: 0.1,
            exclude_current_positions: true,
        }
    }
}

impl Task for HalfCheetah {
    fn model(&self) -> Result<PathBuf, Error> {
        file(self.model.as_deref(), "half_cheetah.xml")
    }

    fn load(&mut self) -> Result<Physics, Error> {
        load(&self.model()?, 1)
    }

    fn time_limit(&self) -> Option<usize> {
        Some(1000)
    }

    fn seconds(&self, physics: &Physics) -> f64 {
        dt(physics, self.frame_skip)
    }

    fn obs_dim(&self, physics: &Physics) -> usize {
        joints::obs_dim(physics, usize::from(self.exclude_current_positions))
    }

    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        begin(physics, self.reset_noise_scale, Velocities::Normal, rng);
    }

    fn step(&self, physics: &mut Physics, _: &mut [f64], action: &[f64]) -> Outcome {
        let velocity = joints::advance(physics, action, self.frame_skip);
        let reward =
            self.forward_reward_weight * velocity - self.ctrl_cost_weight * sum_of_squares(action);
        Outcome {
            reward,
            terminated: false,
        }
    }

    fn observe(&self, physics: &Physics, _: &[f64], out: &mut [f64]) {
        joints::observe(physics, usize::from(self.exclude_current_positions), out);
    }
}
