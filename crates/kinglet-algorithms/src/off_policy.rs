//! Learning from a replay, beside gathering for it.

use std::fmt::Debug;
use std::path::Path;

use kinglet_envs::Simulator;
use kinglet_nn::Scalar;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::diagnostics::Mean;
use crate::{
    Agent, Batch, Checkpoint, Config, Diagnostics, Element, Error, Finished, LogMark, Minibatch,
    Policy, Replay, Rollouts, RowLog,
};

/// An algorithm that learns from a replay, in the middle of a run.
pub trait OffPolicyLearner<S>: Debug + Send {
    /// Takes one step of each optimiser on a minibatch; `progress` is the fraction of the run that is done. The replay
    /// that the minibatch comes from is there for whoever needs its newest rows.
    ///
    /// # Errors
    /// What went wrong in the mathematics, as where a number is not finite.
    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        minibatch: &Minibatch<S>,
        replay: &Replay<S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error>;

    /// Writes down what it keeps.
    fn save(&self, checkpoint: &mut Checkpoint);

    /// Takes up what was written down.
    ///
    /// # Errors
    /// For a checkpoint that lacks it.
    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error>;
}

/// A replay, and what learns from it.
#[derive(Debug)]
pub(crate) struct OffPolicy<S> {
    pub(crate) replay: Replay<S>,
    /// The replay's rows on the disk, once the run was saved or resumed.
    log: Option<RowLog>,
    pub(crate) learner: Box<dyn OffPolicyLearner<S>>,
    /// What draws from the replay.
    pub(crate) sampling: Xoshiro256PlusPlus,
    /// What is being gathered.
    batch: Batch<S>,
    minibatch: Minibatch<S>,
    /// The policy as it was before the updates that are under way, which gathers.
    policy: Policy,
    behaviour: Vec<S>,
}

/// What a few rounds came to.
pub(crate) struct Rounds {
    pub(crate) steps: u64,
    pub(crate) finished: Vec<Finished>,
    pub(crate) diagnostics: Diagnostics,
}

impl<S: Scalar + Element> OffPolicy<S> {
    pub(crate) fn new(
        config: &Config,
        agent: &Agent<S>,
        learner: Box<dyn OffPolicyLearner<S>>,
        sampling: Xoshiro256PlusPlus,
    ) -> Result<Self, Error> {
        let (replay, environments) = (&config.replay, config.rollout.environments);
        let policy = agent.policy.clone();
        let (obs_dim, n_action) = (policy.body().n_inputs(), policy.n_action());
        Ok(Self {
            replay: Replay::new(replay.capacity, environments, obs_dim, n_action)?,
            log: None,
            learner,
            sampling,
            batch: Batch::new(environments, replay.every, &policy)?,
            minibatch: Minibatch::default(),
            behaviour: agent.actor().to_vec(),
            policy,
        })
    }

    /// Writes the rows of the replay that are new beside the checkpoints in a folder, for the next of them.
    pub(crate) fn save_rows(&mut self, folder: &Path) -> Result<LogMark, Error> {
        let mut log = self.log_in(folder);
        let replay = &self.replay;
        let saved = log.save(replay.written(), |row, bytes| replay.encode(row, bytes));
        self.log = Some(log);
        saved
    }

    /// Takes up the rows of the replay that a checkpoint in a folder was saved with.
    pub(crate) fn restore_rows(&mut self, folder: &Path, mark: &LogMark) -> Result<(), Error> {
        let mut log = self.log_in(folder);
        self.replay.restore(&mut log, mark)?;
        self.log = Some(log);
        Ok(())
    }

    /// The log as it is, or a new one if there is none in this folder.
    fn log_in(&mut self, folder: &Path) -> RowLog {
        let log = self.log.take().filter(|log| log.folder == folder);
        log.unwrap_or_else(|| {
            let capacity = self.replay.capacity() as u64;
            RowLog::new(folder, self.replay.row_bytes(), capacity)
        })
    }

    /// Takes `rollout.steps` steps in each environment, and after every few of them the updates that are due.
    ///
    /// While the policy is updated from what the replay holds, the policy as it was before gathers what the replay will
    /// hold next, in another thread where there is one; the bits are the same.
    pub(crate) fn update<M: Simulator + Send>(
        &mut self,
        agent: &mut Agent<S>,
        rollouts: &mut Rollouts<M, S>,
        config: &Config,
        progress: impl Fn(u64) -> f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Rounds, Error> {
        let mut rounds = Rounds {
            steps: 0,
            finished: Vec::new(),
            diagnostics: Diagnostics::default(),
        };
        let mut mean = Mean::default();
        for round in 0..config.rollout.steps.div_ceil(config.replay.every) {
            self.behaviour.copy_from_slice(agent.actor());
            let (policy, behaviour) = (&self.policy, &self.behaviour);
            let (batch, minibatch) = (&mut self.batch, &mut self.minibatch);
            let (replay, learner) = (&self.replay, &mut self.learner);
            let (sampling, done) = (&mut self.sampling, progress(rounds.steps));
            let (collected, learnt) = rayon::join(
                || rollouts.collect(policy, behaviour, batch),
                || -> Result<(), Error> {
                    if replay.len() < config.replay.warmup.max(1) {
                        return Ok(());
                    }
                    let (rows, length) = (config.replay.batch, config.algorithm.sequence());
                    for _ in 0..config.replay.updates {
                        replay.sample(rows, length, minibatch, sampling);
                        mean.add(&learner.learn(agent, minibatch, replay, done, rng)?);
                    }
                    Ok(())
                },
            );
            let before = round * config.replay.every;
            collected.map_err(|error| later(error, before))?;
            learnt?;
            self.replay.push(&self.batch);
            let finished = self.batch.finished.iter().map(|own| Finished {
                step: before + own.step,
                ..*own
            });
            rounds.finished.extend(finished);
            rounds.steps += self.batch.rewards.len() as u64;
        }
        rounds.diagnostics = mean.diagnostics();
        Ok(rounds)
    }
}

/// An error of a rollout that so many steps came before.
fn later(mut error: Error, before: usize) -> Error {
    if let Error::NotFinite { step, .. } = &mut error {
        *step += before;
    }
    error
}
