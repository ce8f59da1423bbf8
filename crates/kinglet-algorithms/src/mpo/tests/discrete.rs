//! Discrete actions in one-hot states: networks without hidden layers are tables.

use kinglet_critics::{Next, retrace};
use kinglet_objectives::{mpo_e_step, mpo_parametric_gradient};
use kinglet_trust_region::{EStep, solve_temperature};
use ndarray::{Array1, Array2};

use super::*;
use crate::mpo::{CriticReturns, EStepConstraint, EStepForm};

const ACTIONS: usize = 3;

/// The numbers of a network without hidden layers, state by state.
fn table(params: &[f64]) -> Array2<f64> {
    let bias = &params[STATES * ACTIONS..];
    Array2::from_shape_fn((STATES, ACTIONS), |(s, a)| {
        params[s * ACTIONS + a] + bias[a]
    })
}

fn softmax(logits: &Array2<f64>) -> Array2<f64> {
    let mut policy = logits.mapv(f64::exp);
    for mut row in policy.rows_mut() {
        let sum = row.sum();
        row /= sum;
    }
    policy
}

fn case(settings: Mpo) -> (Case, Array2<f64>, Array2<f64>) {
    let mut case = Case::new(settings, &Actions::Discrete(ACTIONS), &[]);
    for (i, x) in case.learner.target_critics().iter_mut().enumerate() {
        *x = 2.0 * (i as f64).sin();
    }
    let policy = softmax(&table(case.learner.target_actor()));
    let q = table(case.learner.target_critics());
    (case, policy, q)
}

/// Each state with the share of the steps that lead there.
fn shares(case: &Case) -> Array1<f64> {
    let rows = case.rows();
    let mut shares = Array1::zeros(STATES);
    for row in &rows {
        shares[case.next(*row)] += 1.0 / rows.len() as f64;
    }
    shares
}

#[test]
fn mpo_11_on_tables_the_e_step_is_that_of_the_tables() {
    for constraint in [EStepConstraint::Exact, EStepConstraint::Soft] {
        let (mut case, policy, q) = case(Mpo {
            constraint,
            temperature: 0.7,
            kl_bound: 0.05,
            ..Mpo::default()
        });
        case.evaluate();
        let kl = case.learner.improve(&case.agent, 0.0);
        let expected = if constraint == EStepConstraint::Soft {
            0.7
        } else {
            assert!((kl - 0.05).abs() < 1e-9);
            let states = shares(&case);
            let step = EStep {
                q: q.view(),
                policy: policy.view(),
                states: states.view(),
                kl_bound: 0.05,
            };
            solve_temperature(step).unwrap().temperature
        };
        let temperature = case.learner.temperature;
        assert!(
            (temperature / expected - 1.0).abs() < 1e-8,
            "{temperature} {expected}"
        );
        let improved = mpo_e_step(q.view(), policy.view(), expected)
            .unwrap()
            .policy;
        let weights = case.learner.tilt.weights.chunks_exact(ACTIONS);
        assert_eq!(weights.len(), case.rows().len());
        for (weights, row) in weights.zip(case.rows()) {
            for (found, expected) in weights.iter().zip(improved.row(case.next(row))) {
                assert!((found - expected).abs() < 1e-8);
            }
        }
    }
}

#[test]
fn mpo_12_on_tables_a_parametric_q_ascends_the_gradient_of_the_tables() {
    let (mut case, policy, q) = case(Mpo {
        e_step: EStepForm::Parametric,
        temperature: 0.7,
        ..Mpo::default()
    });
    for (i, x) in case.learner.candidate().iter_mut().enumerate() {
        *x += (3.0 * i as f64).cos();
    }
    let candidate = softmax(&table(case.learner.candidate()));
    case.evaluate();
    let states = shares(&case);
    let (q, prior, states) = (q.view(), policy.view(), states.view());
    let exact = mpo_parametric_gradient(q, prior, states, candidate.view(), 0.7).unwrap();
    for s in 0..STATES {
        for a in 0..ACTIONS {
            let found: f64 = case
                .learner
                .shards
                .iter()
                .map(|shard| shard.d_candidate[s * ACTIONS + a])
                .sum();
            assert!((found + exact[[s, a]]).abs() < 1e-14);
        }
    }
    let kl: f64 = (0..STATES)
        .map(|s| {
            let row = candidate.row(s).into_iter().zip(policy.row(s));
            states[s] * row.map(|(q, p)| q * (q / p).ln()).sum::<f64>()
        })
        .sum();
    assert!((case.learner.improve(&case.agent, 0.0) - kl).abs() < 1e-14);
}

/// Row by row of the minibatch, from the tables of the targets.
#[test]
fn mpo_17_the_critic_s_targets_are_retrace() {
    for (returns, lambda) in [
        (CriticReturns::Retrace, 0.8),
        (CriticReturns::Retrace, 1.0),
        (CriticReturns::NStep, 1.0),
    ] {
        let (mut case, policy, q) = case(Mpo {
            returns,
            lambda,
            ..Mpo::default()
        });
        case.evaluate();
        let found: Vec<f64> = case.learner.targets();
        let rows = case.rows();
        let (m, values) = (&case.minibatch, (&policy * &q).sum_axis(Axis(1)));
        let observations = m.observations();
        let own = |row: &usize| (state(observations.row(*row)), m.actions[*row] as usize);
        let column = |of: &dyn Fn(&usize) -> f64| rows.iter().map(of).collect::<Array1<f64>>();
        let off = returns == CriticReturns::Retrace;
        let ratio = column(&|row| {
            if off {
                policy[own(row)] / m.log_probs[*row].exp()
            } else {
                1.0
            }
        });
        let v = column(&|row| values[own(row).0]);
        let q = column(&|row| if off { q[own(row)] } else { values[own(row).0] });
        let r = column(&|row| m.rewards[*row]);
        let next: Vec<Next<f64>> = rows
            .iter()
            .map(|row| match m.ends[*row] {
                Some(End::Terminated) => Next::Terminated,
                _ if rows.contains(&(row + 1)) && (row + 1) % m.length > 0 => Next::Continues,
                _ => Next::Truncated(values[case.next(*row)]),
            })
            .collect();
        let (r, v) = (r.view(), v.view());
        let expected = retrace(ratio.view(), r, q.view(), v, &next, 0.99, lambda).unwrap();
        assert_eq!(found.len(), rows.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert!(
                (found - expected).abs() < 1e-12,
                "{returns:?}: {found} {expected}"
            );
        }
    }
}

#[test]
fn mpo_15_the_policy_steps_down_the_gradient_of_its_loss() {
    let (mut case, ..) = case(Mpo::default());
    case.evaluate();
    case.learner.improve(&case.agent, 0.0);
    case.learner.fit(&case.agent, &case.minibatch);
    let gradient = case.learner.actor_gradient();
    case.assert_gradient(
        &gradient,
        |case| case.agent.halves_mut().0,
        |case| case.learner.fit(&case.agent, &case.minibatch).loss,
    );
}

#[test]
fn the_policy_goes_to_the_edge_of_its_bound_and_not_beyond() {
    let (mut case, ..) = case(Mpo {
        kl_bound: 0.3,
        mean_kl_bound: 0.02,
        target_every: usize::MAX,
        sequence: 1,
        learning_rate: crate::Rate::Constant(1e-3),
        ..Mpo::default()
    });
    let kls: Vec<f64> = (0..4000).map(|_| case.learn().kl.unwrap()).collect();
    let last = kls[3900..].iter().sum::<f64>() / 100.0;
    assert!((last / 0.02 - 1.0).abs() < 0.02, "{last}");
}
