//! A training run.

#[cfg(test)]
mod saved_tests;
mod state;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use kinglet_envs::Simulator;
use kinglet_nn::{Normaliser, ReturnNormaliser, Scalar};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

pub(crate) use state::{load_moments, origin};

use crate::agent::explained;
use crate::algorithm::Learning;
use crate::off_policy::{OffPolicy, Rounds};
use crate::samples::Appraisal;
use crate::{
    Actor, Agent, Baseline, Batch, Config, Diagnostics, Element, Error, Finished, Learner, Rollouts,
};

/// A training run: gather a rollout, find what its steps were worth, learn from it, and again.
///
/// What it comes to depends on the config, the seed and its length, not on the number of threads of the rayon pool that
/// it runs in, nor on being interrupted: a [`checkpoint`](Self::checkpoint) that is [`resume`](Self::resume)d goes on to
/// the same bits.
///
/// # Example
/// ```
/// use kinglet_algorithms::{Config, Training};
/// use kinglet_envs::{CartPole, Episode};
/// use std::ops::ControlFlow;
///
/// let make = |rng: &mut _| Episode::new(CartPole::default(), Some(500), rng);
/// let mut training: Training<_> = Training::new(&Config::default(), 4_000, 1, make)?;
/// let mut returns = Vec::new();
/// training.run(&mut |update| {
///     returns.extend(update.mean_return());
///     ControlFlow::Continue(())
/// })?;
/// assert!(training.step == 4096 && returns[1] > returns[0]);
/// # Ok::<(), kinglet_algorithms::Error>(())
/// ```
#[derive(Debug)]
pub struct Training<M, S = f32> {
    /// What it is made of.
    pub config: Config,
    /// How many steps of the environments it is to take, all together; the last rollout may pass it.
    pub steps: u64,
    /// The seed.
    pub seed: u64,
    /// How many steps it has taken.
    pub step: u64,
    /// What acts and what values.
    pub agent: Agent<S>,
    /// The environments and the normalisers.
    pub rollouts: Rollouts<M, S>,
    method: Method<S>,
    rng: Xoshiro256PlusPlus,
}

/// What a run learns from.
#[derive(Debug)]
enum Method<S> {
    /// Each rollout, once.
    OnPolicy(Box<OnPolicy<S>>),
    /// A replay of what was gathered.
    OffPolicy(Box<OffPolicy<S>>),
}

/// A rollout, and what learns from it.
#[derive(Debug)]
struct OnPolicy<S> {
    batch: Batch<S>,
    appraisal: Appraisal<S>,
    learner: Box<dyn Learner<S>>,
}

/// What one update of a run has done.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The steps of the environments taken so far.
    pub step: u64,
    /// Those that the run is to take.
    pub steps: u64,
    /// The episodes that ended in this update's rollout.
    pub finished: Vec<Finished>,
    /// What the update says of itself.
    pub diagnostics: Diagnostics,
}

impl Update {
    /// The mean return of the episodes that ended, undiscounted; `None` where none did.
    pub fn mean_return(&self) -> Option<f64> {
        self.mean(|episode| episode.total)
    }

    /// Their mean length.
    pub fn mean_length(&self) -> Option<f64> {
        self.mean(|episode| episode.steps as f64)
    }

    fn mean(&self, of: impl Fn(&Finished) -> f64) -> Option<f64> {
        let n = self.finished.len();
        (n > 0).then(|| self.finished.iter().map(of).sum::<f64>() / n as f64)
    }
}

impl<M: Simulator + Send, S: Scalar + Element> Training<M, S> {
    /// A run of so many steps at its beginning. `make` makes an environment; it is called for each.
    ///
    /// # Errors
    /// [`Error::Setting`] and others for a config that cannot be trained with; [`Error::Environment`].
    pub fn new(
        config: &Config,
        steps: u64,
        seed: u64,
        make: impl FnMut(&mut Xoshiro256PlusPlus) -> Result<M, kinglet_envs::Error>,
    ) -> Result<Self, Error> {
        config.check()?;
        // The environments take the streams after the learner's.
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut environments = rng.clone();
        environments.long_jump();
        let rollout = &config.rollout;
        let mut rollouts =
            Rollouts::from_stream(rollout.environments, rollout.shards, environments, make)?;
        let simulator = &rollouts.places[0].simulator;
        let (obs_dim, actions) = (simulator.obs_dim(), simulator.actions());
        let agent = Agent::new(config, obs_dim, &actions, &mut rng)?;
        if rollout.normalise_observations {
            rollouts.observations = Some(Normaliser::new(obs_dim));
        }
        if rollout.normalise_rewards {
            let discount = config.advantage.discount;
            rollouts.rewards = Some(ReturnNormaliser::new(rollout.environments, discount));
        }
        let method = match config.algorithm.learner(config, &agent)? {
            Learning::OnPolicy(learner) => Method::OnPolicy(Box::new(OnPolicy {
                batch: Batch::new(rollout.environments, rollout.steps, &agent.policy)?,
                appraisal: Appraisal::new(&config.advantage)?,
                learner,
            })),
            Learning::OffPolicy(learner) => {
                let mut sampling = rng.clone();
                sampling.jump();
                let off_policy = OffPolicy::new(config, &agent, learner, sampling)?;
                Method::OffPolicy(Box::new(off_policy))
            }
        };
        Ok(Self {
            method,
            config: config.clone(),
            steps,
            seed,
            step: 0,
            agent,
            rollouts,
            rng,
        })
    }

    /// Whether all steps are done.
    pub fn is_done(&self) -> bool {
        self.step >= self.steps
    }

    /// The policy as it is now, to act with.
    pub fn actor(&self) -> Actor<S> {
        Actor::new(
            self.agent.policy.clone(),
            self.agent.actor().to_vec(),
            self.rollouts.observations.clone(),
            self.rollouts.places[0].simulator.actions(),
        )
    }

    /// Updates until all steps are done or `progress`, which sees each update, breaks off.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn run(
        &mut self,
        progress: &mut impl FnMut(&Update) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        while !self.is_done() {
            if progress(&self.update()?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Gathers one rollout and learns from it; off-policy, in the rounds of the config's `replay`.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for a reward or a log-probability, with the step of the run; [`Error::Diverged`] for a loss or
    /// a parameter; [`Error::Environment`], [`Error::TrustRegion`]. After one the run is of no use: go back to its last
    /// checkpoint.
    pub fn update(&mut self) -> Result<Update, Error> {
        let update = match &mut self.method {
            Method::OnPolicy(_) => self.learn_once(),
            Method::OffPolicy(method) => {
                let (step, steps) = (self.step, self.steps as f64);
                let progress = |taken| (step + taken) as f64 / steps;
                let (agent, rollouts) = (&mut self.agent, &mut self.rollouts);
                method.update(agent, rollouts, &self.config, progress, &mut self.rng)
            }
        };
        let Rounds {
            steps,
            finished,
            diagnostics,
        } = update.map_err(|error| self.counted(error))?;
        self.step += steps;
        self.check(&diagnostics)?;
        Ok(Update {
            step: self.step,
            steps: self.steps,
            finished,
            diagnostics,
        })
    }

    /// Gathers one rollout and learns from it.
    fn learn_once(&mut self) -> Result<Rounds, Error> {
        let Method::OnPolicy(method) = &mut self.method else {
            unreachable!("asked of an on-policy method alone");
        };
        let OnPolicy {
            batch,
            appraisal,
            learner,
        } = &mut **method;
        let (agent, rng, rollouts) = (&mut self.agent, &mut self.rng, &mut self.rollouts);
        match learner.behaviours(agent, rollouts.shards(), rng) {
            Some(each) => rollouts.collect_each(&agent.policy, |shard| &each[shard], batch)?,
            None => rollouts.collect(&agent.policy, agent.actor(), batch)?,
        }
        let length = batch.rewards.len() as u64;
        let progress = (self.step + length) as f64 / self.steps as f64;
        let temperature = self.config.advantage.temperature.at(progress);
        let samples = appraisal.appraise(agent, batch, temperature)?;
        let explained_variance = match samples.baseline {
            Baseline::Critic => explained(samples.values, samples.returns),
            Baseline::None | Baseline::Average => None,
        };
        let entropy = samples.entropy();
        let learnt = learner.learn(agent, &samples, progress, rng)?;
        Ok(Rounds {
            steps: length,
            finished: batch.finished.clone(),
            diagnostics: Diagnostics {
                entropy: Some(entropy),
                explained_variance,
                temperature: learnt
                    .temperature
                    .or((temperature > 0.0).then_some(temperature)),
                ..learnt
            },
        })
    }

    /// An error of a rollout, its step counted from the run's beginning.
    fn counted(&self, mut error: Error) -> Error {
        if let Error::NotFinite { step, .. } = &mut error {
            *step += (self.step / self.config.rollout.environments as u64) as usize;
        }
        error
    }

    /// Every loss and every parameter is finite.
    fn check(&self, diagnostics: &Diagnostics) -> Result<(), Error> {
        let step = self.step;
        for (what, value) in diagnostics.named() {
            if let Some(value) = value.filter(|value| !value.is_finite()) {
                let what = what.to_owned();
                return Err(Error::Diverged { what, step, value });
            }
        }
        let n = self.agent.policy.n_params();
        if let Some(at) = self.agent.params.iter().position(|x| !x.is_finite()) {
            let value = self.agent.params[at].to_f64().unwrap_or(f64::NAN);
            let what = if at < n {
                format!("policy's parameter {at}")
            } else {
                let (critic, own) = ((at - n) / self.agent.critic.n_params(), at - n);
                let own = own % self.agent.critic.n_params();
                format!("critic {critic}'s parameter {own}")
            };
            return Err(Error::Diverged { what, step, value });
        }
        Ok(())
    }
}
