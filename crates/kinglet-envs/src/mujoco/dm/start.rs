//! How episodes begin.

use std::f64::consts::PI;

use mujoco_rs::wrappers::mj_model::MjtJoint;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use super::arithmetic::norm;
use crate::mujoco::Physics;

/// Uniform on [low, high).
pub(super) fn uniform(low: f64, high: f64, rng: &mut dyn Rng) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

/// N(0, 1).
pub(super) fn normal(rng: &mut dyn Rng) -> f64 {
    rng.sample(StandardNormal)
}

/// x / ‖x‖.
pub(super) fn unit<const N: usize>(x: [f64; N]) -> [f64; N] {
    let length = norm(&x);
    x.map(|x| x / length)
}

/// Joints with limits uniform within them, hinges without uniform on [−π, π), the orientation of a free joint the direction
/// of a point uniform on the cube [0, 1]⁴. Others stay where they are. No model here has a ball joint.
///
/// # Source
/// dm_control 1.0.50, `suite/utils/randomizers.py`, `randomize_limited_and_rotational_joints`.
pub(super) fn randomize_joints(physics: &mut Physics, rng: &mut dyn Rng) {
    for joint in 0..physics.model().jnt_type().len() {
        let model = physics.model();
        let (kind, at) = (model.jnt_type()[joint], model.jnt_qposadr()[joint] as usize);
        let [low, high] = model.jnt_range()[joint];
        let limited = model.jnt_limited()[joint];
        let positions = physics.data.qpos_mut();
        match kind {
            MjtJoint::mjJNT_HINGE | MjtJoint::mjJNT_SLIDE if limited => {
                positions[at] = uniform(low, high, rng);
            }
            MjtJoint::mjJNT_HINGE => positions[at] = uniform(-PI, PI, rng),
            MjtJoint::mjJNT_FREE => {
                let quaternion: [f64; 4] = std::array::from_fn(|_| rng.random());
                positions[at + 3..at + 7].copy_from_slice(&unit(quaternion));
            }
            _ => {}
        }
    }
}

/// Draws a state until nothing in it touches.
pub(super) fn without_contacts(physics: &mut Physics, mut draw: impl FnMut(&mut Physics)) {
    loop {
        draw(physics);
        physics.forward_unactuated();
        if physics.data.ncon() == 0 {
            break;
        }
    }
}
