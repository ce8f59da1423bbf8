//! What contacts cost a humanoid.

use std::ops::RangeInclusive;

use super::ranges::clip;
use super::sum_of_squares;
use crate::mujoco::Physics;

/// clip(w ‖f‖²), f the contact forces on all bodies, which are computed here.
pub(super) fn cost(physics: &mut Physics, weight: f64, range: &RangeInclusive<f64>) -> f64 {
    physics.data.rne_post_constraint();
    let forces = physics.data.cfrc_ext().as_flattened();
    clip(range, weight * sum_of_squares(forces))
}
