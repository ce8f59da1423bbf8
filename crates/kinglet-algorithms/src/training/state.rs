//! A run as a checkpoint, and back.

use std::path::{Path, PathBuf};

use kinglet_envs::Simulator;
use kinglet_nn::{RunningMoments, Scalar};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use super::{Method, Training};
use crate::{Checkpoint, Checkpoints, Config, Element, Error, Place};

/// What a run depends on, as its checkpoint's config. Other keys may stand beside these.
#[derive(Serialize, Deserialize)]
struct Origin {
    /// The config as TOML: JSON knows no infinity.
    config: String,
    steps: u64,
    seed: u64,
}

/// An environment in the middle of an episode.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved<T> {
    /// None where the environment cannot tell.
    simulator: Option<T>,
    total: f64,
    steps: usize,
}

impl<M: Simulator + Send, S: Scalar + Element> Training<M, S> {
    /// Everything that the run needs to go on to the same bits, a whole replay included.
    ///
    /// An environment that cannot be saved begins another episode when the run goes on, so that the bits are others then.
    ///
    /// # Errors
    /// [`Error::NotWritable`] for a state that JSON cannot hold.
    pub fn checkpoint(&self) -> Result<Checkpoint, Error> {
        let mut checkpoint = self.checkpoint_without_replay()?;
        if let Method::OffPolicy(method) = &self.method {
            method.replay.save(&mut checkpoint);
        }
        Ok(checkpoint)
    }

    /// Writes a checkpoint under the run's step, and gives its path. Of a replay only the rows are written that are new since
    /// the last save in the same folder: they lie in files beside the checkpoints, as [`RowLog`](crate::RowLog) tells, and
    /// [`resume_in`](Self::resume_in) finds them there.
    ///
    /// # Errors
    /// [`Error::NotWritable`] for a state that JSON cannot hold; as [`Checkpoints::save`] and
    /// [`RowLog::save`](crate::RowLog::save). Then every checkpoint that was there still is.
    pub fn save(&mut self, checkpoints: &Checkpoints) -> Result<PathBuf, Error> {
        let mut checkpoint = self.checkpoint_without_replay()?;
        if let Method::OffPolicy(method) = &mut self.method {
            checkpoint.replay = Some(method.save_rows(&checkpoints.folder)?);
        }
        checkpoints.save(&checkpoint)
    }

    fn checkpoint_without_replay(&self) -> Result<Checkpoint, Error> {
        let unwritable = |reason: String| Error::NotWritable { reason };
        let origin = Origin {
            config: self.config.to_toml(),
            steps: self.steps,
            seed: self.seed,
        };
        let mut checkpoint = Checkpoint {
            step: self.step,
            config: serde_json::to_value(origin).expect("text and whole numbers"),
            ..Checkpoint::default()
        };
        let places = &self.rollouts.places;
        for place in places {
            let saved = save(place).map_err(unwritable)?;
            checkpoint.places.push(saved);
        }
        let streams = places.iter().map(|place| place.rng.clone()).collect();
        checkpoint.streams.insert("environments".into(), streams);
        let learner = vec![self.rng.clone()];
        checkpoint.streams.insert("learner".into(), learner);
        checkpoint.insert_slice("params", &self.agent.params);
        match &self.method {
            Method::OnPolicy(method) => {
                checkpoint.insert_slice("baseline", &[method.appraisal.average.value]);
                method.learner.save(&mut checkpoint);
            }
            Method::OffPolicy(method) => {
                let sampling = vec![method.sampling.clone()];
                checkpoint.streams.insert("sampling".into(), sampling);
                method.learner.save(&mut checkpoint);
            }
        }
        if let Some(normaliser) = &self.rollouts.observations {
            save_moments(&normaliser.moments, "observations", &mut checkpoint);
        }
        if let Some(rewards) = &self.rollouts.rewards {
            save_moments(&rewards.normaliser.moments, "rewards", &mut checkpoint);
            checkpoint.insert_slice("rewards.running", &rewards.returns);
        }
        Ok(checkpoint)
    }

    /// The run that a checkpoint was taken of. `make` makes an environment, which then takes the place of the one that
    /// was saved.
    ///
    /// # Errors
    /// For a checkpoint of another problem, or that lacks something, as a replay that lies in files beside it.
    pub fn resume(
        checkpoint: &Checkpoint,
        make: impl FnMut(&mut Xoshiro256PlusPlus) -> Result<M, kinglet_envs::Error>,
    ) -> Result<Self, Error> {
        Self::revived(checkpoint, None, make)
    }

    /// The run that a checkpoint in this folder was taken of, with a replay whose rows [`save`](Self::save) wrote there.
    ///
    /// # Errors
    /// As [`resume`](Self::resume) and [`RowLog::restore`](crate::RowLog::restore).
    pub fn resume_in(
        folder: &Path,
        checkpoint: &Checkpoint,
        make: impl FnMut(&mut Xoshiro256PlusPlus) -> Result<M, kinglet_envs::Error>,
    ) -> Result<Self, Error> {
        Self::revived(checkpoint, Some(folder), make)
    }

    fn revived(
        checkpoint: &Checkpoint,
        folder: Option<&Path>,
        make: impl FnMut(&mut Xoshiro256PlusPlus) -> Result<M, kinglet_envs::Error>,
    ) -> Result<Self, Error> {
        let (config, steps, seed) = origin(checkpoint)?;
        let mut run = Self::new(&config, steps, seed, make)?;
        run.step = checkpoint.step;
        checkpoint.copy_to("params", &mut run.agent.params)?;
        run.restore_places(checkpoint)?;
        if let Some(normaliser) = &mut run.rollouts.observations {
            load_moments(&mut normaliser.moments, "observations", checkpoint)?;
        }
        if let Some(rewards) = &mut run.rollouts.rewards {
            load_moments(&mut rewards.normaliser.moments, "rewards", checkpoint)?;
            checkpoint.copy_to("rewards.running", &mut rewards.returns)?;
        }
        run.restore_method(checkpoint, folder)?;
        Ok(run)
    }

    /// The config, the steps and the seed of the run that a checkpoint was taken of.
    ///
    /// # Errors
    /// [`Error::Incomplete`] for a checkpoint that is of no such run.
    pub fn origin(checkpoint: &Checkpoint) -> Result<(Config, u64, u64), Error> {
        origin(checkpoint)
    }

    fn restore_method(
        &mut self,
        checkpoint: &Checkpoint,
        folder: Option<&Path>,
    ) -> Result<(), Error> {
        match &mut self.method {
            Method::OnPolicy(method) => {
                let mut baseline = [S::zero()];
                checkpoint.copy_to("baseline", &mut baseline)?;
                method.appraisal.average.value = baseline[0];
                method.learner.load(checkpoint)
            }
            Method::OffPolicy(method) => {
                method.sampling = streams(checkpoint, "sampling", 1)?[0].clone();
                match (&checkpoint.replay, folder) {
                    (None, _) => method.replay.load(checkpoint)?,
                    (Some(mark), Some(folder)) => method.restore_rows(folder, mark)?,
                    (Some(_), None) => {
                        let reason =
                            "its replay lies in files beside it, which Training::resume_in reads";
                        return Err(incomplete(reason.to_owned()));
                    }
                }
                method.learner.load(checkpoint)
            }
        }
    }

    fn restore_places(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let n = self.rollouts.places.len();
        if checkpoint.places.len() != n {
            let found = checkpoint.places.len();
            return Err(incomplete(format!("it has {found} environments, not {n}")));
        }
        let own = streams(checkpoint, "environments", n)?
            .iter()
            .zip(&checkpoint.places);
        for (place, (rng, saved)) in self.rollouts.places.iter_mut().zip(own) {
            let saved: Saved<M::Saved> = serde_json::from_value(saved.clone())
                .map_err(|error| incomplete(format!("an environment's state: {error}")))?;
            place.rng = rng.clone();
            if let Some(simulator) = &saved.simulator {
                place.simulator.restore(simulator);
                (place.total, place.steps) = (saved.total, saved.steps);
            } else {
                place.simulator.reset(&mut place.rng)?;
            }
        }
        self.rng = streams(checkpoint, "learner", 1)?[0].clone();
        Ok(())
    }
}

/// So many random streams of a checkpoint.
fn streams<'a>(
    checkpoint: &'a Checkpoint,
    name: &str,
    n: usize,
) -> Result<&'a [Xoshiro256PlusPlus], Error> {
    let found = checkpoint.streams.get(name).filter(|own| own.len() == n);
    let found = found.map(Vec::as_slice);
    found.ok_or_else(|| incomplete(format!("it has not {n} random streams {name:?}")))
}

/// The config, the steps and the seed of a checkpoint's run.
pub(crate) fn origin(checkpoint: &Checkpoint) -> Result<(Config, u64, u64), Error> {
    let origin: Origin = serde_json::from_value(checkpoint.config.clone())
        .map_err(|error| incomplete(format!("its config is that of no run: {error}")))?;
    let config = Config::from_toml(&origin.config)?;
    Ok((config, origin.steps, origin.seed))
}

fn incomplete(reason: String) -> Error {
    Error::Incomplete { reason }
}

fn save<M: Simulator>(place: &Place<M>) -> Result<serde_json::Value, String> {
    let saved = Saved {
        simulator: place.simulator.save(),
        total: place.total,
        steps: place.steps,
    };
    serde_json::to_value(saved).map_err(|error| error.to_string())
}

fn save_moments(moments: &RunningMoments, name: &str, checkpoint: &mut Checkpoint) {
    checkpoint.insert_slice(&format!("{name}.count"), &[moments.count]);
    checkpoint.insert_slice(&format!("{name}.mean"), &moments.mean);
    checkpoint.insert_slice(&format!("{name}.squares"), &moments.squares);
}

pub(crate) fn load_moments(
    moments: &mut RunningMoments,
    name: &str,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    moments.count = checkpoint.number(&format!("{name}.count"))?;
    checkpoint.copy_to(&format!("{name}.mean"), &mut moments.mean)?;
    checkpoint.copy_to(&format!("{name}.squares"), &mut moments.squares)
}
