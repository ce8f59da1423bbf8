//! Tasks by their names.

use rand::Rng;

use super::gym::{Ant, HalfCheetah, Hopper, Humanoid, Walker2d};
use super::{Mujoco, Task, dm};
use crate::{Error, MujocoName};

/// The task of a name with its standard constants, at the beginning of an episode.
///
/// # Errors
/// As [`Mujoco::new`].
pub fn make<R: Rng + ?Sized>(name: MujocoName, rng: &mut R) -> Result<Mujoco, Error> {
    let task: Box<dyn Task> = match name.as_str() {
        "mujoco/half-cheetah" | "mujoco/half-cheetah-v4" => Box::new(HalfCheetah::default()),
        "mujoco/hopper" => Box::new(Hopper::default()),
        "mujoco/walker2d" => Box::new(Walker2d::default()),
        "mujoco/ant" => Box::new(Ant::default()),
        "mujoco/ant-v4" => Box::new(Ant::v4()),
        "mujoco/humanoid" => Box::new(Humanoid::default()),
        other => dm::make(other).ok_or_else(|| Error::EnvName {
            name: other.to_owned(),
            names: "those that are made".to_owned(),
        })?,
    };
    Mujoco::new(task, rng)
}
