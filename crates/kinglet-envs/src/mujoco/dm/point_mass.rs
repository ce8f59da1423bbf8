//! Point mass.

use mujoco_rs::wrappers::mj_model::MjtObjBase;
use rand::Rng;

use super::arithmetic::{difference, norm};
use super::domain::Domain;
use super::start::randomize_joints;
use super::tolerance::small_control;
use super::{Margin, tolerance};
use crate::Error;
use crate::mujoco::Physics;

/// A point that is pushed in a plane: it shall lie in the middle.
///
/// r = tolerance(d; 0, ρ) · (4 + mean max(0, 1 − aᵢ²))/5, d to the target and ρ its radius, which is the Gaussian margin too.
/// It begins anywhere.
///
/// # Source
/// dm_control 1.0.50, `suite/point_mass.py`.
#[derive(Clone, Debug)]
pub struct PointMass {
    mass: usize,
    target: usize,
}

impl PointMass {
    /// `dm/point-mass-easy`.
    pub fn easy() -> Self {
        Self { mass: 0, target: 0 }
    }
}

impl Domain for PointMass {
    const FILE: &str = "point_mass.xml";
    const FRAMES: usize = 1;

    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error> {
        self.mass = physics.id(MjtObjBase::mjOBJ_GEOM, "pointmass")?;
        self.target = physics.id(MjtObjBase::mjOBJ_GEOM, "target")?;
        Ok(())
    }

    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        randomize_joints(physics, rng);
        physics.forward_unactuated();
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let geoms = physics.data.geom_xpos();
        let distance = norm(&difference(geoms[self.target], geoms[self.mass]));
        let radius = physics.model().geom_size()[self.target][0];
        let near = tolerance(distance, (0.0, radius), Some(Margin::gaussian(radius)));
        near * small_control(physics.data.ctrl())
    }

    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let data = &physics.data;
        data.qpos().iter().chain(data.qvel()).copied()
    }
}
