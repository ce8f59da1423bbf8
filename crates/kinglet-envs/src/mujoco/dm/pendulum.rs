//! Pendulum.

use std::f64::consts::PI;

use mujoco_rs::wrappers::mj_model::MjtObjBase;
use rand::Rng;

use super::domain::Domain;
use super::start::uniform;
use super::tolerance;
use crate::Error;
use crate::mujoco::Physics;

/// A pendulum whose motor is too weak to lift it at once: it shall stand.
///
/// r = 1{cos θ ≥ cos 8°}. It begins at any angle.
///
/// # Source
/// dm_control 1.0.50, `suite/pendulum.py`.
#[derive(Clone, Debug)]
pub struct Pendulum {
    pole: usize,
}

impl Pendulum {
    /// `dm/pendulum-swingup`.
    pub fn swingup() -> Self {
        Self { pole: 0 }
    }
}

impl Domain for Pendulum {
    const FILE: &str = "pendulum.xml";
    const FRAMES: usize = 1;

    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error> {
        self.pole = physics.id(MjtObjBase::mjOBJ_BODY, "pole")?;
        Ok(())
    }

    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        physics.data.qpos_mut()[0] = uniform(-PI, PI, rng);
        physics.forward_unactuated();
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let cosine = physics.data.xmat()[self.pole][8];
        tolerance(cosine, (8_f64.to_radians().cos(), 1.0), None)
    }

    /// Cosine and sine of the angle, its velocity.
    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let frame = physics.data.xmat()[self.pole];
        [frame[8], frame[2], physics.data.qvel()[0]].into_iter()
    }
}
