//! The expectations over discrete actions, exactly.

use kinglet_nn::Scalar;

use super::shard::{Networks, Shard};

/// Q̄(s′, ·), its mean under π̄, and the entropy of π̄.
pub(super) fn evaluate<S: Scalar>(shard: &mut Shard<S>, networks: &Networks<'_, S>) {
    let n = networks.agent.policy.n_law();
    let next = shard.steps.next();
    shard.q.resize(next.nrows() * n, S::zero());
    networks.smallest(next, None, &mut shard.caches[0], &mut shard.q);
    shard.values.clear();
    shard.entropy = S::zero();
    for (law, q) in shard
        .old
        .laws()
        .chunks_exact(n)
        .zip(shard.q.chunks_exact(n))
    {
        let mut value = S::zero();
        for (ln_p, q) in law.iter().zip(q) {
            let p = ln_p.exp();
            value += p * *q;
            shard.entropy -= networks.share * p * *ln_p;
        }
        shard.values.push(value);
    }
}

/// The gradient of η KL(q ‖ π̄) − E_q[Q̄] by the logits of a parametric q. Catalogue: MPO-12.
///
/// ```text
/// q (η ln(q/π̄) − Q̄ − its mean under q)
/// ```
pub(super) fn ascend<S: Scalar>(shard: &mut Shard<S>, networks: &Networks<'_, S>) {
    let policy = &networks.agent.policy;
    let (n, share, price) = (policy.n_law(), networks.share, networks.temperature);
    let next = shard.steps.next();
    let laws = policy.forward(networks.candidate, next, &mut shard.candidate);
    shard.improved.clear();
    shard.d_laws.clear();
    shard.e_step_kl = S::zero();
    let old = shard.old.laws().chunks_exact(n);
    for ((law, old), q) in laws.chunks_exact(n).zip(old).zip(shard.q.chunks_exact(n)) {
        let mut loss = S::zero();
        for ((ln_q, ln_p), value) in law.iter().zip(old).zip(q) {
            let p = ln_q.exp();
            shard.improved.push(p);
            loss += p * (price * (*ln_q - *ln_p) - *value);
            shard.e_step_kl += share * p * (*ln_q - *ln_p);
        }
        let terms = law.iter().zip(old).zip(q);
        let d = terms.map(|((ln_q, ln_p), value)| {
            share * ln_q.exp() * (price * (*ln_q - *ln_p) - *value - loss)
        });
        shard.d_laws.extend(d);
    }
}
