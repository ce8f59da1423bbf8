//! Acrobot.

use std::f64::consts::PI;

use mujoco_rs::wrappers::mj_model::MjtObjBase;
use rand::Rng;

use super::arithmetic::{difference, norm};
use super::domain::Domain;
use super::start::uniform;
use super::{Margin, tolerance};
use crate::Error;
use crate::mujoco::Physics;

/// Two links that hang from a joint, driven by the joint between them: the tip shall reach the target above.
///
/// r = tolerance(‖tip − target‖; 0, radius), with a Gaussian margin of 1 m unless it is sparse. Both joints begin anywhere.
///
/// # Source
/// dm_control 1.0.50, `suite/acrobot.py`.
#[derive(Clone, Debug)]
pub struct Acrobot {
    margin: Option<Margin>,
    links: [usize; 2],
    tip: usize,
    target: usize,
}

impl Acrobot {
    /// `dm/acrobot-swingup`.
    pub fn swingup() -> Self {
        Self {
            margin: Some(Margin::gaussian(1.0)),
            ..Self::swingup_sparse()
        }
    }

    /// `dm/acrobot-swingup-sparse`.
    pub fn swingup_sparse() -> Self {
        Self {
            margin: None,
            links: [0; 2],
            tip: 0,
            target: 0,
        }
    }
}

impl Domain for Acrobot {
    const FILE: &str = "acrobot.xml";
    const FRAMES: usize = 1;

    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error> {
        for (link, name) in self.links.iter_mut().zip(["upper_arm", "lower_arm"]) {
            *link = physics.id(MjtObjBase::mjOBJ_BODY, name)?;
        }
        self.tip = physics.id(MjtObjBase::mjOBJ_SITE, "tip")?;
        self.target = physics.id(MjtObjBase::mjOBJ_SITE, "target")?;
        Ok(())
    }

    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        physics.data.qpos_mut().fill_with(|| uniform(-PI, PI, rng));
        physics.forward_unactuated();
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let sites = physics.data.site_xpos();
        let distance = norm(&difference(sites[self.target], sites[self.tip]));
        let radius = physics.model().site_size()[self.target][0];
        tolerance(distance, (0.0, radius), self.margin)
    }

    /// Sines of the links' angles, their cosines, velocities.
    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let frames = physics.data.xmat();
        let column = |i: usize| self.links.iter().map(move |&link| frames[link][i]);
        let velocities = physics.data.qvel().iter().copied();
        column(2).chain(column(8)).chain(velocities)
    }
}
