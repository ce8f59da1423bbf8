//! What the runners in a plane share: HalfCheetah, Hopper, Walker2d.

use std::ops::Range;

use super::{dt, join};
use crate::mujoco::Physics;

/// Positions and velocities, without the place along the plane if that is excluded.
pub(super) fn obs_dim(physics: &Physics, exclude_current_positions: bool) -> usize {
    let data = &physics.data;
    data.qpos().len() + data.qvel().len() - usize::from(exclude_current_positions)
}

/// Takes a step, and gives the mean velocity along the plane.
pub(super) fn advance(physics: &mut Physics, action: &[f64], frame_skip: usize) -> f64 {
    let before = physics.data.qpos()[0];
    physics.advance(action, frame_skip);
    (physics.data.qpos()[0] - before) / dt(physics, frame_skip)
}

/// Positions and velocities.
pub(super) fn observe(physics: &Physics, exclude_current_positions: bool, out: &mut [f64]) {
    let skipped = usize::from(exclude_current_positions);
    join(&[&physics.data.qpos()[skipped..], physics.data.qvel()], out);
}

/// Positions, and velocities within ±10.
pub(super) fn observe_clipped(physics: &Physics, exclude_current_positions: bool, out: &mut [f64]) {
    observe(physics, exclude_current_positions, out);
    let first = out.len() - physics.data.qvel().len();
    for velocity in &mut out[first..] {
        *velocity = velocity.clamp(-10.0, 10.0);
    }
}

/// Whether a number lies strictly between.
pub(super) fn within(range: &Range<f64>, x: f64) -> bool {
    range.start < x && x < range.end
}
