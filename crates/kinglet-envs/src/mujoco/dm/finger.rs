//! Finger.

use std::f64::consts::PI;

use mujoco_rs::wrappers::mj_model::MjtObjBase;
use rand::Rng;

use super::arithmetic::{difference, norm};
use super::domain::Domain;
use super::start::{randomize_joints, uniform, without_contacts};
use crate::Error;
use crate::mujoco::Physics;

/// A finger of two links beside a body on a hinge: it shall spin the body, or turn its tip to a target.
///
/// Spinning, r = 1 where the hinge turns at −15 rad/s or faster, else 0; turning, r = 1 where the tip is within the target's
/// radius, else 0. All joints begin anywhere where nothing touches, the target anywhere around the hinge.
///
/// # Source
/// dm_control 1.0.50, `suite/finger.py`.
#[derive(Clone, Debug)]
pub struct Finger {
    /// The target's radius; `None` for spinning.
    radius: Option<f64>,
    hinge: usize,
    cap: usize,
    target_site: usize,
    /// Of the links' angles, `proximal` and `distal`, among the sensors' numbers.
    angles: [usize; 2],
    /// Of their velocities and the hinge's.
    velocities: [usize; 3],
    touch: [usize; 2],
    tip: usize,
    target: usize,
    spinner: usize,
}

impl Finger {
    /// `dm/finger-spin`.
    pub fn spin() -> Self {
        Self {
            radius: None,
            hinge: 0,
            cap: 0,
            target_site: 0,
            angles: [0; 2],
            velocities: [0; 3],
            touch: [0; 2],
            tip: 0,
            target: 0,
            spinner: 0,
        }
    }

    /// `dm/finger-turn-easy`: a target of 7 cm.
    pub fn turn_easy() -> Self {
        Self {
            radius: Some(0.07),
            ..Self::spin()
        }
    }

    /// `dm/finger-turn-hard`: a target of 3 cm.
    pub fn turn_hard() -> Self {
        Self {
            radius: Some(0.03),
            ..Self::spin()
        }
    }

    /// Where something is from the hinge, along x and z.
    fn at_hinge(&self, sensor: usize, physics: &Physics) -> [f64; 2] {
        let numbers = physics.data.sensordata();
        [0, 2].map(|i| numbers[sensor + i] - numbers[self.spinner + i])
    }

    /// To the target's surface, negative within.
    fn distance(&self, radius: f64, physics: &Physics) -> f64 {
        let [target, tip] = [self.target, self.tip].map(|at| self.at_hinge(at, physics));
        norm(&difference(target, tip)) - radius
    }
}

impl Domain for Finger {
    const FILE: &str = "finger.xml";
    const FRAMES: usize = 2;

    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error> {
        self.hinge = physics.id(MjtObjBase::mjOBJ_JOINT, "hinge")?;
        self.cap = physics.id(MjtObjBase::mjOBJ_GEOM, "cap1")?;
        self.target_site = physics.id(MjtObjBase::mjOBJ_SITE, "target")?;
        self.angles = [physics.sensor("proximal")?, physics.sensor("distal")?];
        self.velocities = [
            physics.sensor("proximal_velocity")?,
            physics.sensor("distal_velocity")?,
            physics.sensor("hinge_velocity")?,
        ];
        self.touch = [physics.sensor("touchtop")?, physics.sensor("touchbottom")?];
        self.tip = physics.sensor("tip")?;
        self.target = physics.sensor("target")?;
        self.spinner = physics.sensor("spinner")?;
        if self.radius.is_none() {
            let (_, hinge) = physics.joint("hinge")?;
            physics.edit(|model| model.dof_damping_mut()[hinge] = 0.03);
        }
        Ok(())
    }

    fn begin(&self, physics: &mut Physics, carry: &mut Vec<f64>, rng: &mut dyn Rng) {
        if self.radius.is_some() {
            // Where the hinge is.
            physics.data.kinematics();
            let angle = uniform(-PI, PI, rng);
            let [x, _, z] = physics.data.xanchor()[self.hinge];
            let [a, b, c] = physics.model().geom_size()[self.cap];
            let radius = a + b + c;
            carry.extend([x + radius * angle.sin(), z + radius * angle.cos()]);
            Domain::recall(self, physics, carry);
        }
        without_contacts(physics, |physics| randomize_joints(physics, rng));
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let paid = match self.radius {
            None => physics.data.sensordata()[self.velocities[2]] <= -15.0,
            Some(radius) => self.distance(radius, physics) <= 0.0,
        };
        f64::from(paid)
    }

    /// The links' angles, where the tip is; velocities; ln(1 + force) of the touch; turning, where the target is and how far.
    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let numbers = physics.data.sensordata();
        let read = move |at: usize| numbers[at];
        let turning = self.radius.into_iter().flat_map(|radius| {
            let [x, z] = self.at_hinge(self.target, physics);
            [x, z, self.distance(radius, physics)]
        });
        let (angles, velocities) = (self.angles.into_iter(), self.velocities.into_iter());
        angles
            .map(read)
            .chain(self.at_hinge(self.tip, physics))
            .chain(velocities.map(read))
            .chain(self.touch.into_iter().map(move |at| numbers[at].ln_1p()))
            .chain(turning)
    }

    fn recall(&self, physics: &mut Physics, carry: &[f64]) {
        let &[x, z] = carry else { return };
        physics.edit(|model| {
            let target = &mut model.site_pos_mut()[self.target_site];
            (target[0], target[2]) = (x, z);
        });
    }
}
