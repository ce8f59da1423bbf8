//! The trajectory estimates on sampled rows, against the exact operators.

use crate::chains::{Chain, Path, round, wrong_action_values, wrong_values};
use kinglet_critics::{
    VTrace, discounted_returns, gae, retrace, retrace_operator, v_trace, v_trace_operator,
};
use ndarray::{Array1, Array2, ArrayView1, Axis};
use rand::{Rng, RngExt};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

const ROWS: usize = 4000;
/// 0.9^250 is 4e-12: what lies behind the cut does not show.
const STEPS: usize = 250;

fn draw<R: Rng + ?Sized>(p: ArrayView1<'_, f64>, rng: &mut R) -> usize {
    let mut u: f64 = rng.random();
    p.iter()
        .position(|p| {
            u -= p;
            u < 0.0
        })
        .unwrap_or(p.len() - 1)
}

/// A row from state 0, cut after `STEPS`.
fn sample<R: Rng + ?Sized>(chain: &Chain, policy: &Array2<f64>, rng: &mut R) -> Path {
    let (mut states, mut actions) = (vec![0], Vec::new());
    for t in 0..STEPS {
        let action = draw(policy.row(states[t]), rng);
        let row = chain.transition.slice(ndarray::s![states[t], action, ..]);
        states.push(draw(row, rng));
        actions.push(action);
    }
    Path {
        states,
        actions,
        probability: 1.0,
    }
}

/// The mean of f over sampled rows lies within four standard errors of the truth.
fn assert_mean(policy: &Array2<f64>, seed: u64, truth: f64, f: impl Fn(&Chain, &Path) -> f64) {
    let chain = round();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let samples: Array1<f64> = (0..ROWS)
        .map(|_| f(&chain, &sample(&chain, policy, &mut rng)))
        .collect();
    let (mean, standard_error) = (
        samples.mean().unwrap(),
        samples.std(1.0) / (ROWS as f64).sqrt(),
    );
    assert!(
        standard_error > 0.0 && standard_error < 0.1,
        "{standard_error}"
    );
    let z = (mean - truth) / standard_error;
    assert!(z.abs() < 4.0, "{mean} ± {standard_error} for {truth}");
}

#[test]
fn mpo_01_the_sampled_return_is_the_value() {
    let chain = round();
    let truth = chain.model().values(chain.policy.view()).unwrap()[0];
    assert_mean(&chain.policy, 1, truth, |chain, path| {
        let next = path.next(&wrong_values());
        discounted_returns(chain.rewards(path).view(), &next, chain.discount).unwrap()[0]
    });
}

/// The whole row is one sum: E Σₜ γᵗ δₜ = v(s₀) − v̂(s₀).
#[test]
fn xu_11_the_sampled_advantage_at_lambda_one_is_the_error_of_the_critic() {
    let (chain, v) = (round(), wrong_values());
    let truth = chain.model().values(chain.policy.view()).unwrap()[0] - v[0];
    assert_mean(&chain.policy, 2, truth, |chain, path| {
        let (r, v_t, next) = (chain.rewards(path), path.values(&v), path.next(&v));
        gae(r.view(), v_t.view(), &next, chain.discount, 1.0).unwrap()[0]
    });
}

#[test]
fn mpo_17_the_sampled_retrace_target_is_its_operator() {
    let (chain, q) = (round(), wrong_action_values());
    let v = (&chain.policy * &q).sum_axis(Axis(1));
    let (policy, behaviour) = (chain.policy.view(), chain.behaviour.view());
    let exact = retrace_operator(&chain.model(), policy, behaviour, q.view(), 0.9).unwrap();
    let truth = (exact * behaviour).sum_axis(Axis(1))[0];
    assert_mean(&chain.behaviour, 3, truth, |chain, path| {
        let (ratio, r) = (chain.ratios(path), chain.rewards(path));
        let q_t = path.pairs().map(|pair| q[pair]).collect::<Array1<_>>();
        let (v_t, next) = (path.values(&v), path.next(&v));
        let (ratio, r, q_t, v_t) = (ratio.view(), r.view(), q_t.view(), v_t.view());
        retrace(ratio, r, q_t, v_t, &next, chain.discount, 0.9).unwrap()[0]
    });
}

#[test]
fn the_sampled_v_trace_target_is_its_operator() {
    let (chain, v) = (round(), wrong_values());
    let (policy, behaviour) = (chain.policy.view(), chain.behaviour.view());
    let settings = VTrace::default();
    let exact = v_trace_operator(&chain.model(), policy, behaviour, v.view(), settings);
    assert_mean(&chain.behaviour, 4, exact.unwrap()[0], |chain, path| {
        let (ratio, r) = (chain.ratios(path), chain.rewards(path));
        let (v_t, next) = (path.values(&v), path.next(&v));
        let (ratio, r, v_t) = (ratio.view(), r.view(), v_t.view());
        let estimate = v_trace(ratio, r, v_t, &next, chain.discount, settings);
        estimate.unwrap().values[0]
    });
}
