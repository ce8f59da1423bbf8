//! Soft Q-learning.

#[cfg(test)]
mod tests;

use kinglet_nn::{Adam, Mlp, Scalar, polyak};
use ndarray::s;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::action_input::discrete;
use crate::config::{fraction, positive, rate};
use crate::critics::{Regression, index, share, soft_value};
use crate::learner::{load_adam, save_adam};
use crate::{
    Agent, Body, Checkpoint, Config, Diagnostics, Element, Error, Minibatch, OffPolicyLearner,
    Rate, Replay,
};

/// Soft Q-learning: a network's action values are regressed to the soft Bellman backup of a target network, and the policy
/// is their softmax. Catalogue: CS285-11.
///
/// ```text
/// y = r + γ α ln Σ_b exp(q̄(s′, b) / α),   L(θ) = E[(q_θ(s, a) − y)²],   π(a|s) = exp(q_θ(s, a) / α) / Σ_b …
/// ```
///
/// The actions are discrete. The network is the policy's, its last layer divided by α: there is no other.
///
/// # Source
/// Haarnoja et al. 2017, equations (3) to (6), with the sum in place of the integral.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SoftQ {
    /// Adam's learning rate.
    pub learning_rate: Rate,
    /// α, the temperature: what a nat of entropy is worth, in units of the reward; above 0.
    pub temperature: Rate,
    /// τ, the share of the way that the target goes towards the network with each update.
    pub target_rate: f64,
}

impl Default for SoftQ {
    fn default() -> Self {
        Self {
            learning_rate: Rate::Constant(3e-4),
            temperature: Rate::Constant(0.1),
            target_rate: 0.005,
        }
    }
}

impl SoftQ {
    pub(crate) fn check(&self) -> Result<(), Error> {
        rate("algorithm.learning_rate", self.learning_rate)?;
        for progress in [0.0, 1.0] {
            positive("algorithm.temperature", self.temperature.at(progress))?;
        }
        fraction("algorithm.target_rate", self.target_rate)
    }
}

/// Soft Q-learning in the middle of a run.
#[derive(Debug)]
pub(crate) struct SoftQLearner<S> {
    settings: SoftQ,
    discount: f64,
    /// q's parameters.
    params: Vec<S>,
    target: Vec<S>,
    adam: Adam<S>,
    shards: Vec<Regression<S>>,
}

impl<S: Scalar + Element> SoftQLearner<S> {
    pub(crate) fn new(settings: SoftQ, config: &Config, agent: &Agent<S>) -> Result<Self, Error> {
        discrete("soft-q", &agent.actions)?;
        let mut params = agent.actor().to_vec();
        scale_last_layer(network(agent), &mut params, settings.temperature.at(0.0));
        Ok(Self {
            discount: config.advantage.discount,
            target: params.clone(),
            adam: Adam::new(params.len(), S::zero()),
            params,
            shards: vec![Regression::default(); config.replay.shards],
            settings,
        })
    }

    /// Each shard's share of the gradient of the mean of (q − y)².
    fn regress(&mut self, net: &Mlp, minibatch: &Minibatch<S>, temperature: f64) {
        let (params, target, shards) = (&self.params, &self.target, self.shards.len());
        let (discount, temperature) = (S::from_f64(self.discount), S::from_f64(temperature));
        let batch = minibatch.rows();
        let each = self.shards.par_iter_mut().enumerate();
        each.for_each(|(k, shard)| {
            let own = share(batch, shards, k);
            let next = minibatch.next_observations();
            let next = next.slice(s![own.clone(), ..]);
            let values = net.forward(target, next, &mut shard.cache);
            shard.targets.clear();
            for (row, q) in own.clone().zip(values.outer_iter()) {
                let value = soft_value(q.iter().copied(), temperature);
                let future = discount * minibatch.goes_on(row) * value;
                shard.targets.push(minibatch.rewards[row] + future);
            }
            let x = minibatch.observations();
            let action = |i: usize| index(minibatch.actions[own.start + i]);
            let weight = S::from_f64((batch as f64).recip());
            shard.fit(net, params, x.slice(s![own.clone(), ..]), action, weight);
        });
    }

    /// The policy that belongs to q.
    fn act_by(&self, agent: &mut Agent<S>, temperature: f64) {
        let mut policy = std::mem::take(&mut agent.params);
        policy.copy_from_slice(&self.params);
        scale_last_layer(network(agent), &mut policy, temperature.recip());
        agent.params = policy;
    }
}

/// The policy's network, which values actions too.
fn network<S>(agent: &Agent<S>) -> &Mlp {
    let Body::Mlp(network) = agent.policy.body() else {
        unreachable!("only an algorithm with a posterior has another body");
    };
    network
}

/// Multiplies what the network gives.
fn scale_last_layer<S: Scalar>(network: &Mlp, params: &mut [S], factor: f64) {
    let last = (network.n_features() + 1) * network.n_outputs();
    let (n, factor) = (params.len(), S::from_f64(factor));
    params[n - last..].iter_mut().for_each(|x| *x *= factor);
}

impl<S: Scalar + Element> OffPolicyLearner<S> for SoftQLearner<S> {
    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        minibatch: &Minibatch<S>,
        _replay: &Replay<S>,
        progress: f64,
        _rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error> {
        let temperature = self.settings.temperature.at(progress);
        self.regress(network(agent), minibatch, temperature);
        let (first, others) = self.shards.split_first_mut().expect("a shard");
        for shard in &*others {
            first.add(shard);
        }
        self.adam.learning_rate = S::from_f64(self.settings.learning_rate.at(progress));
        self.adam.step(&mut self.params, &first.gradient);
        let rate = S::from_f64(self.settings.target_rate);
        polyak(&mut self.target, &self.params, rate);
        let diagnostics = Diagnostics {
            value_loss: first.loss.to_f64(),
            action_value: first.value.to_f64(),
            temperature: Some(temperature),
            ..Diagnostics::default()
        };
        self.act_by(agent, temperature);
        Ok(diagnostics)
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        checkpoint.insert_slice("critic", &self.params);
        checkpoint.insert_slice("target", &self.target);
        save_adam(&self.adam, "adam", checkpoint);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        checkpoint.copy_to("critic", &mut self.params)?;
        checkpoint.copy_to("target", &mut self.target)?;
        load_adam(&mut self.adam, "adam", checkpoint)
    }
}
