//! Ball in cup.

use mujoco_rs::wrappers::mj_model::MjtObjBase;
use rand::Rng;

use super::domain::Domain;
use super::start::{uniform, without_contacts};
use crate::Error;
use crate::mujoco::Physics;

/// A cup that moves in a plane, and a ball on a string: the ball shall lie in the cup.
///
/// r = 1 where the ball is in the target within the cup along both axes, else 0. The ball begins anywhere near where it
/// touches nothing.
///
/// # Source
/// dm_control 1.0.50, `suite/ball_in_cup.py`.
#[derive(Clone, Debug)]
pub struct BallInCup {
    ball: usize,
    ball_geom: usize,
    target: usize,
    /// Of the ball's x and z among the positions.
    joints: [usize; 2],
}

impl BallInCup {
    /// `dm/ball-in-cup-catch`.
    pub fn catch() -> Self {
        Self {
            ball: 0,
            ball_geom: 0,
            target: 0,
            joints: [0; 2],
        }
    }
}

impl Domain for BallInCup {
    const FILE: &str = "ball_in_cup.xml";
    const FRAMES: usize = 10;

    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error> {
        self.ball = physics.id(MjtObjBase::mjOBJ_BODY, "ball")?;
        self.ball_geom = physics.id(MjtObjBase::mjOBJ_GEOM, "ball")?;
        self.target = physics.id(MjtObjBase::mjOBJ_SITE, "target")?;
        self.joints = [physics.joint("ball_x")?.0, physics.joint("ball_z")?.0];
        Ok(())
    }

    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        without_contacts(physics, |physics| {
            let positions = physics.data.qpos_mut();
            positions[self.joints[0]] = uniform(-0.2, 0.2, rng);
            positions[self.joints[1]] = uniform(0.2, 0.5, rng);
        });
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let target = physics.data.site_xpos()[self.target];
        let ball = physics.data.xpos()[self.ball];
        let model = physics.model();
        let room = model.site_size()[self.target];
        let radius = model.geom_size()[self.ball_geom][0];
        let inside = [0, 2]
            .iter()
            .all(|&i| (target[i] - ball[i]).abs() < room[i] - radius);
        f64::from(inside)
    }

    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let data = &physics.data;
        data.qpos().iter().chain(data.qvel()).copied()
    }
}
