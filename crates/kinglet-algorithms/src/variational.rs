//! A posterior over policies, in the middle of a run.

mod members;
mod posterior;
#[cfg(test)]
mod tests;

use kinglet_nn::Scalar;
use ndarray::{ArrayView2, s};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{Agent, Checkpoint, Diagnostics, Element, Error, Memory, Policy, Samples};

pub(crate) use members::{Members, Over};
pub use posterior::{Parameterisation, Posterior};

/// q_φ and the policies drawn from it for the last rollout.
///
/// Noise is drawn before each rollout and held while one learns from it, so that nothing of it need be kept between
/// updates. The agent acts, when it does not train, with the posterior's mean.
#[derive(Clone, Debug)]
pub(crate) struct Variational<S> {
    pub(crate) settings: Posterior,
    /// (μ, ln σ) of every parameter; or the policy's parameters, where the noise enters in each state.
    pub(crate) phi: Vec<S>,
    pub(crate) members: Members<S>,
    /// The members' laws in the last call of [`ascend`](Self::ascend) or [`remember`](Self::remember).
    pub(crate) laws: Vec<S>,
    /// The rows of the last rollout that each member has.
    per_member: usize,
    numbers: Vec<S>,
}

/// What other parameters are worth on the samples of the old ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Worth {
    /// The mean of ρ Â.
    pub(crate) surrogate: f64,
    /// The mean of KL(π_old ‖ π), the noise shared, in nats.
    pub(crate) kl: f64,
}

impl<S: Scalar + Element> Variational<S> {
    pub(crate) fn new(settings: Posterior, agent: &Agent<S>) -> Self {
        let over = settings.parameterisation.over();
        let members = Members::new(over, &agent.policy, 1);
        Self {
            phi: members.start(agent.actor(), settings.std),
            settings,
            members,
            laws: Vec::new(),
            per_member: 0,
            numbers: Vec::new(),
        }
    }

    /// Policies for the next rollout, one for each shard; none where the noise is in the observations.
    pub(crate) fn behaviours(
        &mut self,
        agent: &Agent<S>,
        shards: usize,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Option<&[Vec<S>]> {
        let over = self.settings.parameterisation.over();
        if over == Over::States {
            return None;
        }
        if self.members.len() != shards {
            self.members = Members::new(over, &agent.policy, shards);
        }
        self.recall(agent);
        self.members.draw(&self.phi, rng);
        Some(&self.members.thetas)
    }

    /// Takes μ from the agent, where a resumed run has it.
    fn recall(&mut self, agent: &Agent<S>) {
        self.phi[..agent.actor().len()].copy_from_slice(agent.actor());
    }

    /// α at this point of the run.
    pub(crate) fn temperature(&self, progress: f64) -> f64 {
        self.settings.temperature.at(progress)
    }

    /// `gradient` ← α times the variational policy gradient, up; gives the mean of Â log π. Catalogue: XU-08, XU-16.
    ///
    /// ```text
    /// E_ξ[ ∂R(θ)/∂θ ∂θ/∂φ ] + α ∂/∂φ E_ξ[ ln |det ∂h_φ/∂ξ| + ln p₀(θ) ],   ∂R/∂θ = E[∇log π(a|s) Â]
    /// ```
    pub(crate) fn ascend(
        &mut self,
        agent: &Agent<S>,
        samples: &Samples<'_, S>,
        temperature: f64,
        gradient: &mut [S],
    ) -> f64 {
        self.remember(agent, samples);
        let (policy, batch, mut weights) = (&agent.policy, samples.batch, samples.whole());
        let terms = weights.iter().zip(&batch.log_probs).map(|(a, l)| *a * *l);
        let loss = sum(terms) / samples.len() as f64;
        let n = policy.n_action();
        for (k, rows) in self.rows(samples).into_iter().enumerate() {
            let share = S::from_f64((rows.len() as f64).recip());
            let weights = &mut weights[rows.clone()];
            weights.iter_mut().for_each(|w| *w *= share);
            let actions = &batch.actions[n * rows.start..n * rows.end];
            policy.weigh_log_probs(actions, weights, self.members.memory(k));
        }
        gradient.fill(S::zero());
        self.pull_back(policy, temperature, gradient);
        loss
    }

    /// Passes some rows of member k through its policy; the other members have none.
    pub(crate) fn forward_alone(
        &mut self,
        k: usize,
        policy: &Policy,
        observations: ArrayView2<'_, S>,
    ) -> &mut Memory<S> {
        self.members.place_alone(k, &self.phi);
        self.members.forward(k, policy, observations)
    }

    /// `gradient` += that of the losses in the members' memories, and of `weight` times log-determinant and prior.
    pub(crate) fn pull_back(&mut self, policy: &Policy, weight: f64, gradient: &mut [S]) {
        let prior = self.settings.prior_std;
        (self.members).pull_back(policy, &self.phi, prior, weight, gradient);
    }

    /// ln |det ∂h_φ/∂ξ| + E ln p₀(θ) of other parameters, whose forward pass was the last.
    pub(crate) fn posterior(&self, policy: &Policy, phi: &[S]) -> f64 {
        (self.members).posterior(policy, phi, self.settings.prior_std)
    }

    /// Passes all samples through the members as they were in the rollout, and keeps the laws.
    pub(crate) fn remember(&mut self, agent: &Agent<S>, samples: &Samples<'_, S>) {
        self.recall(agent);
        self.members.place(&self.phi);
        let batch = samples.batch;
        self.per_member = batch.environments.div_ceil(self.members.len()) * batch.steps;
        self.laws.clear();
        for (k, rows) in self.rows(samples).into_iter().enumerate() {
            let own = batch.observations.slice(s![rows, ..]);
            let memory = self.members.forward(k, &agent.policy, own);
            self.laws.extend_from_slice(memory.laws());
        }
    }

    /// The rows of each member.
    pub(crate) fn rows(&self, samples: &Samples<'_, S>) -> Vec<std::ops::Range<usize>> {
        self.members.rows(samples.len(), self.per_member)
    }

    /// What other parameters are worth, the noise as it was; `advantages` as [`Samples::whole`] gives them.
    pub(crate) fn compare(
        &mut self,
        policy: &Policy,
        samples: &Samples<'_, S>,
        advantages: &[S],
        phi: &[S],
    ) -> Worth {
        self.members.place(phi);
        let (batch, n, n_law) = (samples.batch, policy.n_action(), policy.n_law());
        let (mut surrogate, mut kl) = (0.0, 0.0);
        for (k, rows) in self.rows(samples).into_iter().enumerate() {
            let own = batch.observations.slice(s![rows.clone(), ..]);
            let memory = self.members.forward(k, policy, own);
            let numbers = &mut self.numbers;
            numbers.resize(rows.len(), S::zero());
            let actions = &batch.actions[n * rows.start..n * rows.end];
            policy.log_probs(actions, memory, numbers);
            for (number, old) in numbers.iter_mut().zip(&batch.log_probs[rows.clone()]) {
                *number -= *old;
            }
            S::exp_all(numbers);
            let pairs = numbers.iter().zip(&advantages[rows.clone()]);
            surrogate += sum(pairs.map(|(ratio, a)| *ratio * *a));
            policy.kls(
                &self.laws[n_law * rows.start..n_law * rows.end],
                memory,
                numbers,
            );
            kl += sum(numbers.iter().copied());
        }
        let all = samples.len() as f64;
        Worth {
            surrogate: surrogate / all,
            kl: (kl / all).max(0.0),
        }
    }

    /// After a step of φ: gives μ to the agent, and says how far the law has gone.
    pub(crate) fn finish(
        &mut self,
        agent: &mut Agent<S>,
        samples: &Samples<'_, S>,
        temperature: f64,
    ) -> Diagnostics {
        let phi = std::mem::take(&mut self.phi);
        let kl = self
            .compare(&agent.policy, samples, samples.advantages, &phi)
            .kl;
        self.phi = phi;
        let mean = self.members.mean(&self.phi);
        agent.params[..mean.len()].copy_from_slice(mean);
        Diagnostics {
            kl: Some(kl),
            temperature: Some(temperature),
            posterior_std: Some(self.members.mean_std(&agent.policy)),
            ..Diagnostics::default()
        }
    }

    pub(crate) fn save(&self, checkpoint: &mut Checkpoint) {
        let n = self.members.mean(&self.phi).len();
        checkpoint.insert_slice("posterior.log_std", &self.phi[n..]);
    }

    pub(crate) fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let n = self.members.mean(&self.phi).len();
        checkpoint.copy_to("posterior.log_std", &mut self.phi[n..])
    }
}

/// A sum in f64.
fn sum<S: Scalar>(x: impl Iterator<Item = S>) -> f64 {
    x.map(|x| x.to_f64().unwrap_or(f64::NAN)).sum()
}
