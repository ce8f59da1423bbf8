//! One environment of Gymnasium.

use ndarray::{ArrayView1, ArrayViewMut1};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::action_space::ActionSpace;
use super::interpreter::{attach, raised, start};
use super::observation_space::ObservationSpace;
use super::{Recipe, making};
use crate::{Actions, End, Error, Simulator};

/// An environment of Gymnasium, stepped in the Python interpreter inside the program.
///
/// An action is an index of a discrete space, counted from zero, or the numbers of a box in C's order, rounded to the
/// box's precision and, as everywhere, not clipped. An observation is the numbers of a box in C's order; an index is seen
/// as an indicator, and any other space as Gymnasium's `FlattenObservation` makes it.
///
/// Every reset draws a seed from the generator, 32 bits, and hands it to the environment's: an episode depends on the
/// generator that began it and on its actions, and on nothing that happened before. Steps draw nothing.
///
/// Its state is Python's, so that it cannot be saved: a training that is taken up again begins new episodes.
///
/// # Example
/// ```
/// use kinglet_envs::gymnasium::{Gymnasium, Recipe};
/// use kinglet_envs::{Actions, Simulator};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let mut taxi = Gymnasium::new(&Recipe::new("Taxi-v4"), &mut rng)?;
/// assert_eq!((taxi.actions(), taxi.obs_dim()), (Actions::Discrete(6), 500));
/// assert_eq!(taxi.step(&[0.0], &mut rng)?, (-1.0, None));
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
#[derive(Debug)]
pub struct Gymnasium {
    env: Py<PyAny>,
    /// Its methods.
    step: Py<PyAny>,
    reset: Py<PyAny>,
    actions: ActionSpace,
    observations: ObservationSpace,
    observed: Vec<f64>,
    steps: usize,
    end: Option<End>,
}

/// Where a program outside stands: there is no such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unsaved {}

impl Gymnasium {
    /// The environment of a recipe, at the beginning of an episode.
    ///
    /// # Errors
    /// [`Error::Python`] with Gymnasium's own words: for an id, an option or a wrapper that does not exist, for a package
    /// that is not installed; for actions that no row of numbers stands for.
    pub fn new<R: Rng + ?Sized>(recipe: &Recipe, rng: &mut R) -> Result<Self, Error> {
        start()?;
        let mut made = attach(|py| {
            let env = making::make(py, recipe)?;
            Self::around(env).map_err(|error| raised(py, &*recipe.id, &error))
        })?;
        made.reset(rng)?;
        Ok(made)
    }

    fn around(env: Bound<'_, PyAny>) -> PyResult<Self> {
        let observations = ObservationSpace::read(&env.getattr("observation_space")?)?;
        Ok(Self {
            step: env.getattr("step")?.unbind(),
            reset: env.getattr("reset")?.unbind(),
            actions: ActionSpace::read(&env.getattr("action_space")?)?,
            observed: vec![0.0; observations.len()],
            observations,
            steps: 0,
            end: None,
            env: env.unbind(),
        })
    }

    fn begin(&mut self, py: Python<'_>, seed: u32) -> PyResult<()> {
        let seeded = PyDict::new(py);
        seeded.set_item(intern!(py, "seed"), seed)?;
        let answer = self.reset.bind(py).call((), Some(&seeded))?;
        let answer = answer.cast_into::<PyTuple>()?;
        let seen = answer.get_borrowed_item(0)?;
        self.observations.write(&seen, &mut self.observed)
    }

    fn act(&mut self, py: Python<'_>, action: &[f64]) -> PyResult<(f64, Option<End>)> {
        let action = self.actions.tell(py, action)?;
        let answer = self.step.bind(py).call1((action,))?;
        let answer = answer.cast_into::<PyTuple>()?;
        let seen = answer.get_borrowed_item(0)?;
        self.observations.write(&seen, &mut self.observed)?;
        let reward = answer.get_borrowed_item(1)?.extract()?;
        let end = if answer.get_borrowed_item(2)?.is_truthy()? {
            Some(End::Terminated)
        } else if answer.get_borrowed_item(3)?.is_truthy()? {
            Some(End::Truncated)
        } else {
            None
        };
        Ok((reward, end))
    }
}

impl Simulator for Gymnasium {
    type Saved = Unsaved;

    fn actions(&self) -> Actions {
        self.actions.describe()
    }

    fn obs_dim(&self) -> usize {
        self.observations.len()
    }

    fn reset<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Result<(), Error> {
        let seed = rng.random();
        (self.steps, self.end) = (0, None);
        attach(|py| {
            self.begin(py, seed)
                .map_err(|error| raised(py, "reset", &error))
        })
    }

    fn step<R: Rng + ?Sized>(
        &mut self,
        action: &[f64],
        _: &mut R,
    ) -> Result<(f64, Option<End>), Error> {
        if let Some(end) = self.end {
            let steps = self.steps;
            return Err(Error::EpisodeOver { end, steps });
        }
        self.actions.check(action)?;
        let (reward, end) = attach(|py| {
            self.act(py, action)
                .map_err(|error| raised(py, "step", &error))
        })?;
        self.steps += 1;
        self.end = end;
        Ok((reward, end))
    }

    fn observe(&self, mut out: ArrayViewMut1<'_, f64>) {
        out.assign(&ArrayView1::from(&self.observed));
    }

    fn save(&self) -> Option<Unsaved> {
        None
    }

    fn restore(&mut self, saved: &Unsaved) {
        match *saved {}
    }
}

impl Drop for Gymnasium {
    /// Closes the environment: its windows and its processes.
    fn drop(&mut self) {
        attach(|py| {
            // What an environment says against its closing changes nothing any more.
            let _ = self.env.bind(py).call_method0(intern!(py, "close"));
        });
    }
}
