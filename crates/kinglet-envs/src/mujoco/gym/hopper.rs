//! Hopper.

use std::ops::Range;
use std::path::PathBuf;

use rand::Rng;

use super::noise::{Velocities, begin};
use super::ranges::within;
use super::{dt, file, joints, load, sum_of_squares};
use crate::Error;
use crate::mujoco::{Outcome, Physics, Task};

/// `mujoco/hopper`: hop forward in a plane, on one leg, without falling.
///
/// r = w_forward ẋ + 1{healthy} r_healthy − w_ctrl ‖a‖². It is healthy where every number of the state but the first two,
/// the height and the torso's angle lie within their ranges, bounds excluded. Velocities are seen clipped to ±10.
///
/// # Source
/// Gymnasium 1.4.0, `envs/mujoco/hopper_v5.py`.
#[derive(Clone, Debug)]
pub struct Hopper {
    /// The model's file; `None` for `hopper.xml` of Gymnasium.
    pub model: Option<PathBuf>,
    /// Steps of the model in a step of the task.
    pub frame_skip: usize,
    /// w_forward.
    pub forward_reward_weight: f64,
    /// w_ctrl.
    pub ctrl_cost_weight: f64,
    /// r_healthy, a step.
    pub healthy_reward: f64,
    /// Whether an episode ends where it is not healthy.
    pub terminate_when_unhealthy: bool,
    /// Healthy numbers of the state.
    pub healthy_state_range: Range<f64>,
    /// Healthy heights in metres.
    pub healthy_z_range: Range<f64>,
    /// Healthy angles in radians.
    pub healthy_angle_range: Range<f64>,
    /// How far from the model's own state an episode begins.
    pub reset_noise_scale: f64,
    /// Leave the place along the plane out of what is seen.
    pub exclude_current_positions: bool,
}

impl Default for Hopper {
    fn default() -> Self {
        Self {
            model: None,
            frame_skip: 4,
            forward_reward_weight: 1.0,
            ctrl_cost_weight: 1e-3,
            healthy_reward: 1.0,
            terminate_when_unhealthy: true,
            healthy_state_range: -100.0..100.0,
            healthy_z_range: 0.7..f64::INFINITY,
            healthy_angle_range: -0.2..0.2,
            reset_noise_scale: 5e-3,
            exclude_current_positions: true,
        }
    }
}

impl Hopper {
    fn is_healthy(&self, physics: &Physics) -> bool {
        let (positions, velocities) = (physics.data.qpos(), physics.data.qvel());
        let mut state = positions[2..].iter().chain(velocities);
        state.all(|&x| within(&self.healthy_state_range, x))
            && within(&self.healthy_z_range, positions[1])
            && within(&self.healthy_angle_range, positions[2])
    }
}

impl Task for Hopper {
    fn model(&self) -> Result<PathBuf, Error> {
        file(self.model.as_deref(), "hopper.xml")
    }

    fn load(&mut self) -> Result<Physics, Error> {
        load(&self.model()?, 3)
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
        begin(physics, self.reset_noise_scale, Velocities::Uniform, rng);
    }

    fn step(&self, physics: &mut Physics, _: &mut [f64], action: &[f64]) -> Outcome {
        let velocity = joints::advance(physics, action, self.frame_skip);
        let healthy = self.is_healthy(physics);
        let survive = if healthy { self.healthy_reward } else { 0.0 };
        let cost = self.ctrl_cost_weight * sum_of_squares(action);
        Outcome {
            reward: self.forward_reward_weight * velocity + survive - cost,
            terminated: !healthy && self.terminate_when_unhealthy,
        }
    }

    fn observe(&self, physics: &Physics, _: &[f64], out: &mut [f64]) {
        joints::observe_clipped(physics, usize::from(self.exclude_current_positions), out);
    }
}
