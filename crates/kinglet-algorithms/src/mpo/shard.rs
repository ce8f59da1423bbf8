//! What is computed of some sequences of a minibatch.

use std::ops::Range;

use kinglet_nn::{Cache, Scalar};
use ndarray::ArrayView2;

use super::continuous::Draws;
use super::m_step::{Fit, categorical, decoupled, joint};
use super::returns::returns;
use super::steps::Steps;
use super::{CriticReturns, EStepForm, MStepBounds, Mpo, continuous, discrete};
use crate::critics::{Regression, index, join, rows};
use crate::{ActionInput, Agent, Memory, Minibatch};

/// What all shards read.
pub(super) struct Networks<'a, S> {
    pub(super) settings: &'a Mpo,
    pub(super) agent: &'a Agent<S>,
    pub(super) input: Option<&'a ActionInput>,
    pub(super) minibatch: &'a Minibatch<S>,
    /// Those of Q̄, of π̄ and of a parametric q.
    pub(super) target_critics: &'a [S],
    pub(super) target_actor: &'a [S],
    pub(super) candidate: &'a [S],
    /// η of a parametric q.
    pub(super) temperature: S,
    /// Those of the M-step's bounds.
    pub(super) multipliers: [S; 2],
    pub(super) discount: S,
    /// The weight of a step in a mean over the minibatch.
    pub(super) share: S,
}

impl<S: Scalar> Networks<'_, S> {
    /// The parameters of critic `k` among those of all.
    pub(super) fn critic<'b>(&self, params: &'b [S], k: usize) -> &'b [S] {
        let n = self.agent.critic.n_params();
        &params[k * n..(k + 1) * n]
    }

    /// minₖ q̄ₖ of what critics see, `[B, outputs]`. `shared`: how many columns are the same in groups of how many rows.
    pub(super) fn smallest(
        &self,
        x: ArrayView2<'_, S>,
        shared: Option<(usize, usize)>,
        cache: &mut Cache<S>,
        out: &mut [S],
    ) {
        let critic = &self.agent.critic;
        out.fill(S::infinity());
        for k in 0..self.agent.critics {
            let params = self.critic(self.target_critics, k);
            let q = match shared {
                Some((columns, repeats)) => {
                    critic.forward_shared(params, x, columns, repeats, cache)
                }
                None => critic.forward(params, x, cache),
            };
            for (out, q) in out.iter_mut().zip(q) {
                *out = out.min(*q);
            }
        }
    }
}

/// The memory of a shard, and its part of the gradients.
#[derive(Clone, Debug, Default)]
pub(super) struct Shard<S> {
    pub(super) steps: Steps<S>,
    /// π̄, a parametric q and π at s′.
    pub(super) old: Memory<S>,
    pub(super) candidate: Memory<S>,
    pub(super) memory: Memory<S>,
    pub(super) draws: Draws<S>,
    /// A cache for each target critic.
    pub(super) caches: Vec<Cache<S>>,
    /// Q̄(s′, ·), `[T, N]`.
    pub(super) q: Vec<S>,
    /// E_π̄ Q̄(s′, ·), `[T]`.
    pub(super) values: Vec<S>,
    /// What critics see of (s, a).
    taken: Vec<S>,
    /// Q̄(sₜ₊₁, aₜ₊₁) and the trace that leads there, `[T]`.
    next_values: Vec<S>,
    traces: Vec<S>,
    returns: Vec<S>,
    column: Vec<S>,
    /// q at s′: probabilities, or means and variances, `[T, n_law]`.
    pub(super) improved: Vec<S>,
    pub(super) d_laws: Vec<S>,
    pub(super) d_actor: Vec<S>,
    pub(super) d_candidate: Vec<S>,
    /// The shard's share of the entropy of π̄, and of KL(q ‖ π̄) where q is parametric.
    pub(super) entropy: S,
    pub(super) e_step_kl: S,
    pub(super) fit: Fit<S>,
}

impl<S: Scalar> Shard<S> {
    /// Q̄ of the actions of π̄ at s′; the gradients of the critics, and of a parametric q.
    pub(super) fn evaluate(
        &mut self,
        networks: &Networks<'_, S>,
        sequences: Range<usize>,
        noise: &[S],
        fits: &mut [Regression<S>],
    ) {
        let (agent, settings) = (networks.agent, networks.settings);
        let minibatch = networks.minibatch;
        self.steps.gather(minibatch, sequences, networks.discount);
        self.caches.resize_with(agent.critics, Cache::default);
        let next = self.steps.next();
        agent
            .policy
            .forward(networks.target_actor, next, &mut self.old);
        match networks.input {
            Some(input) => continuous::evaluate(self, networks, input, noise),
            None => discrete::evaluate(self, networks),
        }
        self.critics_back(networks, fits);
        if settings.e_step == EStepForm::Parametric {
            match networks.input {
                Some(input) => continuous::ascend(self, networks, input, noise),
                None => discrete::ascend(self, networks),
            }
            let policy = &agent.policy;
            policy.weigh_laws(&self.d_laws, &mut self.candidate);
            self.d_candidate.clear();
            self.d_candidate.resize(policy.n_params(), S::zero());
            let (candidate, memory) = (networks.candidate, &mut self.candidate);
            policy.vjp(candidate, memory, &mut self.d_candidate);
        }
    }

    /// The critics' gradients of the mean of (q − y)².
    fn critics_back(&mut self, networks: &Networks<'_, S>, fits: &mut [Regression<S>]) {
        let (agent, steps) = (networks.agent, &self.steps);
        let observations = steps.observations();
        if let Some(input) = networks.input {
            self.column.resize(steps.actions.len(), S::zero());
            input.see(&steps.actions, &mut self.column);
            join(observations, &self.column, &mut self.taken);
        }
        self.trace(networks);
        let steps = &self.steps;
        let (values, traces, taken) = (&self.values, &self.traces, &self.next_values);
        returns(steps, values, traces, taken, &mut self.returns);
        for (k, fit) in fits.iter_mut().enumerate() {
            fit.targets.clear();
            fit.targets.extend_from_slice(&self.returns);
            let params = networks.critic(agent.critic_params(), k);
            let share = networks.share;
            if networks.input.is_some() {
                let x = rows(&self.taken, agent.critic.n_inputs());
                fit.fit(&agent.critic, params, x, |_| 0, share);
            } else {
                let x = steps.observations();
                fit.fit(&agent.critic, params, x, |i| index(steps.actions[i]), share);
            }
        }
    }

    /// What of the next step's return enters a step's.
    fn trace(&mut self, networks: &Networks<'_, S>) {
        let (settings, steps) = (networks.settings, &self.steps);
        self.next_values.clone_from(&self.values);
        self.traces.clear();
        self.traces.resize(steps.len(), S::one());
        if settings.returns == CriticReturns::NStep || networks.minibatch.length == 1 {
            return;
        }
        // The step after row t is row t + 1, whose state is s′ of row t: π̄ is there already.
        let m = networks.minibatch.n_action;
        let after = |t: usize| t + usize::from(steps.continues[t]);
        self.column.clear();
        for t in 0..steps.len() {
            let own = after(t) * m..(after(t) + 1) * m;
            self.column.extend_from_slice(&steps.actions[own]);
        }
        let policy = &networks.agent.policy;
        policy.log_probs(&self.column, &self.old, &mut self.traces);
        let lambda = S::from_f64(settings.lambda);
        for (t, trace) in self.traces.iter_mut().enumerate() {
            let log_ratio = *trace - steps.log_probs[after(t)];
            *trace = lambda * log_ratio.exp().min(S::one());
        }
        let (n, critic) = (networks.agent.critic.n_outputs(), &networks.agent.critic);
        self.column.resize(steps.len() * n, S::zero());
        let x = match networks.input {
            Some(_) => rows(&self.taken, critic.n_inputs()),
            None => steps.observations(),
        };
        networks.smallest(x, None, &mut self.caches[0], &mut self.column);
        for (t, value) in self.next_values.iter_mut().enumerate() {
            let next = after(t);
            let k = networks
                .input
                .map_or_else(|| index(steps.actions[next]), |_| 0);
            *value = self.column[next * n + k];
        }
    }

    /// The policy's gradient of the M-step, from the E-step's weights where q is not parametric.
    ///
    /// # Shapes
    /// `weights`: `[T, N]`.
    pub(super) fn fit(&mut self, networks: &Networks<'_, S>, weights: &[f64]) {
        let policy = &networks.agent.policy;
        if networks.settings.e_step == EStepForm::NonParametric {
            match networks.input {
                Some(input) => {
                    let (actions, m) = (networks.settings.actions, input.n_action());
                    let out = &mut self.improved;
                    self.draws.moments(weights, actions, m, out);
                }
                None => {
                    self.improved.clear();
                    let weights = weights.iter().map(|weight| S::from_f64(*weight));
                    self.improved.extend(weights);
                }
            }
        }
        let next = self.steps.next();
        let laws = policy.forward(networks.agent.actor(), next, &mut self.memory);
        let n = policy.n_law();
        self.d_laws.clear();
        self.d_laws.resize(laws.len(), S::zero());
        self.fit = Fit::default();
        let rows = laws.chunks_exact(n).zip(self.old.laws().chunks_exact(n));
        let q = self.improved.chunks_exact(n);
        for ((law, old), (q, d)) in rows.zip(q.zip(self.d_laws.chunks_exact_mut(n))) {
            let [first, _] = networks.multipliers;
            let fit = match (networks.input, networks.settings.m_step) {
                (None, _) => categorical(q, old, law, first, d),
                (Some(_), MStepBounds::Joint) => joint(q, old, law, first, d),
                (Some(_), MStepBounds::Decoupled) => {
                    decoupled(q, old, law, networks.multipliers, d)
                }
            };
            d.iter_mut().for_each(|d| *d *= networks.share);
            self.fit.loss += networks.share * fit.loss;
            self.fit.kls[0] += networks.share * fit.kls[0];
            self.fit.kls[1] += networks.share * fit.kls[1];
        }
        policy.weigh_laws(&self.d_laws, &mut self.memory);
        self.d_actor.clear();
        self.d_actor.resize(policy.n_params(), S::zero());
        policy.vjp(networks.agent.actor(), &mut self.memory, &mut self.d_actor);
    }
}
