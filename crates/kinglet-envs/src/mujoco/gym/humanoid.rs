//! Humanoid.

use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;

use rand::Rng;

use super::noise::{Velocities, begin};
use super::ranges::within;
use super::{Parts, contacts, dt, file, join, load, sum_of_squares};
use crate::Error;
use crate::mujoco::{Outcome, Physics, Task};

/// `mujoco/humanoid`: run along x on two legs, without falling.
///
/// r = w_forward ẋ + 1{healthy} r_healthy − w_ctrl ‖a‖² − clip(w_contact ‖f‖²), ẋ the centre of mass's mean velocity over the
/// step and f the contact forces. It is healthy where its height lies within its range, bounds excluded.
///
/// # Source
/// Gymnasium 1.4.0, `envs/mujoco/humanoid_v5.py`.
#[derive(Clone, Debug)]
pub struct Humanoid {
    /// The model's file; `None` for `humanoid.xml` of Gymnasium.
    pub model: Option<PathBuf>,
    /// Steps of the model in a step of the task.
    pub frame_skip: usize,
    /// w_forward.
    pub forward_reward_weight: f64,
    /// w_ctrl.
    pub ctrl_cost_weight: f64,
    /// w_contact.
    pub contact_cost_weight: f64,
    /// Where the contacts' cost is clipped.
    pub contact_cost_range: RangeInclusive<f64>,
    /// r_healthy, a step.
    pub healthy_reward: f64,
    /// Whether an episode ends where it is not healthy.
    pub terminate_when_unhealthy: bool,
    /// Healthy heights in metres.
    pub healthy_z_range: Range<f64>,
    /// How far from the model's own state an episode begins.
    pub reset_noise_scale: f64,
    /// What is seen.
    pub parts: Parts,
}

impl Default for Humanoid {
    fn default() -> Self {
        Self {
            model: None,
            frame_skip: 5,
            forward_reward_weight: 1.25,
            ctrl_cost_weight: 0.1,
            contact_cost_weight: 5e-7,
            contact_cost_range: f64::NEG_INFINITY..=10.0,
            healthy_reward: 5.0,
            terminate_when_unhealthy: true,
            healthy_z_range: 1.0..2.0,
            reset_noise_scale: 1e-2,
            parts: Parts::default(),
        }
    }
}

/// The centre of mass, along x.
fn centre(physics: &Physics) -> f64 {
    let masses = physics.model().body_mass();
    let moments = masses.iter().zip(physics.data.xipos());
    moments.map(|(mass, at)| mass * at[0]).sum::<f64>() / masses.iter().sum::<f64>()
}

impl Task for Humanoid {
    fn model(&self) -> Result<PathBuf, Error> {
        file(self.model.as_deref(), "humanoid.xml")
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

    /// The bodies' places are those of the last forward pass, a frame behind the joints: their centre is carried.
    fn begin(&self, physics: &mut Physics, carry: &mut Vec<f64>, rng: &mut dyn Rng) {
        begin(physics, self.reset_noise_scale, Velocities::Uniform, rng);
        carry.push(centre(physics));
    }

    fn step(&self, physics: &mut Physics, carry: &mut [f64], action: &[f64]) -> Outcome {
        physics.advance(action, self.frame_skip);
        let x = centre(physics);
        let velocity = (x - carry[0]) / dt(physics, self.frame_skip);
        carry[0] = x;
        let healthy = within(&self.healthy_z_range, physics.data.qpos()[2]);
        let survive = if healthy { self.healthy_reward } else { 0.0 };
        let contacts = contacts::cost(physics, self.contact_cost_weight, &self.contact_cost_range);
        let costs = self.ctrl_cost_weight * sum_of_squares(action) + contacts;
        Outcome {
            reward: self.forward_reward_weight * velocity + survive - costs,
            terminated: !healthy && self.terminate_when_unhealthy,
        }
    }

    fn observe(&self, physics: &Physics, _: &[f64], out: &mut [f64]) {
        join(&self.parts.of(physics), out);
    }
}
