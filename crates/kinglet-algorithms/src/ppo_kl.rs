//! Proximal policy optimisation with an adaptive penalty on the divergence.

use kinglet_nn::Scalar;
use kinglet_trust_region::KlPenalty;
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{above_zero, at_least_one, not_negative, positive, rate};
use crate::minibatches::{Minibatches, Passes, Rows, Seen};
use crate::natural_pg::divergence;
use crate::{
    Agent, Checkpoint, Diagnostics, Element, Error, Learner, Memory, Policy, Rate, Samples,
};

/// Proximal policy optimisation with a KL penalty, whose coefficient halves or doubles after each update that moved the
/// policy too little or too far. Catalogue: DECK-21.
///
/// ```text
/// L(θ) = E_old[ρ Â] − β E_s[KL(π_old ‖ π_θ)] + c_H H(π_θ) − c_v (v_ψ − G)²
/// β ← β/2 where KL < d/1.5,   β ← 2β where KL > 1.5 d
/// ```
///
/// # Source
/// Schulman et al. 2017, equation (8) and section 4; the defaults are those of table 2, row "adaptive KL", d = 0.01.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PpoKl {
    /// Passes over each rollout.
    pub epochs: usize,
    /// Samples of a gradient.
    pub minibatch: usize,
    /// Adam's learning rate.
    pub learning_rate: Rate,
    /// β at the start, in units of the advantage per nat.
    pub kl_coefficient: f64,
    /// d, the divergence aimed at for each update, in nats.
    pub kl_target: f64,
    /// c_H, what a nat of entropy is worth to the loss; unlike `advantage.temperature`, only in the present state.
    pub entropy_coefficient: f64,
    /// c_v, what the critic's squared error costs.
    pub value_coefficient: f64,
    /// The length to which a longer gradient is cut.
    pub max_gradient_norm: f64,
}

impl Default for PpoKl {
    fn default() -> Self {
        Self {
            epochs: 10,
            minibatch: 64,
            learning_rate: Rate::Constant(3e-4),
            kl_coefficient: 1.0,
            kl_target: 0.01,
            entropy_coefficient: 0.0,
            value_coefficient: 0.5,
            max_gradient_norm: 0.5,
        }
    }
}

impl PpoKl {
    pub(crate) fn check(&self) -> Result<(), Error> {
        at_least_one("algorithm.epochs", self.epochs)?;
        at_least_one("algorithm.minibatch", self.minibatch)?;
        rate("algorithm.learning_rate", self.learning_rate)?;
        positive("algorithm.kl_coefficient", self.kl_coefficient)?;
        positive("algorithm.kl_target", self.kl_target)?;
        not_negative("algorithm.entropy_coefficient", self.entropy_coefficient)?;
        not_negative("algorithm.value_coefficient", self.value_coefficient)?;
        above_zero("algorithm.max_gradient_norm", self.max_gradient_norm)
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
            kl_limit: f64::INFINITY,
        }
    }
}

/// The actor's part of a minibatch: the penalised surrogate, to be descended, with its sign turned.
pub(crate) fn penalised_loss<S: Scalar>(
    policy: &Policy,
    rows: &mut Rows<S>,
    memory: &mut Memory<S>,
    coefficient: f64,
) -> Seen {
    let share = S::from_f64((rows.ratios.len() as f64).recip());
    let mut surrogate = S::zero();
    for ((weight, ratio), advantage) in rows
        .weights
        .iter_mut()
        .zip(&rows.ratios)
        .zip(&rows.advantages)
    {
        surrogate += *ratio * *advantage;
        *weight = -share * *ratio * *advantage;
    }
    policy.weigh_log_probs(&rows.actions, &rows.weights, memory);
    rows.weights.fill(S::from_f64(coefficient) * share);
    policy.weigh_kls(&rows.laws, &rows.weights, memory);
    let kl = rows.kl();
    Seen {
        loss: coefficient * kl - (surrogate * share).to_f64().unwrap_or(f64::NAN),
        clip_fraction: 0.0,
        kl,
    }
}

/// PPO with a KL penalty in the middle of a run.
#[derive(Clone, Debug)]
pub(crate) struct PpoKlLearner<S> {
    settings: PpoKl,
    minibatches: Minibatches<S>,
    penalty: KlPenalty,
}

impl<S: Scalar + Element> PpoKlLearner<S> {
    pub(crate) fn new(settings: PpoKl, agent: &Agent<S>) -> Result<Self, Error> {
        Ok(Self {
            penalty: KlPenalty::new(settings.kl_coefficient, settings.kl_target)?,
            minibatches: Minibatches::new(agent),
            settings,
        })
    }
}

impl<S: Scalar + Element> Learner<S> for PpoKlLearner<S> {
    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        samples: &Samples<'_, S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error> {
        let passes = self.settings.passes(progress);
        let x = samples.batch.observations.view();
        let n = agent.policy.n_params();
        let laws = agent
            .policy
            .forward(&agent.params[..n], x, &mut agent.memory);
        let laws = laws.to_vec();
        let coefficient = self.penalty.coefficient;
        let passed = self.minibatches.run(
            agent,
            samples,
            Some(&laws),
            passes,
            rng,
            |policy, rows, memory| penalised_loss(policy, rows, memory, coefficient),
        );
        let kl = divergence(agent, samples, &laws);
        self.penalty.adapt(kl)?;
        Ok(Diagnostics {
            policy_loss: Some(passed.seen.loss),
            value_loss: passed.value_loss,
            kl: Some(kl),
            kl_bound: Some(self.settings.kl_target),
            gradient_norm: Some(passed.gradient_norm),
            step_size: Some(passes.learning_rate),
            kl_coefficient: Some(self.penalty.coefficient),
            ..Diagnostics::default()
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        self.minibatches.save(checkpoint);
        checkpoint.insert_slice("kl_coefficient", &[self.penalty.coefficient]);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.minibatches.load(checkpoint)?;
        self.penalty.coefficient = checkpoint.number("kl_coefficient")?;
        Ok(())
    }
}
