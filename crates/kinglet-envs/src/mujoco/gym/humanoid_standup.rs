//! HumanoidStandup.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use rand::Rng;

use super::noise::{Velocities, begin};
use super::{Parts, contacts, dt, file, join, load, sum_of_squares};
use crate::Error;
use crate::mujoco::{Outcome, Physics, Task};

/// `mujoco/humanoid-standup`: stand up from the floor. It never ends by itself.
///
/// r = z / h − w_ctrl ‖a‖² − clip(w_impact ‖f‖²) + 1, z the torso's height, h the model's time step in seconds and f the
/// contact forces. Gymnasium accepts a `uph_cost_weight` and never reads it: there is none here.
///
/// # Source
/// Gymnasium 1.4.0, `envs/mujoco/humanoidstandup_v5.py`.
#[derive(Clone, Debug)]
pub struct HumanoidStandup {
    /// The model's file; `None` for `humanoidstandup.xml` of Gymnasium.
    pub model: Option<PathBuf>,
    /// Steps of the model in a step of the task.
    pub frame_skip: usize,
    /// w_ctrl.
    pub ctrl_cost_weight: f64,
    /// w_impact.
    pub impact_cost_weight: f64,
    /// Where the contacts' cost is clipped.
    pub impact_cost_range: RangeInclusive<f64>,
    /// How far from the model's own state an episode begins.
    pub reset_noise_scale: f64,
    /// What is seen.
    pub parts: Parts,
}

impl Default for HumanoidStandup {
    fn default() -> Self {
        Self {
            model: None,
            frame_skip: 5,
            ctrl_cost_weight: 0.1,
            impact_cost_weight: 0.5e-6,
            impact_cost_range: f64::NEG_INFINITY..=10.0,
            reset_noise_scale: 1e-2,
            parts: Parts::default(),
        }
    }
}

impl Task for HumanoidStandup {
    fn model(&self) -> Result<PathBuf, Error> {
        file(self.model.as_deref(), "humanoidstandup.xml")
    }

    fn load(&mut self) -> Result<Physics, Error> {
        load(&self.model()?, 6)
    }

    fn time_limit(&self) -> Option<usize> {
        Some(1000)
    }

    fn seconds(&self, physics: &Physics) -> f64 {
        dt(physics, self.frame_skip)
    }

    fn obs_dim(&self, physics: &Physics) -> usize {
        self.parts.obs_dim(physics)
    }

    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        begin(physics, self.reset_noise_scale, Velocities::Uniform, rng);
    }

    fn step(&self, physics: &mut Physics, _: &mut [f64], action: &[f64]) -> Outcome {
        physics.advance(action, self.frame_skip);
        let impact = contacts::cost(physics, self.impact_cost_weight, &self.impact_cost_range);
        let up = physics.data.qpos()[2] / physics.model().opt().timestep;
        Outcome {
            reward: up - self.ctrl_cost_weight * sum_of_squares(action) - impact + 1.0,
            terminated: false,
        }
    }

    fn observe(&self, physics: &Physics, _: &[f64], out: &mut [f64]) {
        join(&self.parts.of(physics), out);
    }
}
