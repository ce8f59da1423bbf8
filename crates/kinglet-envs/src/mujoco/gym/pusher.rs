//! Pusher.

use std::path::PathBuf;

use rand::{Rng, RngExt};

use super::body::{Body, difference};
use super::noise::arm_speeds;
use super::{dt, file, join, load, norm, sum_of_squares};
use crate::Error;
use crate::mujoco::{Outcome, Physics, Task};

/// The joints of the arm.
const ARM: usize = 7;

/// `mujoco/pusher`: push an object to a goal with an arm. It never ends by itself.
///
/// r = −w_dist ‖object − goal‖ − w_near ‖object − tip‖ − w_ctrl ‖a‖². The object begins uniformly in a rectangle of 0.3 m by
/// 0.4 m beside the goal, but not within 0.17 m of it. The bodies' places, seen and paid for, are those of the last frame's
/// beginning.
///
/// # Source
/// Gymnasium 1.4.0, `envs/mujoco/pusher_v5.py`.
#[derive(Clone, Debug)]
pub struct Pusher {
    /// The model's file; `None` for `pusher_v5.xml` of Gymnasium.
    pub model: Option<PathBuf>,
    /// Steps of the model in a step of the task.
    pub frame_skip: usize,
    /// w_near.
    pub reward_near_weight: f64,
    /// w_dist.
    pub reward_dist_weight: f64,
    /// w_ctrl.
    pub reward_control_weight: f64,
    /// The arm's tip.
    pub tip: Body,
    /// The object.
    pub object: Body,
    /// The goal.
    pub goal: Body,
}

impl Default for Pusher {
    fn default() -> Self {
        Self {
            model: None,
            frame_skip: 5,
            reward_near_weight: 0.5,
            reward_dist_weight: 1.0,
            reward_control_weight: 0.1,
            tip: "tips_arm".into(),
            object: "object".into(),
            goal: "goal".into(),
        }
    }
}

impl Task for Pusher {
    fn model(&self) -> Result<PathBuf, Error> {
        file(self.model.as_deref(), "pusher_v5.xml")
    }

    fn load(&mut self) -> Result<Physics, Error> {
        let physics = load(&self.model()?, ARM)?;
        for body in [&mut self.tip, &mut self.object, &mut self.goal] {
            body.find(&physics)?;
        }
        Ok(physics)
    }

    fn time_limit(&self) -> Option<usize> {
        Some(100)
    }

    fn seconds(&self, physics: &Physics) -> f64 {
        dt(physics, self.frame_skip)
    }

    fn obs_dim(&self, _: &Physics) -> usize {
        2 * ARM + 9
    }

    /// The last positions are the object's and the goal's; the arm's are the model's own.
    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        let mut positions = physics.data.qpos().to_vec();
        let object = loop {
            let point = [-0.3 * rng.random::<f64>(), 0.4 * rng.random::<f64>() - 0.2];
            if norm(&point) > 0.17 {
                break point;
            }
        };
        let first = positions.len() - 4;
        join(&[&object, &[0.0; 2]], &mut positions[first..]);
        let speeds = arm_speeds(physics, 4, rng);
        physics.place(&positions, &speeds);
    }

    fn step(&self, physics: &mut Physics, _: &mut [f64], action: &[f64]) -> Outcome {
        physics.advance(action, self.frame_skip);
        let object = self.object.place(physics);
        let near = norm(&difference(object, self.tip.place(physics)));
        let miss = norm(&difference(object, self.goal.place(physics)));
        let costs = self.reward_dist_weight * miss
            + self.reward_control_weight * sum_of_squares(action)
            + self.reward_near_weight * near;
        Outcome {
            reward: -costs,
            terminated: false,
        }
    }

    fn observe(&self, physics: &Physics, _: &[f64], out: &mut [f64]) {
        join(
            &[
                &physics.data.qpos()[..ARM],
                &physics.data.qvel()[..ARM],
                &self.tip.place(physics),
                &self.object.place(physics),
                &self.goal.place(physics),
            ],
            out,
        );
    }
}
