//! Ant.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use rand::Rng;

use super::noise::{Velocities, begin};
use super::ranges::clip;
use super::{Body, dt, file, joints, load, sum_of_squares};
use crate::Error;
use crate::mujoco::{Outcome, Physics, Task};

/// `mujoco/ant`: run along x on four legs.
///
/// r = w_forward ẋ + r_survive − w_ctrl ‖a‖² − w_contact ‖f‖², f the contact forces clipped to their range. It is healthy
/// where its state is finite and its height lies within its range, bounds included.
///
/// # Source
/// Gymnasium 1.4.0, `envs/mujoco/ant_v5.py`, and `ant_v4.py` for [`Ant::v4`].
#[derive(Clone, Debug)]
pub struct Ant {
    /// The model's file; `None` for `ant.xml` of Gymnasium.
    pub model: Option<PathBuf>,
    /// Steps of the model in a step of the task.
    pub frame_skip: usize,
    /// w_forward.
    pub forward_reward_weight: f64,
    /// w_ctrl.
    pub ctrl_cost_weight: f64,
    /// w_contact; `None` where contacts cost nothing.
    pub contact_cost_weight: Option<f64>,
    /// r_survive of a healthy step.
    pub healthy_reward: f64,
    /// Which steps earn it.
    pub survival: Survival,
    /// The body whose velocity counts.
    pub main_body: Body,
    /// Whether an episode ends where it is not healthy.
    pub terminate_when_unhealthy: bool,
    /// Healthy heights in metres.
    pub healthy_z_range: RangeInclusive<f64>,
    /// Where contact forces are clipped.
    pub contact_force_range: RangeInclusive<f64>,
    /// How far from the model's own state an episode begins.
    pub reset_noise_scale: f64,
    /// Leave x and y out of what is seen.
    pub exclude_current_positions: bool,
    /// Show the contact forces.
    pub contact_forces: ContactForces,
}

/// Which steps earn r_survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survival {
    /// Healthy ones (version 5).
    Healthy,
    /// Healthy ones, and all where an unhealthy one ends the episode: the last step earns it too (version 4).
    UntilTheEnd,
}

/// Which contact forces are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactForces {
    /// None.
    Hidden,
    /// Those of all bodies but the world, which are zero (version 5).
    Bodies,
    /// The world's too (version 4).
    WithWorld,
}

impl Default for Ant {
    fn default() -> Self {
        Self {
            model: None,
            frame_skip: 5,
            forward_reward_weight: 1.0,
            ctrl_cost_weight: 0.5,
            contact_cost_weight: Some(5e-4),
            healthy_reward: 1.0,
            survival: Survival::Healthy,
            main_body: Body::Number(1),
            terminate_when_unhealthy: true,
            healthy_z_range: 0.2..=1.0,
            contact_force_range: -1.0..=1.0,
            reset_noise_scale: 0.1,
            exclude_current_positions: true,
            contact_forces: ContactForces::Bodies,
        }
    }
}

impl Ant {
    /// `mujoco/ant-v4`: version 4 with its defaults, in which contacts are neither seen nor paid for.
    pub fn v4() -> Self {
        Self {
            contact_cost_weight: None,
            survival: Survival::UntilTheEnd,
            contact_forces: ContactForces::Hidden,
            ..Self::default()
        }
    }

    /// `mujoco/ant-v4` with its option `use_contact_forces`: the world's forces are seen too.
    pub fn v4_with_contact_forces() -> Self {
        Self {
            survival: Survival::UntilTheEnd,
            contact_forces: ContactForces::WithWorld,
            ..Self::default()
        }
    }

    fn skipped(&self) -> usize {
        2 * usize::from(self.exclude_current_positions)
    }

    fn is_healthy(&self, physics: &Physics) -> bool {
        let (positions, velocities) = (physics.data.qpos(), physics.data.qvel());
        let mut state = positions.iter().chain(velocities);
        state.all(|x| x.is_finite()) && self.healthy_z_range.contains(&positions[2])
    }

    /// The first body whose contact forces are seen; `None` where none are.
    fn first_body(&self) -> Option<usize> {
        match self.contact_forces {
            ContactForces::Hidden => None,
            ContactForces::Bodies => Some(1),
            ContactForces::WithWorld => Some(0),
        }
    }

    fn needs_forces(&self) -> bool {
        self.contact_cost_weight.is_some() || self.contact_forces != ContactForces::Hidden
    }

    fn contact_cost(&self, physics: &Physics) -> f64 {
        let Some(weight) = self.contact_cost_weight else {
            return 0.0;
        };
        let forces = physics.data.cfrc_ext().as_flattened();
        weight
            * forces
                .iter()
                .map(|&force| clip(&self.contact_force_range, force).powi(2))
                .sum::<f64>()
    }
}

impl Task for Ant {
    fn model(&self) -> Result<PathBuf, Error> {
        file(self.model.as_deref(), "ant.xml")
    }

    fn load(&mut self) -> Result<Physics, Error> {
        let physics = load(&self.model()?, 3)?;
        self.main_body.find(&physics)?;
        Ok(physics)
    }

    fn time_limit(&self) -> Option<usize> {
        Some(1000)
    }

    fn seconds(&self, physics: &Physics) -> f64 {
        dt(physics, self.frame_skip)
    }

    fn obs_dim(&self, physics: &Physics) -> usize {
        let forces = self
            .first_body()
            .map_or(0, |first| 6 * (physics.data.cfrc_ext().len() - first));
        joints::obs_dim(physics, self.skipped()) + forces
    }

    /// The body's place is that of the last forward pass, a frame behind the joints: it is carried.
    fn begin(&self, physics: &mut Physics, carry: &mut Vec<f64>, rng: &mut dyn Rng) {
        begin(physics, self.reset_noise_scale, Velocities::Normal, rng);
        carry.push(self.main_body.place(physics)[0]);
    }

    fn step(&self, physics: &mut Physics, carry: &mut [f64], action: &[f64]) -> Outcome {
        physics.advance(action, self.frame_skip);
        if self.needs_forces() {
            physics.data.rne_post_constraint();
        }
        let x = self.main_body.place(physics)[0];
        let velocity = (x - carry[0]) / dt(physics, self.frame_skip);
        carry[0] = x;
        let healthy = self.is_healthy(physics);
        let survives =
            healthy || (self.survival == Survival::UntilTheEnd && self.terminate_when_unhealthy);
        let survive = if survives { self.healthy_reward } else { 0.0 };
        let costs = self.ctrl_cost_weight * sum_of_squares(action) + self.contact_cost(physics);
        Outcome {
            reward: self.forward_reward_weight * velocity + survive - costs,
            terminated: !healthy && self.terminate_when_unhealthy,
        }
    }

    fn observe(&self, physics: &Physics, _: &[f64], out: &mut [f64]) {
        let skipped = self.skipped();
        let (state, forces) = out.split_at_mut(joints::obs_dim(physics, skipped));
        joints::observe(physics, skipped, state);
        if let Some(first) = self.first_body() {
            let raw = physics.data.cfrc_ext()[first..].as_flattened();
            for (out, &force) in forces.iter_mut().zip(raw) {
                *out = clip(&self.contact_force_range, force);
            }
        }
    }
}
