//! Many environments, stepped side by side.

mod batch;
mod shard;
#[cfg(test)]
mod tests;

use kinglet_envs::{Actions, Simulator};
use kinglet_nn::{Normaliser, ReturnNormaliser, Scalar};
use ndarray::ArrayView2;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use rayon::prelude::*;

use crate::{Error, Head, Policy};
use shard::Shard;

pub use batch::{Batch, Finished};
pub(crate) use shard::{see, tell};

/// N environments that a policy steps side by side, a random stream for each.
///
/// The environments are split into a fixed number of shards. The policy answers a shard's observations at once; shards
/// run in whatever threads the current rayon pool has. What comes out depends on the seed and the shards, not on the
/// threads. An episode that ends is followed by the next in the same place; one that does not goes on in the next
/// [`collect`](Self::collect).
///
/// # Example
/// ```
/// use kinglet_algorithms::{Batch, Head, Policy, Rollouts};
/// use kinglet_envs::{CartPole, Episode};
/// use kinglet_nn::{Activation, Mlp};
/// let policy = Policy::new(Mlp::new(&[4, 16, 2], Activation::Tanh)?, Head::Categorical)?;
/// let params = vec![0f32; policy.n_params()]; // left or right, as a coin falls
/// let mut rollouts = Rollouts::new(8, 2, 1, |rng| Episode::new(CartPole::default(), Some(500), rng))?;
/// let mut batch = Batch::new(8, 100, &policy)?;
/// rollouts.collect(&policy, &params, &mut batch)?;
/// let mean = |f: fn(&kinglet_algorithms::Finished) -> f64| {
///     batch.finished.iter().map(f).sum::<f64>() / batch.finished.len() as f64
/// };
/// assert!((15.0..30.0).contains(&mean(|episode| episode.total)));
/// assert_eq!(mean(|episode| episode.total), mean(|episode| episode.steps as f64)); // 1 for each step
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rollouts<M, S> {
    /// The environments. With the two normalisers they are all that has to be kept to go on from here.
    pub places: Vec<Place<M>>,
    /// Brings observations to one scale, by the moments of all earlier rollouts; `None` leaves them as they are.
    pub observations: Option<Normaliser>,
    /// Brings rewards to one scale, those of the rollout at hand among what it has seen; `None` leaves them as they are.
    pub rewards: Option<ReturnNormaliser>,
    /// Environments of a shard; the last may have fewer.
    per_shard: usize,
    shards: Vec<Shard<S>>,
}

/// One environment, its random stream, and its episode up to now.
#[derive(Clone, Debug)]
pub struct Place<M> {
    /// The environment, in the middle of an episode.
    pub simulator: M,
    /// Whatever is random here, the policy's draws and the dynamics'.
    pub rng: Xoshiro256PlusPlus,
    /// The sum of the episode's rewards.
    pub total: f64,
    /// The episode's steps.
    pub steps: usize,
}

impl<M: Simulator + Send, S: Scalar> Rollouts<M, S> {
    /// As many environments, in at most as many shards, each made with a stream of its own: the seed's, and from each
    /// the next by a jump of 2¹²⁸ draws.
    ///
    /// # Errors
    /// [`Error::Empty`] for no environment or no shard; [`Error::Environment`] where one cannot be made.
    pub fn new(
        environments: usize,
        shards: usize,
        seed: u64,
        make: impl FnMut(&mut Xoshiro256PlusPlus) -> Result<M, kinglet_envs::Error>,
    ) -> Result<Self, Error> {
        let stream = Xoshiro256PlusPlus::seed_from_u64(seed);
        Self::from_stream(environments, shards, stream, make)
    }

    /// [`new`](Self::new) with the first environment's stream itself.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_stream(
        environments: usize,
        shards: usize,
        mut stream: Xoshiro256PlusPlus,
        mut make: impl FnMut(&mut Xoshiro256PlusPlus) -> Result<M, kinglet_envs::Error>,
    ) -> Result<Self, Error> {
        if environments == 0 || shards == 0 {
            return Err(Error::Empty {
                environments,
                shards,
            });
        }
        let mut places = Vec::with_capacity(environments);
        for _ in 0..environments {
            let mut rng = stream.clone();
            let simulator = make(&mut rng)?;
            places.push(Place {
                simulator,
                rng,
                total: 0.0,
                steps: 0,
            });
            stream.jump();
        }
        let per_shard = environments.div_ceil(shards);
        let shards = vec![Shard::default(); environments.div_ceil(per_shard)];
        Ok(Self {
            places,
            observations: None,
            rewards: None,
            per_shard,
            shards,
        })
    }

    /// How many shards there are: as many as were asked for, or fewer where the environments do not go round.
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Steps every environment as often as the batch has room for, and fills it.
    ///
    /// A normal's action goes to the environment clipped to the bounds, a squashed one stretched to them; the batch holds
    /// it as it was drawn. Once everything has its size, no step allocates.
    ///
    /// # Errors
    /// [`Error::Misfit`] of policy and environment; [`Error::NotFinite`] for a reward or a log-probability;
    /// [`Error::Environment`]. After one, the batch and the environments are of no use.
    /// # Panics
    /// If the batch has another number of environments or another policy's sizes, or `params` another length.
    pub fn collect(
        &mut self,
        policy: &Policy,
        params: &[S],
        batch: &mut Batch<S>,
    ) -> Result<(), Error> {
        self.collect_each(policy, |_| params, batch)
    }

    /// [`collect`](Self::collect) with parameters of its own for each shard, as where a policy is drawn from a posterior.
    ///
    /// # Errors
    /// As [`collect`](Self::collect).
    /// # Panics
    /// As [`collect`](Self::collect).
    pub fn collect_each<'a>(
        &mut self,
        policy: &Policy,
        params: impl Fn(usize) -> &'a [S] + Sync,
        batch: &mut Batch<S>,
    ) -> Result<(), Error>
    where
        S: 'a,
    {
        fits(policy, &self.places[0].simulator)?;
        let found = (self.places.len(), batch.observations.ncols());
        let expected = (batch.environments, policy.body().n_inputs());
        assert_eq!(found, expected, "environments and inputs: found, expected");
        let places = self.places.chunks_mut(self.per_shard);
        let columns = batch.columns(self.per_shard);
        let normaliser = self.observations.as_ref();
        let mut work: Vec<_> = places.zip(&mut self.shards).zip(columns).collect();
        let each = work.par_iter_mut().enumerate();
        each.for_each(|(number, ((places, shard), columns))| {
            let params = params(number);
            shard.error = shard.run(policy, params, normaliser, places, columns).err();
        });
        drop(work);
        batch.clear_ends();
        for (number, shard) in self.shards.iter_mut().enumerate() {
            let first = number * self.per_shard;
            if let Some(error) = shard.error.take() {
                return Err(counted_from(first, error));
            }
            batch.take_ends(shard, first);
        }
        self.normalise(batch);
        Ok(())
    }

    /// Shows the normalisers what the rollout has seen, and scales its rewards.
    fn normalise(&mut self, batch: &mut Batch<S>) {
        if let Some(normaliser) = &mut self.observations {
            let n = normaliser.moments.mean.len();
            for shard in &self.shards {
                let rows = ArrayView2::from_shape((shard.raw.len() / n, n), &shard.raw);
                normaliser.moments.update(rows.expect("whole rows"));
            }
        }
        if let Some(normaliser) = &mut self.rewards {
            batch.scale_rewards(normaliser);
        }
    }
}

/// An error of a shard whose first environment is `first`.
fn counted_from(first: usize, mut error: Error) -> Error {
    if let Error::NotFinite { environment, .. } = &mut error {
        *environment += first;
    }
    error
}

/// Whether the policy sees what the simulator shows and says what it understands.
fn fits<M: Simulator>(policy: &Policy, simulator: &M) -> Result<(), Error> {
    let body = policy.body();
    let (inputs, obs_dim) = (body.n_inputs() - body.n_noise(), simulator.obs_dim());
    let (head, actions) = (policy.head(), simulator.actions());
    let (numbers, speaks) = match (head, &actions) {
        (Head::Categorical, Actions::Discrete(n)) => (policy.n_law(), *n == policy.n_law()),
        (Head::Categorical, Actions::Box { .. }) => (policy.n_law(), false),
        (_, Actions::Discrete(_)) => (policy.n_action(), false),
        (_, Actions::Box { low, .. }) => (policy.n_action(), low.len() == policy.n_action()),
    };
    if speaks && inputs == obs_dim {
        return Ok(());
    }
    Err(Error::Misfit {
        inputs,
        head,
        numbers,
        obs_dim,
        actions,
    })
}
