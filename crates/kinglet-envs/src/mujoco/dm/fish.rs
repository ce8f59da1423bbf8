//! Fish.

use mujoco_rs::wrappers::mj_model::MjtObjBase;
use rand::Rng;

use super::arithmetic::{difference, into_frame, norm};
use super::domain::Domain;
use super::start::{normal, uniform, unit};
use super::{Margin, tolerance};
use crate::Error;
use crate::mujoco::Physics;

/// Positions of the joints of tail and fins: after those of the root.
const JOINTS: usize = 7;

/// A fish in water: it shall be upright, or swim to a target too.
///
/// Upright, r = tolerance(u; 1, 1) with a Gaussian margin, u the cosine between the fish's and the world's up; swimming,
/// r = (7 tolerance(d; 0, ρ) + (u + 1)/2)/8 with a Gaussian margin of 2ρ, d from mouth to target and ρ the sum of their
/// radii. It begins with any orientation, tail and fins nearly straight.
///
/// # Source
/// dm_control 1.0.50, `suite/fish.py`.
#[derive(Clone, Debug)]
pub struct Fish {
    task: Goal,
    torso: usize,
    mouth: usize,
    target: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    Upright,
    Swim,
}

impl Fish {
    /// `dm/fish-upright`.
    pub fn upright() -> Self {
        Self {
            task: Goal::Upright,
            torso: 0,
            mouth: 0,
            target: 0,
        }
    }

    /// `dm/fish-swim`.
    pub fn swim() -> Self {
        Self {
            task: Goal::Swim,
            ..Self::upright()
        }
    }

    fn cosine(&self, physics: &Physics) -> f64 {
        physics.data.xmat()[self.torso][8]
    }

    /// From mouth to target, in the mouth's frame.
    fn to_target(&self, physics: &Physics) -> [f64; 3] {
        let geoms = physics.data.geom_xpos();
        let way = difference(geoms[self.target], geoms[self.mouth]);
        into_frame(way, &physics.data.geom_xmat()[self.mouth])
    }
}

impl Domain for Fish {
    const FILE: &str = "fish.xml";
    const FRAMES: usize = 10;

    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error> {
        self.torso = physics.id(MjtObjBase::mjOBJ_BODY, "torso")?;
        self.mouth = physics.id(MjtObjBase::mjOBJ_GEOM, "mouth")?;
        self.target = physics.id(MjtObjBase::mjOBJ_GEOM, "target")?;
        Ok(())
    }

    fn begin(&self, physics: &mut Physics, carry: &mut Vec<f64>, rng: &mut dyn Rng) {
        let positions = physics.data.qpos_mut();
        let quaternion: [f64; 4] = std::array::from_fn(|_| normal(rng));
        positions[3..JOINTS].copy_from_slice(&unit(quaternion));
        positions[JOINTS..].fill_with(|| uniform(-0.2, 0.2, rng));
        if self.task == Goal::Swim {
            carry.extend([(-0.4, 0.4), (-0.4, 0.4), (0.1, 0.3)].map(|(a, b)| uniform(a, b, rng)));
            Domain::recall(self, physics, carry);
        }
        physics.forward_unactuated();
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let upright = self.cosine(physics);
        if self.task == Goal::Upright {
            return tolerance(upright, (1.0, 1.0), Some(Margin::gaussian(1.0)));
        }
        let sizes = physics.model().geom_size();
        let radii = sizes[self.mouth][0] + sizes[self.target][0];
        let margin = Margin::gaussian(2.0 * radii);
        let there = tolerance(norm(&self.to_target(physics)), (0.0, radii), Some(margin));
        (7.0 * there + 0.5 * (upright + 1.0)) / 8.0
    }

    /// The angles of tail and fins, the cosine of up, swimming the way to the target, velocities.
    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let data = &physics.data;
        let swims = (self.task == Goal::Swim).then(|| self.to_target(physics));
        let angles = data.qpos()[JOINTS..].iter().copied();
        angles
            .chain([self.cosine(physics)])
            .chain(swims.into_iter().flatten())
            .chain(data.qvel().iter().copied())
    }

    fn recall(&self, physics: &mut Physics, carry: &[f64]) {
        let &[x, y, z] = carry else { return };
        physics.edit(|model| model.geom_pos_mut()[self.target] = [x, y, z]);
    }
}
