//! The DeepMind Control Suite's tasks.
//!
//! Each follows the file of dm_control 1.0.50 that its documentation names; the models are those of the installed package.
//! An episode has 1000 steps, after which it is truncated; nothing terminates it. A reward lies in [0, 1]. What is seen is
//! dm_control's observation, flattened in its order. From the same state and with the same actions an episode gives the same
//! observations, bit for bit, and the same rewards within 1e-12, where numpy computes as C's `double` does; on a processor
//! with AVX-512 numpy fuses multiplications with additions and takes another `log1p`, which differ in the last bit.

mod acrobot;
mod arithmetic;
mod ball_in_cup;
mod cartpole;
mod cheetah;
mod domain;
mod finger;
mod fish;
mod hopper;
mod humanoid;
mod manipulator;
mod pendulum;
mod point_mass;
mod reacher;
mod start;
mod swimmer;
mod tolerance;
mod walker;
mod xml;

pub use acrobot::Acrobot;
pub use ball_in_cup::BallInCup;
pub use cartpole::Cartpole;
pub use cheetah::Cheetah;
pub use finger::Finger;
pub use fish::Fish;
pub use hopper::Hopper;
pub use humanoid::Humanoid;
pub use manipulator::Manipulator;
pub use pendulum::Pendulum;
pub use point_mass::PointMass;
pub use reacher::Reacher;
pub use swimmer::Swimmer;
pub use tolerance::{Margin, Sigmoid, tolerance};
pub use walker::Walker;

use super::Task;

/// The task of a name, `dm/walker-walk` say; `None` where the suite has none of that name.
pub fn make(name: &str) -> Option<Box<dyn Task>> {
    Some(match name.strip_prefix("dm/")? {
        "acrobot-swingup" => Box::new(Acrobot::swingup()),
        "acrobot-swingup-sparse" => Box::new(Acrobot::swingup_sparse()),
        "ball-in-cup-catch" => Box::new(BallInCup::catch()),
        "cartpole-balance" => Box::new(Cartpole::balance()),
        "cartpole-balance-sparse" => Box::new(Cartpole::balance_sparse()),
        "cartpole-swingup" => Box::new(Cartpole::swingup()),
        "cartpole-swingup-sparse" => Box::new(Cartpole::swingup_sparse()),
        "cheetah-run" => Box::new(Cheetah::run()),
        "finger-spin" => Box::new(Finger::spin()),
        "finger-turn-easy" => Box::new(Finger::turn_easy()),
        "finger-turn-hard" => Box::new(Finger::turn_hard()),
        "fish-upright" => Box::new(Fish::upright()),
        "fish-swim" => Box::new(Fish::swim()),
        "hopper-stand" => Box::new(Hopper::stand()),
        "hopper-hop" => Box::new(Hopper::hop()),
        "humanoid-stand" => Box::new(Humanoid::stand()),
        "humanoid-walk" => Box::new(Humanoid::walk()),
        "humanoid-run" => Box::new(Humanoid::run()),
        "manipulator-bring-ball" => Box::new(Manipulator::bring_ball()),
        "pendulum-swingup" => Box::new(Pendulum::swingup()),
        "point-mass-easy" => Box::new(PointMass::easy()),
        "reacher-easy" => Box::new(Reacher::easy()),
        "reacher-hard" => Box::new(Reacher::hard()),
        "swimmer-swimmer6" => Box::new(Swimmer::swimmer6()),
        "swimmer-swimmer15" => Box::new(Swimmer::swimmer15()),
        "walker-stand" => Box::new(Walker::stand()),
        "walker-walk" => Box::new(Walker::walk()),
        "walker-run" => Box::new(Walker::run()),
        _ => return None,
    })
}
