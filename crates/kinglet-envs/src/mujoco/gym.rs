//! Gymnasium's tasks on MuJoCo, versions 5 (and 4 where a type says so).
//!
//! Each follows the file of Gymnasium 1.4.0 that its documentation names, with the same options and defaults; the models are
//! those of the installed package. From the same state and with the same actions an episode gives the same observations,
//! bit for bit, and the same rewards within 1e-12 (sums are taken in another order).

mod ant;
mod body;
mod contacts;
mod half_cheetah;
mod hopper;
mod humanoid;
mod humanoid_standup;
mod inverted_double_pendulum;
mod inverted_pendulum;
mod joints;
mod noise;
mod parts;
mod pusher;
mod ranges;
mod reacher;
mod swimmer;
mod walker2d;

pub use ant::{Ant, ContactForces, Survival};
pub use body::Body;
pub use half_cheetah::HalfCheetah;
pub use hopper::Hopper;
pub use humanoid::Humanoid;
pub use humanoid_standup::HumanoidStandup;
pub use inverted_double_pendulum::InvertedDoublePendulum;
pub use inverted_pendulum::InvertedPendulum;
pub use parts::Parts;
pub use pusher::Pusher;
pub use reacher::Reacher;
pub use swimmer::Swimmer;
pub use walker2d::Walker2d;

use std::path::{Path, PathBuf};

use super::{Package, Physics, Task, package_folder};
use crate::Error;

/// The task of a name, `mujoco/hopper` say, with its standard constants; `None` where Gymnasium has none of that name.
pub fn make(name: &str) -> Option<Box<dyn Task>> {
    Some(match name {
        "mujoco/half-cheetah" | "mujoco/half-cheetah-v4" => Box::new(HalfCheetah::default()),
        "mujoco/hopper" => Box::new(Hopper::default()),
        "mujoco/walker2d" => Box::new(Walker2d::default()),
        "mujoco/ant" => Box::new(Ant::default()),
        "mujoco/ant-v4" => Box::new(Ant::v4()),
        "mujoco/humanoid" => Box::new(Humanoid::default()),
        "mujoco/humanoid-standup" => Box::new(HumanoidStandup::default()),
        "mujoco/swimmer" => Box::new(Swimmer::default()),
        "mujoco/reacher" => Box::new(Reacher::default()),
        "mujoco/pusher" => Box::new(Pusher::default()),
        "mujoco/inverted-pendulum" => Box::new(InvertedPendulum::default()),
        "mujoco/inverted-double-pendulum" => Box::new(InvertedDoublePendulum::default()),
        _ => return None,
    })
}

/// The file that was told, else a model of Gymnasium's.
fn file(told: Option<&Path>, asset: &str) -> Result<PathBuf, Error> {
    if let Some(path) = told {
        return Ok(path.to_owned());
    }
    Ok(package_folder(Package::Gymnasium)?
        .join("envs/mujoco/assets")
        .join(asset))
}

/// Reads a model that has at least as many degrees of freedom as a task looks at.
fn load(path: &Path, least: usize) -> Result<Physics, Error> {
    let physics = Physics::load(path)?;
    let found = physics.data.qvel().len();
    if found < least {
        return Err(Error::MujocoModel {
            path: path.display().to_string(),
            reason: format!("it has {found} degrees of freedom, the task looks at {least}"),
        });
    }
    Ok(physics)
}

/// Seconds of a step.
fn dt(physics: &Physics, frame_skip: usize) -> f64 {
    physics.model().opt().timestep * frame_skip as f64
}

/// Σᵢ xᵢ².
fn sum_of_squares(numbers: &[f64]) -> f64 {
    numbers.iter().map(|x| x * x).sum()
}

/// √(Σᵢ xᵢ²).
fn norm(numbers: &[f64]) -> f64 {
    sum_of_squares(numbers).sqrt()
}

/// Writes slices one after the other.
///
/// # Panics
/// If they do not fill it.
fn join(parts: &[&[f64]], out: &mut [f64]) {
    let mut rest = out;
    for part in parts {
        let (here, after) = rest.split_at_mut(part.len());
        here.copy_from_slice(part);
        rest = after;
    }
    assert!(rest.is_empty(), "{} numbers were left out", rest.len());
}
