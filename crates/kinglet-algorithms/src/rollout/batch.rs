//! What a rollout leaves behind.

use kinglet_critics::{Next, gae_into};
use kinglet_envs::End;
use kinglet_nn::{ReturnNormaliser, Scalar};
use ndarray::{Array2, ArrayView2, s};

use super::shard::Shard;
use crate::{Error, Policy};

/// T steps in each of N environments, one environment's steps behind the other's: step t of environment n is row
/// n T + t. Made once, filled by [`collect`](super::Rollouts::collect) again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch<S> {
    /// N.
    pub environments: usize,
    /// T.
    pub steps: usize,
    /// What the policy saw, `[N T, inputs]`: the environment's observation, then the noise of the policy's body.
    pub observations: Array2<S>,
    /// How many of the last columns are noise.
    pub noise: usize,
    /// What it did, as the policy stores it, `[N T, n_action]`.
    pub actions: Vec<S>,
    /// log π of that, `[N T]`.
    pub log_probs: Vec<S>,
    /// `[N T]`.
    pub rewards: Vec<S>,
    /// Whether and how an episode ended with the step, `[N T]`.
    pub ends: Vec<Option<End>>,
    /// How many steps of its episode came before the step, `[N T]`.
    pub times: Vec<usize>,
    /// Rows of the steps whose return is to be bootstrapped, `[K]`: the truncated ones, and an environment's last where
    /// the episode goes on.
    pub final_rows: Vec<usize>,
    /// What was seen after each of these, before any reset, `[K, obs_dim]` row by row.
    pub finals: Vec<S>,
    /// The episodes that ended.
    pub finished: Vec<Finished>,
}

/// An episode that ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finished {
    /// In which environment.
    pub environment: usize,
    /// With which step of the batch.
    pub step: usize,
    /// How.
    pub end: End,
    /// The sum of its rewards, undiscounted.
    pub total: f64,
    /// Its steps, those of earlier batches too.
    pub steps: usize,
}

impl<S: Scalar> Batch<S> {
    /// Room for so many steps in each of so many environments.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`] for no environment or no step.
    pub fn new(environments: usize, steps: usize, policy: &Policy) -> Result<Self, Error> {
        let rows = environments * steps;
        if rows == 0 {
            return Err(Error::EmptyBatch {
                environments,
                steps,
            });
        }
        Ok(Self {
            environments,
            steps,
            observations: Array2::zeros((rows, policy.body().n_inputs())),
            noise: policy.body().n_noise(),
            actions: vec![S::zero(); rows * policy.n_action()],
            log_probs: vec![S::zero(); rows],
            rewards: vec![S::zero(); rows],
            ends: vec![None; rows],
            times: vec![0; rows],
            final_rows: Vec::new(),
            finals: Vec::new(),
            finished: Vec::new(),
        })
    }

    /// The observations without the noise, for the critic.
    ///
    /// # Shapes
    /// Returns `[N T, obs_dim]`.
    pub fn states(&self) -> ArrayView2<'_, S> {
        let n = self.observations.ncols() - self.noise;
        self.observations.slice(s![.., ..n])
    }

    /// What was seen after the steps that are to be bootstrapped, for the critic.
    ///
    /// # Shapes
    /// Returns `[K, obs_dim]`.
    pub fn finals(&self) -> ArrayView2<'_, S> {
        let shape = (self.final_rows.len(), self.states().ncols());
        ArrayView2::from_shape(shape, &self.finals).expect("a row for each final step")
    }

    /// The generalised advantage estimate of every step, of these rewards in place of its own, into memory that is used
    /// again.
    ///
    /// # Shapes
    /// `rewards`: `[N T]`; `values`: `[N T]`, the value of each of [`states`](Self::states); `final_values`: `[K]`, that
    /// of each of [`finals`](Self::finals). `advantages` becomes `[N T]`; `next` is scratch.
    /// # Source
    /// Schulman 2016, equation (16).
    pub(crate) fn advantages(
        &self,
        rewards: &[S],
        (values, final_values): (&[S], &[S]),
        (discount, lambda): (S, S),
        next: &mut Vec<Next<S>>,
        advantages: &mut Vec<S>,
    ) -> Result<(), Error> {
        let found = (values.len(), final_values.len());
        let expected = (self.rewards.len(), self.final_rows.len());
        assert_eq!(found, expected, "lengths of values and of final_values");
        next.clear();
        next.extend(self.ends.iter().map(|end| follows(*end)));
        for (row, value) in self.final_rows.iter().zip(final_values) {
            next[*row] = Next::Truncated(*value);
        }
        advantages.resize(values.len(), S::zero());
        for n in 0..self.environments {
            let own = n * self.steps..(n + 1) * self.steps;
            gae_into(
                &rewards[own.clone()],
                &values[own.clone()],
                &next[own.clone()],
                discount,
                lambda,
                &mut advantages[own],
            )?;
        }
        Ok(())
    }

    /// The rows of each shard.
    pub(super) fn columns(&mut self, per_shard: usize) -> impl Iterator<Item = Columns<'_, S>> {
        let (steps, rows) = (self.steps, per_shard * self.steps);
        let (n, width) = (
            self.observations.ncols(),
            self.actions.len() / self.rewards.len(),
        );
        let observations = self.observations.as_slice_mut().expect("row by row");
        let observations = observations.chunks_mut(rows * n);
        let actions = self.actions.chunks_mut(rows * width);
        let numbers = self.log_probs.chunks_mut(rows);
        let ends = self.ends.chunks_mut(rows).zip(self.times.chunks_mut(rows));
        let numbers = numbers.zip(self.rewards.chunks_mut(rows)).zip(ends);
        let all = observations.zip(actions).zip(numbers);
        all.map(
            move |((observations, actions), ((log_probs, rewards), (ends, times)))| Columns {
                steps,
                observations,
                actions,
                log_probs,
                rewards,
                ends,
                times,
            },
        )
    }

    /// Shows every reward to the normaliser, step by step over all environments, and then scales it.
    pub(super) fn scale_rewards(&mut self, normaliser: &mut ReturnNormaliser) {
        let (environments, steps) = (self.environments, self.steps);
        let (mut rewards, mut ended) = (vec![0.0; environments], vec![false; environments]);
        for t in 0..steps {
            for n in 0..environments {
                let at = n * steps + t;
                rewards[n] = self.rewards[at].to_f64().unwrap_or(f64::NAN);
                ended[n] = self.ends[at].is_some();
            }
            normaliser.update(&rewards, &ended);
        }
        for reward in &mut self.rewards {
            let scaled = normaliser.scale(reward.to_f64().unwrap_or(f64::NAN));
            *reward = S::from_f64(scaled);
        }
    }

    pub(super) fn clear_ends(&mut self) {
        self.final_rows.clear();
        self.finals.clear();
        self.finished.clear();
    }

    /// Adds what ended in a shard whose first environment is `first`.
    pub(super) fn take_ends(&mut self, shard: &Shard<S>, first: usize) {
        let rows = shard
            .final_at
            .iter()
            .map(|(i, t)| (first + i) * self.steps + t);
        self.final_rows.extend(rows);
        self.finals.extend_from_slice(&shard.finals);
        self.finished
            .extend(shard.finished.iter().map(|own| Finished {
                environment: first + own.environment,
                ..*own
            }));
    }
}

fn follows<S>(end: Option<End>) -> Next<S> {
    match end {
        Some(End::Terminated) => Next::Terminated,
        // A truncated step is among the final rows.
        Some(End::Truncated) | None => Next::Continues,
    }
}

/// The rows of a batch that one shard fills.
pub(super) struct Columns<'a, S> {
    pub(super) steps: usize,
    pub(super) observations: &'a mut [S],
    pub(super) actions: &'a mut [S],
    pub(super) log_probs: &'a mut [S],
    pub(super) rewards: &'a mut [S],
    pub(super) ends: &'a mut [Option<End>],
    pub(super) times: &'a mut [usize],
}
