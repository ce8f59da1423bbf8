//! Hopper.

use mujoco_rs::wrappers::mj_model::MjtObjBase;
use rand::Rng;

use super::domain::Domain;
use super::start::randomize_joints;
use super::tolerance::small_control;
use super::{Margin, Sigmoid, tolerance};
use crate::Error;
use crate::mujoco::Physics;

/// A body on one leg in a plane: it shall stand, or hop forward at 2 m/s.
///
/// r = 1{0.6 ≤ h ≤ 2} · w, h the torso's height above the foot; standing, w = (4 + mean max(0, 1 − aᵢ²))/5; hopping,
/// w = tolerance(v; 2, ∞) with a linear margin that is 1/2 at 1 m/s. Joints begin anywhere within their limits.
///
/// # Source
/// dm_control 1.0.50, `suite/hopper.py`.
#[derive(Clone, Debug)]
pub struct Hopper {
    task: Goal,
    torso: usize,
    foot: usize,
    velocity: usize,
    touch: [usize; 2],
}

#[derive(Clone, Copy, Debug)]
enum Goal {
    Stand,
    Hop,
}

impl Hopper {
    /// `dm/hopper-stand`.
    pub fn stand() -> Self {
        Self {
            task: Goal::Stand,
            torso: 0,
            foot: 0,
            velocity: 0,
            touch: [0; 2],
        }
    }

    /// `dm/hopper-hop`.
    pub fn hop() -> Self {
        Self {
            task: Goal::Hop,
            ..Self::stand()
        }
    }
}

impl Domain for Hopper {
    const FILE: &str = "hopper.xml";
    const FRAMES: usize = 4;

    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error> {
        self.torso = physics.id(MjtObjBase::mjOBJ_BODY, "torso")?;
        self.foot = physics.id(MjtObjBase::mjOBJ_BODY, "foot")?;
        self.velocity = physics.sensor("torso_subtreelinvel")?;
        self.touch = [physics.sensor("touch_toe")?, physics.sensor("touch_heel")?];
        Ok(())
    }

    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        randomize_joints(physics, rng);
        physics.forward_unactuated();
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let data = &physics.data;
        let height = data.xipos()[self.torso][2] - data.xipos()[self.foot][2];
        let standing = tolerance(height, (0.6, 2.0), None);
        let margin = Margin {
            width: 1.0,
            value: 0.5,
            sigmoid: Sigmoid::Linear,
        };
        let speed = data.sensordata()[self.velocity];
        standing
            * match self.task {
                Goal::Stand => small_control(data.ctrl()),
                Goal::Hop => tolerance(speed, (2.0, f64::INFINITY), Some(margin)),
            }
    }

    /// Positions but the place along the plane, velocities, ln(1 + force) of the touch of toe and heel.
    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let data = &physics.data;
        let touch = self.touch.map(|at| data.sensordata()[at].ln_1p());
        let state = data.qpos()[1..].iter().chain(data.qvel()).copied();
        state.chain(touch)
    }
}
