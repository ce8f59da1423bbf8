//! The variational policy gradient with a penalty on the divergence.

use kinglet_nn::{Adam, Scalar, clip_global_norm};
use kinglet_trust_region::KlPenalty;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{above_zero, at_least_one, not_negative, positive, rate};
use crate::critic_fit::Fitter;
use crate::learner::{adam, load_adam, save_adam};
use crate::minibatches::{Rows, Seen, gather};
use crate::ppo_kl::penalised_loss;
use crate::variational::Variational;
use crate::{
    Agent, Checkpoint, CriticFit, Diagnostics, Element, Error, Learner, Posterior, Rate, Samples,
};

/// PPO with a KL penalty for a law over policies. Catalogue: XU-25.
///
/// ```text
/// E_ξ[ E_old[ρ Â] − β E_s[KL(π_old ‖ π_θ)] + c_H H(π_θ) ] + α ( ln |det ∂h_φ/∂ξ| + E ln p₀(θ) ),   θ = h_φ(ξ)
/// ```
///
/// It is [`PpoKl`](crate::PpoKl) with φ for θ; the noise of the rollout is held through all passes. A minibatch is of one
/// of the policies that were drawn, and is pulled back through that policy's noise. The critic learns by itself.
///
/// # Source
/// Xu 2018, section 5.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PpoVpg {
    /// The law over policies.
    pub posterior: Posterior,
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
    /// c_H, what a nat of entropy is worth to the loss.
    pub entropy_coefficient: f64,
    /// The length to which a longer gradient is cut.
    pub max_gradient_norm: f64,
    /// How the critic learns, where it is the baseline.
    pub critic: CriticFit,
}

impl Default for PpoVpg {
    fn default() -> Self {
        Self {
            posterior: Posterior::default(),
            epochs: 10,
            minibatch: 64,
            learning_rate: Rate::Constant(3e-4),
            kl_coefficient: 1.0,
            kl_target: 0.01,
            entropy_coefficient: 0.0,
            max_gradient_norm: 0.5,
            critic: CriticFit::default(),
        }
    }
}

impl PpoVpg {
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.posterior.check()?;
        at_least_one("algorithm.epochs", self.epochs)?;
        at_least_one("algorithm.minibatch", self.minibatch)?;
        rate("algorithm.learning_rate", self.learning_rate)?;
        positive("algorithm.kl_coefficient", self.kl_coefficient)?;
        positive("algorithm.kl_target", self.kl_target)?;
        not_negative("algorithm.entropy_coefficient", self.entropy_coefficient)?;
        above_zero("algorithm.max_gradient_norm", self.max_gradient_norm)?;
        self.critic.check()
    }
}

/// PPO-VPG in the middle of a run.
#[derive(Clone, Debug)]
pub(crate) struct PpoVpgLearner<S> {
    settings: PpoVpg,
    variational: Variational<S>,
    adam: Adam<S>,
    penalty: KlPenalty,
    fitter: Fitter<S>,
    gradient: Vec<S>,
    observations: Vec<S>,
    rows: Rows<S>,
}

impl<S: Scalar + Element> PpoVpgLearner<S> {
    pub(crate) fn new(settings: PpoVpg, agent: &Agent<S>) -> Result<Self, Error> {
        let variational = Variational::new(settings.posterior.clone(), agent);
        let n = variational.phi.len();
        Ok(Self {
            variational,
            adam: adam(n),
            penalty: KlPenalty::new(settings.kl_coefficient, settings.kl_target)?,
            fitter: Fitter::new(settings.critic.clone(), agent),
            gradient: vec![S::zero(); n],
            observations: Vec::new(),
            rows: Rows::default(),
            settings,
        })
    }

    /// One pass over the samples, in minibatches of one member each; gives the means of the loss and of the gradient's
    /// length.
    fn pass(
        &mut self,
        agent: &Agent<S>,
        samples: &Samples<'_, S>,
        order: &mut [u32],
        temperature: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> (f64, f64) {
        let mut minibatches = Vec::new();
        for (k, own) in self.variational.rows(samples).into_iter().enumerate() {
            order[own.clone()].shuffle(rng);
            let starts = own.clone().step_by(self.settings.minibatch);
            let ends = starts.clone().skip(1).chain([own.end]);
            minibatches.extend(starts.zip(ends).map(|(start, end)| (k, start..end)));
        }
        minibatches.shuffle(rng);
        let (mut loss, mut norms) = (0.0, 0.0);
        for (k, at) in &minibatches {
            let share = at.len() as f64 / samples.len() as f64;
            loss += share * self.differentiate(agent, samples, *k, &order[at.clone()], temperature);
            norms += clip_global_norm(&mut self.gradient, self.settings.max_gradient_norm);
            self.adam.step(&mut self.variational.phi, &self.gradient);
        }
        (loss, norms / minibatches.len() as f64)
    }

    /// The gradient of the loss at these rows, all of member k.
    fn differentiate(
        &mut self,
        agent: &Agent<S>,
        samples: &Samples<'_, S>,
        k: usize,
        at: &[u32],
        temperature: f64,
    ) -> f64 {
        let (policy, rows) = (&agent.policy, &mut self.rows);
        rows.gather(policy, samples, Some(&self.variational.laws), at);
        let x = gather(&samples.batch.observations, at, &mut self.observations);
        let memory = self.variational.forward_alone(k, policy, x);
        rows.compare(policy, memory);
        let Seen { loss, .. } = penalised_loss(policy, rows, memory, self.penalty.coefficient);
        if self.settings.entropy_coefficient != 0.0 {
            let weight = -self.settings.entropy_coefficient / at.len() as f64;
            rows.weights.fill(S::from_f64(weight));
            policy.weigh_entropies(&rows.weights, memory);
        }
        self.gradient.fill(S::zero());
        (self.variational).pull_back(policy, -temperature, &mut self.gradient);
        loss
    }
}

impl<S: Scalar + Element> Learner<S> for PpoVpgLearner<S> {
    fn behaviours(
        &mut self,
        agent: &Agent<S>,
        shards: usize,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Option<&[Vec<S>]> {
        self.variational.behaviours(agent, shards, rng)
    }

    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        samples: &Samples<'_, S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error> {
        let temperature = self.variational.temperature(progress);
        let learning_rate = self.settings.learning_rate.at(progress);
        self.adam.learning_rate = S::from_f64(learning_rate);
        self.variational.remember(agent, samples);
        let mut order: Vec<u32> = (0..samples.len() as u32).collect();
        let mut passed = (0.0, 0.0);
        for _ in 0..self.settings.epochs {
            passed = self.pass(agent, samples, &mut order, temperature, rng);
        }
        let diagnostics = self.variational.finish(agent, samples, temperature);
        self.penalty.adapt(diagnostics.kl.unwrap_or(0.0))?;
        let value_loss = self.fitter.fit(agent, samples, progress, rng);
        Ok(Diagnostics {
            policy_loss: Some(passed.0),
            value_loss,
            kl_bound: Some(self.settings.kl_target),
            gradient_norm: Some(passed.1),
            step_size: Some(learning_rate),
            kl_coefficient: Some(self.penalty.coefficient),
            ..diagnostics
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        self.variational.save(checkpoint);
        save_adam(&self.adam, "adam", checkpoint);
        checkpoint.insert_slice("kl_coefficient", &[self.penalty.coefficient]);
        self.fitter.save(checkpoint);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.variational.load(checkpoint)?;
        load_adam(&mut self.adam, "adam", checkpoint)?;
        self.penalty.coefficient = checkpoint.number("kl_coefficient")?;
        self.fitter.load(checkpoint)
    }
}
