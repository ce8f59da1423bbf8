//! A body of a model.

use mujoco_rs::wrappers::mj_model::MjtObjBase;

use crate::Error;
use crate::mujoco::Physics;

/// A body, by its number or its name. The world is number 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// By its number.
    Number(usize),
    /// By its name.
    Named(String),
}

impl From<&str> for Body {
    fn from(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

impl Body {
    /// Makes a number of a name.
    ///
    /// # Errors
    /// [`Error::MujocoModel`] where the model does not have it.
    pub(super) fn find(&mut self, physics: &Physics) -> Result<(), Error> {
        match self {
            Self::Named(name) => {
                *self = Self::Number(physics.id(MjtObjBase::mjOBJ_BODY, name)?);
                Ok(())
            }
            Self::Number(number) => {
                let bodies = physics.data.xpos().len();
                if *number < bodies {
                    return Ok(());
                }
                Err(Error::MujocoModel {
                    path: "the model".to_owned(),
                    reason: format!("it has {bodies} bodies, no body {number}"),
                })
            }
        }
    }

    /// Where its frame stands, in metres: where it stood at the last forward pass, which is that of the last step's beginning.
    ///
    /// # Panics
    /// If it has not been [found](Self::find).
    pub(super) fn place(&self, physics: &Physics) -> [f64; 3] {
        match self {
            Self::Number(number) => physics.data.xpos()[*number],
            Self::Named(name) => panic!("the body {name} has not been found yet"),
        }
    }
}

/// a − b.
pub(super) fn difference(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|i| a[i] - b[i])
}
