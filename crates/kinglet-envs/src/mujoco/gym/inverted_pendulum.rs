//! InvertedPendulum.

use std::path::PathBuf;

use rand::Rng;

use super::noise::{Velocities, begin};
use super::{dt, file, joints, load};
use crate::Error;
use crate::mujoco::{Outcome, Physics, Task};

/// `mujoco/inverted-pendulum`: balance a pole on a cart.
///
/// r = 1{not terminated}. It terminates where the pole's angle exceeds 0.2 rad on either side, or a number of the state is
/// not finite.
///
/// # Source
/// Gymnasium 1.4.0, `envs/mujoco/inverted_pendulum_v5.py`.
#[derive(Clone, Debug)]
pub struct InvertedPendulum {
    /// The model's file; `None` for `inverted_pendulum.xml` of Gymnasium.
    pub model: Option<PathBuf>,
    /// Steps of the model in a step of the task.
    pub frame_skip: usize,
    /// How far from the model's own state an episode begins.
    pub reset_noise_scale: f64,
}

impl Default for InvertedPendulum {
    fn default() -> Self {
        Self {
            model: None,
            frame_skip: 2,
            reset_noise_scale: 0.01,
        }
    }
}

impl Task for InvertedPendulum {
    fn model(&self) -> Result<PathBuf, Error> {
        file(self.model.as_deref(), "inverted_pendulum.xml")
    }

    fn load(&mut self) -> Result<Physics, Error> {
        load(&self.model()?, 2)
    }

    fn time_limit(&self) -> Option<usize> {
        Some(1000)
    }

    fn seconds(&self, physics: &Physics) -> f64 {
        dt(physics, self.frame_skip)
    }

    fn obs_dim(&self, physics: &Physics) -> usize {
        joints::obs_dim(physics, 0)
    }

    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        begin(physics, self.reset_noise_scale, Velocities::Uniform, rng);
    }

    fn step(&self, physics: &mut Physics, _: &mut [f64], action: &[f64]) -> Outcome {
        physics.advance(action, self.frame_skip);
        let (positions, velocities) = (physics.data.qpos(), physics.data.qvel());
        let mut state = positions.iter().chain(velocities);
        let upright = state.all(|x| x.is_finite()) && positions[1].abs() <= 0.2;
        Outcome {
            reward: f64::from(u8::from(upright)),
            terminated: !upright,
        }
    }

    fn observe(&self, physics: &Physics, _: &[f64], out: &mut [f64]) {
        joints::observe(physics, 0, out);
    }
}
