//! The natural policy gradient with a posterior of the gradient.

#[cfg(test)]
mod tests;

use std::cell::RefCell;

use kinglet_nn::Scalar;
use kinglet_trust_region::{
    DiagonalPosterior, Fisher, NaturalGradient, natural_gradient, trust_region_step,
};
use ndarray::{Array1, Array2, s};
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{at_least_one, not_negative, positive, within};
use crate::critic_fit::Fitter;
use crate::natural_pg::{PolicyFisher, conjugate_gradients, divergence};
use crate::{Agent, Checkpoint, CriticFit, Diagnostics, Element, Error, Learner, Samples};

/// The natural policy gradient with a posterior of the gradient: each piece of a rollout gives a noisy estimate ĝᵢ of
/// it, what earlier rollouts said is the prior, and the step is as long as it is sure to ascend. Catalogue: DECK-14.
///
/// ```text
/// ĝᵢ ~ N(g, R):     κₙ = κ + n,   μₙ = (κ m + Σᵢ ĝᵢ) / κₙ,   Σₙ = R / κₙ
/// θ ← θ + (2 P − 1)₊ √(2δ / μₙᵀx) x,     x = (F + λI)⁻¹ μₙ,   P = P(gᵀx > 0)
/// next:   m = (F + λI) x,   κ = remembered · κₙ
/// ```
///
/// ĝᵢ is scores times advantages, whose mean is the gradient. The prior is the last update's posterior, carried to where
/// the parameters are now: of the gradient what stays is the way it points, x, and the new Fisher matrix makes a gradient
/// of it again; its covariance is widened. R is unknown and diagonal, as [`DiagonalPosterior`] has it: a dense matrix has
/// as many numbers as the square of the network's, and could not be found from a few dozen estimates. With `remembered` 0
/// the prior is infinitely wide, and x is [`NaturalPg`](crate::NaturalPg)'s.
///
/// What is remembered may lie where the new samples have no curvature; λ is what holds it then, and should be 0.1 rather
/// than 0.001.
///
/// # Source
/// Murphy 2007 for the posterior; the step to the bound is Rajeswaran et al. 2017, equation (5). (2 P − 1)₊ and how the
/// prior is carried are our own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BayesNpg {
    /// δ, the bound on KL(π_old ‖ π), in nats, in the quadratic model.
    pub kl_bound: f64,
    /// λ, what is added to the Fisher matrix's diagonal.
    pub damping: f64,
    /// Conjugate-gradient iterations, of one Fisher product each.
    pub iterations: usize,
    /// Pieces that each environment's steps are cut into, at least 2; each gives one estimate of the gradient.
    pub pieces: usize,
    /// The share of the last posterior's precision that is left in the next prior; in [0, 1). With 0 each rollout begins
    /// anew; else the mean looks back over 1 / (1 − `remembered`) rollouts.
    pub remembered: f64,
    /// How the critic learns, where it is the baseline.
    pub critic: CriticFit,
}

impl Default for BayesNpg {
    fn default() -> Self {
        Self {
            kl_bound: 0.01,
            damping: 0.1,
            iterations: 15,
            pieces: 4,
            remembered: 0.2,
            critic: CriticFit::default(),
        }
    }
}

impl BayesNpg {
    pub(crate) fn check(&self) -> Result<(), Error> {
        positive("algorithm.kl_bound", self.kl_bound)?;
        not_negative("algorithm.damping", self.damping)?;
        at_least_one("algorithm.iterations", self.iterations)?;
        let pieces = self.pieces as f64;
        within("algorithm.pieces", pieces, 2.0, f64::MAX, "at least 2")?;
        let below_one = 1.0 - f64::EPSILON;
        within(
            "algorithm.remembered",
            self.remembered,
            0.0,
            below_one,
            "from 0 on, and below 1",
        )?;
        self.critic.check()
    }
}

/// The natural policy gradient with a posterior, in the middle of a run.
#[derive(Clone, Debug)]
pub(crate) struct BayesNpgLearner<S> {
    settings: BayesNpg,
    posterior: DiagonalPosterior,
    /// (F + λI)⁻¹ μ of the last update.
    natural: Array1<S>,
    fitter: Fitter<S>,
}

impl<S: Scalar + Element> BayesNpgLearner<S> {
    pub(crate) fn new(settings: BayesNpg, agent: &Agent<S>) -> Self {
        Self {
            posterior: DiagonalPosterior::flat(agent.policy.n_params()),
            natural: Array1::zeros(agent.policy.n_params()),
            fitter: Fitter::new(settings.critic.clone(), agent),
            settings,
        }
    }

    /// μₙ and x, from the last update's and a rollout; the agent's memory is then that of all samples.
    fn direct(
        &mut self,
        agent: &mut Agent<S>,
        samples: &Samples<'_, S>,
        advantages: &[S],
    ) -> Result<NaturalGradient<S>, Error> {
        let settings = &self.settings;
        let estimates = estimates(agent, samples, advantages, settings.pieces);
        let (policy, memory) = (&agent.policy, &mut agent.memory);
        let params = &agent.params[..policy.n_params()];
        policy.forward(params, samples.batch.observations.view(), memory);
        let fisher = PolicyFisher {
            policy,
            params,
            memory: RefCell::new(memory),
        };
        let posterior = &mut self.posterior;
        posterior.forget(settings.remembered)?;
        if posterior.strength > 0.0 {
            let damped = &self.natural * S::from_f64(settings.damping);
            posterior.mean = (fisher.product(self.natural.view()) + damped).mapv(plain);
        }
        posterior.update(estimates.view())?;
        let natural = natural_gradient(
            &fisher,
            posterior.mean.mapv(S::from_f64).view(),
            conjugate_gradients(settings.damping, settings.iterations),
        )?;
        self.natural.assign(&natural.direction);
        Ok(natural)
    }
}

fn plain<S: Scalar>(x: S) -> f64 {
    x.to_f64().unwrap_or(f64::NAN)
}

/// ĝᵢ of each piece of the rollout, `[N, n_params]`, so scaled that their mean is the gradient of the mean of Â log π
/// over all samples.
fn estimates<S: Scalar>(
    agent: &mut Agent<S>,
    samples: &Samples<'_, S>,
    advantages: &[S],
    pieces: usize,
) -> Array2<f64> {
    let (batch, steps) = (samples.batch, samples.batch.steps);
    let pieces = pieces.min(steps);
    let count = pieces * batch.environments;
    let share = S::from_f64(count as f64 / samples.len() as f64);
    let (policy, memory) = (&agent.policy, &mut agent.memory);
    let (n, n_action) = (policy.n_params(), policy.n_action());
    let params = &agent.params[..n];
    let (mut gradient, mut weights) = (vec![S::zero(); n], Vec::new());
    let mut estimates = Array2::zeros((count, n));
    for (i, mut estimate) in estimates.rows_mut().into_iter().enumerate() {
        let (environment, piece) = (i / pieces, i % pieces);
        let at = |piece: usize| environment * steps + piece * steps / pieces;
        let (from, to) = (at(piece), at(piece + 1));
        weights.clear();
        weights.extend(advantages[from..to].iter().map(|a| share * *a));
        policy.forward(params, batch.observations.slice(s![from..to, ..]), memory);
        let actions = &batch.actions[from * n_action..to * n_action];
        policy.weigh_log_probs(actions, &weights, memory);
        gradient.fill(S::zero());
        policy.vjp(params, memory, &mut gradient);
        for (to, from) in estimate.iter_mut().zip(&gradient) {
            *to = plain(*from);
        }
    }
    estimates
}

impl<S: Scalar + Element> Learner<S> for BayesNpgLearner<S> {
    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        samples: &Samples<'_, S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error> {
        let advantages = samples.whole();
        let natural = self.direct(agent, samples, &advantages)?;
        let laws = agent.memory.laws().to_vec();
        let ascends = self
            .posterior
            .ascends(natural.direction.mapv(plain).view())?;
        let sure = (2.0 * ascends - 1.0).max(0.0);
        let kl_bound = self.settings.kl_bound;
        let edge = trust_region_step(S::from_f64(kl_bound), natural.squared_length)?;
        let step = edge * S::from_f64(sure);
        for (param, direction) in agent.params.iter_mut().zip(&natural.direction) {
            *param += step * *direction;
        }
        let value_loss = self.fitter.fit(agent, samples, progress, rng);
        Ok(Diagnostics {
            policy_loss: Some(-objective(&advantages, &samples.batch.log_probs)),
            value_loss,
            kl: Some(divergence(agent, samples, &laws)),
            kl_bound: Some(kl_bound),
            gradient_norm: natural.squared_length.to_f64().map(f64::sqrt),
            step_size: step.to_f64(),
            ascent_probability: Some(ascends),
            ..Diagnostics::default()
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        let known = &self.posterior;
        checkpoint.insert("posterior.natural", self.natural.clone());
        checkpoint.insert("posterior.mean", known.mean.clone());
        checkpoint.insert("posterior.scatter", known.scatter.clone());
        let counts = [known.strength, known.degrees];
        checkpoint.insert_slice("posterior.counts", &counts);
        self.fitter.save(checkpoint);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let natural = self.natural.as_slice_mut().expect("one axis");
        checkpoint.copy_to("posterior.natural", natural)?;
        let known = &mut self.posterior;
        let mean = known.mean.as_slice_mut().expect("one axis");
        checkpoint.copy_to("posterior.mean", mean)?;
        let scatter = known.scatter.as_slice_mut().expect("one axis");
        checkpoint.copy_to("posterior.scatter", scatter)?;
        let mut counts = [0.0; 2];
        checkpoint.copy_to("posterior.counts", &mut counts)?;
        [known.strength, known.degrees] = counts;
        self.fitter.load(checkpoint)
    }
}

/// The mean of Â log π.
fn objective<S: Scalar>(advantages: &[S], log_probs: &[S]) -> f64 {
    let pairs = advantages.iter().zip(log_probs);
    let terms = pairs.map(|(a, log_prob)| plain(*a * *log_prob));
    terms.sum::<f64>() / advantages.len() as f64
}
