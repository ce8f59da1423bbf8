//! Walker.

use mujoco_rs::wrappers::mj_model::MjtObjBase;
use rand::Rng;

use super::domain::Domain;
use super::start::randomize_joints;
use super::{Margin, Sigmoid, tolerance};
use crate::Error;
use crate::mujoco::Physics;

/// A body on two legs in a plane: it shall stand, walk at 1 m/s or run at 8 m/s.
///
/// r = s · w, s = (3 tolerance(h; 1.2, ∞) + (1 + u)/2)/4, h the torso's height with a Gaussian margin of 0.6 m and u the
/// cosine of up; standing, w = 1; else w = (5 tolerance(v; speed, ∞) + 1)/6 with a linear margin that is 1/2 at half the
/// speed. Joints begin anywhere within their limits.
///
/// # Source
/// dm_control 1.0.50, `suite/walker.py`.
#[derive(Clone, Debug)]
pub struct Walker {
    /// The speed to reach in m/s; `None` for standing.
    speed: Option<f64>,
    torso: usize,
    velocity: usize,
}

impl Walker {
    /// `dm/walker-stand`.
    pub fn stand() -> Self {
        Self {
            speed: None,
            torso: 0,
            velocity: 0,
        }
    }

    /// `dm/walker-walk`.
    pub fn walk() -> Self {
        Self {
            speed: Some(1.0),
            ..Self::stand()
        }
    }

    /// `dm/walker-run`.
    pub fn run() -> Self {
        Self {
            speed: Some(8.0),
            ..Self::stand()
        }
    }
}

impl Domain for Walker {
    const FILE: &str = "walker.xml";
    const FRAMES: usize = 10;

    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error> {
        self.torso = physics.id(MjtObjBase::mjOBJ_BODY, "torso")?;
        self.velocity = physics.sensor("torso_subtreelinvel")?;
        Ok(())
    }

    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        randomize_joints(physics, rng);
        physics.forward_unactuated();
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let data = &physics.data;
        let margin = Margin::gaussian(0.6);
        let height = data.xpos()[self.torso][2];
        let standing = tolerance(height, (1.2, f64::INFINITY), Some(margin));
        let upright = (1.0 + data.xmat()[self.torso][8]) / 2.0;
        let stand = (3.0 * standing + upright) / 4.0;
        let Some(speed) = self.speed else {
            return stand;
        };
        let margin = Margin {
            width: speed / 2.0,
            value: 0.5,
            sigmoid: Sigmoid::Linear,
        };
        let velocity = data.sensordata()[self.velocity];
        let moving = tolerance(velocity, (speed, f64::INFINITY), Some(margin));
        stand * (5.0 * moving + 1.0) / 6.0
    }

    /// Cosine and sine of the angle of each body, the torso's height, velocities.
    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let data = &physics.data;
        let bodies = data.xmat()[1..].iter();
        bodies
            .flat_map(|frame| [frame[0], frame[2]])
            .chain([data.xpos()[self.torso][2]])
            .chain(data.qvel().iter().copied())
    }
}
