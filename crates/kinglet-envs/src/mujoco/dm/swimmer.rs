//! Swimmer.

use std::fmt::Write;
use std::path::Path;

use mujoco_rs::wrappers::mj_model::MjtObjBase;
use rand::{Rng, RngExt};

use super::arithmetic::{difference, into_frame, norm};
use super::domain::Domain;
use super::start::{randomize_joints, uniform};
use super::xml;
use super::{Margin, Sigmoid, tolerance};
use crate::Error;
use crate::mujoco::Physics;

/// A chain of links in a plane, in water: its nose shall reach the target.
///
/// r = tolerance(d; 0, ρ), d from nose to target and ρ the target's radius, with a long-tailed margin of 5ρ. Joints begin
/// anywhere within their limits, the target in a square of 4 m or, one time in five, of 0.6 m.
///
/// # Source
/// dm_control 1.0.50, `suite/swimmer.py`.
#[derive(Clone, Debug)]
pub struct Swimmer {
    links: usize,
    head: usize,
    nose: usize,
    target: usize,
    /// Where the links' velocities begin among the sensors' numbers: six a link.
    velocities: usize,
}

impl Swimmer {
    /// `dm/swimmer-swimmer6`.
    pub fn swimmer6() -> Self {
        Self {
            links: 6,
            head: 0,
            nose: 0,
            target: 0,
            velocities: 0,
        }
    }

    /// `dm/swimmer-swimmer15`.
    pub fn swimmer15() -> Self {
        Self {
            links: 15,
            ..Self::swimmer6()
        }
    }

    /// From nose to target, in the head's frame.
    fn to_target(&self, physics: &Physics) -> [f64; 2] {
        let geoms = physics.data.geom_xpos();
        let way = difference(geoms[self.target], geoms[self.nose]);
        let [x, y, _] = into_frame(way, &physics.data.xmat()[self.head]);
        [x, y]
    }
}

/// The links behind the head, each within the one before.
fn chain(links: usize) -> String {
    let limit = 360.0 / links as f64;
    let mut text = String::new();
    for i in 0..links - 1 {
        let _ = write!(
            text,
            r#"<body name="segment_{i}" pos="0 .1 0">
<geom class="visual" name="visual_{i}"/><geom class="inertial" name="inertial_{i}"/>
<site name="site_{i}"/><joint name="joint_{i}" range="-{limit} {limit}"/>"#
        );
    }
    text + &"</body>".repeat(links - 1)
}

/// Motors and sensors of the links behind the head.
fn devices(links: usize) -> String {
    let (mut motors, mut sensors) = (String::new(), String::new());
    for i in 0..links - 1 {
        let _ = write!(motors, r#"<motor name="motor_{i}" joint="joint_{i}"/>"#);
        let _ = write!(
            sensors,
            r#"<velocimeter name="velocimeter_{i}" site="site_{i}"/><gyro name="gyro_{i}" site="site_{i}"/>"#
        );
    }
    format!("<actuator>{motors}</actuator><sensor>{sensors}</sensor>")
}

impl Domain for Swimmer {
    const FILE: &str = "swimmer.xml";
    const FRAMES: usize = 15;

    /// The file has the head only.
    fn read(&self, path: &Path) -> Result<Physics, Error> {
        xml::load(path, |document| {
            let head = xml::find(document, "body", "head")?;
            Some(vec![
                xml::append(head, chain(self.links))?,
                xml::append(document.root_element(), devices(self.links))?,
            ])
        })
    }

    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error> {
        self.head = physics.id(MjtObjBase::mjOBJ_BODY, "head")?;
        self.nose = physics.id(MjtObjBase::mjOBJ_GEOM, "nose")?;
        self.target = physics.id(MjtObjBase::mjOBJ_GEOM, "target")?;
        self.velocities = physics.sensor("head_vel")?;
        Ok(())
    }

    fn begin(&self, physics: &mut Physics, carry: &mut Vec<f64>, rng: &mut dyn Rng) {
        randomize_joints(physics, rng);
        let side = if rng.random::<f64>() < 0.2 { 0.3 } else { 2.0 };
        carry.extend([uniform(-side, side, rng), uniform(-side, side, rng)]);
        Domain::recall(self, physics, carry);
        physics.forward_unactuated();
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let radius = physics.model().geom_size()[self.target][0];
        let margin = Margin {
            width: 5.0 * radius,
            value: 0.1,
            sigmoid: Sigmoid::LongTail,
        };
        tolerance(norm(&self.to_target(physics)), (0.0, radius), Some(margin))
    }

    /// The angles between links, the way to the target, each link's velocity: along, across, around.
    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let data = &physics.data;
        let angles = data.qpos()[3..].iter().copied();
        let links = data.sensordata()[self.velocities..].chunks_exact(6);
        angles
            .chain(self.to_target(physics))
            .chain(links.flat_map(|v| [v[0], v[1], v[5]]))
    }

    fn recall(&self, physics: &mut Physics, carry: &[f64]) {
        physics.edit(|model| model.geom_pos_mut()[self.target][..2].copy_from_slice(carry));
    }
}
