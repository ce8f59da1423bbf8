//! One run between its beginning, or a checkpoint, and its end.

use std::collections::VecDeque;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use kinglet_algorithms::{Checkpoint, Checkpoints, Config, Training, Update};
use kinglet_envs::{EnvName, Named};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::events::{self, Events};
use super::folder::Folder;
use super::metrics::{self, Metrics};
use crate::config::{Run, Settings, of_folder};
use crate::error::Error;
use crate::trained::{Which, same_run};

/// How many of the last episodes a shown return is the mean of.
const EPISODES: usize = 100;

/// One run with its folder.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) folder: Folder,
    pub(crate) run: Run,
    pub(crate) training: Training<Named>,
    checkpoints: Checkpoints,
    metrics: Metrics,
    events: Events,
    /// The step of the newest checkpoint.
    saved: Option<u64>,
    /// The returns of the last episodes.
    returns: VecDeque<f64>,
}

/// Makes an environment at its beginning, as rollouts want it.
pub(crate) fn make(
    name: EnvName,
) -> impl Fn(&mut Xoshiro256PlusPlus) -> Result<Named, kinglet_envs::Error> + Sync {
    move |rng| name.make(rng)
}

impl Session {
    /// Begins a run in a folder of its own.
    pub(crate) fn begin(settings: &Settings, path: &Path) -> Result<Self, Error> {
        let Settings {
            run, config, text, ..
        } = settings;
        let training = Training::new(config, run.steps, run.seed, make(run.environment))
            .map_err(Error::Setting)?;
        let folder = Folder::create(path, text)?;
        Self::at(folder, run.clone(), training, None)
    }

    /// Goes on with a run from a checkpoint, or from its beginning where it has none yet.
    pub(crate) fn resume(path: &Path, which: Which) -> Result<Self, Error> {
        let folder = Folder::open(path)?;
        let (run, config) = of_folder(&path.join(super::folder::CONFIG))?;
        let found = which.find_to_resume(&checkpoints(&folder, &run))?;
        let Some((_, checkpoint)) = found else {
            let training = Training::new(&config, run.steps, run.seed, make(run.environment));
            return Self::at(folder, run, training.map_err(Error::Setting)?, None);
        };
        let training = revive(&folder, &run, &config, &checkpoint)?;
        Self::at(folder, run, training, Some(checkpoint.step))
    }

    fn at(
        folder: Folder,
        run: Run,
        training: Training<Named>,
        saved: Option<u64>,
    ) -> Result<Self, Error> {
        let step = training.step;
        let disk = |path: PathBuf| move |reason| Error::Disk { path, reason };
        Ok(Self {
            metrics: Metrics::open(&folder.metrics(), step).map_err(disk(folder.metrics()))?,
            events: Events::open(&folder.events(), step).map_err(disk(folder.events()))?,
            checkpoints: checkpoints(&folder, &run),
            folder,
            run,
            training,
            saved,
            returns: VecDeque::with_capacity(EPISODES),
        })
    }

    /// One update, written down; then a checkpoint if one is due.
    pub(crate) fn update(&mut self) -> Result<Update, Error> {
        let update = self
            .training
            .update()
            .map_err(|failure| self.failed(&failure))?;
        self.write(&update)?;
        for episode in &update.finished {
            if self.returns.len() == EPISODES {
                self.returns.pop_front();
            }
            self.returns.push_back(episode.total);
        }
        let every = self.run.checkpoint_every.max(1);
        if self.training.is_done() || update.step / every > self.saved.unwrap_or(0) / every {
            self.save()?;
        }
        Ok(update)
    }

    /// The mean return of the last episodes, if any has ended.
    pub(crate) fn mean_return(&self) -> Option<f64> {
        let n = self.returns.len();
        (n > 0).then(|| self.returns.iter().sum::<f64>() / n as f64)
    }

    /// Writes a checkpoint of where the run stands, unless there is one.
    pub(crate) fn save(&mut self) -> Result<(), Error> {
        let step = self.training.step;
        if self.saved != Some(step) {
            let synced = self.metrics.sync();
            synced.map_err(|reason| self.unwritten(metrics::NAME, &reason))?;
            let saved = self.training.save(&self.checkpoints);
            saved.map_err(|failure| self.failed(&failure))?;
            self.saved = Some(step);
        }
        Ok(())
    }

    /// Adds a row to the table and an event to TensorBoard's file.
    fn write(&mut self, update: &Update) -> Result<(), Error> {
        let episodes = update.finished.len() as f64;
        let mut row = vec![
            ("episodes", Some(episodes)),
            ("return", update.mean_return()),
            ("length", update.mean_length()),
        ];
        row.extend(update.diagnostics.named());
        let written = self.metrics.write(update.step, &row);
        written.map_err(|reason| self.unwritten(metrics::NAME, &reason))?;
        let there = row
            .into_iter()
            .filter_map(|(name, cell)| Some((name, cell?)));
        let written = self.events.write(update.step, there);
        written.map_err(|reason| self.unwritten(events::NAME, &reason))
    }

    fn unwritten(&self, name: &str, reason: &io::Error) -> Error {
        self.failed(&format!("could not write {name}: {reason}"))
    }

    /// A failure, with what is left of the run.
    fn failed(&self, cause: &dyn Display) -> Error {
        Error::Failed {
            folder: self.folder.path.clone(),
            cause: cause.to_string(),
            good: self.checkpoints.newest_good().ok().map(|found| found.path),
        }
    }
}

fn checkpoints(folder: &Folder, run: &Run) -> Checkpoints {
    Checkpoints {
        folder: folder.checkpoints(),
        keep: run.keep_checkpoints,
    }
}

/// The run of a folder as a checkpoint has it.
fn revive(
    folder: &Folder,
    run: &Run,
    config: &Config,
    checkpoint: &Checkpoint,
) -> Result<Training<Named>, Error> {
    same_run(run, config, checkpoint)?;
    Training::resume_in(&folder.checkpoints(), checkpoint, make(run.environment))
        .map_err(Error::Checkpoint)
}
