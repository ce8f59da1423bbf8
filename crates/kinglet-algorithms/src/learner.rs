//! What an algorithm is to the training loop.

use std::fmt::Debug;

use kinglet_nn::{Adam, Scalar};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{Agent, Checkpoint, Diagnostics, Element, Error, Samples};

/// An algorithm in the middle of a run: its optimisers and whatever else it keeps from update to update.
pub trait Learner<S>: Debug + Send {
    /// The policy's parameters with which each shard of environments acts in the next rollout; none where all act with
    /// the agent's.
    fn behaviours(
        &mut self,
        _agent: &Agent<S>,
        _shards: usize,
        _rng: &mut Xoshiro256PlusPlus,
    ) -> Option<&[Vec<S>]> {
        None
    }

    /// Learns from a rollout; `progress` is the fraction of the run that is done.
    ///
    /// # Errors
    /// What went wrong in the mathematics, as where a number is not finite.
    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        samples: &Samples<'_, S>,
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

/// Writes down an optimiser.
pub(crate) fn save_adam<S: Scalar + Element>(
    adam: &Adam<S>,
    name: &str,
    checkpoint: &mut Checkpoint,
) {
    checkpoint.insert_slice(&format!("{name}.mean"), &adam.mean);
    checkpoint.insert_slice(&format!("{name}.square"), &adam.square);
    checkpoint.insert_slice(&format!("{name}.steps"), &[adam.steps]);
}

/// Takes up an optimiser.
pub(crate) fn load_adam<S: Scalar + Element>(
    adam: &mut Adam<S>,
    name: &str,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    checkpoint.copy_to(&format!("{name}.mean"), &mut adam.mean)?;
    checkpoint.copy_to(&format!("{name}.square"), &mut adam.square)?;
    adam.steps = checkpoint.number(&format!("{name}.steps"))?;
    Ok(())
}

/// Adam as the policy-gradient programs set it: ε = 10⁻⁵.
pub(crate) fn adam<S: Scalar>(n: usize) -> Adam<S> {
    Adam {
        epsilon: S::from_f64(1e-5),
        ..Adam::new(n, S::zero())
    }
}
