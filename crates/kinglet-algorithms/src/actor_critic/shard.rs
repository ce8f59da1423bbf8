//! What is computed of some rows of a minibatch.

use std::ops::Range;

use kinglet_nn::Scalar;
use ndarray::s;

use super::{continuous, discrete};
use crate::critics::{Regression, index, join, rows};
use crate::pathwise::Pathwise;
use crate::{ActionInput, Agent, Memory, Minibatch};

/// What all shards read.
pub(super) struct Networks<'a, S> {
    pub(super) agent: &'a Agent<S>,
    pub(super) targets: &'a [S],
    pub(super) input: Option<&'a ActionInput>,
    pub(super) minibatch: &'a Minibatch<S>,
    /// The noise of the actions at s, and at s′.
    pub(super) noise: &'a [Vec<S>; 2],
    /// What a nat of entropy is worth.
    pub(super) temperature: S,
    pub(super) discount: S,
}

impl<S: Scalar> Networks<'_, S> {
    /// The weight of a row in a mean over the minibatch.
    pub(super) fn share(&self) -> S {
        S::from_f64((self.minibatch.rows() as f64).recip())
    }

    /// The parameters of critic `k` among those of all.
    pub(super) fn critic<'b>(&self, params: &'b [S], k: usize) -> &'b [S] {
        let n = self.agent.critic.n_params();
        &params[k * n..(k + 1) * n]
    }

    /// One of the two noises, in these rows.
    pub(super) fn noise(&self, which: usize, input: &ActionInput, own: &Range<usize>) -> &[S] {
        &self.noise[which][own.start * input.n_action()..own.end * input.n_action()]
    }
}

/// The memory of a shard, and its part of the policy's gradient.
#[derive(Clone, Debug, Default)]
pub(super) struct Shard<S> {
    pub(super) memory: Memory<S>,
    pub(super) drawn: Pathwise<S>,
    /// Observations with actions behind them.
    pub(super) joined: Vec<S>,
    /// minₖ qₖ − α log π at s′, `[rows]`; of a discrete action in its mean.
    pub(super) next_values: Vec<S>,
    /// The same of other actions at the same s′.
    pub(super) other_values: Vec<S>,
    /// Var minₖ qₖ(s′, ·) of a discrete action, where it counts, `[rows]`.
    pub(super) spreads: Vec<S>,
    /// The rows in which each critic is the smaller.
    pub(super) smaller: [Vec<usize>; 2],
    pub(super) column: Vec<S>,
    pub(super) d_actions: Vec<S>,
    pub(super) d_laws: Vec<S>,
    pub(super) d_actor: Vec<S>,
    /// The shard's share of L_π, and of the mean of log π(a|s).
    pub(super) loss: S,
    pub(super) log_prob: S,
    /// The shard's share of the mean squared Bellman residual.
    pub(super) residual: S,
}

impl<S: Scalar> Shard<S> {
    /// The critics' gradients of the mean of (q − y)².
    pub(super) fn critics_back(
        &mut self,
        networks: &Networks<'_, S>,
        own: Range<usize>,
        fits: &mut [Regression<S>],
    ) {
        let (agent, minibatch) = (networks.agent, networks.minibatch);
        self.value_next(networks, networks.targets, 1, own.clone(), fits);
        self.join_taken(networks, own.clone());
        let seen = minibatch.observations();
        let seen = seen.slice(s![own.clone(), ..]);
        let actions = &minibatch.actions;
        for (k, fit) in fits.iter_mut().enumerate() {
            fit.targets.clear();
            for (row, value) in own.clone().zip(&self.next_values) {
                let future = networks.discount * minibatch.goes_on(row) * *value;
                fit.targets.push(minibatch.rewards[row] + future);
            }
            let params = networks.critic(agent.critic_params(), k);
            let share = networks.share();
            if networks.input.is_some() {
                let x = rows(&self.joined, agent.critic.n_inputs());
                fit.fit(&agent.critic, params, x, |_| 0, share);
            } else {
                let action = |i: usize| index(actions[own.start + i]);
                fit.fit(&agent.critic, params, seen, action, share);
            }
        }
    }

    /// Fills `next_values` by critics of these parameters, with the actions of one of the two noises.
    pub(super) fn value_next(
        &mut self,
        networks: &Networks<'_, S>,
        params: &[S],
        noise: usize,
        own: Range<usize>,
        fits: &mut [Regression<S>],
    ) {
        match networks.input {
            Some(input) => {
                let noise = networks.noise(noise, input, &own);
                continuous::next_values(self, networks, params, (input, noise), own, fits);
            }
            None => discrete::next_values(self, networks, params, own, fits),
        }
    }

    /// Observations with the continuous actions behind them that were taken there.
    pub(super) fn join_taken(&mut self, networks: &Networks<'_, S>, own: Range<usize>) {
        let Some(input) = networks.input else { return };
        let (minibatch, m) = (networks.minibatch, input.n_action());
        let actions = &minibatch.actions[own.start * m..own.end * m];
        self.d_actions.resize(actions.len(), S::zero());
        input.see(actions, &mut self.d_actions);
        let seen = minibatch.observations();
        join(seen.slice(s![own, ..]), &self.d_actions, &mut self.joined);
    }

    /// The policy's gradient of the mean of α log π − minₖ qₖ.
    pub(super) fn actor_back(
        &mut self,
        networks: &Networks<'_, S>,
        own: Range<usize>,
        fits: &mut [Regression<S>],
    ) {
        let policy = &networks.agent.policy;
        (self.loss, self.log_prob) = (S::zero(), S::zero());
        match networks.input {
            Some(input) => {
                let noise = networks.noise(0, input, &own);
                continuous::policy_loss(self, networks, (input, noise), own, fits);
            }
            None => discrete::policy_loss(self, networks, own, fits),
        }
        policy.weigh_laws(&self.d_laws, &mut self.memory);
        self.d_actor.clear();
        self.d_actor.resize(policy.n_params(), S::zero());
        policy.vjp(networks.agent.actor(), &mut self.memory, &mut self.d_actor);
    }
}
