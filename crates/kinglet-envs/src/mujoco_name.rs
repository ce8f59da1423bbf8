//! The tasks on MuJoCo that have a name.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

use crate::mujoco_names::{DM, GYM};
use crate::{EnvName, Error};

/// A task on MuJoCo: `mujoco/…` of Gymnasium, `dm/…` of the DeepMind Control Suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "EnvName", into = "EnvName")]
pub struct MujocoName(
    /// The place in the table.
    usize,
);

impl MujocoName {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..GYM.len() + DM.len()).map(Self)
    }

    fn row(self) -> (&'static str, &'static str) {
        let after = self.0.checked_sub(GYM.len());
        after.map_or_else(|| GYM[self.0], |place| DM[place])
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// What is to be done there, in one line.
    pub fn about(self) -> &'static str {
        self.row().1
    }
}

impl Display for MujocoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<MujocoName> for EnvName {
    fn from(name: MujocoName) -> Self {
        Self::Mujoco(name)
    }
}

impl TryFrom<EnvName> for MujocoName {
    type Error = Error;

    fn try_from(name: EnvName) -> Result<Self, Error> {
        match name {
            EnvName::Mujoco(task) => Ok(task),
            other => Err(Error::EnvName {
                name: other.to_string(),
                names: "mujoco/…, dm/…".to_owned(),
            }),
        }
    }
}
