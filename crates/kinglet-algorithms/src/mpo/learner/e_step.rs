//! The E-step of a minibatch.

use kinglet_nn::Scalar;

use super::{MpoLearner, sum};
use crate::mpo::{EStepConstraint, EStepForm};
use crate::{Agent, Element};

impl<S: Scalar + Element> MpoLearner<S> {
    /// η where it is not the dual's solution.
    pub(super) fn price(&self) -> f64 {
        match self.settings.constraint {
            EStepConstraint::Soft => self.settings.temperature,
            EStepConstraint::Exact | EStepConstraint::Gradient => self.price.value(),
        }
    }

    /// The E-step: gives KL(q ‖ π̄).
    pub(in crate::mpo) fn improve(&mut self, agent: &Agent<S>, learning_rate: f64) -> f64 {
        let kl_bound = self.settings.kl_bound;
        if self.settings.e_step == EStepForm::Parametric {
            let kl: S = self.shards.iter().map(|shard| shard.e_step_kl).sum();
            let kl = kl.to_f64().unwrap_or(f64::NAN);
            self.temperature = self.price();
            self.price.step(kl, kl_bound);
            self.candidate_adam.learning_rate = S::from_f64(learning_rate);
            let gradient = sum(&mut self.shards, |shard| &mut shard.d_candidate);
            self.candidate_adam.step(&mut self.candidate, gradient);
            return kl;
        }
        let drawn = self.input.is_some();
        self.tilt.clear(if drawn {
            self.settings.actions
        } else {
            agent.policy.n_law()
        });
        for shard in &self.shards {
            self.tilt.add(&shard.q, (!drawn).then(|| shard.old.laws()));
        }
        let (temperature, dual) = match self.settings.constraint {
            EStepConstraint::Exact => self.tilt.solve(kl_bound, self.temperature),
            EStepConstraint::Gradient | EStepConstraint::Soft => {
                let temperature = self.price();
                (temperature, self.tilt.dual(kl_bound, temperature))
            }
        };
        self.temperature = temperature;
        self.price.step(dual.kl, kl_bound);
        dual.kl
    }
}
