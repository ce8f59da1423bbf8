//! REINFORCE: the likelihood-ratio policy gradient.

use kinglet_nn::{Adam, Scalar, clip_global_norm};
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{above_zero, rate};
use crate::critic_fit::Fitter;
use crate::learner::{adam, load_adam, save_adam};
use crate::natural_pg::divergence;
use crate::{Agent, Checkpoint, CriticFit, Diagnostics, Element, Error, Learner, Rate, Samples};

/// REINFORCE: one step up the policy gradient for each rollout. Catalogue: XU-09, DECK-07.
///
/// ```text
/// ∇J = E[Σₜ γᵗ ∇log π(aₜ|sₜ) (Gₜ − b)]
/// ```
///
/// The baseline, λ and the weight γᵗ are those of the table `advantage`; with λ = 1 the advantage is Gₜ − b. A step is
/// the mean over the rollout's samples, taken by Adam.
///
/// # Source
/// Williams 1992, theorem 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Reinforce {
    /// Adam's learning rate.
    pub learning_rate: Rate,
    /// The length to which a longer gradient is cut; `inf` for none.
    pub max_gradient_norm: f64,
    /// How the critic learns, where it is the baseline.
    pub critic: CriticFit,
}

impl Default for Reinforce {
    fn default() -> Self {
        Self {
            learning_rate: Rate::Constant(1e-2),
            max_gradient_norm: f64::INFINITY,
            critic: CriticFit::default(),
        }
    }
}

impl Reinforce {
    pub(crate) fn check(&self) -> Result<(), Error> {
        rate("algorithm.learning_rate", self.learning_rate)?;
        above_zero("algorithm.max_gradient_norm", self.max_gradient_norm)?;
        self.critic.check()
    }
}

/// `gradient` ← the gradient of the mean of Â log π over the samples; gives that mean.
pub(crate) fn policy_gradient<S: Scalar>(
    agent: &mut Agent<S>,
    samples: &Samples<'_, S>,
    gradient: &mut [S],
) -> f64 {
    let (batch, mut weights) = (samples.batch, samples.whole());
    let share = S::from_f64((samples.len() as f64).recip());
    let pairs = weights.iter().zip(&batch.log_probs);
    let loss: S = pairs.map(|(a, log_prob)| *a * *log_prob * share).sum();
    weights.iter_mut().for_each(|weight| *weight *= share);
    let (policy, memory) = (&agent.policy, &mut agent.memory);
    let params = &agent.params[..policy.n_params()];
    policy.forward(params, batch.observations.view(), memory);
    policy.weigh_log_probs(&batch.actions, &weights, memory);
    gradient.fill(S::zero());
    policy.vjp(params, memory, gradient);
    loss.to_f64().unwrap_or(f64::NAN)
}

/// REINFORCE in the middle of a run.
#[derive(Clone, Debug)]
pub(crate) struct ReinforceLearner<S> {
    settings: Reinforce,
    adam: Adam<S>,
    fitter: Fitter<S>,
    gradient: Vec<S>,
}

impl<S: Scalar + Element> ReinforceLearner<S> {
    pub(crate) fn new(settings: Reinforce, agent: &Agent<S>) -> Self {
        let n = agent.policy.n_params();
        Self {
            adam: adam(n),
            fitter: Fitter::new(settings.critic.clone(), agent),
            gradient: vec![S::zero(); n],
            settings,
        }
    }
}

impl<S: Scalar + Element> Learner<S> for ReinforceLearner<S> {
    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        samples: &Samples<'_, S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error> {
        let objective = policy_gradient(agent, samples, &mut self.gradient);
        let laws = agent.memory.laws().to_vec();
        self.gradient.iter_mut().for_each(|g| *g = -*g);
        let norm = clip_global_norm(&mut self.gradient, self.settings.max_gradient_norm);
        let learning_rate = self.settings.learning_rate.at(progress);
        self.adam.learning_rate = S::from_f64(learning_rate);
        let n = agent.policy.n_params();
        self.adam.step(&mut agent.params[..n], &self.gradient);
        let value_loss = self.fitter.fit(agent, samples, progress, rng);
        Ok(Diagnostics {
            policy_loss: Some(-objective),
            value_loss,
            kl: Some(divergence(agent, samples, &laws)),
            gradient_norm: Some(norm),
            step_size: Some(learning_rate),
            ..Diagnostics::default()
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        save_adam(&self.adam, "adam", checkpoint);
        self.fitter.save(checkpoint);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        load_adam(&mut self.adam, "adam", checkpoint)?;
        self.fitter.load(checkpoint)
    }
}
