//! Cart-pole.

use std::f64::consts::PI;

use rand::Rng;

use super::arithmetic::mean;
use super::domain::Domain;
use super::start::{normal, uniform};
use super::tolerance::small_control;
use super::{Margin, tolerance};
use crate::Error;
use crate::mujoco::Physics;

/// The first body that is a pole: after the world and the cart.
const POLE: usize = 2;

/// A pole on a cart that is pushed: it shall stand, and the cart be in the middle.
///
/// r = (cos θ + 1)/2 · small(a) · (1 + tolerance(θ̇; 0, 5))/2 · (1 + tolerance(x; 0, 2))/2, margins Gaussian and small(a) = (4
/// + max(0, 1 − a²))/5; sparse: 1 where |x| ≤ 0.25 and cos θ ≥ 0.995, else 0.
///
/// # Source
/// dm_control 1.0.50, `suite/cartpole.py`.
#[derive(Clone, Debug)]
pub struct Cartpole {
    start: Start,
    reward: Reward,
}

#[derive(Clone, Copy, Debug)]
enum Start {
    Upright,
    Hanging,
}

#[derive(Clone, Copy, Debug)]
enum Reward {
    Smooth,
    Sparse,
}

impl Cartpole {
    /// `dm/cartpole-balance`: the pole begins nearly upright.
    pub fn balance() -> Self {
        let (start, reward) = (Start::Upright, Reward::Smooth);
        Self { start, reward }
    }

    /// `dm/cartpole-balance-sparse`.
    pub fn balance_sparse() -> Self {
        let (start, reward) = (Start::Upright, Reward::Sparse);
        Self { start, reward }
    }

    /// `dm/cartpole-swingup`: the pole begins hanging.
    pub fn swingup() -> Self {
        let (start, reward) = (Start::Hanging, Reward::Smooth);
        Self { start, reward }
    }

    /// `dm/cartpole-swingup-sparse`.
    pub fn swingup_sparse() -> Self {
        let (start, reward) = (Start::Hanging, Reward::Sparse);
        Self { start, reward }
    }
}

/// cos θ of each pole.
fn cosines(physics: &Physics) -> impl ExactSizeIterator<Item = f64> {
    physics.data.xmat()[POLE..].iter().map(|frame| frame[8])
}

fn smooth(physics: &Physics) -> f64 {
    let data = &physics.data;
    let near = |x: f64, width: f64| tolerance(x, (0.0, 0.0), Some(Margin::gaussian(width)));
    let upright = mean(cosines(physics).map(|cosine| (cosine + 1.0) / 2.0));
    let still = data.qvel()[1..].iter().map(|&v| near(v, 5.0));
    let still = (1.0 + still.fold(1.0, f64::min)) / 2.0;
    let centred = (1.0 + near(data.qpos()[0], 2.0)) / 2.0;
    upright * small_control(data.ctrl()) * still * centred
}

fn sparse(physics: &Physics) -> f64 {
    let centred = tolerance(physics.data.qpos()[0], (-0.25, 0.25), None);
    let upright: f64 = cosines(physics)
        .map(|cosine| tolerance(cosine, (0.995, 1.0), None))
        .product();
    centred * upright
}

impl Domain for Cartpole {
    const FILE: &str = "cartpole.xml";
    const FRAMES: usize = 1;

    fn bind(&mut self, _: &mut Physics) -> Result<(), Error> {
        Ok(())
    }

    fn begin(&self, physics: &mut Physics, _: &mut Vec<f64>, rng: &mut dyn Rng) {
        let positions = physics.data.qpos_mut();
        match self.start {
            Start::Hanging => {
                positions[0] = 0.01 * normal(rng);
                positions[1] = PI + 0.01 * normal(rng);
            }
            Start::Upright => {
                positions[0] = uniform(-0.1, 0.1, rng);
                positions[1] = uniform(-0.034, 0.034, rng);
            }
        }
        physics.data.qvel_mut().fill_with(|| 0.01 * normal(rng));
        physics.forward_unactuated();
    }

    fn reward(&self, physics: &Physics) -> f64 {
        match self.reward {
            Reward::Smooth => smooth(physics),
            Reward::Sparse => sparse(physics),
        }
    }

    /// The cart's place, cosine and sine of the pole's angle, velocities.
    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64> {
        let data = &physics.data;
        let poles = data.xmat()[POLE..].iter();
        let angles = poles.flat_map(|frame| [frame[8], frame[2]]);
        let cart = data.qpos()[..1].iter().copied();
        cart.chain(angles).chain(data.qvel().iter().copied())
    }
}
