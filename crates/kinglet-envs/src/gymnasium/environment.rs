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
/// Where it stands is saved as the episode's seed and actions, and restored by playing them again, which takes as long as
/// they took. Whether what is seen then is what was seen before is checked: it is not where an environment or a wrapper
/// keeps something from episode to episode, and the next step or reset says so.
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
    /// Where it stands.
    now: GymnasiumMoment,
    /// Why it does not stand where it was restored to.
    lost: Option<Error>,
}

/// Where a [`Gymnasium`] stands, and how it got there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GymnasiumMoment {
    /// What the episode began with.
    pub seed: u32,
    /// The rows of all actions since, one behind the other.
    pub actions: Vec<f64>,
    /// What is seen.
    pub observation: Vec<f64>,
    /// How the episode ended, if it is over.
    pub end: Option<End>,
}

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
            now: GymnasiumMoment {
                observation: vec![0.0; observations.len()],
                ..GymnasiumMoment::default()
            },
            observations,
            lost: None,
            env: env.unbind(),
        })
    }

    fn begin(&mut self, py: Python<'_>, seed: u32) -> PyResult<()> {
        (self.now.seed, self.now.end) = (seed, None);
        self.now.actions.clear();
        let seeded = PyDict::new(py);
        seeded.set_item(intern!(py, "seed"), seed)?;
        let answer = self.reset.bind(py).call((), Some(&seeded))?;
        let answer = answer.cast_into::<PyTuple>()?;
        let seen = answer.get_borrowed_item(0)?;
        self.observations.write(&seen, &mut self.now.observation)
    }

    /// The reward of an action.
    fn act(&mut self, py: Python<'_>, row: &[f64]) -> PyResult<f64> {
        let action = self.actions.tell(py, row)?;
        let answer = self.step.bind(py).call1((action,))?;
        let answer = answer.cast_into::<PyTuple>()?;
        self.now.actions.extend_from_slice(row);
        let seen = answer.get_borrowed_item(0)?;
        self.observations.write(&seen, &mut self.now.observation)?;
        self.now.end = if answer.get_borrowed_item(2)?.is_truthy()? {
            Some(End::Terminated)
        } else if answer.get_borrowed_item(3)?.is_truthy()? {
            Some(End::Truncated)
        } else {
            None
        };
        answer.get_borrowed_item(1)?.extract()
    }

    fn steps(&self) -> usize {
        self.now.actions.len() / self.actions.len()
    }

    /// Plays a saved episode again.
    fn replay(&mut self, saved: &GymnasiumMoment) -> Result<(), Error> {
        let steps = saved.actions.len() / self.actions.len();
        let failed = |reason: String| Error::Replay { steps, reason };
        let rows = saved.actions.chunks_exact(self.actions.len());
        if !rows.remainder().is_empty() {
            return Err(failed("its actions are none of this environment".into()));
        }
        for row in rows {
            let checked = self.actions.check(row);
            checked.map_err(|error| failed(error.to_string()))?;
        }
        let played = attach(|py| {
            self.begin(py, saved.seed)?;
            for row in saved.actions.chunks_exact(self.actions.len()) {
                self.act(py, row)?;
            }
            PyResult::Ok(())
        });
        played.map_err(|error| failed(error.to_string()))?;
        if self.now == *saved {
            Ok(())
        } else {
            Err(failed(
                "it shows something else, since something is kept from episode to episode".into(),
            ))
        }
    }
}

impl Simulator for Gymnasium {
    type Saved = GymnasiumMoment;

    fn actions(&self) -> Actions {
        self.actions.describe()
    }

    fn obs_dim(&self) -> usize {
        self.observations.len()
    }

    fn reset<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Result<(), Error> {
        if let Some(error) = self.lost.take() {
            return Err(error);
        }
        let seed = rng.random();
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
        if let Some(error) = self.lost.take() {
            return Err(error);
        }
        if let Some(end) = self.now.end {
            let steps = self.steps();
            return Err(Error::EpisodeOver { end, steps });
        }
        self.actions.check(action)?;
        let reward = attach(|py| {
            self.act(py, action)
                .map_err(|error| raised(py, "step", &error))
        })?;
        Ok((reward, self.now.end))
    }

    fn observe(&self, mut out: ArrayViewMut1<'_, f64>) {
        out.assign(&ArrayView1::from(&self.now.observation));
    }

    fn save(&self) -> Option<GymnasiumMoment> {
        Some(self.now.clone())
    }

    fn restore(&mut self, saved: &GymnasiumMoment) {
        self.lost = self.replay(saved).err();
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
