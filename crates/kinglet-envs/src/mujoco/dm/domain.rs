//! What the suite's domains have in common.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use rand::Rng;

use crate::Error;
use crate::mujoco::{Outcome, Package, Physics, Task, package_folder};

/// Steps of an episode. Each domain's limit in seconds is so many control steps, and none more by rounding.
const STEPS: usize = 1000;

/// A domain of the suite with one of its tasks.
pub trait Domain: Debug + Send + Sync {
    /// The model's file.
    const FILE: &str;
    /// Steps of the model in a step of the task.
    const FRAMES: usize;

    /// Reads the model.
    ///
    /// # Errors
    /// As [`Task::load`].
    fn read(&self, path: &Path) -> Result<Physics, Error> {
        Physics::load(path)
    }

    /// Takes from the model what the task has to know, and changes in it what is the same in all episodes.
    ///
    /// # Errors
    /// [`Error::MujocoModel`] where it lacks what the task names.
    fn bind(&mut self, physics: &mut Physics) -> Result<(), Error>;

    /// Puts the reset physics where an episode begins, and computes what follows from the state without actuation.
    fn begin(&self, physics: &mut Physics, carry: &mut Vec<f64>, rng: &mut dyn Rng);

    /// The reward where the last action has led.
    fn reward(&self, physics: &Physics) -> f64;

    /// What an agent sees.
    fn observation(&self, physics: &Physics) -> impl Iterator<Item = f64>;

    /// As [`Task::recall`].
    fn recall(&self, _physics: &mut Physics, _carry: &[f64]) {}
}

impl<D: Domain> Task for D {
    fn model(&self) -> Result<PathBuf, Error> {
        Ok(package_folder(Package::DmControl)?
            .join("suite")
            .join(Self::FILE))
    }

    fn load(&mut self) -> Result<Physics, Error> {
        let mut physics = self.read(&self.model()?)?;
        self.bind(&mut physics)?;
        Ok(physics)
    }

    fn time_limit(&self) -> Option<usize> {
        Some(STEPS)
    }

    fn seconds(&self, physics: &Physics) -> f64 {
        physics.model().opt().timestep * Self::FRAMES as f64
    }

    fn obs_dim(&self, physics: &Physics) -> usize {
        self.observation(physics).count()
    }

    fn begin(&self, physics: &mut Physics, carry: &mut Vec<f64>, rng: &mut dyn Rng) {
        Domain::begin(self, physics, carry, rng);
    }

    fn step(&self, physics: &mut Physics, _: &mut [f64], action: &[f64]) -> Outcome {
        physics.advance_in_sync(action, Self::FRAMES);
        Outcome {
            reward: self.reward(physics),
            terminated: false,
        }
    }

    fn observe(&self, physics: &Physics, _: &[f64], out: &mut [f64]) {
        let mut seen = self.observation(physics);
        out.fill_with(|| seen.next().expect("as many numbers as were counted"));
    }

    fn recall(&self, physics: &mut Physics, carry: &[f64]) {
        Domain::recall(self, physics, carry);
    }
}
