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
    let positions = around(physics.data.qpos(), scale, rng);
    let speeds = match velocities {
        Velocities::Uniform => around(physics.data.qvel(), scale, rng),
        Velocities::Normal => {
            let speeds = physics.data.qvel().iter();
            speeds
                .map(|at| at + scale * rng.sample::<f64, _>(StandardNormal))
                .collect()
        }
    };
    physics.place(&positions, &speeds);
}

/// Numbers uniform within `scale` of these.
pub(super) fn around(numbers: &[f64], scale: f64, rng: &mut dyn Rng) -> Vec<f64> {
    let noise = |at: &f64| at + scale * (2.0 * rng.random::<f64>() - 1.0);
    numbers.iter().map(noise).collect()
}

/// What lies uniformly within 0.005, but for the last numbers, which are 0: how a reaching arm begins to move.
pub(super) fn arm_speeds(physics: &Physics, still: usize, rng: &mut dyn Rng) -> Vec<f64> {
    let mut speeds = around(physics.data.qvel(), 0.005, rng);
    let moving = speeds.len() - still;
    speeds[moving..].fill(0.0);
    speeds
}
