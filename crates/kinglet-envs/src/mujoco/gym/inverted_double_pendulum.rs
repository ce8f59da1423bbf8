//! InvertedDoublePendulum.

use std::path::PathBuf;

use rand::Rng;

use super::noise::{Velocities, begin};
use super::{dt, file, load};
use crate::Error;
use crate::mujoco::{Outcome, Physics, Task};

/// `mujoco/inverted-double-pendulum`: balance two poles, one on the other, on a cart.
///
/// r = 1{not terminated} r_healthy − (0.01 x² + (y − 2)²) − (0.001 θ̇₁² + 0.005 θ̇₂²), (x, y) the upper pole's tip and θ̇ the
/// joints' velocities. It terminates where y ≤ 1. The tip's place is that of the last frame's beginning. Seen are the cart's
/// position, sines and cosines of the angles, velocities and the force of the cart's limits, the last two within ±10.
///
/// # Source
/// Gymnasium 1.4.0, `envs/mujoco/inverted_double_pendulum_v5.py`.
#[derive(Clone, Debug)]
pub struct InvertedDoublePendulum {
    /// The model's file; `None` for `inverted_double_pendulum.xml` of Gymnasium.
    pub model: Option<PathBuf>,
    /// Steps of the model in a step of the task.
    pub frame_skip: usize,
    /// r_healthy, a step.
    pub healthy_reward: f64,
    /// How far from the model's own state an episode begins.
    pub reset_noise_scale: f64,
}

impl Default for InvertedDoublePendulum {
    fn default() -> Self {
        Self {
            model: None,
            frame_skip: 5,
            healthy_reward: 10.0,
            reset_noise_scale: 0.1,
        }
    }
}

impl Task for InvertedDoublePendulum {
    fn model(&self) -> Result<PathBuf, Error> {
        file(self.model.as_deref(), "inverted_double_pendulum.xml")
    }

    fn load(&mut self) -> Result<Physics, Error> {
        let path = self.model()?;
        let physics = load(&path, 3)?;
        if physics.data.site_xpos().is_empty() {
            return Err(Error::MujocoModel {
                path: path.display().to_string(),
                reason: "it has no site, which is to be the tip".to_owned(),
            });
        }
        Ok(physics)
    }

    fn time_limit(&self) -> Option<usize> {
        Some(1000)
    }

    fn seconds(&self, physics: &Physics) -> f64 {
        dt(physics, self.frame_skip)
    }

    fn obs_dim(&self, physics: &Physics) -> usize {
        2 * physics.data.qpos().len() + physics.data.qvel().len()
    }

    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        begin(physics, self.reset_noise_scale, Velocities::Normal, rng);
    }

    fn step(&self, physics: &mut Physics, _: &mut [f64], action: &[f64]) -> Outcome {
        physics.advance(action, self.frame_skip);
        let [x, _, y] = physics.data.site_xpos()[0];
        let velocities = physics.data.qvel();
        let terminated = y <= 1.0;
        let survive = if terminated { 0.0 } else { self.healthy_reward };
        let off = 0.01 * x.powi(2) + (y - 2.0).powi(2);
        let haste = 1e-3 * velocities[1].powi(2) + 5e-3 * velocities[2].powi(2);
        Outcome {
            reward: survive - off - haste,
            terminated,
        }
    }

    fn observe(&self, physics: &Physics, _: &[f64], out: &mut [f64]) {
        let data = &physics.data;
        let (cart, angles) = data.qpos().split_at(1);
        let sines = angles.iter().map(|angle| angle.sin());
        let cosines = angles.iter().map(|angle| angle.cos());
        let limited = data.qvel().iter().chain(&data.qfrc_constraint()[..1]);
        let limited = limited.map(|x| x.clamp(-10.0, 10.0));
        let numbers = cart
            .iter()
            .copied()
            .chain(sines)
            .chain(cosines)
            .chain(limited);
        for (out, number) in out.iter_mut().zip(numbers) {
            *out = number;
        }
    }
}
