//! Reacher.

use std::f64::consts::PI;

use mujoco_rs::wrappers::mj_model::MjtObjBase;
use rand::Rng;

use super::arithmetic::norm;
use super::domain::Domain;
use super::start::{randomize_joints, uniform};
use super::tolerance;
use crate::Error;
use crate::mujoco::Physics;

/// An arm of two links in a plane: its tip shall lie in the target.
///
/// r = 1{d ≤ ρ}, d from tip to target and ρ the sum of their radii. Joints begin anywhere, the target in a ring.
///
/// # Source
/// dm_control 1.0.50, `suite/reacher.py`.
#[derive(Clone, Debug)]
pub struct Reacher {
    /// The target's radius.
    radius: f64,
    finger: usize,
    target: usize,
}

impl Reacher {
    /// `dm/reacher-easy`: a target of 5 cm.
    pub fn easy() -> Self {
        Self {
            radius: 0.05,
            finger: 0,
            target: 0,
        }
    }

    /// `dm/reacher-hard`: a target of 1.5 cm.
    pub fn hard() -> Self {
        Self {
            radius: 0.015,
            ..Self::easy()
        }
    }

    fn to_target(&self, physics: &Physics) -> [f64; 2] {
        let geoms = physics.data.geom_xpos();
        [0, 1].map(|i| geoms[self.target][i] - geoms[self.finger][i])
    }
}

impl Domain for Reacher {
    const FILE: &str = "reacher.xml";
    const FRAMES: usize = 1;

    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error> {
        self.finger = physics.id(MjtObjBase::mjOBJ_GEOM, "finger")?;
        self.target = physics.id(MjtObjBase::mjOBJ_GEOM, "target")?;
        Ok(())
    }

    fn begin(&self, physics: &mut Physics, carry: &mut Vec<f64>, rng: &mut dyn Rng) {
        randomize_joints(physics, rng);
        let (angle, distance) = (uniform(0.0, 2.0 * PI, rng), uniform(0.05, 0.2, rng));
        carry.extend([distance * angle.sin(), distance * angle.cos()]);
        Domain::recall(self, physics, carry);
        physics.forward_unactuated();
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let radii = self.radius + physics.model().geom_size()[self.finger][0];
        tolerance(norm(&self.to_target(physics)), (0.0, radii), None)
    }

    /// Positions, the way to the target, velocities.
    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let data = &physics.data;
        let positions = data.qpos().iter().copied();
        positions
            .chain(self.to_target(physics))
            .chain(data.qvel().iter().copied())
    }

    fn recall(&self, physics: &mut Physics, carry: &[f64]) {
        physics.edit(|model| model.geom_pos_mut()[self.target][..2].copy_from_slice(carry));
    }
}
