//! The expectations over continuous actions, by several draws each.

mod draws;

use kinglet_nn::Scalar;

use super::shard::{Networks, Shard};
use crate::ActionInput;
use crate::critics::{rows, rows_mut};

pub(super) use draws::Draws;

/// Rows that pass through a critic at once: what they leave behind stays in a processor's cache.
const BLOCK: usize = 128;

/// Q̄ of K actions of π̄ at s′, its mean, and the entropy of π̄ from one of them.
pub(super) fn evaluate<S: Scalar>(
    shard: &mut Shard<S>,
    networks: &Networks<'_, S>,
    input: &ActionInput,
    noise: &[S],
) {
    let (actions, critic) = (networks.settings.actions, &networks.agent.critic);
    let draws = &mut shard.draws;
    let next = shard.steps.next();
    draws.draw(next, shard.old.laws(), noise, actions, input);
    shard.q.resize(next.nrows() * actions, S::zero());
    let width = critic.n_inputs();
    let block = (BLOCK / actions).max(1) * actions;
    let blocks = draws.joined.chunks(block * width);
    for (x, out) in blocks.zip(shard.q.chunks_mut(block)) {
        let shared = Some((next.ncols(), actions));
        networks.smallest(rows(x, width), shared, &mut shard.caches[0], out);
    }
    let each = S::from_f64((actions as f64).recip());
    shard.values.clear();
    let means = shard.q.chunks_exact(actions);
    let means = means.map(|q| each * q.iter().copied().sum::<S>());
    shard.values.extend(means);

    draws.first_of_each(actions, input.n_action());
    draws.column.resize(next.nrows(), S::zero());
    let (policy, first) = (&networks.agent.policy, &draws.firsts);
    policy.log_probs(first, &shard.old, &mut draws.column);
    shard.entropy = -networks.share * draws.column.iter().copied().sum();
}

/// The gradient of η KL(q ‖ π̄) − E_q[Q̄] by the laws of a parametric q, along the path of K actions. Catalogue: MPO-12.
///
/// ```text
/// KL(q ‖ π̄) = Σ ln σᵢ/σ + (σ² + (μ − μᵢ)²) / 2σᵢ² − ½
/// ```
pub(super) fn ascend<S: Scalar>(
    shard: &mut Shard<S>,
    networks: &Networks<'_, S>,
    input: &ActionInput,
    noise: &[S],
) {
    let (policy, actions) = (&networks.agent.policy, networks.settings.actions);
    let next = shard.steps.next();
    let laws = policy.forward(networks.candidate, next, &mut shard.candidate);
    shard.draws.draw(next, laws, noise, actions, input);
    slopes(shard, networks, input);

    let (m, share, price) = (input.n_action(), networks.share, networks.temperature);
    let (one, two, half) = (S::one(), S::from_f64(2.0), S::from_f64(0.5));
    let laws = shard.candidate.laws();
    shard.improved.clear();
    shard.d_laws.clear();
    shard.d_laws.resize(laws.len(), S::zero());
    shard.e_step_kl = S::zero();
    let each = shard.draws.d.chunks_exact(actions * m);
    let each = each.zip(noise.chunks_exact(actions * m));
    let rows = laws
        .chunks_exact(2 * m)
        .zip(shard.old.laws().chunks_exact(2 * m));
    let rows = rows.zip(shard.d_laws.chunks_exact_mut(2 * m));
    for (((law, old), d_law), (d, noise)) in rows.zip(each) {
        let (d_mean, d_log_std) = d_law.split_at_mut(m);
        shard.improved.extend_from_slice(&law[..m]);
        for j in 0..m {
            let std = law[m + j].exp();
            shard.improved.push(std * std);
            for (d, noise) in d.chunks_exact(m).zip(noise.chunks_exact(m)) {
                d_mean[j] += d[j];
                d_log_std[j] += d[j] * std * noise[j];
            }
            let (moved, precision) = (law[j] - old[j], (-two * old[m + j]).exp());
            let log_ratio = two * (law[m + j] - old[m + j]);
            let (ratio, way) = (log_ratio.exp(), moved * moved * precision);
            shard.e_step_kl += share * half * (ratio - one - log_ratio + way);
            d_mean[j] += share * price * moved * precision;
            d_log_std[j] += share * price * (ratio - one);
        }
    }
}

/// The gradient of the mean of −Q̄ by the actions drawn, through the smallest critic of each.
fn slopes<S: Scalar>(shard: &mut Shard<S>, networks: &Networks<'_, S>, input: &ActionInput) {
    let (critic, draws) = (&networks.agent.critic, &mut shard.draws);
    let (width, m) = (critic.n_inputs(), input.n_action());
    let share = networks.share / S::from_f64(networks.settings.actions as f64);
    draws.d.clear();
    draws.d.resize(draws.seen.len(), S::zero());
    let mut chosen = vec![Vec::new(); shard.caches.len()];
    for (x, d) in draws
        .joined
        .chunks(BLOCK * width)
        .zip(draws.d.chunks_mut(BLOCK * m))
    {
        let n = x.len() / width;
        draws.column.clear();
        draws.column.resize(n, S::infinity());
        draws.smallest.clear();
        draws.smallest.resize(n, 0);
        for (k, cache) in shard.caches.iter_mut().enumerate() {
            let params = networks.critic(networks.target_critics, k);
            let q = critic.forward(params, rows(x, width), cache);
            for (i, q) in q.iter().enumerate() {
                if *q < draws.column[i] {
                    (draws.column[i], draws.smallest[i]) = (*q, k);
                }
            }
        }
        for (k, cache) in shard.caches.iter_mut().enumerate() {
            let own: &mut Vec<usize> = &mut chosen[k];
            own.clear();
            own.extend((0..n).filter(|i| draws.smallest[*i] == k));
            if own.len() < n {
                cache.keep_rows(own);
            }
            draws.column.clear();
            draws.column.resize(own.len(), -share);
            draws.d_chosen.resize(own.len() * m, S::zero());
            let params = networks.critic(networks.target_critics, k);
            let (column, columns) = (rows(&draws.column, 1), width - m..width);
            let into = rows_mut(&mut draws.d_chosen, m);
            critic.input_vjp(params, cache, column, columns, into);
            for (i, d_chosen) in own.iter().zip(draws.d_chosen.chunks_exact(m)) {
                d[i * m..(i + 1) * m].copy_from_slice(d_chosen);
            }
        }
    }
    input.back(&draws.seen, &mut draws.d);
}
