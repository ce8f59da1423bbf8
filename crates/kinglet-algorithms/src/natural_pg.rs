//! The natural policy gradient.

use std::cell::RefCell;

use kinglet_nn::Scalar;
use kinglet_trust_region::{ConjugateGradient, Fisher, natural_gradient, trust_region_step};
use ndarray::{Array1, ArrayView1};
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{at_least_one, not_negative, positive};
use crate::critic_fit::Fitter;
use crate::reinforce::policy_gradient;
use crate::samples::mean;
use crate::{
    Agent, Checkpoint, CriticFit, Diagnostics, Element, Error, Learner, Memory, Policy, Samples,
};

/// The natural policy gradient, by conjugate gradients on Fisher products, with the step that goes to the edge of a trust
/// region in the quadratic model of the divergence. Catalogue: DECK-13.
///
/// ```text
/// θ ← θ + √(2δ / gᵀx) x,   x = (F + λI)⁻¹ g
/// ```
///
/// [`Trpo`](crate::Trpo) adds a line search to it.
///
/// # Source
/// Kakade 2002; the normalised step is Rajeswaran et al. 2017, equation (5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NaturalPg {
    /// δ, the bound on KL(π_old ‖ π), in nats, in the quadratic model.
    pub kl_bound: f64,
    /// λ, what is added to the Fisher matrix's diagonal.
    pub damping: f64,
    /// Conjugate-gradient iterations, of one Fisher product each.
    pub iterations: usize,
    /// How the critic learns, where it is the baseline.
    pub critic: CriticFit,
}

impl Default for NaturalPg {
    fn default() -> Self {
        Self {
            kl_bound: 0.01,
            damping: 0.1,
            iterations: 15,
            critic: CriticFit::default(),
        }
    }
}

impl NaturalPg {
    pub(crate) fn check(&self) -> Result<(), Error> {
        positive("algorithm.kl_bound", self.kl_bound)?;
        not_negative("algorithm.damping", self.damping)?;
        at_least_one("algorithm.iterations", self.iterations)?;
        self.critic.check()
    }
}

/// How conjugate gradients are run here; the residual is as small as single precision knows.
pub(crate) fn conjugate_gradients<S: Scalar>(
    damping: f64,
    iterations: usize,
) -> ConjugateGradient<S> {
    ConjugateGradient {
        damping: S::from_f64(damping),
        tolerance: S::from_f64(1e-5),
        max_iterations: iterations,
    }
}

/// The Fisher matrix of a policy at the observations of its last forward pass.
pub(crate) struct PolicyFisher<'a, S> {
    pub(crate) policy: &'a Policy,
    pub(crate) params: &'a [S],
    pub(crate) memory: RefCell<&'a mut Memory<S>>,
}

impl<S: Scalar> Fisher<S> for PolicyFisher<'_, S> {
    fn dim(&self) -> usize {
        self.params.len()
    }

    fn product(&self, v: ArrayView1<'_, S>) -> Array1<S> {
        let mut out = vec![S::zero(); v.len()];
        let v = v.to_slice().expect("our own vectors are contiguous");
        let memory = &mut self.memory.borrow_mut();
        self.policy.fisher_product(self.params, v, memory, &mut out);
        out.into()
    }
}

/// The mean of KL(π_old ‖ π) over the states of the samples; `laws` are the old policy's.
pub(crate) fn divergence<S: Scalar>(
    agent: &mut Agent<S>,
    samples: &Samples<'_, S>,
    laws: &[S],
) -> f64 {
    let (policy, memory) = (&agent.policy, &mut agent.memory);
    let params = &agent.params[..policy.n_params()];
    policy.forward(params, samples.batch.observations.view(), memory);
    let mut kls = vec![S::zero(); samples.len()];
    policy.kls(laws, memory, &mut kls);
    mean(&kls).max(0.0)
}

/// The natural policy gradient in the middle of a run.
#[derive(Clone, Debug)]
pub(crate) struct NaturalPgLearner<S> {
    settings: NaturalPg,
    fitter: Fitter<S>,
    gradient: Vec<S>,
}

impl<S: Scalar + Element> NaturalPgLearner<S> {
    pub(crate) fn new(settings: NaturalPg, agent: &Agent<S>) -> Self {
        Self {
            fitter: Fitter::new(settings.critic.clone(), agent),
            gradient: vec![S::zero(); agent.policy.n_params()],
            settings,
        }
    }
}

impl<S: Scalar + Element> Learner<S> for NaturalPgLearner<S> {
    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        samples: &Samples<'_, S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error> {
        let NaturalPg {
            kl_bound,
            damping,
            iterations,
            ..
        } = self.settings;
        let objective = policy_gradient(agent, samples, &mut self.gradient);
        let laws = agent.memory.laws().to_vec();
        let n = agent.policy.n_params();
        let natural = natural_gradient(
            &PolicyFisher {
                policy: &agent.policy,
                params: &agent.params[..n],
                memory: RefCell::new(&mut agent.memory),
            },
            ArrayView1::from(&self.gradient),
            conjugate_gradients(damping, iterations),
        )?;
        let step = trust_region_step(S::from_f64(kl_bound), natural.squared_length)?;
        for (param, direction) in agent.params.iter_mut().zip(&natural.direction) {
            *param += step * *direction;
        }
        let value_loss = self.fitter.fit(agent, samples, progress, rng);
        Ok(Diagnostics {
            policy_loss: Some(-objective),
            value_loss,
            kl: Some(divergence(agent, samples, &laws)),
            kl_bound: Some(kl_bound),
            gradient_norm: natural.squared_length.to_f64().map(f64::sqrt),
            step_size: step.to_f64(),
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
