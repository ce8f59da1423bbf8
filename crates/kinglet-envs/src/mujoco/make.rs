//! Tasks by their names.

use rand::Rng;

use super::{Mujoco, dm, gym};
use crate::{Error, MujocoName};

/// The task of a name with its standard constants, at the beginning of an episode.
///
/// # Errors
/// As [`Mujoco::new`].
pub fn make<R: Rng + ?Sized>(name: MujocoName, rng: &mut R) -> Result<Mujoco, Error> {
    let name = name.as_str();
    let task = gym::make(name).or_else(|| dm::make(name));
    Mujoco::new(task.expect("every name has a task"), rng)
}
