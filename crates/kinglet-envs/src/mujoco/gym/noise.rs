//! How episodes begin.

use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use crate::mujoco::Physics;

/// The law of the velocities at an episode's beginning, around 0.
#[derive(Clone, Copy, Debug)]
pub(super) enum Velocities {
    /// Uniform on [−scale, scale].
    Uniform,
    /// scale · N(0, 1).
    Normal,
}

/// Positions uniform within `scale` of the model's own, velocities by their law.
pub(super) fn begin(physics: &mut Physics, scale: f64, velocities: Velocities, rng: &mut dyn Rng) {
    let uniform = |rng: &mut dyn Rng| scale * (2.0 * rng.random::<f64>() - 1.0);
    let positions: Vec<f64> = physics
        .data
        .qpos()
        .iter()
        .map(|at| at + uniform(rng))
        .collect();
    let speeds = physics.data.qvel().iter().map(|_| match velocities {
        Velocities::Uniform => uniform(rng),
        Velocities::Normal => scale * rng.sample::<f64, _>(StandardNormal),
    });
    let speeds: Vec<f64> = speeds.collect();
    physics.place(&positions, &speeds);
}
