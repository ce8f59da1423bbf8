//! What the operators leave alone, and how fast they come to it.

use crate::chains::{Chain, distance, round, wrong_action_values, wrong_values};
use kinglet_critics::{
    Error, VTrace, expected_lambda_returns, retrace_contraction, retrace_operator,
    v_trace_operator, v_trace_policy,
};
use ndarray::{Array1, Array2, Axis, array};

/// Policies that are alike, apart, opposite, and without overlap in a state.
fn pairs() -> Vec<(Array2<f64>, Array2<f64>)> {
    let chain = round();
    let greedy = array![[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]];
    let opposite = 1.0 - &greedy;
    vec![
        (chain.policy.clone(), chain.policy.clone()),
        (chain.policy.clone(), chain.behaviour.clone()),
        (greedy.clone(), chain.behaviour.clone()),
        (chain.policy, greedy.clone()),
        (greedy, opposite),
    ]
}

fn true_action_values(chain: &Chain, policy: &Array2<f64>) -> Array2<f64> {
    let v = chain.model().values(policy.view()).unwrap();
    chain.model().action_values(v.view())
}

/// The series of Retrace, summed pair by pair; `inside` is the γ within the bracket.
fn retrace_series(chain: &Chain, q: &Array2<f64>, inside: f64) -> Array2<f64> {
    let expect = |x: &Array1<f64>| {
        Array2::from_shape_fn(q.dim(), |(s, a)| {
            (0..x.len())
                .map(|n| chain.transition[[s, a, n]] * x[n])
                .sum()
        })
    };
    let v = (&chain.policy * q).sum_axis(Axis(1));
    let mut term: Array2<f64> = &chain.reward + expect(&v) * inside - q;
    let mut sum = q.clone();
    for _ in 0..600 {
        sum += &term;
        let mut weighted = term;
        for ((s, a), x) in weighted.indexed_iter_mut() {
            *x *= chain.policy[[s, a]].min(chain.behaviour[[s, a]]);
        }
        term = expect(&weighted.sum_axis(Axis(1))) * chain.discount;
    }
    sum
}

#[test]
fn mpo_17_the_action_values_are_the_fixed_point_of_retrace() {
    let chain = round();
    for (policy, behaviour) in pairs() {
        let q = true_action_values(&chain, &policy);
        for lambda in [0.0, 0.5, 1.0] {
            let (model, policy, behaviour) = (chain.model(), policy.view(), behaviour.view());
            let swept = retrace_operator(&model, policy, behaviour, q.view(), lambda).unwrap();
            assert!(distance(&swept, &q) < 1e-13);
        }
    }
}

/// Without γ in the bracket, as printed, the values of π move, and sweeps run away.
#[test]
fn mpo_17_without_the_discount_there_is_no_such_fixed_point() {
    let chain = round();
    let q = true_action_values(&chain, &chain.policy);
    let right = retrace_series(&chain, &q, chain.discount);
    let printed = retrace_series(&chain, &q, 1.0);
    assert!(distance(&right, &q) < 1e-12);
    assert!(distance(&printed, &q) > 0.1);
    let largest = |q: &Array2<f64>| q.fold(0.0, |m: f64, x| m.max(x.abs()));
    let (mut with, mut without) = (wrong_action_values(), wrong_action_values());
    for _ in 0..60 {
        with = retrace_series(&chain, &with, chain.discount);
        without = retrace_series(&chain, &without, 1.0);
    }
    assert!(distance(&with, &q) < 1e-3);
    let before = largest(&without);
    for _ in 0..60 {
        without = retrace_series(&chain, &without, 1.0);
    }
    assert!(before > 3.0 * largest(&q) && largest(&without) > 1.5 * before);
}

#[test]
fn mpo_17_the_operator_is_its_series() {
    let (chain, q) = (round(), wrong_action_values());
    let exact = retrace_operator(
        &chain.model(),
        chain.policy.view(),
        chain.behaviour.view(),
        q.view(),
        1.0,
    );
    let series = retrace_series(&chain, &q, chain.discount);
    assert!(distance(&exact.unwrap(), &series) < 1e-12);
}

#[test]
fn mpo_17_retrace_contracts_by_the_discount_or_better() {
    let (chain, q) = (round(), wrong_action_values());
    let flat = |q: Array2<f64>| q.into_iter().collect::<Array1<f64>>();
    for (policy, behaviour) in pairs() {
        let truth = true_action_values(&chain, &policy);
        for lambda in [0.0, 0.5, 1.0] {
            let (model, policy, behaviour) = (chain.model(), policy.view(), behaviour.view());
            let m = retrace_contraction(&model, policy, behaviour, lambda).unwrap();
            assert!(m.iter().all(|&x| x >= -1e-15));
            assert!(
                m.sum_axis(Axis(1))
                    .iter()
                    .all(|&x| x <= chain.discount + 1e-14)
            );
            let swept = retrace_operator(&model, policy, behaviour, q.view(), lambda).unwrap();
            let off = distance(&flat(&swept - &truth), &m.dot(&flat(&q - &truth)));
            assert!(off < 1e-13, "{off}");
            assert!(distance(&swept, &truth) <= chain.discount * distance(&q, &truth) + 1e-13);
        }
    }
}

#[test]
fn the_values_of_the_clipped_policy_are_the_fixed_point_of_v_trace() {
    let chain = round();
    let (policy, behaviour) = (chain.policy.view(), chain.behaviour.view());
    for ratio_clip in [0.3, 1.0, 1.5, f64::INFINITY] {
        let between = v_trace_policy(policy, behaviour, ratio_clip).unwrap();
        let truth = chain.model().values(between.view()).unwrap();
        for (trace_clip, lambda) in [(ratio_clip, 1.0), (0.2, 1.0), (0.2, 0.5)] {
            let settings = VTrace {
                ratio_clip,
                trace_clip,
                lambda,
            };
            let sweep = |v: &Array1<f64>| {
                v_trace_operator(&chain.model(), policy, behaviour, v.view(), settings).unwrap()
            };
            assert!(distance(&sweep(&truth), &truth) < 1e-13);
            let v = (0..400).fold(wrong_values(), |v, _| sweep(&v));
            assert!(distance(&v, &truth) < 1e-4, "{ratio_clip} {trace_clip}");
        }
    }
}

/// Unclipped it is the policy's own value; clipped low it comes near the behaviour's.
#[test]
fn the_clip_leads_from_the_behaviour_to_the_policy() {
    let chain = round();
    let (policy, behaviour) = (chain.policy.view(), chain.behaviour.view());
    let all = v_trace_policy(policy, behaviour, f64::INFINITY).unwrap();
    assert!(distance(&all, &chain.policy) < 1e-15);
    let low = v_trace_policy(policy, behaviour, 0.01).unwrap();
    assert!(distance(&low, &chain.behaviour) < 1e-15);
    let one = v_trace_policy(policy, behaviour, 1.0).unwrap();
    assert!(distance(&one, &chain.policy) > 0.1 && distance(&one, &chain.behaviour) > 0.1);
}

/// An action that the behaviour never takes counts for nothing, even where no ratio is clipped.
#[test]
fn an_action_never_taken_is_left_out() {
    let (policy, behaviour) = (array![[0.75, 0.25]], array![[0.0, 1.0]]);
    let left = v_trace_policy(policy.view(), behaviour.view(), f64::INFINITY).unwrap();
    assert_eq!(left, array![[0.0, 1.0]]);
    let apart = v_trace_policy(array![[1.0, 0.0]].view(), behaviour.view(), 1.0);
    assert_eq!(apart, Err(Error::NoOverlap { state: 0 }));
}

/// γ (1 − λ) / (1 − γλ) a sweep, and no faster: a constant error shrinks by just that.
#[test]
fn td_lambda_contracts_at_its_rate() {
    let chain = round();
    let truth = chain.model().values(chain.policy.view()).unwrap();
    for lambda in [0.0, 0.5, 0.9, 1.0] {
        let rate = chain.discount * (1.0 - lambda) / (1.0 - chain.discount * lambda);
        let sweep = |v: &Array1<f64>| {
            let (model, policy) = (chain.model(), chain.policy.view());
            expected_lambda_returns(&model, policy, v.view(), lambda).unwrap()
        };
        let shifted = sweep(&(&truth + 1.0)) - &truth;
        assert!(shifted.iter().all(|x| (x - rate).abs() < 1e-13));
        let wrong = wrong_values();
        let bound = rate * distance(&wrong, &truth) + 1e-13;
        assert!(distance(&sweep(&wrong), &truth) <= bound);
    }
}
