//! Soft actor-critic.

#[cfg(test)]
mod tests;

use kinglet_envs::Actions;
use kinglet_nn::{Adam, Scalar};
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor_critic::ActorCritic;
use crate::config::{finite, fraction, positive, rate};
use crate::learner::{load_adam, save_adam};
use crate::{
    Agent, Checkpoint, Config, Diagnostics, Element, Error, Minibatch, OffPolicyLearner, Rate,
    Replay,
};

/// Soft actor-critic: two critics learn the soft value of the policy, and the policy follows their smaller one and its own
/// entropy. Catalogue: CS285-13, CS285-14.
///
/// ```text
/// y = r + γ (minₖ q̄ₖ(s′, a′) − α log π(a′|s′)),   a′ ~ π(·|s′)
/// L_q = E[(qₖ(s, a) − y)²],   L_π = E[α log π(a|s) − minₖ qₖ(s, a)],   a = h(s, ξ)
/// L_α = −α E[log π(a|s) + H]
/// ```
///
/// A continuous action is differentiated along its path; of a discrete one every expectation over actions is exact. Only
/// the smaller critic of each sample is carried back to the policy.
///
/// # Source
/// Haarnoja et al. 2018b, equations (5) to (7) and (18), whose values are the defaults; discrete, Christodoulou 2019.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sac {
    /// Adam's learning rate, of critics, policy and temperature.
    pub learning_rate: Rate,
    /// τ, the share of the way that the targets go towards the critics with each update.
    pub target_rate: f64,
    /// α, the temperature: what a nat of entropy is worth, in units of the reward. Where it is learned, it starts here.
    pub temperature: f64,
    /// Whether the temperature is learned, so that the entropy comes to what it is to be.
    pub learn_temperature: bool,
    /// H, the entropy to come to, of a continuous action: nats for each of its numbers, as the density in (−1, 1) has it.
    pub entropy_per_number: f64,
    /// H of a discrete action: the share of its largest value ln n.
    pub entropy_share: f64,
}

impl Default for Sac {
    fn default() -> Self {
        Self {
            learning_rate: Rate::Constant(3e-4),
            target_rate: 0.005,
            temperature: 1.0,
            learn_temperature: true,
            entropy_per_number: -1.0,
            entropy_share: 0.5,
        }
    }
}

impl Sac {
    pub(crate) fn check(&self) -> Result<(), Error> {
        rate("algorithm.learning_rate", self.learning_rate)?;
        fraction("algorithm.target_rate", self.target_rate)?;
        positive("algorithm.temperature", self.temperature)?;
        finite("algorithm.entropy_per_number", self.entropy_per_number)?;
        fraction("algorithm.entropy_share", self.entropy_share)
    }

    /// The entropy to come to, in nats.
    fn target_entropy(&self, actions: &Actions) -> f64 {
        match actions {
            Actions::Discrete(n) => self.entropy_share * (*n as f64).ln(),
            Actions::Box { low, .. } => self.entropy_per_number * low.len() as f64,
        }
    }
}

/// Soft actor-critic in the middle of a run.
#[derive(Debug)]
pub(crate) struct SacLearner<S> {
    settings: Sac,
    target_entropy: f64,
    actor_critic: ActorCritic<S>,
    log_temperature: [S; 1],
    temperature: Adam<S>,
}

impl<S: Scalar + Element> SacLearner<S> {
    pub(crate) fn new(settings: Sac, config: &Config, agent: &Agent<S>) -> Self {
        Self {
            target_entropy: settings.target_entropy(&agent.actions),
            actor_critic: ActorCritic::new(config, agent, settings.target_rate),
            log_temperature: [S::from_f64(settings.temperature.ln())],
            temperature: Adam::new(1, S::zero()),
            settings,
        }
    }
}

impl<S: Scalar + Element> OffPolicyLearner<S> for SacLearner<S> {
    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        minibatch: &Minibatch<S>,
        _replay: &Replay<S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error> {
        let learning_rate = self.settings.learning_rate.at(progress);
        let temperature = self.log_temperature[0].exp();
        let both = &mut self.actor_critic;
        both.shake(minibatch, rng);
        let (value_loss, action_value) =
            both.evaluate(agent, minibatch, temperature, learning_rate);
        let (policy_loss, log_prob) = both.improve(agent, minibatch, temperature, learning_rate);
        if self.settings.learn_temperature {
            self.temperature.learning_rate = S::from_f64(learning_rate);
            let gradient = [S::from_f64(-(log_prob + self.target_entropy))];
            self.temperature.step(&mut self.log_temperature, &gradient);
        }
        Ok(Diagnostics {
            policy_loss: Some(policy_loss),
            value_loss: Some(value_loss),
            action_value: Some(action_value),
            entropy: Some(-log_prob),
            temperature: temperature.to_f64(),
            ..Diagnostics::default()
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        self.actor_critic.save(checkpoint);
        save_adam(&self.temperature, "temperature", checkpoint);
        checkpoint.insert_slice("log_temperature", &self.log_temperature);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.actor_critic.load(checkpoint)?;
        load_adam(&mut self.temperature, "temperature", checkpoint)?;
        checkpoint.copy_to("log_temperature", &mut self.log_temperature)
    }
}
