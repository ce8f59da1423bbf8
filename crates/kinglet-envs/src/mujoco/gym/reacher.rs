//! Reacher.

use std::path::PathBuf;

use rand::Rng;

use super::body::{Body, difference};
use super::noise::{arm_speeds, around};
use super::{dt, file, join, load, norm, sum_of_squares};
use crate::Error;
use crate::mujoco::{Outcome, Physics, Task};

/// `mujoco/reacher`: bring the tip of a two-link arm to a target. It never ends by itself.
///
/// r = −w_dist ‖tip − target‖ − w_ctrl ‖a‖². The target is uniform in a disc of 0.2 m around the arm's root. The places of
/// tip and target, seen and paid for, are those of the last frame's beginning.
///
/// # Source
/// Gymnasium 1.4.0, `envs/mujoco/reacher_v5.py`.
#[derive(Clone, Debug)]
pub struct Reacher {
    /// The model's file; `None` for `reacher.xml` of Gymnasium.
    pub model: Option<PathBuf>,
    /// Steps of the model in a step of the task.
    pub frame_skip: usize,
    /// w_dist.
    pub reward_dist_weight: f64,
    /// w_ctrl.
    pub reward_control_weight: f64,
    /// The tip.
    pub fingertip: Body,
    /// The target.
    pub target: Body,
}

impl Default for Reacher {
    fn default() -> Self {
        Self {
            model: None,
            frame_skip: 2,
            reward_dist_weight: 1.0,
            reward_control_weight: 1.0,
            fingertip: "fingertip".into(),
            target: "target".into(),
        }
    }
}

impl Reacher {
    fn miss(&self, physics: &Physics) -> [f64; 3] {
        difference(self.fingertip.place(physics), self.target.place(physics))
    }
}

impl Task for Reacher {
    fn model(&self) -> Result<PathBuf, Error> {
        file(self.model.as_deref(), "reacher.xml")
    }

    fn load(&mut self) -> Result<Physics, Error> {
        let physics = load(&self.model()?, 2)?;
        self.fingertip.find(&physics)?;
        self.target.find(&physics)?;
        Ok(physics)
    }

    fn time_limit(&self) -> Option<usize> {
        Some(50)
    }

    fn seconds(&self, physics: &Physics) -> f64 {
        dt(physics, self.frame_skip)
    }

    fn obs_dim(&self, physics: &Physics) -> usize {
        physics.data.qpos().len() + 6
    }

    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        let mut positions = around(physics.data.qpos(), 0.1, rng);
        let target = loop {
            let point = around(&[0.0; 2], 0.2, rng);
            if norm(&point) < 0.2 {
                break point;
            }
        };
        let first = positions.len() - 2;
        positions[first..].copy_from_slice(&target);
        let speeds = arm_speeds(physics, 2, rng);
        physics.place(&positions, &speeds);
    }

    fn step(&self, physics: &mut Physics, _: &mut [f64], action: &[f64]) -> Outcome {
        physics.advance(action, self.frame_skip);
        let distance = self.reward_dist_weight * norm(&self.miss(physics));
        Outcome {
            reward: -distance - self.reward_control_weight * sum_of_squares(action),
            terminated: false,
        }
    }

    fn observe(&self, physics: &Physics, _: &[f64], out: &mut [f64]) {
        let (positions, velocities) = (physics.data.qpos(), physics.data.qvel());
        let angles = [positions[0], positions[1]];
        join(
            &[
                &angles.map(f64::cos),
                &angles.map(f64::sin),
                &positions[2..],
                &velocities[..2],
                &self.miss(physics)[..2],
            ],
            out,
        );
    }
}
