//! Trust region policy optimisation.

use std::cell::RefCell;

use kinglet_nn::Scalar;
use kinglet_trust_region::{Evaluation, LineSearch, TrpoStep, trpo_step};
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{at_least_one, not_negative, positive, within};
use crate::critic_fit::Fitter;
use crate::natural_pg::conjugate_gradients;
use crate::reinforce::policy_gradient;
use crate::samples::mean;
use crate::{Agent, Checkpoint, CriticFit, Diagnostics, Element, Error, Learner, Samples};

/// Trust region policy optimisation: the natural policy gradient's step, shortened until the surrogate rises inside the
/// trust region. Catalogue: XU-20, DECK-13.
///
/// ```text
/// max L(θ) = E_old[ρ Â]   subject to   E_s[KL(π_old ‖ π_θ)] ≤ δ
/// ```
///
/// # Source
/// Schulman et al. 2015, equation (14) and appendix C; the defaults are those of SB3-Contrib's TRPO.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Trpo {
    /// δ, the bound on KL(π_old ‖ π), in nats.
    pub kl_bound: f64,
    /// λ, what is added to the Fisher matrix's diagonal.
    pub damping: f64,
    /// Conjugate-gradient iterations, of one Fisher product each.
    pub iterations: usize,
    /// The factor by which a step that is no good is shortened.
    pub shrink: f64,
    /// Steps tried, the full one included.
    pub tries: usize,
    /// How the critic learns, where it is the baseline.
    pub critic: CriticFit,
}

impl Default for Trpo {
    fn default() -> Self {
        Self {
            kl_bound: 0.01,
            damping: 0.1,
            iterations: 15,
            shrink: 0.8,
            tries: 10,
            critic: CriticFit::default(),
        }
    }
}

impl Trpo {
    pub(crate) fn check(&self) -> Result<(), Error> {
        positive("algorithm.kl_bound", self.kl_bound)?;
        not_negative("algorithm.damping", self.damping)?;
        at_least_one("algorithm.iterations", self.iterations)?;
        within(
            "algorithm.shrink",
            self.shrink,
            0.01,
            0.99,
            "a number from 0.01 to 0.99",
        )?;
        at_least_one("algorithm.tries", self.tries)?;
        self.critic.check()
    }

    pub(crate) fn step<S: Scalar>(&self) -> kinglet_trust_region::Trpo<S> {
        kinglet_trust_region::Trpo {
            conjugate_gradient: conjugate_gradients(self.damping, self.iterations),
            line_search: LineSearch {
                kl_bound: S::from_f64(self.kl_bound),
                shrink: S::from_f64(self.shrink),
                max_tries: self.tries,
            },
        }
    }
}

/// TRPO in the middle of a run.
#[derive(Clone, Debug)]
pub(crate) struct TrpoLearner<S> {
    settings: Trpo,
    fitter: Fitter<S>,
    gradient: Vec<S>,
}

impl<S: Scalar + Element> TrpoLearner<S> {
    pub(crate) fn new(settings: Trpo, agent: &Agent<S>) -> Self {
        Self {
            fitter: Fitter::new(settings.critic.clone(), agent),
            gradient: vec![S::zero(); agent.policy.n_params()],
            settings,
        }
    }

    /// The step from the agent's parameters up the gradient; the agent's memory has just made the gradient's pass.
    fn climb(&self, agent: &mut Agent<S>, samples: &Samples<'_, S>) -> Result<TrpoStep<S>, Error> {
        let (policy, batch, advantages) = (&agent.policy, samples.batch, samples.whole());
        let params = &agent.params[..policy.n_params()];
        let laws = agent.memory.laws().to_vec();
        let memory = RefCell::new(&mut agent.memory);
        let fisher = |v: &[S], out: &mut [S]| {
            policy.fisher_product(params, v, &mut memory.borrow_mut(), out);
        };
        let mut numbers = vec![S::zero(); samples.len()];
        let worth = |theta: &[S]| {
            let memory = &mut memory.borrow_mut();
            policy.forward(theta, batch.observations.view(), memory);
            policy.log_probs(&batch.actions, memory, &mut numbers);
            let objective = surrogate(&mut numbers, &batch.log_probs, &advantages);
            policy.kls(&laws, memory, &mut numbers);
            let kl = S::from_f64(mean(&numbers).max(0.0));
            Evaluation { objective, kl }
        };
        let objective_old = S::from_f64(mean(&advantages));
        let settings = self.settings.step();
        Ok(trpo_step(
            params,
            &self.gradient,
            objective_old,
            settings,
            fisher,
            worth,
        )?)
    }
}

/// The mean of ρ Â; the log-probabilities become ρ.
fn surrogate<S: Scalar>(log_probs: &mut [S], old: &[S], advantages: &[S]) -> S {
    for (log_prob, old) in log_probs.iter_mut().zip(old) {
        *log_prob -= *old;
    }
    S::exp_all(log_probs);
    let terms = log_probs.iter().zip(advantages);
    let sum: f64 = terms
        .map(|(ratio, advantage)| (*ratio * *advantage).to_f64().unwrap_or(f64::NAN))
        .sum();
    S::from_f64(sum / advantages.len() as f64)
}

impl<S: Scalar + Element> Learner<S> for TrpoLearner<S> {
    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        samples: &Samples<'_, S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error> {
        let objective = policy_gradient(agent, samples, &mut self.gradient);
        let step = self.climb(agent, samples)?;
        agent.params[..step.theta.len()].copy_from_slice(&step.theta);
        let value_loss = self.fitter.fit(agent, samples, progress, rng);
        let kl = step.accepted.map_or(Some(0.0), |worth| worth.kl.to_f64());
        Ok(Diagnostics {
            policy_loss: Some(-objective),
            value_loss,
            kl,
            kl_bound: Some(self.settings.kl_bound),
            gradient_norm: step.squared_length.to_f64().map(f64::sqrt),
            step_size: step.step.to_f64(),
            ..Diagnostics::default()
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        self.fitter.save(checkpoint);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.fitter.load(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::samples::tests::gathered;

    /// E_old[ρ Â] and E[KL(π_old ‖ π)] of parameters, by the laws' probabilities.
    fn worth(agent: &mut Agent<f64>, samples: &Samples<'_, f64>, old: &[f64]) -> (f64, f64) {
        let (policy, memory) = (&agent.policy, &mut agent.memory);
        let n = policy.n_params();
        let x = samples.batch.observations.view();
        let (mut gain, mut kl) = (0.0, 0.0);
        let laws = policy.forward(&agent.params[..n], x, memory);
        let rows = laws.chunks(2).zip(old.chunks(2));
        let each = rows.zip(samples.batch.actions.iter().zip(samples.whole()));
        for ((new, old), (action, advantage)) in each {
            let a = *action as usize;
            gain += (new[a] - old[a]).exp() * advantage;
            kl += (0..2)
                .map(|k| old[k].exp() * (old[k] - new[k]))
                .sum::<f64>();
        }
        let count = samples.len() as f64;
        (gain / count, kl / count)
    }

    #[test]
    fn xu_20_a_step_raises_the_surrogate_inside_the_trust_region_or_is_not_taken() {
        let (mut agent, batch, mut appraisal) = gathered(&Config::default());
        let samples = appraisal.appraise(&mut agent, &batch, 0.0).unwrap();
        let n = agent.policy.n_params();
        let x = batch.observations.view();
        let old = agent
            .policy
            .forward(&agent.params[..n], x, &mut agent.memory);
        let old = old.to_vec();
        let before = agent.params.clone();
        for (kl_bound, tries) in [(1e-3, 10), (0.05, 10), (5.0, 30), (5.0, 1)] {
            let settings = Trpo {
                kl_bound,
                tries,
                ..Trpo::default()
            };
            agent.params.copy_from_slice(&before);
            let mut learner = TrpoLearner::new(settings, &agent);
            policy_gradient(&mut agent, &samples, &mut learner.gradient);
            let step = learner.climb(&mut agent, &samples).unwrap();
            let (start, _) = worth(&mut agent, &samples, &old);
            agent.params[..n].copy_from_slice(&step.theta);
            let (gain, kl) = worth(&mut agent, &samples, &old);
            let Some(accepted) = step.accepted else {
                assert_eq!((kl_bound, tries), (5.0, 1));
                assert_eq!(agent.params, before);
                continue;
            };
            assert!((accepted.objective - gain).abs() < 1e-12);
            assert!((accepted.kl - kl).abs() < 1e-12);
            assert!(
                gain > start && kl > 0.1 * kl_bound && kl <= kl_bound,
                "{gain} {kl}"
            );
        }
    }
}
