//! The variational policy gradient inside a trust region.

use std::cell::RefCell;

use kinglet_nn::Scalar;
use kinglet_trust_region::{Evaluation, TrpoStep, trpo_step};
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::critic_fit::Fitter;
use crate::samples::mean;
use crate::variational::Variational;
use crate::{
    Agent, Checkpoint, CriticFit, Diagnostics, Element, Error, Learner, Posterior, Samples, Trpo,
};

/// TRPO for a law over policies. Catalogue: XU-20, XU-21.
///
/// ```text
/// φ ← φ + β (H_φ + λI)⁻¹ g,   H_φ = E_ξ[ Jᵀ H(θ) J ],   J = ∂θ/∂φ
/// accepted when  E_ξ[L(θ)] + α ( ln |det ∂h_φ/∂ξ| + ln p₀ )  rises and  E_ξ[KL(π_old ‖ π_θ)] ≤ δ
/// ```
///
/// It is [`Trpo`] with φ for θ: the same step, the same search, and the gradient of [`Vpg`](crate::Vpg).
///
/// # Source
/// Xu 2018, section 4, equation (9), whose H has θ's dimension where φ's is needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrpoVpg {
    /// The law over policies.
    pub posterior: Posterior,
    /// δ, the bound on E_ξ KL(π_old ‖ π), in nats.
    pub kl_bound: f64,
    /// λ, what is added to the diagonal of H_φ.
    pub damping: f64,
    /// Conjugate-gradient iterations, of one product with H_φ each.
    pub iterations: usize,
    /// The factor by which a step that is no good is shortened.
    pub shrink: f64,
    /// Steps tried, the full one included.
    pub tries: usize,
    /// How the critic learns, where it is the baseline.
    pub critic: CriticFit,
}

impl Default for TrpoVpg {
    fn default() -> Self {
        let Trpo {
            kl_bound,
            damping,
            iterations,
            shrink,
            tries,
            critic,
        } = Trpo::default();
        Self {
            posterior: Posterior::default(),
            kl_bound,
            damping,
            iterations,
            shrink,
            tries,
            critic,
        }
    }
}

impl TrpoVpg {
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.posterior.check()?;
        self.trpo().check()
    }

    /// The same step for one policy.
    fn trpo(&self) -> Trpo {
        Trpo {
            kl_bound: self.kl_bound,
            damping: self.damping,
            iterations: self.iterations,
            shrink: self.shrink,
            tries: self.tries,
            critic: self.critic.clone(),
        }
    }
}

/// TRPO-VPG in the middle of a run.
#[derive(Clone, Debug)]
pub(crate) struct TrpoVpgLearner<S> {
    settings: TrpoVpg,
    variational: Variational<S>,
    fitter: Fitter<S>,
    gradient: Vec<S>,
}

impl<S: Scalar + Element> TrpoVpgLearner<S> {
    pub(crate) fn new(settings: TrpoVpg, agent: &Agent<S>) -> Self {
        let variational = Variational::new(settings.posterior.clone(), agent);
        Self {
            fitter: Fitter::new(settings.critic.clone(), agent),
            gradient: vec![S::zero(); variational.phi.len()],
            variational,
            settings,
        }
    }

    /// The step from φ up the gradient, whose pass the members have just made.
    fn climb(
        &mut self,
        agent: &Agent<S>,
        samples: &Samples<'_, S>,
        temperature: f64,
    ) -> Result<TrpoStep<S>, Error> {
        let (policy, advantages) = (&agent.policy, samples.whole());
        let phi = self.variational.phi.clone();
        let before = self.variational.posterior(policy, &phi);
        let variational = RefCell::new(&mut self.variational);
        let fisher = |v: &[S], out: &mut [S]| {
            (variational.borrow_mut().members).fisher_product(policy, v, out);
        };
        let worth = |phi: &[S]| {
            let variational = &mut variational.borrow_mut();
            let worth = variational.compare(policy, samples, &advantages, phi);
            let gained = variational.posterior(policy, phi) - before;
            Evaluation {
                objective: S::from_f64(worth.surrogate + temperature * gained),
                kl: S::from_f64(worth.kl),
            }
        };
        let objective_old = S::from_f64(mean(&advantages));
        let settings = self.settings.trpo().step();
        let step = trpo_step(&phi, &self.gradient, objective_old, settings, fisher, worth)?;
        Ok(step)
    }
}

impl<S: Scalar + Element> Learner<S> for TrpoVpgLearner<S> {
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
        let gradient = &mut self.gradient;
        let objective = (self.variational).ascend(agent, samples, temperature, gradient);
        let step = self.climb(agent, samples, temperature)?;
        self.variational.phi.copy_from_slice(&step.theta);
        let diagnostics = self.variational.finish(agent, samples, temperature);
        let value_loss = self.fitter.fit(agent, samples, progress, rng);
        Ok(Diagnostics {
            policy_loss: Some(-objective),
            value_loss,
            kl_bound: Some(self.settings.kl_bound),
            gradient_norm: step.squared_length.to_f64().map(f64::sqrt),
            step_size: step.step.to_f64(),
            ..diagnostics
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        self.variational.save(checkpoint);
        self.fitter.save(checkpoint);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.variational.load(checkpoint)?;
        self.fitter.load(checkpoint)
    }
}
