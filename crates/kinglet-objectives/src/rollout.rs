//! Trajectories drawn under a policy.

use kinglet_envs::TabularMdp;
use ndarray::ArrayView3;
use rand::{Rng, RngExt};

/// Draws one trajectory under a time-dependent policy and calls `visit(t, s, a)` at each step.
pub(crate) fn walk<R: Rng + ?Sized>(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    mut visit: impl FnMut(usize, usize, usize),
    rng: &mut R,
) {
    let mut state = draw(mdp.initial().iter().copied(), rng);
    for (t, rows) in policy.outer_iter().enumerate() {
        let action = draw(rows.row(state).iter().copied(), rng);
        visit(t, state, action);
        if t + 1 < policy.len_of(ndarray::Axis(0)) {
            state = mdp.transitions().sample(state, action, rng);
        }
    }
}

/// Draws one trajectory and adds up `gain(t, s, a)` over its steps.
pub(crate) fn sample_total<R: Rng + ?Sized>(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    gain: impl Fn(usize, usize, usize) -> f64,
    rng: &mut R,
) -> f64 {
    let mut total = 0.0;
    walk(mdp, policy, |t, s, a| total += gain(t, s, a), rng);
    total
}

/// Draws an index with the given probabilities, which sum to one up to rounding.
pub(crate) fn draw<R: Rng + ?Sized>(
    probabilities: impl Iterator<Item = f64>,
    rng: &mut R,
) -> usize {
    let mut remaining = rng.random::<f64>();
    let mut last = 0;
    for (index, p) in probabilities.enumerate().filter(|&(_, p)| p > 0.0) {
        last = index;
        if remaining < p {
            break;
        }
        remaining -= p;
    }
    last
}
