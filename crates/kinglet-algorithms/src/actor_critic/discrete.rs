//! The expectations over discrete actions, exactly.

use std::ops::Range;

use kinglet_nn::Scalar;
use ndarray::{ArrayView2, s};

use super::shard::{Networks, Shard};
use crate::critics::Regression;

/// Σₐ π(a|s′) (minₖ qₖ(s′, a) − α log π(a|s′)), by critics of these parameters.
pub(super) fn next_values<S: Scalar>(
    shard: &mut Shard<S>,
    networks: &Networks<'_, S>,
    params: &[S],
    own: Range<usize>,
    fits: &mut [Regression<S>],
) {
    let agent = networks.agent;
    let next = networks.minibatch.next_observations();
    let next = next.slice(s![own, ..]);
    let n = agent.policy.n_law();
    smaller(networks, params, next, fits, &mut shard.column);
    let laws = agent.policy.forward(agent.actor(), next, &mut shard.memory);
    shard.next_values.clear();
    for (law, q) in laws.chunks_exact(n).zip(shard.column.chunks_exact(n)) {
        let terms = law.iter().zip(q);
        let value = terms.map(|(ln_p, q)| ln_p.exp() * (*q - networks.temperature * *ln_p));
        shard.next_values.push(value.sum());
    }
}

/// Var minₖ qₖ(s′, ·) under π(·|s′), of what [`next_values`] has just found at temperature 0.
pub(super) fn spread<S: Scalar>(shard: &mut Shard<S>) {
    let n = shard.column.len() / shard.next_values.len().max(1);
    let laws = shard.memory.laws().chunks_exact(n.max(1));
    let each = laws.zip(shard.column.chunks_exact(n.max(1)));
    shard.spreads.clear();
    for ((law, q), mean) in each.zip(&shard.next_values) {
        let square = |q: S| (q - *mean) * (q - *mean);
        let terms = law.iter().zip(q).map(|(ln_p, q)| ln_p.exp() * square(*q));
        shard.spreads.push(terms.sum());
    }
}

/// The gradient by the logits of the mean of Σₐ π(a|s) (α log π(a|s) − minₖ qₖ(s, a)).
pub(super) fn policy_loss<S: Scalar>(
    shard: &mut Shard<S>,
    networks: &Networks<'_, S>,
    own: Range<usize>,
    fits: &mut [Regression<S>],
) {
    let agent = networks.agent;
    let states = networks.minibatch.observations();
    let states = states.slice(s![own, ..]);
    let (n, share) = (agent.policy.n_law(), networks.share());
    smaller(
        networks,
        agent.critic_params(),
        states,
        fits,
        &mut shard.column,
    );
    let laws = agent
        .policy
        .forward(agent.actor(), states, &mut shard.memory);
    shard.d_laws.clear();
    for (law, q) in laws.chunks_exact(n).zip(shard.column.chunks_exact(n)) {
        let mut loss = S::zero();
        for (ln_p, q) in law.iter().zip(q) {
            let p = ln_p.exp();
            loss += p * (networks.temperature * *ln_p - *q);
            shard.log_prob += share * p * *ln_p;
        }
        shard.loss += share * loss;
        // Σ p (α ln p − q) by a logit: p times how far its own term is from the mean.
        let terms = law.iter().zip(q);
        let d =
            terms.map(|(ln_p, q)| share * ln_p.exp() * (networks.temperature * *ln_p - *q - loss));
        shard.d_laws.extend(d);
    }
}

/// minₖ qₖ(s, a) of every action, `[rows, n]`.
fn smaller<S: Scalar>(
    networks: &Networks<'_, S>,
    params: &[S],
    states: ArrayView2<'_, S>,
    fits: &mut [Regression<S>],
    out: &mut Vec<S>,
) {
    let critic = &networks.agent.critic;
    out.clear();
    out.resize(states.nrows() * critic.n_outputs(), S::infinity());
    for (k, fit) in fits.iter_mut().enumerate() {
        let q = critic.forward(networks.critic(params, k), states, &mut fit.cache);
        for (out, q) in out.iter_mut().zip(q) {
            *out = out.min(*q);
        }
    }
}
