//! What is seen of the joints, and how quickly the first of them moves.

use super::{dt, join};
use crate::mujoco::Physics;

/// Positions without the first `skipped`, and velocities.
pub(super) fn obs_dim(physics: &Physics, skipped: usize) -> usize {
    let data = &physics.data;
    data.qpos().len() - skipped + data.qvel().len()
}

/// Takes a step, and gives the first joint's mean velocity: in a plane, that along it.
pub(super) fn advance(physics: &mut Physics, action: &[f64], frame_skip: usize) -> f64 {
    let before = physics.data.qpos()[0];
    physics.advance(action, frame_skip);
    (physics.data.qpos()[0] - before) / dt(physics, frame_skip)
}

/// Writes positions without the first `skipped`, and velocities.
pub(super) fn observe(physics: &Physics, skipped: usize, out: &mut [f64]) {
    join(&[&physics.data.qpos()[skipped..], physics.data.qvel()], out);
}

/// The same with velocities within ±10.
pub(super) fn observe_clipped(physics: &Physics, skipped: usize, out: &mut [f64]) {
    observe(physics, skipped, out);
    let first = out.len() - physics.data.qvel().len();
    for velocity in &mut out[first..] {
        *velocity = velocity.clamp(-10.0, 10.0);
    }
}
