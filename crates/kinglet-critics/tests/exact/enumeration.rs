//! The means of the estimates, by listing every trajectory.

use crate::chains::{Chain, distance, layered, mean, round, wrong_action_values, wrong_values};
use kinglet_critics::{
    VTrace, discounted_returns, expected_gae, expected_lambda_returns, gae, lambda_returns,
    retrace, retrace_operator, td_errors, v_trace, v_trace_operator,
};
use ndarray::{Array2, Axis};

const LAMBDAS: [f64; 4] = [0.0, 0.35, 0.9, 1.0];

/// E of `gae` at the first step, with `v` as the critic, cut after `steps`.
fn mean_gae(chain: &Chain, v: &ndarray::Array1<f64>, lambda: f64, steps: usize) -> Array2<f64> {
    mean(chain, &chain.policy, steps, |path| {
        let (r, v_t, next) = (chain.rewards(path), path.values(v), path.next(v));
        gae(r.view(), v_t.view(), &next, chain.discount, lambda).unwrap()[0]
    })
}

#[test]
fn mpo_01_the_values_are_the_mean_returns() {
    let chain = layered();
    let q = mean(&chain, &chain.policy, 3, |path| {
        let next = path.next(&wrong_values()); // nothing is cut, so that these are not used
        discounted_returns(chain.rewards(path).view(), &next, chain.discount).unwrap()[0]
    });
    let v = chain.model().values(chain.policy.view()).unwrap();
    assert!(distance(&q, &chain.model().action_values(v.view())) < 1e-14);
    assert!(distance(&(&chain.policy * &q).sum_axis(Axis(1)), &v) < 1e-14);
}

/// Cut after one, two, three steps of a chain without end, at the true value of the final state.
#[test]
fn mpo_01_truncation_at_the_true_values_keeps_the_mean_return() {
    let chain = round();
    let v = chain.model().values(chain.policy.view()).unwrap();
    let q = chain.model().action_values(v.view());
    for steps in 1..=3 {
        let cut = mean(&chain, &chain.policy, steps, |path| {
            let next = path.next(&v);
            discounted_returns(chain.rewards(path).view(), &next, chain.discount).unwrap()[0]
        });
        assert!(distance(&cut, &q) < 1e-13);
        let taken_for_over = mean(&chain, &chain.policy, steps, |path| {
            let next = path.next(&(&v * 0.0));
            discounted_returns(chain.rewards(path).view(), &next, chain.discount).unwrap()[0]
        });
        assert!(distance(&taken_for_over, &q) > 0.5);
    }
}

#[test]
fn xu_10_the_mean_td_error_is_the_advantage() {
    let chain = round();
    let v = chain.model().values(chain.policy.view()).unwrap();
    let mean_of = |sign: f64, discount: f64| {
        mean(&chain, &chain.policy, 1, |path| {
            let (r, v_t, next) = (chain.rewards(path), path.values(&v), path.next(&v));
            let delta = td_errors(r.view(), v_t.view(), &next, discount).unwrap()[0];
            r[0] + sign * (delta - r[0])
        })
    };
    let advantage = chain.model().action_values(v.view()) - v.view().insert_axis(Axis(1));
    assert!(distance(&mean_of(1.0, chain.discount), &advantage) < 1e-14);
    assert!(distance(&chain.model().advantages(v.view()), &advantage) < 1e-14);
    let centred = (&chain.policy * &advantage).sum_axis(Axis(1));
    assert!(centred.iter().all(|a| a.abs() < 1e-13));
    // As printed: r + v(s) − v(s'), with the signs of the values swapped and γ lost.
    assert!(distance(&mean_of(-1.0, 1.0), &advantage) > 0.5);
}

#[test]
fn xu_11_true_values_give_the_advantage_for_every_lambda() {
    let chain = round();
    let v = chain.model().values(chain.policy.view()).unwrap();
    let advantage = chain.model().advantages(v.view());
    for lambda in LAMBDAS {
        for steps in 1..=3 {
            assert!(distance(&mean_gae(&chain, &v, lambda, steps), &advantage) < 1e-13);
        }
        let exact = expected_gae(&chain.model(), chain.policy.view(), v.view(), lambda);
        assert!(distance(&exact.unwrap(), &advantage) < 1e-13);
    }
}

#[test]
fn xu_11_wrong_values_are_unbiased_at_lambda_one_only() {
    let (chain, v) = (layered(), wrong_values());
    let truth = chain.model().values(chain.policy.view()).unwrap();
    let q = chain.model().action_values(truth.view());
    let unbiased = q - v.view().insert_axis(Axis(1));
    for lambda in LAMBDAS {
        let mean = mean_gae(&chain, &v, lambda, 3);
        let exact = expected_gae(&chain.model(), chain.policy.view(), v.view(), lambda);
        assert!(distance(&exact.unwrap(), &mean) < 1e-14);
        let bias = distance(&mean, &unbiased);
        assert!(
            if lambda == 1.0 {
                bias < 1e-14
            } else {
                bias > 0.05
            },
            "{lambda}: {bias}"
        );
    }
}

#[test]
fn xu_11_the_mean_lambda_return_is_its_operator() {
    let (chain, v) = (layered(), wrong_values());
    for lambda in LAMBDAS {
        let g = mean(&chain, &chain.policy, 3, |path| {
            let (r, v_t, next) = (chain.rewards(path), path.values(&v), path.next(&v));
            lambda_returns(r.view(), v_t.view(), &next, chain.discount, lambda).unwrap()[0]
        });
        let g = (&chain.policy * &g).sum_axis(Axis(1));
        let exact = expected_lambda_returns(&chain.model(), chain.policy.view(), v.view(), lambda);
        assert!(distance(&g, &exact.unwrap()) < 1e-14);
    }
}

#[test]
fn mpo_17_the_mean_retrace_target_is_its_operator() {
    let (chain, q) = (layered(), wrong_action_values());
    let v = (&chain.policy * &q).sum_axis(Axis(1));
    for lambda in LAMBDAS {
        let targets = mean(&chain, &chain.behaviour, 3, |path| {
            let (ratio, r) = (chain.ratios(path), chain.rewards(path));
            let q_t = path
                .pairs()
                .map(|pair| q[pair])
                .collect::<ndarray::Array1<_>>();
            let (v_t, next) = (path.values(&v), path.next(&v));
            let targets = retrace(
                ratio.view(),
                r.view(),
                q_t.view(),
                v_t.view(),
                &next,
                chain.discount,
                lambda,
            );
            targets.unwrap()[0]
        });
        let exact = retrace_operator(
            &chain.model(),
            chain.policy.view(),
            chain.behaviour.view(),
            q.view(),
            lambda,
        );
        assert!(distance(&targets, &exact.unwrap()) < 1e-14);
    }
}

/// Clips of every kind: none, both at 1, each below and above the ratios, ρ̄ < c̄.
#[test]
fn the_mean_v_trace_target_is_its_operator() {
    let (chain, v) = (layered(), wrong_values());
    let infinite = f64::INFINITY;
    for (ratio_clip, trace_clip, lambda) in [
        (1.0, 1.0, 1.0),
        (infinite, infinite, 1.0),
        (infinite, 1.0, 0.6),
        (1.5, 0.7, 0.9),
        (0.4, 1.9, 1.0),
    ] {
        let settings = VTrace {
            ratio_clip,
            trace_clip,
            lambda,
        };
        let values = mean(&chain, &chain.behaviour, 3, |path| {
            let (ratio, r) = (chain.ratios(path), chain.rewards(path));
            let (v_t, next) = (path.values(&v), path.next(&v));
            let (ratio, r, v_t) = (ratio.view(), r.view(), v_t.view());
            let estimate = v_trace(ratio, r, v_t, &next, chain.discount, settings);
            estimate.unwrap().values[0]
        });
        let values = (&chain.behaviour * &values).sum_axis(Axis(1));
        let exact = v_trace_operator(
            &chain.model(),
            chain.policy.view(),
            chain.behaviour.view(),
            v.view(),
            settings,
        );
        assert!(distance(&values, &exact.unwrap()) < 1e-14);
    }
}

/// With nothing clipped and the true values, E_μ of the weighted advantage is that of π: ρ A.
#[test]
fn v_trace_weighs_the_true_advantage() {
    let chain = round();
    let v = chain.model().values(chain.policy.view()).unwrap();
    let settings = VTrace {
        ratio_clip: f64::INFINITY,
        ..VTrace::default()
    };
    let advantages = mean(&chain, &chain.behaviour, 3, |path| {
        let (ratio, r) = (chain.ratios(path), chain.rewards(path));
        let (v_t, next) = (path.values(&v), path.next(&v));
        let (ratio, r, v_t) = (ratio.view(), r.view(), v_t.view());
        let estimate = v_trace(ratio, r, v_t, &next, chain.discount, settings);
        estimate.unwrap().advantages[0]
    });
    let ratio = &chain.policy / &chain.behaviour;
    let exact = ratio * chain.model().advantages(v.view());
    assert!(distance(&advantages, &exact) < 1e-13);
}
