//! Cheetah.

use rand::Rng;

use super::domain::Domain;
use super::start::uniform;
use super::{Margin, Sigmoid, tolerance};
use crate::Error;
use crate::mujoco::Physics;

/// A body on two legs in a plane: it shall run forward at 10 m/s.
///
/// r = min(v/10, 1) for a speed v > 0, else 0. It begins with joints anywhere within their limits, 200 steps of the model
/// later.
///
/// # Source
/// dm_control 1.0.50, `suite/cheetah.py`.
#[derive(Clone, Debug)]
pub struct Cheetah {
    velocity: usize,
}

impl Cheetah {
    /// `dm/cheetah-run`.
    pub fn run() -> Self {
        Self { velocity: 0 }
    }
}

impl Domain for Cheetah {
    const FILE: &str = "cheetah.xml";
    const FRAMES: usize = 1;

    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error> {
        self.velocity = physics.sensor("torso_subtreelinvel")?;
        Ok(())
    }

    /// The first of the steps accelerates as the model's own beginning would.
    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        physics.forward_unactuated();
        for joint in 0..physics.model().jnt_range().len() {
            if physics.model().jnt_limited()[joint] {
                let [low, high] = physics.model().jnt_range()[joint];
                physics.data.qpos_mut()[joint] = uniform(low, high, rng);
            }
        }
        let still = vec![0.0; physics.data.ctrl().len()];
        physics.advance_in_sync(&still, 200);
        physics.data.set_time(0.0);
        physics.forward_unactuated();
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let margin = Margin {
            width: 10.0,
            value: 0.0,
            sigmoid: Sigmoid::Linear,
        };
        let speed = physics.data.sensordata()[self.velocity];
        tolerance(speed, (10.0, f64::INFINITY), Some(margin))
    }

    /// Positions but the place along the plane, velocities.
    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let data = &physics.data;
        data.qpos()[1..].iter().chain(data.qvel()).copied()
    }
}
