//! Manipulator.

use std::f64::consts::PI;
use std::path::Path;

use mujoco_rs::wrappers::mj_model::MjtObjBase;
use rand::{Rng, RngExt};

use super::arithmetic::{difference, norm};
use super::domain::Domain;
use super::start::{uniform, without_contacts};
use super::xml;
use super::{Margin, tolerance};
use crate::Error;
use crate::mujoco::Physics;

/// The arm's joints from its root, then of finger and thumb.
const ARM: [&str; 8] = [
    "arm_root",
    "arm_shoulder",
    "arm_elbow",
    "arm_wrist",
    "finger",
    "fingertip",
    "thumb",
    "thumbtip",
];
/// The number of the finger and of the thumb among them.
const FINGER: usize = 4;
const THUMB: usize = 6;
const TOUCH: [&str; 5] = [
    "palm_touch",
    "finger_touch",
    "thumb_touch",
    "fingertip_touch",
    "thumbtip_touch",
];

/// An arm with a gripper in a plane, and a ball: the ball shall be at the target.
///
/// r = tolerance(d; 0, 0.01) with a Gaussian margin of 0.02 m, d from ball to target. It begins in any pose without contact,
/// the ball one time in ten in the hand, one in ten at the target, else flying anywhere.
///
/// # Source
/// dm_control 1.0.50, `suite/manipulator.py`, `bring_ball`.
#[derive(Clone, Debug)]
pub struct Manipulator {
    /// Of each joint of the arm: its number, where its position is, where its velocity.
    arm: [(usize, usize, usize); 8],
    /// Of the ball's x, z and angle: where the position is, where the velocity.
    ball: [(usize, usize); 3],
    touch: [usize; 5],
    /// Hand, ball and target.
    bodies: [usize; 3],
    /// Ball, target and grasp.
    sites: [usize; 3],
}

/// Where something is: x, z and angle.
type Pose = [f64; 3];

impl Manipulator {
    /// `dm/manipulator-bring-ball`.
    pub fn bring_ball() -> Self {
        Self {
            arm: [(0, 0, 0); 8],
            ball: [(0, 0); 3],
            touch: [0; 5],
            bodies: [0; 3],
            sites: [0; 3],
        }
    }

    /// Joints of the arm within their limits, around where there are none; the thumb as the finger's mirror image.
    fn pose_arm(&self, physics: &mut Physics, rng: &mut dyn Rng) {
        for (id, position, _) in self.arm {
            let model = physics.model();
            let [low, high] = if model.jnt_limited()[id] {
                model.jnt_range()[id]
            } else {
                [-PI, PI]
            };
            physics.data.qpos_mut()[position] = uniform(low, high, rng);
        }
        let positions = physics.data.qpos_mut();
        positions[self.arm[FINGER].1] = positions[self.arm[THUMB].1];
    }

    /// Where the ball begins. It flies only where it is drawn anywhere.
    fn pose_ball(&self, physics: &mut Physics, target: Pose, rng: &mut dyn Rng) -> Pose {
        let which = rng.random::<f64>();
        if which < 0.1 {
            physics.forward_unactuated();
            let grasp = self.sites[2];
            let [x, _, z] = physics.data.site_xpos()[grasp];
            let frame = physics.data.site_xmat()[grasp];
            [x, z, PI - frame[6].atan2(frame[0])]
        } else if which < 0.2 {
            target
        } else {
            let pose = [(-0.5, 0.5), (0.0, 0.7), (0.0, 2.0 * PI)].map(|(a, b)| uniform(a, b, rng));
            physics.data.qvel_mut()[self.ball[0].1] = uniform(-5.0, 5.0, rng);
            pose
        }
    }
}

/// Place and orientation in the plane.
fn planar(physics: &Physics, body: usize) -> [f64; 4] {
    let (place, quaternion) = (physics.data.xpos()[body], physics.data.xquat()[body]);
    [place[0], place[2], quaternion[0], quaternion[2]]
}

impl Domain for Manipulator {
    const FILE: &str = "manipulator.xml";
    const FRAMES: usize = 10;

    /// The file has the props of all tasks.
    fn read(&self, path: &Path) -> Result<Physics, Error> {
        xml::load(path, |document| {
            let unused = ["peg", "slot", "cup", "target_peg"].into_iter();
            unused
                .map(|name| xml::find(document, "body", name).map(xml::remove))
                .collect()
        })
    }

    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error> {
        for (joint, name) in self.arm.iter_mut().zip(ARM) {
            let (position, velocity) = physics.joint(name)?;
            *joint = (
                physics.id(MjtObjBase::mjOBJ_JOINT, name)?,
                position,
                velocity,
            );
        }
        for (joint, name) in self.ball.iter_mut().zip(["ball_x", "ball_z", "ball_y"]) {
            *joint = physics.joint(name)?;
        }
        for (sensor, name) in self.touch.iter_mut().zip(TOUCH) {
            *sensor = physics.sensor(name)?;
        }
        for (body, name) in self.bodies.iter_mut().zip(["hand", "ball", "target_ball"]) {
            *body = physics.id(MjtObjBase::mjOBJ_BODY, name)?;
        }
        for (site, name) in self.sites.iter_mut().zip(["ball", "target_ball", "grasp"]) {
            *site = physics.id(MjtObjBase::mjOBJ_SITE, name)?;
        }
        Ok(())
    }

    fn begin(&self, physics: &mut Physics, carry: &mut Vec<f64>, rng: &mut dyn Rng) {
        without_contacts(physics, |physics| {
            self.pose_arm(physics, rng);
            let target = [(-0.4, 0.4), (0.1, 0.4), (-PI, PI)].map(|(a, b)| uniform(a, b, rng));
            let [x, z, angle] = target;
            carry.clear();
            carry.extend([x, z, (angle / 2.0).cos(), (angle / 2.0).sin()]);
            Domain::recall(self, physics, carry);
            let pose = self.pose_ball(physics, target, rng);
            for ((position, _), at) in self.ball.into_iter().zip(pose) {
                physics.data.qpos_mut()[position] = at;
            }
        });
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let sites = physics.data.site_xpos();
        let distance = norm(&difference(sites[self.sites[0]], sites[self.sites[1]]));
        tolerance(distance, (0.0, 0.01), Some(Margin::gaussian(0.02)))
    }

    /// Sine and cosine of each angle of the arm, their velocities, ln(1 + force) of the touch; where hand and ball are, the
    /// ball's velocities, where the target is.
    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let data = &physics.data;
        let [hand, ball, target] = self.bodies.map(|body| planar(physics, body));
        let angles = self.arm.into_iter().map(|(_, at, _)| data.qpos()[at]);
        let velocities = self.arm.into_iter().map(|(_, _, at)| data.qvel()[at]);
        angles
            .flat_map(|angle| [angle.sin(), angle.cos()])
            .chain(velocities)
            .chain(self.touch.map(|at| data.sensordata()[at].ln_1p()))
            .chain(hand)
            .chain(ball)
            .chain(self.ball.map(|(_, at)| data.qvel()[at]))
            .chain(target)
    }

    fn recall(&self, physics: &mut Physics, carry: &[f64]) {
        let &[x, z, w, y] = carry else { return };
        let target = self.bodies[2];
        physics.edit(|model| {
            let place = &mut model.body_pos_mut()[target];
            (place[0], place[2]) = (x, z);
            let orientation = &mut model.body_quat_mut()[target];
            (orientation[0], orientation[2]) = (w, y);
        });
    }
}
