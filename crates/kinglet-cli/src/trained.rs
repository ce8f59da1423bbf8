//! What a run has come to: its newest checkpoint, as something that can act.

use std::path::{Path, PathBuf};

use kinglet_algorithms::{
    Actor, Checkpoint, Checkpoints, Config, Error as Failure, Finished, Found, Training, evaluate,
};
use kinglet_envs::{Named, NamedMoment};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use serde::Deserialize;

use crate::config::{Run, of_folder};
use crate::error::{Error, note};
use crate::pool::in_pool;
use crate::train::folder::{CHECKPOINTS, CONFIG, Unfit};
use crate::train::session::make;

/// Which checkpoint is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The newest, which has to be good.
    Newest,
    /// The newest of those that are good.
    NewestGood,
}

/// A run as its checkpoint has it.
#[derive(Debug)]
pub(crate) struct Trained {
    pub(crate) run: Run,
    pub(crate) config: Config,
    /// Where the checkpoint stands.
    pub(crate) path: PathBuf,
    /// The steps that the run had taken.
    pub(crate) step: u64,
    /// What acts.
    pub(crate) actor: Actor,
}

impl Which {
    /// `--newest-good`, or not.
    pub(crate) fn of(newest_good: bool) -> Self {
        if newest_good {
            Self::NewestGood
        } else {
            Self::Newest
        }
    }

    /// The checkpoint to act by and where it stands; `None` where no run has written any.
    pub(crate) fn find(
        self,
        checkpoints: &Checkpoints,
    ) -> Result<Option<(PathBuf, Checkpoint)>, Error> {
        Self::told(match self {
            Self::Newest => checkpoints.newest(),
            Self::NewestGood => checkpoints.newest_good(),
        })
    }

    /// The checkpoint to go on from, which needs its replay: it is good only where its rows are.
    pub(crate) fn find_to_resume(
        self,
        checkpoints: &Checkpoints,
    ) -> Result<Option<(PathBuf, Checkpoint)>, Error> {
        Self::told(match self {
            Self::Newest => checkpoints.newest(),
            Self::NewestGood => checkpoints.newest_with_replay(),
        })
    }

    /// What was found, after what was passed over has been told.
    fn told(found: Result<Found, Failure>) -> Result<Option<(PathBuf, Checkpoint)>, Error> {
        match found {
            Ok(found) => {
                for reason in &found.refused {
                    note(format_args!("passed over: {reason}"));
                }
                Ok(Some((found.path, found.checkpoint)))
            }
            Err(Failure::NoCheckpoint { refused, .. }) if refused.is_empty() => Ok(None),
            Err(failure) => Err(Error::Checkpoint(failure)),
        }
    }
}

impl Trained {
    /// Loads what stands in a run's folder.
    pub(crate) fn load(folder: &Path, which: Which) -> Result<Self, Error> {
        let config = folder.join(CONFIG);
        if !config.exists() {
            return Err(Unfit::NoRun(folder.to_owned()).into());
        }
        let (run, config) = of_folder(&config)?;
        let checkpoints = Checkpoints {
            folder: folder.join(CHECKPOINTS),
            keep: run.keep_checkpoints,
        };
        let found = which.find(&checkpoints)?;
        let (path, checkpoint) = found.ok_or_else(|| Error::NotTrained(folder.to_owned()))?;
        same_run(&run, &config, &checkpoint)?;
        let mut unused = Xoshiro256PlusPlus::seed_from_u64(0); // what counts is what it shows and understands
        let simulator = run.environment.make(&mut unused);
        let simulator = simulator.map_err(|error| Error::Setting(error.into()))?;
        Ok(Self {
            actor: Actor::load(&checkpoint, &simulator).map_err(Error::Checkpoint)?,
            step: checkpoint.step,
            run,
            config,
            path,
        })
    }

    /// Plays episodes with the middle of the policy's law for an action, on so many threads.
    pub(crate) fn evaluate(
        &self,
        episodes: usize,
        seed: u64,
        threads: usize,
    ) -> Result<Vec<Finished>, Error> {
        in_pool(threads, || {
            let played = evaluate(&self.actor, episodes, seed, make(self.run.environment));
            played.map_err(Error::Evaluation)
        })
    }
}

/// Whether a checkpoint is of the run that a folder's config tells.
pub(crate) fn same_run(run: &Run, config: &Config, checkpoint: &Checkpoint) -> Result<(), Error> {
    let (found, steps, seed) = Training::<Named>::origin(checkpoint).map_err(Error::Checkpoint)?;
    let first = checkpoint
        .places
        .first()
        .and_then(|place| place.get("simulator"));
    let stands = first.and_then(|state| NamedMoment::deserialize(state).ok());
    let (stands, name) = (stands.map(|stands| stands.name()), run.environment);
    let differs = if let Some(other) = stands.filter(|stands| *stands != name) {
        format!("its environment is {other}, and {CONFIG} says {name}")
    } else if seed != run.seed {
        format!("its seed is {seed}, and {CONFIG} says {}", run.seed)
    } else if steps != run.steps {
        format!(
            "it is of a run of {steps} steps, and {CONFIG} says {}",
            run.steps
        )
    } else if found != *config {
        format!("its config is not that of {CONFIG}")
    } else {
        return Ok(());
    };
    Err(Error::OtherRun {
        step: checkpoint.step,
        differs,
    })
}
