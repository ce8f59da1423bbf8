//! A batch of environments of Gymnasium.

use ndarray::ArrayView2;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::action_space::{ActionSpace, Mould};
use super::interpreter::{attach, raised, start};
use super::observation_space::{ObservationSpace, Reader};
use super::{Recipe, making};
use crate::{Actions, End, Error};

/// Who steps the environments of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vectorisation {
    /// One after the other, in the interpreter inside the program: `SyncVectorEnv`.
    Sync,
    /// Each in a process of its own: `AsyncVectorEnv`.
    Async,
    /// The environment's own code, as that of Atari's games, which is C++ with threads. Its options are other ones than a
    /// single game's. It begins episodes by itself, with its own generator, which the first reset's seed has begun; one that
    /// does so in the step after an end, as CartPole's, is refused.
    Own,
}

/// As many environments of one kind, which one call into Python steps.
///
/// Rows of actions and observations are those of a [`Gymnasium`](super::Gymnasium), one an environment. An environment
/// stands where its episode ended until [`reset_ended`](Self::reset_ended), so that this can be observed and bootstrapped
/// from. A reset draws one seed s from the generator, and environment i is given s + i (those of [`Vectorisation::Own`]
/// draw once, for the first).
///
/// # Example
/// ```
/// use kinglet_envs::gymnasium::{GymnasiumVector, Recipe, Vectorisation};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let recipe = Recipe::new("MountainCar-v0");
/// let mut cars = GymnasiumVector::new(&recipe, 3, Vectorisation::Sync, &mut rng)?;
/// cars.step(ndarray::arr2(&[[0.0], [1.0], [2.0]]).view())?;
/// assert_eq!(cars.observations().dim(), (3, 2));
/// assert_eq!(cars.rewards(), [-1.0; 3]);
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
#[derive(Debug)]
pub struct GymnasiumVector {
    env: Py<PyAny>,
    /// Its methods.
    step: Py<PyAny>,
    reset: Py<PyAny>,
    /// Of one environment.
    actions: ActionSpace,
    observations: ObservationSpace,
    /// Of all of them.
    mould: Mould,
    observed: Vec<f64>,
    rewards: Vec<f64>,
    ends: Vec<Option<End>>,
    steps: Vec<usize>,
    /// Flags of a step, as numbers.
    flags: Vec<f64>,
    /// What is seen at the beginning of the next episodes, where these begin by themselves.
    next: Option<Vec<f64>>,
}

impl GymnasiumVector {
    /// `n` environments of a recipe, each at the beginning of an episode.
    ///
    /// # Errors
    /// As [`Gymnasium::new`](super::Gymnasium::new); [`Error::Python`] for observations that are neither boxes nor
    /// discrete, and for a vectorisation that the environment does not have.
    /// # Panics
    /// For no environment.
    pub fn new<R: Rng + ?Sized>(
        recipe: &Recipe,
        n: usize,
        by: Vectorisation,
        rng: &mut R,
    ) -> Result<Self, Error> {
        assert!(n > 0, "a batch has at least one environment");
        start()?;
        let mut made = attach(|py| {
            let env = making::make_vector(py, recipe, n, by)?;
            Self::around(env, n, by).map_err(|error| raised(py, &*recipe.id, &error))
        })?;
        made.reset(rng)?;
        Ok(made)
    }

    fn around(env: Bound<'_, PyAny>, n: usize, by: Vectorisation) -> PyResult<Self> {
        let observations = ObservationSpace::read(&env.getattr("single_observation_space")?)?;
        Ok(Self {
            step: env.getattr("step")?.unbind(),
            reset: env.getattr("reset")?.unbind(),
            actions: ActionSpace::read(&env.getattr("single_action_space")?)?,
            mould: Mould::of(&env.getattr("action_space")?)?,
            observed: vec![0.0; n * observations.len()],
            next: (by == Vectorisation::Own).then(|| vec![0.0; n * observations.len()]),
            observations,
            rewards: vec![0.0; n],
            ends: vec![None; n],
            steps: vec![0; n],
            flags: vec![0.0; n],
            env: env.unbind(),
        })
    }

    /// What a row of numbers means as an action of one environment.
    pub fn actions(&self) -> Actions {
        self.actions.describe()
    }

    /// What is seen now, a row for each environment.
    pub fn observations(&self) -> ArrayView2<'_, f64> {
        let shape = (self.ends.len(), self.observations.len());
        ArrayView2::from_shape(shape, &self.observed).expect("a row for each")
    }

    /// The rewards of the last step.
    pub fn rewards(&self) -> &[f64] {
        &self.rewards
    }

    /// Which episodes are over.
    pub fn ends(&self) -> &[Option<End>] {
        &self.ends
    }

    /// Begins an episode in every environment.
    ///
    /// # Errors
    /// [`Error::Python`].
    pub fn reset<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Result<(), Error> {
        let all = vec![true; self.ends.len()];
        self.begin(&all, rng)
    }

    /// Begins another episode in every environment whose last is over; draws nothing where none is.
    ///
    /// # Errors
    /// [`Error::Python`].
    pub fn reset_ended<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Result<(), Error> {
        if self.next.is_some() {
            self.begun();
            return Ok(());
        }
        let ended: Vec<bool> = self.ends.iter().map(Option::is_some).collect();
        if ended.contains(&true) {
            self.begin(&ended, rng)?;
        }
        Ok(())
    }

    /// Shows the beginnings of the episodes that have begun by themselves.
    fn begun(&mut self) {
        let Some(next) = &self.next else { return };
        let width = self.observations.len();
        for (i, end) in self.ends.iter_mut().enumerate() {
            if end.take().is_some() {
                let row = i * width..(i + 1) * width;
                self.observed[row.clone()].copy_from_slice(&next[row]);
                self.steps[i] = 0;
            }
        }
    }

    /// Takes one step in every environment.
    ///
    /// # Errors
    /// [`Error::EpisodeOver`] where an environment has not been reset after an end, [`Error::Action`] for a row that means
    /// no action; after either, nothing has changed. [`Error::Python`].
    /// # Panics
    /// If there is not a row for each environment, as long as an action.
    pub fn step(&mut self, actions: ArrayView2<'_, f64>) -> Result<(), Error> {
        let expected = (self.ends.len(), self.actions.len());
        assert_eq!(
            actions.dim(),
            expected,
            "rows and numbers of the actions (left), expected (right)"
        );
        if let Some(over) = self.ends.iter().position(Option::is_some) {
            let (end, steps) = (self.ends[over], self.steps[over]);
            let end = end.expect("the position of an end");
            return Err(Error::EpisodeOver { end, steps });
        }
        let actions = actions.as_standard_layout();
        for action in actions.rows() {
            let row = action.to_slice().expect("a row of the standard layout");
            self.actions.check(row)?;
        }
        attach(|py| {
            self.act(py, actions.view())
                .map_err(|error| raised(py, "step", &error))
        })
    }

    fn act(&mut self, py: Python<'_>, actions: ArrayView2<'_, f64>) -> PyResult<()> {
        let least = self.actions.least();
        let action = self
            .mould
            .cast(py, actions.iter().map(|number| number + least))?;
        let answer = self
            .step
            .bind(py)
            .call1((action,))?
            .cast_into::<PyTuple>()?;
        self.observations
            .write(&answer.get_item(0)?, &mut self.observed)?;
        Reader::F64.write(&answer.get_item(1)?, &mut self.rewards)?;
        // Termination wins.
        for (item, kind) in [(3, End::Truncated), (2, End::Terminated)] {
            Reader::Other.write(&answer.get_item(item)?, &mut self.flags)?;
            for (end, flag) in self.ends.iter_mut().zip(&self.flags) {
                if *flag != 0.0 {
                    *end = Some(kind);
                }
            }
        }
        self.steps.iter_mut().for_each(|steps| *steps += 1);
        if self.next.is_some() && self.ends.iter().any(Option::is_some) {
            self.see_ends(&answer.get_item(4)?)?;
        }
        Ok(())
    }

    /// Keeps what is seen for later, and shows where the episodes have ended.
    fn see_ends(&mut self, info: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut last = vec![0.0; self.observed.len()];
        self.observations
            .write(&info.get_item("final_obs")?, &mut last)?;
        let width = self.observations.len();
        let ended = self.ends.iter().enumerate();
        let Some(next) = &mut self.next else {
            return Ok(());
        };
        next.copy_from_slice(&self.observed);
        for (i, _) in ended.filter(|(_, end)| end.is_some()) {
            let row = i * width..(i + 1) * width;
            self.observed[row.clone()].copy_from_slice(&last[row]);
        }
        Ok(())
    }

    /// Begins an episode in some environments.
    fn begin<R: Rng + ?Sized>(&mut self, which: &[bool], rng: &mut R) -> Result<(), Error> {
        // Room for the sum of seed and number in 31 bits.
        let seed = rng.random::<u32>() >> 2;
        for (i, _) in which.iter().enumerate().filter(|(_, begins)| **begins) {
            (self.ends[i], self.steps[i]) = (None, 0);
        }
        attach(|py| {
            let seen = self.begin_in(py, which, seed);
            seen.map_err(|error| raised(py, "reset", &error))
        })
    }

    fn begin_in(&mut self, py: Python<'_>, which: &[bool], seed: u32) -> PyResult<()> {
        let numpy = py.import("numpy")?;
        let mask = numpy.call_method1("array", (which, numpy.getattr("bool_")?))?;
        let options = PyDict::new(py);
        options.set_item("reset_mask", mask)?;
        let told = PyDict::new(py);
        told.set_item("seed", seed)?;
        told.set_item("options", options)?;
        let answer = self.reset.bind(py).call((), Some(&told))?;
        let answer = answer.cast_into::<PyTuple>()?;
        self.observations
            .write(&answer.get_item(0)?, &mut self.observed)
    }
}

impl Drop for GymnasiumVector {
    /// Closes the environments: their windows and their processes.
    fn drop(&mut self) {
        attach(|py| {
            // What an environment says against its closing changes nothing any more.
            let _ = self.env.bind(py).call_method0(intern!(py, "close"));
        });
    }
}
