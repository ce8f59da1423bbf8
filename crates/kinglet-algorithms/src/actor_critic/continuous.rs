//! The expectations over continuous actions, by one draw each.

use std::ops::Range;

use kinglet_nn::Scalar;
use ndarray::s;

use super::shard::{Networks, Shard};
use crate::ActionInput;
use crate::critics::{Regression, join, rows, rows_mut};

/// minₖ qₖ(s′, a′) − α log π(a′|s′), a′ of this noise, by critics of these parameters.
pub(super) fn next_values<S: Scalar>(
    shard: &mut Shard<S>,
    networks: &Networks<'_, S>,
    params: &[S],
    (input, noise): (&ActionInput, &[S]),
    own: Range<usize>,
    fits: &mut [Regression<S>],
) {
    let agent = networks.agent;
    let next = networks.minibatch.next_observations();
    let next = next.slice(s![own, ..]);
    let laws = agent.policy.forward(agent.actor(), next, &mut shard.memory);
    shard.drawn.draw(laws, noise, input);
    join(next, &shard.drawn.seen, &mut shard.joined);
    let x = rows(&shard.joined, agent.critic.n_inputs());
    shard.next_values.clear();
    shard.next_values.resize(next.nrows(), S::infinity());
    for (k, fit) in fits.iter_mut().enumerate() {
        let params = networks.critic(params, k);
        let q = agent.critic.forward(params, x, &mut fit.cache);
        for (value, q) in shard.next_values.iter_mut().zip(q) {
            *value = value.min(*q);
        }
    }
    for (value, log_prob) in shard.next_values.iter_mut().zip(&shard.drawn.log_probs) {
        *value -= networks.temperature * *log_prob;
    }
}

/// The gradient by the laws of the mean of α log π(a|s) − minₖ qₖ(s, a), through the smaller critic of each row.
pub(super) fn policy_loss<S: Scalar>(
    shard: &mut Shard<S>,
    networks: &Networks<'_, S>,
    (input, noise): (&ActionInput, &[S]),
    own: Range<usize>,
    fits: &mut [Regression<S>],
) {
    let agent = networks.agent;
    let states = networks.minibatch.observations();
    let states = states.slice(s![own, ..]);
    let laws = agent
        .policy
        .forward(agent.actor(), states, &mut shard.memory);
    shard.drawn.draw(laws, noise, input);
    join(states, &shard.drawn.seen, &mut shard.joined);
    choose(shard, networks, fits);

    let (n, m, share) = (states.ncols(), input.n_action(), networks.share());
    shard.d_laws.resize(states.nrows() * 2 * m, S::zero());
    for (k, fit) in fits.iter_mut().enumerate() {
        let chosen = &shard.smaller[k];
        let params = networks.critic(agent.critic_params(), k);
        fit.cache.keep_rows(chosen);
        shard.column.clear();
        shard.column.resize(chosen.len(), -share);
        shard.d_actions.resize(chosen.len() * m, S::zero());
        let d = rows_mut(&mut shard.d_actions, m);
        let column = rows(&shard.column, 1);
        agent
            .critic
            .input_vjp(params, &mut fit.cache, column, n..n + m, d);
        for (&i, d) in chosen.iter().zip(shard.d_actions.chunks_exact(m)) {
            let (noise, weight) = (&noise[i * m..(i + 1) * m], networks.temperature * share);
            let d_law = &mut shard.d_laws[i * 2 * m..(i + 1) * 2 * m];
            shard.drawn.back(i, noise, d, weight, input, d_law);
        }
    }
}

/// Which critic is the smaller in each row, and the loss.
fn choose<S: Scalar>(shard: &mut Shard<S>, networks: &Networks<'_, S>, fits: &mut [Regression<S>]) {
    let agent = networks.agent;
    let x = rows(&shard.joined, agent.critic.n_inputs());
    let [one, two] = fits else {
        unreachable!("there are two critics");
    };
    let params = agent.critic_params();
    let q1 = agent
        .critic
        .forward(networks.critic(params, 0), x, &mut one.cache);
    let q2 = agent
        .critic
        .forward(networks.critic(params, 1), x, &mut two.cache);
    shard.smaller.iter_mut().for_each(Vec::clear);
    let share = networks.share();
    for (i, (q1, q2)) in q1.iter().zip(q2).enumerate() {
        shard.smaller[usize::from(q2 < q1)].push(i);
        let log_prob = shard.drawn.log_probs[i];
        shard.log_prob += share * log_prob;
        shard.loss += share * (networks.temperature * log_prob - q1.min(*q2));
    }
}
