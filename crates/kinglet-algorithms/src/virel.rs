//! VIREL.

#[cfg(test)]
mod tests;

use kinglet_nn::Scalar;
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor_critic::ActorCritic;
use crate::config::{above_zero, fraction, not_negative, positive, rate, within};
use crate::{
    Agent, Checkpoint, Config, Diagnostics, Element, Error, Minibatch, OffPolicyLearner, Rate,
    Replay,
};

/// VIREL: expectation-maximisation in which the temperature is how wrong the critics still are. The E-step improves the
/// policy, the M-step evaluates it. Catalogue: VIREL-07, VIREL-09, VIREL-11, VIREL-12, VIREL-13.
///
/// ```text
/// M:  y = r + γ minₖ q̄ₖ(s′, a′),   a′ ~ π(·|s′),   L_q = E[(qₖ(s, a) − y)²]
///     ε = c E[δ(a′) δ(a″)],   δ(b) = r + γ Q(s′, b) − Q(s, a),   Q = minₖ qₖ
/// E:  L_π = E[ε log π(a|s) − minₖ qₖ(s, a)]
/// ```
///
/// It is [soft actor-critic](crate::Sac) with two changes: values hold no entropy, so that they are those of the problem
/// that was set; and the temperature is no price of entropy that someone chose or that a target entropy finds, but falls as
/// the critics come to fit.
///
/// Only the policy of the E-step sees ε: no gradient goes through it. That of the bound E\[Q\]/ε + H would, and lowers the
/// error only where Q is positive (VIREL-12). The M-step goes down the error with its target held, as every critic here
/// does.
///
/// What ε means, and what it does not:
/// - It is in units of the reward squared, and a temperature in those of the reward: c is in 1/reward, and k times the
///   reward asks for c/k. A constant that is added to all rewards changes nothing once the critics have it, where no
///   episode terminates.
/// - It is measured on the minibatches: an error in what the replay does not hold is not seen, and ε = 0 says that Q is
///   right only where every action is still tried. Where rewards are rare and none has been found, Q = 0 fits, and
///   exploration ends: that is what a floor is for.
/// - It is measured by a [`ResidualEstimator`]. What the policy draws at s′ adds nothing to the product of two draws; what
///   dynamics draw adds γ² Var V(s′) to either estimate, and there ε does not come to 0.
/// - There is no estimate with two successors. A replay holds one s′ to each (s, a), for a simulator is stepped and not put
///   back; a second one is a second step from a state that is gone by then, and a model would have to be learnt, whose
///   own error ε would hold in its place. Where dynamics are deterministic, as those of the classic tasks are, nothing is
///   lost: a second successor would be the first, and the product of two actions is the double sample. Where they are not,
///   [`double_sample_residual`](kinglet_objectives::double_sample_residual) and
///   [`model_residual`](kinglet_objectives::model_residual) are the estimates of who has a model.
/// - At ε = 0 the policy is the greedy one, which of two equal actions takes either. A squashed normal on its way there has
///   ever smaller scales and larger gradients.
///
/// # Source
/// Fellows et al. 2019, sections 3 and 4, with the temperature of their program *beta* (AnujMahajanOxf/VIREL, `beta.py`);
/// with `temperature_floor` equal to `temperature_ceiling` it is fixed, as in their program *virel*, where it is 1. They have
/// one critic and a network for the state's value where here are two critics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Virel {
    /// Adam's learning rate, of critics and policy.
    pub learning_rate: Rate,
    /// τ, the share of the way that the targets go towards the critics with each update.
    pub target_rate: f64,
    /// c: the temperature is this multiple of the critics' mean squared Bellman error. In 1/reward.
    pub residual_scale: f64,
    /// How that error is estimated.
    pub residual: ResidualEstimator,
    /// The share of the way that the error known goes towards that of the minibatch with each update; above 0. 1 is for the
    /// minibatch alone, 0.06 for the last sixteen or so.
    pub residual_rate: f64,
    /// The least temperature, in units of the reward; from 0 on.
    pub temperature_floor: f64,
    /// The largest temperature, in units of the reward; above 0 and not below the floor, `inf` for no limit.
    pub temperature_ceiling: f64,
}

/// How the mean squared Bellman error is estimated from transitions (s, a, r, s′). Catalogue: VIREL-09.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResidualEstimator {
    /// E[δ(a′) δ(a″)], two independent actions at s′; of a discrete action δ of the mean over all. It may be negative.
    TwoActions,
    /// E[δ(a′)²], one action at s′, as the critics' loss has it; of a discrete action the mean over all. Above the error of
    /// two actions by γ² E Var Q(s′, a′), which falls with the temperature and so may hold it up.
    OneSample,
}

impl Default for Virel {
    fn default() -> Self {
        Self {
            learning_rate: Rate::Constant(3e-4),
            target_rate: 0.005,
            residual_scale: 0.004,
            residual: ResidualEstimator::TwoActions,
            residual_rate: 0.06,
            temperature_floor: 1e-4,
            temperature_ceiling: 1.0,
        }
    }
}

impl Virel {
    pub(crate) fn check(&self) -> Result<(), Error> {
        rate("algorithm.learning_rate", self.learning_rate)?;
        fraction("algorithm.target_rate", self.target_rate)?;
        positive("algorithm.residual_scale", self.residual_scale)?;
        let (key, wanted) = ("algorithm.residual_rate", "a number above 0, at most 1");
        within(key, self.residual_rate, f64::MIN_POSITIVE, 1.0, wanted)?;
        let (floor, ceiling) = (self.temperature_floor, self.temperature_ceiling);
        not_negative("algorithm.temperature_floor", floor)?;
        above_zero("algorithm.temperature_ceiling", ceiling)?;
        let wanted = "at most algorithm.temperature_ceiling";
        within("algorithm.temperature_floor", floor, 0.0, ceiling, wanted)
    }

    /// ε of a mean squared Bellman error.
    fn temperature(&self, residual: f64) -> f64 {
        let wanted = self.residual_scale * residual;
        wanted.clamp(self.temperature_floor, self.temperature_ceiling)
    }
}

/// VIREL in the middle of a run.
#[derive(Debug)]
pub(crate) struct VirelLearner<S> {
    settings: Virel,
    actor_critic: ActorCritic<S>,
    /// The decaying sum of the errors measured, and that of their weights.
    residual: [f64; 2],
}

impl<S: Scalar + Element> VirelLearner<S> {
    pub(crate) fn new(settings: Virel, config: &Config, agent: &Agent<S>) -> Self {
        Self {
            actor_critic: ActorCritic::new(config, agent, settings.target_rate),
            residual: [0.0; 2],
            settings,
        }
    }

    /// The temperature after one more error.
    fn cool(&mut self, residual: f64) -> f64 {
        let rate = self.settings.residual_rate;
        let [sum, weight] = &mut self.residual;
        *sum += rate * (residual - *sum);
        *weight += rate * (1.0 - *weight);
        self.settings.temperature(*sum / *weight)
    }
}

impl<S: Scalar + Element> OffPolicyLearner<S> for VirelLearner<S> {
    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        minibatch: &Minibatch<S>,
        _replay: &Replay<S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error> {
        let learning_rate = self.settings.learning_rate.at(progress);
        let both = &mut self.actor_critic;
        both.shake(minibatch, rng);
        let (value_loss, action_value) = both.evaluate(agent, minibatch, S::zero(), learning_rate);
        let residual = both.residual(agent, minibatch, self.settings.residual);
        let temperature = self.cool(residual);
        let both = &mut self.actor_critic;
        let (policy_loss, log_prob) =
            both.improve(agent, minibatch, S::from_f64(temperature), learning_rate);
        Ok(Diagnostics {
            policy_loss: Some(policy_loss),
            value_loss: Some(value_loss),
            action_value: Some(action_value),
            entropy: Some(-log_prob),
            temperature: Some(temperature),
            ..Diagnostics::default()
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        self.actor_critic.save(checkpoint);
        checkpoint.insert_slice("residual", &self.residual);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.actor_critic.load(checkpoint)?;
        checkpoint.copy_to("residual", &mut self.residual)
    }
}
