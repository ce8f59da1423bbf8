//! Gymnasium's tasks on MuJoCo, versions 5 (and 4 where a type says so).
//!
//! Each follows the file of Gymnasium 1.4.0 that its documentation names, with the same options and defaults; the models are
//! those of the installed package. From the same state and with the same actions an episode gives the same observations,
//! bit for bit, and the same rewards within 1e-12 (sums are taken in another order).

mod ant;
mod body;
mod half_cheetah;
mod hopper;
mod humanoid;
mod noise;
mod plane;
mod walker2d;

pub use ant::{Ant, ContactForces, Survival};
pub use body::Parts;
pub use half_cheetah::HalfCheetah;
pub use hopper::Hopper;
pub use humanoid::Humanoid;
pub use walker2d::Walker2d;

use std::path::PathBuf;

use super::{Package, Physics, package_folder};
use crate::Error;

/// A model of Gymnasium's.
fn asset(file: &str) -> Result<PathBuf, Error> {
    Ok(package_folder(Package::Gymnasium)?
        .join("envs/mujoco/assets")
        .join(file))
}

/// Seconds of a step.
fn dt(physics: &Physics, frame_skip: usize) -> f64 {
    physics.model().opt().timestep * frame_skip as f64
}

/// Σᵢ xᵢ².
fn sum_of_squares(numbers: &[f64]) -> f64 {
    numbers.iter().map(|x| x * x).sum()
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
