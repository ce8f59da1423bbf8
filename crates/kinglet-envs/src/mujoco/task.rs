//! What a task adds to a model.

use std::fmt::Debug;
use std::path::PathBuf;

use rand::Rng;

use super::Physics;
use crate::Error;

/// A task on a MuJoCo model: how an episode begins, what a step is, what is seen and what it is worth.
///
/// A task holds constants only. What it has to know of the step before, beyond the physics, it keeps in the `carry`: a few
/// numbers, as many as it wants, that [`begin`](Self::begin) pushes and that are saved with the episode.
pub trait Task: Debug + Send + Sync {
    /// The model's file.
    ///
    /// # Errors
    /// [`Error::Package`] where the package that has it is not found.
    fn model(&self) -> Result<PathBuf, Error>;

    /// Reads the model and takes from it what the task has to know: names to numbers, say.
    ///
    /// # Errors
    /// [`Error::MujocoModel`] for a file that is no model, or lacks what the task names.
    fn load(&mut self) -> Result<Physics, Error> {
        Physics::load(&self.model()?)
    }

    /// After how many steps an episode is truncated; `None` for no limit.
    fn time_limit(&self) -> Option<usize>;

    /// Seconds of a step.
    fn seconds(&self, physics: &Physics) -> f64;

    /// How many numbers [`observe`](Self::observe) writes.
    fn obs_dim(&self, physics: &Physics) -> usize;

    /// Puts the physics, which has been reset to the model's own beginning, where an episode begins.
    fn begin(&self, physics: &mut Physics, carry: &mut Vec<f64>, rng: &mut dyn Rng);

    /// Takes a control step.
    fn step(&self, physics: &mut Physics, carry: &mut [f64], action: &[f64]) -> Outcome;

    /// Writes what an agent sees.
    fn observe(&self, physics: &Physics, carry: &[f64], out: &mut [f64]);

    /// Brings back what of an episode stands in the model, after the state and the carry have been restored.
    fn recall(&self, _physics: &mut Physics, _carry: &[f64]) {}
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The reward r.
    pub reward: f64,
    /// Whether the return ends here.
    pub terminated: bool,
}
