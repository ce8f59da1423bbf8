//! What soft actor-critic and VIREL have in common: two critics, and an actor that is paid for its entropy.

mod continuous;
mod discrete;
mod residual;
mod shard;
#[cfg(test)]
mod tests;

use std::ops::Range;

use kinglet_nn::{Adam, Scalar};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use crate::critics::{CriticSteps, Regression, add, share};
use crate::learner::{load_adam, save_adam};
use crate::pathwise::fill_normal;
use crate::{ActionInput, Agent, Checkpoint, Config, Element, Error, Minibatch, ResidualEstimator};
use shard::{Networks, Shard};

/// Two critics that learn what a policy is worth, and the policy, which follows their smaller one and its own entropy.
///
/// ```text
/// y = r + γ (minₖ q̄ₖ(s′, a′) − β log π(a′|s′)),   a′ ~ π(·|s′)
/// L_q = E[(qₖ(s, a) − y)²],   L_π = E[α log π(a|s) − minₖ qₖ(s, a)],   a = h(s, ξ)
/// ```
///
/// What α and β are is the algorithm's. A continuous action is differentiated along its path; of a discrete one every
/// expectation over actions is exact. Only the smaller critic of each sample is carried back to the policy.
#[derive(Debug)]
pub(crate) struct ActorCritic<S> {
    discount: S,
    /// τ, the share of the way that the targets go towards the critics with each step.
    target_rate: f64,
    /// How critics see continuous actions.
    input: Option<ActionInput>,
    critics: CriticSteps<S>,
    actor: Adam<S>,
    /// The noise of the actions at s, and at s′.
    noise: [Vec<S>; 2],
    shards: Vec<Shard<S>>,
}

impl<S: Scalar + Element> ActorCritic<S> {
    pub(crate) fn new(config: &Config, agent: &Agent<S>, target_rate: f64) -> Self {
        let shards = config.replay.shards;
        Self {
            discount: S::from_f64(config.advantage.discount),
            target_rate,
            input: ActionInput::new(&agent.policy, &agent.actions),
            critics: CriticSteps::new(agent, shards),
            actor: Adam::new(agent.policy.n_params(), S::zero()),
            noise: [Vec::new(), Vec::new()],
            shards: vec![Shard::default(); shards],
        }
    }

    /// Draws the noise of a minibatch's actions.
    pub(crate) fn shake(&mut self, minibatch: &Minibatch<S>, rng: &mut Xoshiro256PlusPlus) {
        let Some(input) = &self.input else { return };
        for noise in &mut self.noise {
            noise.resize(minibatch.rows() * input.n_action(), S::zero());
            fill_normal(noise, rng);
        }
    }

    /// A step of the critics down L_q, and of the targets after them. Returns L_q and the mean of q(s, a), both of before
    /// the step.
    pub(crate) fn evaluate(
        &mut self,
        agent: &mut Agent<S>,
        minibatch: &Minibatch<S>,
        temperature: S,
        learning_rate: f64,
    ) -> (f64, f64) {
        self.critics_back(agent, minibatch, temperature);
        let (_, critics) = agent.halves_mut();
        self.critics.step(critics, learning_rate);
        self.critics.follow(critics, self.target_rate);
        self.critics.loss_and_value()
    }

    /// A step of the policy down L_π. Returns L_π and the mean of log π(a|s), both of before the step.
    pub(crate) fn improve(
        &mut self,
        agent: &mut Agent<S>,
        minibatch: &Minibatch<S>,
        temperature: S,
        learning_rate: f64,
    ) -> (f64, f64) {
        self.actor_back(agent, minibatch, temperature);
        let sums = &self.shards[0];
        self.actor.learning_rate = S::from_f64(learning_rate);
        self.actor.step(agent.halves_mut().0, &sums.d_actor);
        let number = |x: S| x.to_f64().unwrap_or(f64::NAN);
        (number(sums.loss), number(sums.log_prob))
    }

    /// The mean squared Bellman residual of minₖ qₖ on a minibatch whose noise is drawn, in units of the reward squared:
    /// from one successor, whose variance γ² Var V(s′) it holds.
    pub(crate) fn residual(
        &mut self,
        agent: &Agent<S>,
        minibatch: &Minibatch<S>,
        estimator: ResidualEstimator,
    ) -> f64 {
        self.each_shard(agent, minibatch, S::zero(), |shard, networks, own, fits| {
            shard.measure_residual(estimator, networks, own, fits);
        });
        let sum: S = self.shards.iter().map(|shard| shard.residual).sum();
        sum.to_f64().unwrap_or(f64::NAN)
    }

    /// Each shard's share of the critics' gradients.
    fn critics_back(&mut self, agent: &Agent<S>, minibatch: &Minibatch<S>, temperature: S) {
        self.each_shard(agent, minibatch, temperature, Shard::critics_back);
    }

    /// The policy's gradient, in the first shard.
    fn actor_back(&mut self, agent: &Agent<S>, minibatch: &Minibatch<S>, temperature: S) {
        self.each_shard(agent, minibatch, temperature, Shard::actor_back);
        let (first, others) = self.shards.split_first_mut().expect("a shard");
        for shard in &*others {
            add(&mut first.d_actor, &shard.d_actor);
            first.loss += shard.loss;
            first.log_prob += shard.log_prob;
        }
    }

    /// Has each shard work on its rows.
    fn each_shard(
        &mut self,
        agent: &Agent<S>,
        minibatch: &Minibatch<S>,
        temperature: S,
        work: impl Fn(&mut Shard<S>, &Networks<'_, S>, Range<usize>, &mut [Regression<S>]) + Sync,
    ) {
        let CriticSteps { targets, fits, .. } = &mut self.critics;
        let networks = Networks {
            agent,
            targets,
            input: self.input.as_ref(),
            minibatch,
            noise: &self.noise,
            temperature,
            discount: self.discount,
        };
        let shards = self.shards.len();
        let each = self.shards.par_iter_mut().zip(fits).enumerate();
        each.for_each(|(k, (shard, fits))| {
            work(shard, &networks, share(minibatch.rows(), shards, k), fits);
        });
    }

    pub(crate) fn save(&self, checkpoint: &mut Checkpoint) {
        self.critics.save(checkpoint);
        save_adam(&self.actor, "actor", checkpoint);
    }

    pub(crate) fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.critics.load(checkpoint)?;
        load_adam(&mut self.actor, "actor", checkpoint)
    }
}
