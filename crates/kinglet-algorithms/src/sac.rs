//! Soft actor-critic.

mod continuous;
mod discrete;
mod shard;
#[cfg(test)]
mod tests;

use kinglet_envs::Actions;
use kinglet_nn::{Adam, Scalar};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{finite, positive, rate, within};
use crate::critics::{CriticSteps, add, share};
use crate::learner::{load_adam, save_adam};
use crate::pathwise::fill_normal;
use crate::{
    ActionInput, Agent, Checkpoint, Config, Diagnostics, Element, Error, Minibatch,
    OffPolicyLearner, Rate, Replay,
};
use shard::{Networks, Shard};

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
        let unit = "a number from 0 to 1";
        within("algorithm.target_rate", self.target_rate, 0.0, 1.0, unit)?;
        positive("algorithm.temperature", self.temperature)?;
        finite("algorithm.entropy_per_number", self.entropy_per_number)?;
        within(
            "algorithm.entropy_share",
            self.entropy_share,
            0.0,
            1.0,
            unit,
        )
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
    discount: f64,
    /// How critics see continuous actions.
    input: Option<ActionInput>,
    target_entropy: f64,
    critics: CriticSteps<S>,
    actor: Adam<S>,
    log_temperature: [S; 1],
    temperature: Adam<S>,
    /// The noise of the actions at s, and at s′.
    noise: [Vec<S>; 2],
    shards: Vec<Shard<S>>,
}

impl<S: Scalar + Element> SacLearner<S> {
    pub(crate) fn new(settings: Sac, config: &Config, agent: &Agent<S>) -> Result<Self, Error> {
        let shards = config.replay.shards;
        Ok(Self {
            discount: config.advantage.discount,
            input: ActionInput::new(&agent.policy, &agent.actions),
            target_entropy: settings.target_entropy(&agent.actions),
            critics: CriticSteps::new(agent, shards),
            actor: Adam::new(agent.policy.n_params(), S::zero()),
            log_temperature: [S::from_f64(settings.temperature.ln())],
            temperature: Adam::new(1, S::zero()),
            noise: [Vec::new(), Vec::new()],
            shards: vec![Shard::default(); shards],
            settings,
        })
    }

    fn shake(&mut self, minibatch: &Minibatch<S>, rng: &mut Xoshiro256PlusPlus) {
        let Some(input) = &self.input else { return };
        for noise in &mut self.noise {
            noise.resize(minibatch.rows() * input.n_action(), S::zero());
            fill_normal(noise, rng);
        }
    }

    /// Each shard's share of the critics' gradients.
    fn critics_back(&mut self, agent: &Agent<S>, minibatch: &Minibatch<S>) {
        let CriticSteps { targets, fits, .. } = &mut self.critics;
        let networks = Networks {
            agent,
            targets,
            input: self.input.as_ref(),
            minibatch,
            temperature: self.log_temperature[0].exp(),
            discount: S::from_f64(self.discount),
        };
        let (noise, shards) = (&self.noise[1], self.shards.len());
        let each = self.shards.par_iter_mut().zip(fits).enumerate();
        each.for_each(|(k, (shard, fits))| {
            shard.critics_back(&networks, share(minibatch.rows(), shards, k), noise, fits);
        });
    }

    /// Each shard's share of the policy's gradient.
    fn actor_back(&mut self, agent: &Agent<S>, minibatch: &Minibatch<S>) {
        let CriticSteps { targets, fits, .. } = &mut self.critics;
        let networks = Networks {
            agent,
            targets,
            input: self.input.as_ref(),
            minibatch,
            temperature: self.log_temperature[0].exp(),
            discount: S::from_f64(self.discount),
        };
        let (noise, shards) = (&self.noise[0], self.shards.len());
        let each = self.shards.par_iter_mut().zip(fits).enumerate();
        each.for_each(|(k, (shard, fits))| {
            shard.actor_back(&networks, share(minibatch.rows(), shards, k), noise, fits);
        });
        let (first, others) = self.shards.split_first_mut().expect("a shard");
        for shard in &*others {
            add(&mut first.d_actor, &shard.d_actor);
            first.loss += shard.loss;
            first.log_prob += shard.log_prob;
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
        self.shake(minibatch, rng);
        self.critics_back(agent, minibatch);
        let (_, critics) = agent.halves_mut();
        self.critics.step(critics, learning_rate);
        self.critics.follow(critics, self.settings.target_rate);
        let (value_loss, action_value) = self.critics.loss_and_value();

        self.actor_back(agent, minibatch);
        let Shard {
            d_actor,
            loss,
            log_prob,
            ..
        } = &self.shards[0];
        let (policy_loss, log_prob) = (loss.to_f64(), log_prob.to_f64().unwrap_or(f64::NAN));
        let (actor, _) = agent.halves_mut();
        self.actor.learning_rate = S::from_f64(learning_rate);
        self.actor.step(actor, d_actor);
        let temperature = self.log_temperature[0].exp().to_f64();
        if self.settings.learn_temperature {
            self.temperature.learning_rate = S::from_f64(learning_rate);
            let gradient = [S::from_f64(-(log_prob + self.target_entropy))];
            self.temperature.step(&mut self.log_temperature, &gradient);
        }
        Ok(Diagnostics {
            policy_loss,
            value_loss: Some(value_loss),
            action_value: Some(action_value),
            entropy: Some(-log_prob),
            temperature,
            ..Diagnostics::default()
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        self.critics.save(checkpoint);
        save_adam(&self.actor, "actor", checkpoint);
        save_adam(&self.temperature, "temperature", checkpoint);
        checkpoint.insert_slice("log_temperature", &self.log_temperature);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.critics.load(checkpoint)?;
        load_adam(&mut self.actor, "actor", checkpoint)?;
        load_adam(&mut self.temperature, "temperature", checkpoint)?;
        checkpoint.copy_to("log_temperature", &mut self.log_temperature)
    }
}
