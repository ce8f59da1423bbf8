//! Humanoid.

use mujoco_rs::wrappers::mj_model::MjtObjBase;
use rand::Rng;

use super::arithmetic::{difference, into_frame, norm};
use super::domain::Domain;
use super::start::{randomize_joints, without_contacts};
use super::tolerance::small_control;
use super::{Margin, Sigmoid, tolerance};
use crate::Error;
use crate::mujoco::Physics;

/// A body on two legs with 21 joints: it shall stand, walk at 1 m/s or run at 10 m/s, in any direction.
///
/// r = small(a) · tolerance(h; 1.4, ∞) · tolerance(u; 0.9, ∞) · w, h the head's height, u the cosine of up, small(a) =
/// (4 + mean max(0, 1 − aᵢ²))/5; standing, w is the mean of tolerance(vᵢ; 0, 0) over the horizontal velocities; else
/// w = (5 min(‖v‖/speed, 1) + 1)/6. It begins in any pose in which nothing touches.
///
/// # Source
/// dm_control 1.0.50, `suite/humanoid.py`.
#[derive(Clone, Debug)]
pub struct Humanoid {
    /// The speed to reach in m/s; `None` for standing.
    speed: Option<f64>,
    torso: usize,
    head: usize,
    limbs: [usize; 4],
    velocity: usize,
}

impl Humanoid {
    /// `dm/humanoid-stand`.
    pub fn stand() -> Self {
        Self {
            speed: None,
            torso: 0,
            head: 0,
            limbs: [0; 4],
            velocity: 0,
        }
    }

    /// `dm/humanoid-walk`.
    pub fn walk() -> Self {
        Self {
            speed: Some(1.0),
            ..Self::stand()
        }
    }

    /// `dm/humanoid-run`.
    pub fn run() -> Self {
        Self {
            speed: Some(10.0),
            ..Self::stand()
        }
    }

    /// The horizontal velocity, as it is to be.
    fn moving(&self, physics: &Physics) -> f64 {
        let at = self.velocity;
        let velocity = &physics.data.sensordata()[at..at + 2];
        let Some(speed) = self.speed else {
            let margin = Some(Margin::gaussian(2.0));
            let [x, y] = [0, 1].map(|i| tolerance(velocity[i], (0.0, 0.0), margin));
            return (x + y) / 2.0;
        };
        let margin = Margin {
            width: speed,
            value: 0.0,
            sigmoid: Sigmoid::Linear,
        };
        let fast = tolerance(norm(velocity), (speed, f64::INFINITY), Some(margin));
        (5.0 * fast + 1.0) / 6.0
    }

    /// Hands and feet from the torso, in its frame.
    fn extremities(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let places = physics.data.xpos();
        let frame = &physics.data.xmat()[self.torso];
        let torso = places[self.torso];
        let limbs = self.limbs.into_iter();
        limbs.flat_map(move |limb| into_frame(difference(places[limb], torso), frame))
    }
}

impl Domain for Humanoid {
    const FILE: &str = "humanoid.xml";
    const FRAMES: usize = 5;

    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error> {
        let body = |name: &str| physics.id(MjtObjBase::mjOBJ_BODY, name);
        (self.torso, self.head) = (body("torso")?, body("head")?);
        let limbs = ["left_hand", "left_foot", "right_hand", "right_foot"];
        for (limb, name) in self.limbs.iter_mut().zip(limbs) {
            *limb = body(name)?;
        }
        self.velocity = physics.sensor("torso_subtreelinvel")?;
        Ok(())
    }

    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        without_contacts(physics, |physics| randomize_joints(physics, rng));
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let data = &physics.data;
        let margin = Margin::gaussian(1.4 / 4.0);
        let head = data.xpos()[self.head][2];
        let standing = tolerance(head, (1.4, f64::INFINITY), Some(margin));
        let margin = Margin {
            width: 1.9,
            value: 0.0,
            sigmoid: Sigmoid::Linear,
        };
        let up = data.xmat()[self.torso][8];
        let upright = tolerance(up, (0.9, f64::INFINITY), Some(margin));
        small_control(data.ctrl()) * standing * upright * self.moving(physics)
    }

    /// The joints' angles, the head's height, hands and feet, the torso's up, its velocity, velocities.
    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let data = &physics.data;
        let angles = data.qpos()[7..].iter().copied();
        let velocity = &data.sensordata()[self.velocity..self.velocity + 3];
        angles
            .chain([data.xpos()[self.head][2]])
            .chain(self.extremities(physics))
            .chain(data.xmat()[self.torso][6..].iter().copied())
            .chain(velocity.iter().chain(data.qvel()).copied())
    }
}
