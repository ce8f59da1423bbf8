//! The variational policy gradient.

use kinglet_nn::{Adam, Scalar, clip_global_norm};
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{above_zero, rate};
use crate::critic_fit::Fitter;
use crate::learner::{adam, load_adam, save_adam};
use crate::variational::Variational;
use crate::{
    Agent, Checkpoint, CriticFit, Diagnostics, Element, Error, Learner, Posterior, Rate, Samples,
};

/// The variational policy gradient: REINFORCE for a law over policies, with its entropy and its prior.
/// Catalogue: XU-08, XU-16.
///
/// ```text
/// φ ← φ + η ( E_ξ[ ∂R(θ)/∂θ ∂θ/∂φ ] + α ∂/∂φ E_ξ[ ln |det ∂h_φ/∂ξ| + ln p₀(θ) ] ),   θ = h_φ(ξ)
/// ```
///
/// Without variance and at α = 0 it is [`Reinforce`](crate::Reinforce). One critic serves all policies that are drawn: as
/// a baseline it leaves the mean of their gradients alone, and it learns from all of them.
///
/// # Source
/// Xu 2018, section 2, equation (4), with the prior of section 3.2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Vpg {
    /// Adam's learning rate.
    pub learning_rate: Rate,
    /// The length to which a longer gradient is cut; `inf` for none.
    pub max_gradient_norm: f64,
    /// The law over policies.
    pub posterior: Posterior,
    /// How the critic learns, where it is the baseline.
    pub critic: CriticFit,
}

impl Default for Vpg {
    fn default() -> Self {
        Self {
            learning_rate: Rate::Constant(1e-2),
            max_gradient_norm: f64::INFINITY,
            posterior: Posterior::default(),
            critic: CriticFit::default(),
        }
    }
}

impl Vpg {
    pub(crate) fn check(&self) -> Result<(), Error> {
        rate("algorithm.learning_rate", self.learning_rate)?;
        above_zero("algorithm.max_gradient_norm", self.max_gradient_norm)?;
        self.posterior.check()?;
        self.critic.check()
    }
}

/// VPG in the middle of a run.
#[derive(Clone, Debug)]
pub(crate) struct VpgLearner<S> {
    settings: Vpg,
    variational: Variational<S>,
    adam: Adam<S>,
    fitter: Fitter<S>,
    gradient: Vec<S>,
}

impl<S: Scalar + Element> VpgLearner<S> {
    pub(crate) fn new(settings: Vpg, agent: &Agent<S>) -> Self {
        let variational = Variational::new(settings.posterior.clone(), agent);
        let n = variational.phi.len();
        Self {
            variational,
            adam: adam(n),
            fitter: Fitter::new(settings.critic.clone(), agent),
            gradient: vec![S::zero(); n],
            settings,
        }
    }
}

impl<S: Scalar + Element> Learner<S> for VpgLearner<S> {
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
        let variational = &mut self.variational;
        let temperature = variational.temperature(progress);
        let objective = variational.ascend(agent, samples, temperature, &mut self.gradient);
        self.gradient.iter_mut().for_each(|g| *g = -*g);
        let norm = clip_global_norm(&mut self.gradient, self.settings.max_gradient_norm);
        let learning_rate = self.settings.learning_rate.at(progress);
        self.adam.learning_rate = S::from_f64(learning_rate);
        self.adam.step(&mut variational.phi, &self.gradient);
        let diagnostics = variational.finish(agent, samples, temperature);
        let value_loss = self.fitter.fit(agent, samples, progress, rng);
        Ok(Diagnostics {
            policy_loss: Some(-objective),
            value_loss,
            gradient_norm: Some(norm),
            step_size: Some(learning_rate),
            ..diagnostics
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        self.variational.save(checkpoint);
        save_adam(&self.adam, "adam", checkpoint);
        self.fitter.save(checkpoint);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.variational.load(checkpoint)?;
        load_adam(&mut self.adam, "adam", checkpoint)?;
        self.fitter.load(checkpoint)
    }
}
