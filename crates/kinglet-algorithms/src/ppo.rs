//! Proximal policy optimisation with a clipped surrogate.

use kinglet_nn::Scalar;
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{above_zero, at_least_one, not_negative, rate, within};
use crate::minibatches::{Minibatches, Passes, Rows, Seen};
use crate::{
    Agent, Checkpoint, Diagnostics, Element, Error, Learner, Memory, Policy, Rate, Samples,
};

/// Proximal policy optimisation with clipping: several passes over each rollout, in which a sample no longer counts once
/// its ratio has gone as far as it may in the direction that its advantage pushes. Catalogue: DECK-22.
///
/// ```text
/// L(θ) = E_old[min(ρ Â, clip(ρ, 1 − ε, 1 + ε) Â)] + c_H H(π_θ) − c_v (v_ψ − G)²,   ρ = π_θ(a|s) / π_old(a|s)
/// ```
///
/// Policy and critic take their steps together, by one Adam whose gradient is clipped as one.
///
/// # Source
/// Schulman et al. 2017, equations (7) and (9), whose values for continuous control are the defaults, but for the
/// gradient's clipping (Huang et al. 2022, details 3, 7 and 11).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ppo {
    /// Passes over each rollout.
    pub epochs: usize,
    /// Samples of a gradient.
    pub minibatch: usize,
    /// Adam's learning rate.
    pub learning_rate: Rate,
    /// ε, how far from 1 a ratio may go before it is clipped.
    pub clip_width: Rate,
    /// c_H, what a nat of entropy is worth to the loss; unlike `advantage.temperature`, only in the present state.
    pub entropy_coefficient: f64,
    /// c_v, what the critic's squared error costs.
    pub value_coefficient: f64,
    /// The length to which a longer gradient is cut.
    pub max_gradient_norm: f64,
    /// No further pass once the last ended this far from the old policy, in nats; `inf` for no such limit.
    pub kl_limit: f64,
}

impl Default for Ppo {
    fn default() -> Self {
        Self {
            epochs: 10,
            minibatch: 64,
            learning_rate: Rate::Constant(3e-4),
            clip_width: Rate::Constant(0.2),
            entropy_coefficient: 0.0,
            value_coefficient: 0.5,
            max_gradient_norm: 0.5,
            kl_limit: f64::INFINITY,
        }
    }
}

impl Ppo {
    pub(crate) fn check(&self) -> Result<(), Error> {
        at_least_one("algorithm.epochs", self.epochs)?;
        at_least_one("algorithm.minibatch", self.minibatch)?;
        rate("algorithm.learning_rate", self.learning_rate)?;
        for width in [self.clip_width.at(0.0), self.clip_width.at(1.0)] {
            within(
                "algorithm.clip_width",
                width,
                0.0,
                1.0,
                "a number from 0 to 1",
            )?;
        }
        not_negative("algorithm.entropy_coefficient", self.entropy_coefficient)?;
        not_negative("algorithm.value_coefficient", self.value_coefficient)?;
        above_zero("algorithm.max_gradient_norm", self.max_gradient_norm)?;
        above_zero("algorithm.kl_limit", self.kl_limit)
    }

    /// What its passes have in common with other algorithms'.
    fn passes(&self, progress: f64) -> Passes {
        Passes {
            epochs: self.epochs,
            minibatch: self.minibatch,
            learning_rate: self.learning_rate.at(progress),
            entropy_coefficient: self.entropy_coefficient,
            value_coefficient: self.value_coefficient,
            max_gradient_norm: self.max_gradient_norm,
            kl_limit: self.kl_limit,
        }
    }
}

/// The actor's part of a minibatch: the clipped surrogate, to be descended, with its sign turned.
pub(crate) fn clipped_loss<S: Scalar>(
    policy: &Policy,
    rows: &mut Rows<S>,
    memory: &mut Memory<S>,
    width: f64,
) -> Seen {
    let share = S::from_f64((rows.ratios.len() as f64).recip());
    let (low, high) = (S::from_f64(1.0 - width), S::from_f64(1.0 + width));
    let (mut surrogate, mut flat) = (S::zero(), 0);
    for ((weight, ratio), advantage) in rows
        .weights
        .iter_mut()
        .zip(&rows.ratios)
        .zip(&rows.advantages)
    {
        let (free, clipped) = (*ratio * *advantage, ratio.max(low).min(high) * *advantage);
        surrogate += free.min(clipped);
        let is_flat = clipped < free;
        flat += usize::from(is_flat);
        *weight = if is_flat { S::zero() } else { -share * free };
    }
    policy.weigh_log_probs(&rows.actions, &rows.weights, memory);
    Seen {
        loss: -(surrogate * share).to_f64().unwrap_or(f64::NAN),
        clip_fraction: flat as f64 / rows.ratios.len() as f64,
        kl: rows.kl(),
    }
}

/// PPO in the middle of a run.
#[derive(Clone, Debug)]
pub(crate) struct PpoLearner<S> {
    settings: Ppo,
    minibatches: Minibatches<S>,
}

impl<S: Scalar + Element> PpoLearner<S> {
    pub(crate) fn new(settings: Ppo, agent: &Agent<S>) -> Self {
        let minibatches = Minibatches::new(agent);
        Self {
            settings,
            minibatches,
        }
    }
}

impl<S: Scalar + Element> Learner<S> for PpoLearner<S> {
    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        samples: &Samples<'_, S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error> {
        let width = self.settings.clip_width.at(progress);
        let passes = self.settings.passes(progress);
        let passed =
            self.minibatches
                .run(agent, samples, None, passes, rng, |policy, rows, memory| {
                    clipped_loss(policy, rows, memory, width)
                });
        Ok(Diagnostics {
            policy_loss: Some(passed.seen.loss),
            value_loss: passed.value_loss,
            kl: Some(passed.seen.kl),
            clip_fraction: Some(passed.seen.clip_fraction),
            gradient_norm: Some(passed.gradient_norm),
            step_size: Some(passes.learning_rate),
            ..Diagnostics::default()
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        self.minibatches.save(checkpoint);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.minibatches.load(checkpoint)
    }
}
