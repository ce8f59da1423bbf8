//! Experience that is learned from again and again.

mod minibatch;
mod rows;
#[cfg(test)]
mod tests;

use kinglet_envs::End;
use kinglet_nn::Scalar;
use rand::{Rng, RngExt};

use crate::{Batch, Checkpoint, Element, Error};

pub use minibatch::Minibatch;

/// The newest transitions of N environments that are stepped side by side, in one flat ring.
///
/// A row is one transition (s, a, ln π(a|s), r, end, s′). Rows stand in the order of time, one environment behind the
/// other, so that the step after row k is row k + N, and a sequence is found without an index. A full ring forgets its
/// oldest rows. Its memory is reserved at once: for observations of n numbers and actions of m, 4 (2n + m + 2) + 1 bytes
/// a row in f32.
///
/// # Example
/// ```
/// use kinglet_algorithms::{Batch, Head, Minibatch, Policy, Replay, Rollouts};
/// use kinglet_envs::{CartPole, Episode};
/// use kinglet_nn::{Activation, Mlp};
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let policy = Policy::new(Mlp::new(&[4, 2], Activation::Tanh)?, Head::Categorical)?;
/// let params = vec![0f32; policy.n_params()];
/// let mut rollouts = Rollouts::new(2, 1, 1, |rng| Episode::new(CartPole::default(), Some(500), rng))?;
/// let mut batch = Batch::new(2, 50, &policy)?;
/// let mut replay = Replay::new(1000, 2, 4, 1)?;
/// rollouts.collect(&policy, &params, &mut batch)?;
/// replay.push(&batch);
/// assert_eq!(replay.len(), 100);
///
/// let mut minibatch = Minibatch::default();
/// replay.sample(32, 5, &mut minibatch, &mut Xoshiro256PlusPlus::seed_from_u64(2));
/// assert!(minibatch.lengths.iter().all(|steps| (1..=5).contains(steps)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Replay<S> {
    /// Environments: how far apart the rows of one environment's steps stand.
    environments: usize,
    /// Numbers of an observation.
    obs_dim: usize,
    /// Numbers of an action, as the policy stores it.
    n_action: usize,
    /// Rows that there is room for, a multiple of the environments.
    capacity: usize,
    /// Rows written since the beginning. Row k stands at k mod capacity.
    written: u64,
    observations: Vec<S>,
    next_observations: Vec<S>,
    actions: Vec<S>,
    log_probs: Vec<S>,
    rewards: Vec<S>,
    ends: Vec<Option<End>>,
}

impl<S: Scalar> Replay<S> {
    /// An empty ring of about so many transitions: the next multiple of the environments.
    ///
    /// # Errors
    /// [`Error::EmptyReplay`] for no transition, no environment or no numbers.
    pub fn new(
        capacity: usize,
        environments: usize,
        obs_dim: usize,
        n_action: usize,
    ) -> Result<Self, Error> {
        if [capacity, environments, obs_dim, n_action].contains(&0) {
            return Err(Error::EmptyReplay {
                capacity,
                environments,
                obs_dim,
                n_action,
            });
        }
        let capacity = capacity.next_multiple_of(environments);
        let column = |width: usize| vec![S::zero(); capacity * width];
        Ok(Self {
            environments,
            obs_dim,
            n_action,
            capacity,
            written: 0,
            observations: column(obs_dim),
            next_observations: column(obs_dim),
            actions: column(n_action),
            log_probs: column(1),
            rewards: column(1),
            ends: vec![None; capacity],
        })
    }

    /// Transitions that it holds.
    pub fn len(&self) -> usize {
        self.written.min(self.capacity as u64) as usize
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.written == 0
    }

    /// Transitions that it has room for.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Transitions written since the beginning, those forgotten among them.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The number of the oldest row that it still holds; the newest is [`written`](Self::written) less one.
    pub fn oldest(&self) -> u64 {
        self.written - self.len() as u64
    }

    /// Takes up a rollout.
    ///
    /// # Panics
    /// If the rollout is of another number of environments, or of other observations or actions.
    pub fn push(&mut self, batch: &Batch<S>) {
        let (states, steps) = (batch.states(), batch.steps);
        let found = (
            batch.environments,
            states.ncols(),
            batch.actions.len() / batch.rewards.len(),
        );
        let expected = (self.environments, self.obs_dim, self.n_action);
        assert_eq!(
            found, expected,
            "environments, numbers of an observation and of an action: the rollout's (left), the replay's (right)"
        );
        let first = self.written;
        for t in 0..steps {
            for n in 0..batch.environments {
                self.push_row(batch, n * steps + t);
            }
        }
        // A rollout that is longer than the ring leaves only its newest rows.
        for (row, last) in batch.final_rows.iter().zip(batch.finals().outer_iter()) {
            let number = first + (row % steps * batch.environments + row / steps) as u64;
            if number >= self.oldest() {
                let at = self.place(number) * self.obs_dim;
                copy(last, &mut self.next_observations[at..at + self.obs_dim]);
            }
        }
    }

    /// Takes up one step, as if the episode went on in the rollout's next row.
    fn push_row(&mut self, batch: &Batch<S>, row: usize) {
        let (n, m) = (self.obs_dim, self.n_action);
        let (states, at) = (batch.states(), self.place(self.written));
        let next = if batch.ends[row].is_some() {
            row
        } else {
            row + 1
        };
        copy(
            states.row(row),
            &mut self.observations[at * n..(at + 1) * n],
        );
        if next < states.nrows() {
            copy(
                states.row(next),
                &mut self.next_observations[at * n..(at + 1) * n],
            );
        }
        let action = &batch.actions[row * m..(row + 1) * m];
        self.actions[at * m..(at + 1) * m].copy_from_slice(action);
        self.log_probs[at] = batch.log_probs[row];
        self.rewards[at] = batch.rewards[row];
        self.ends[at] = batch.ends[row];
        self.written += 1;
    }

    /// Where a row lies.
    fn place(&self, row: u64) -> usize {
        (row % self.capacity as u64) as usize
    }

    /// Draws so many sequences, each beginning at a transition drawn uniformly from all that are held, and ending after
    /// `length` steps, with its episode, or with the newest row.
    ///
    /// # Panics
    /// If the replay is empty or `length` is 0.
    pub fn sample<R: Rng + ?Sized>(
        &self,
        sequences: usize,
        length: usize,
        minibatch: &mut Minibatch<S>,
        rng: &mut R,
    ) {
        assert!(!self.is_empty(), "nothing to sample: the replay is empty");
        minibatch.reserve(sequences, length, self.obs_dim, self.n_action);
        let held = self.len() as u64;
        for sequence in 0..sequences {
            let first = self.oldest() + rng.random_range(0..held);
            self.copy_sequence(first, sequence, minibatch);
        }
    }

    /// The newest `rows` transitions, or all there are, as sequences of one step.
    pub fn newest(&self, rows: usize, minibatch: &mut Minibatch<S>) {
        let rows = rows.min(self.len());
        minibatch.reserve(rows, 1, self.obs_dim, self.n_action);
        for sequence in 0..rows {
            let first = self.written - (rows - sequence) as u64;
            self.copy_sequence(first, sequence, minibatch);
        }
    }

    /// Copies the sequence that begins with row `first`; behind its end its last row is repeated.
    fn copy_sequence(&self, first: u64, sequence: usize, minibatch: &mut Minibatch<S>) {
        let (mut row, mut steps) = (first, 1);
        for t in 0..minibatch.length {
            let at = self.place(row);
            self.copy_row(at, sequence * minibatch.length + t, minibatch);
            let next = row + self.environments as u64;
            if t + 1 < minibatch.length && self.ends[at].is_none() && next < self.written {
                row = next;
                steps += 1;
            }
        }
        minibatch.lengths[sequence] = steps;
    }

    fn copy_row(&self, at: usize, to: usize, minibatch: &mut Minibatch<S>) {
        let (n, m) = (self.obs_dim, self.n_action);
        let place = |k: usize, width: usize| k * width..(k + 1) * width;
        for (to, from) in [
            (
                &mut minibatch.observations[place(to, n)],
                &self.observations[place(at, n)],
            ),
            (
                &mut minibatch.next_observations[place(to, n)],
                &self.next_observations[place(at, n)],
            ),
            (
                &mut minibatch.actions[place(to, m)],
                &self.actions[place(at, m)],
            ),
        ] {
            to.copy_from_slice(from);
        }
        minibatch.log_probs[to] = self.log_probs[at];
        minibatch.rewards[to] = self.rewards[at];
        minibatch.ends[to] = self.ends[at];
    }
}

fn copy<S: Scalar>(from: ndarray::ArrayView1<'_, S>, to: &mut [S]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

impl<S: Scalar + Element> Replay<S> {
    /// Writes down every row.
    pub(crate) fn save(&self, checkpoint: &mut Checkpoint) {
        checkpoint.insert_slice("replay.written", &[self.written]);
        let held = self.len();
        let ends: Vec<S> = self
            .ends
            .iter()
            .map(|end| S::from_f64(code(*end)))
            .collect();
        checkpoint.insert_slice("replay.ends", &ends[..held]);
        for (name, column) in [
            ("replay.observations", &self.observations),
            ("replay.next_observations", &self.next_observations),
            ("replay.actions", &self.actions),
            ("replay.log_probs", &self.log_probs),
            ("replay.rewards", &self.rewards),
        ] {
            let width = column.len() / self.capacity;
            checkpoint.insert_slice(name, &column[..held * width]);
        }
    }

    /// Takes up what was written down.
    ///
    /// # Errors
    /// For a checkpoint that lacks it.
    pub(crate) fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.written = checkpoint.number("replay.written")?;
        let held = self.len();
        let mut ends = vec![S::zero(); held];
        checkpoint.copy_to("replay.ends", &mut ends)?;
        for (end, code) in self.ends.iter_mut().zip(ends) {
            *end = decode(code.to_f64().unwrap_or(0.0));
        }
        for (name, column) in [
            ("replay.observations", &mut self.observations),
            ("replay.next_observations", &mut self.next_observations),
            ("replay.actions", &mut self.actions),
            ("replay.log_probs", &mut self.log_probs),
            ("replay.rewards", &mut self.rewards),
        ] {
            let width = column.len() / self.capacity;
            checkpoint.copy_to(name, &mut column[..held * width])?;
        }
        Ok(())
    }
}

fn code(end: Option<End>) -> f64 {
    match end {
        None => 0.0,
        Some(End::Terminated) => 1.0,
        Some(End::Truncated) => 2.0,
    }
}

fn decode(code: f64) -> Option<End> {
    match code {
        1.0 => Some(End::Terminated),
        2.0 => Some(End::Truncated),
        _ => None,
    }
}
