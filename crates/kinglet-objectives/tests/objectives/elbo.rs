//! The evidence lower bound, its gap, and the maximum-entropy objective.

use crate::problems::{assert_close, generator, random_mdp, random_policy, softmax};
use kinglet_envs::fixtures::{lot, lot_state, tab, tabdet};
use kinglet_envs::{Horizon, TabularMdp};
use kinglet_objectives::{
    elbo, elbo_enumerated, elbo_monte_carlo, evaluate_soft_policy_finite, exact_inference,
    max_entropy_objective, max_entropy_objective_enumerated, posterior_kl,
    soft_value_iteration_finite, state_marginals,
};
use ndarray::{Array3, ArrayView3};
use rand::RngExt;

fn problems() -> Vec<TabularMdp> {
    let mut rng = generator(4);
    let mut problems = vec![tab(), tabdet(), lot(10.0).unwrap()];
    problems.extend((0..5).map(|_| random_mdp((4, 2, 3), Horizon::Finite(3), &mut rng)));
    problems
}

fn shape(mdp: &TabularMdp) -> (usize, usize, usize) {
    let Horizon::Finite(steps) = mdp.horizon() else {
        panic!("a finite horizon")
    };
    (steps, mdp.n_states(), mdp.n_actions())
}

#[test]
fn deck_01_evidence_is_bound_and_gap() {
    let mut rng = generator(5);
    for mdp in problems() {
        for temperature in [0.1, 1.0, 3.0] {
            let policy = random_policy(shape(&mdp), &mut rng);
            let evidence = exact_inference(&mdp, temperature).unwrap().log_evidence;
            let bound = elbo_enumerated(&mdp, policy.view(), temperature).unwrap();
            let gap = temperature * posterior_kl(&mdp, policy.view(), temperature).unwrap();
            assert!(gap > 0.0 && bound < evidence);
            assert_close(bound + gap, evidence, 1e-12);
        }
    }
}

#[test]
fn deck_01_cs285_04_dynamics_cancel() {
    let mut rng = generator(6);
    for mdp in problems() {
        for temperature in [0.1, 1.0, 3.0] {
            let policy = random_policy(shape(&mdp), &mut rng);
            let cancelled = elbo(&mdp, policy.view(), temperature).unwrap();
            assert_close(
                cancelled,
                elbo_enumerated(&mdp, policy.view(), temperature).unwrap(),
                1e-13,
            );
            let backward = evaluate_soft_policy_finite(&mdp, policy.view(), temperature).unwrap();
            assert_close(cancelled, mdp.initial().dot(&backward.v.row(0)), 1e-13);
        }
    }
}

#[test]
fn deck_01_deterministic_policies_have_a_bound_too() {
    let mut policy = Array3::zeros((3, 3, 2));
    policy.slice_mut(ndarray::s![.., .., 0]).fill(1.0);
    let bound = elbo(&tab(), policy.view(), 1.0).unwrap();
    assert_close(
        bound,
        elbo_enumerated(&tab(), policy.view(), 1.0).unwrap(),
        1e-14,
    );
    let gap = posterior_kl(&tab(), policy.view(), 1.0).unwrap();
    assert_close(
        bound + gap,
        exact_inference(&tab(), 1.0).unwrap().log_evidence,
        1e-13,
    );
}

#[test]
fn deck_01_a_normalised_action_prior_is_no_bound() {
    // With p(a) = 1/A the evidence is smaller by T log A, and the bound without p(a) exceeds it.
    let best = soft_value_iteration_finite(&tab(), 1.0).unwrap();
    let bound = elbo(&tab(), best.policy.view(), 1.0).unwrap();
    let normalised = exact_inference(&tab(), 1.0).unwrap().log_evidence - 3.0 * 2f64.ln();
    assert!(bound > normalised + 0.1, "{bound} {normalised}");
}

#[test]
fn deck_01_monte_carlo_agrees_within_its_error() {
    let mut rng = generator(7);
    for (mdp, temperature) in problems()
        .into_iter()
        .zip([0.0, 0.3, 1.0, 2.0].into_iter().cycle())
    {
        let policy = random_policy(shape(&mdp), &mut rng);
        let truth = elbo(&mdp, policy.view(), temperature).unwrap();
        let mean = elbo_monte_carlo(&mdp, policy.view(), temperature, 20_000, &mut rng).unwrap();
        assert!(mean.z(truth).abs() < 4.0, "{truth} {mean:?}");
    }
}

#[test]
fn deck_01_monte_carlo_error_falls_as_the_root() {
    let policy = random_policy((3, 3, 2), &mut generator(8));
    let truth = elbo(&tab(), policy.view(), 1.0).unwrap();
    let mut rng = generator(9);
    let mut deviation = |n: usize| {
        let mean_square = (0..300)
            .map(|_| {
                elbo_monte_carlo(&tab(), policy.view(), 1.0, n, &mut rng)
                    .unwrap()
                    .mean
                    - truth
            })
            .map(|off| off * off)
            .sum::<f64>();
        (mean_square / 300.0).sqrt()
    };
    let slope = (deviation(1600) / deviation(25)).ln() / 64f64.ln();
    assert!((slope + 0.5).abs() < 0.06, "{slope}");
}

#[test]
fn marginals_are_laws_and_those_of_the_list() {
    let mut rng = generator(10);
    for mdp in problems() {
        let policy = random_policy(shape(&mdp), &mut rng);
        let law = state_marginals(&mdp, policy.view()).unwrap();
        for ((t, s), &p) in law.indexed_iter() {
            let here = mdp
                .trajectories(100_000)
                .unwrap()
                .filter(|tau| tau.states[t] == s);
            let q = |tau: &kinglet_envs::Trajectory| {
                let steps = tau.states.iter().zip(&tau.actions).enumerate();
                steps
                    .map(|(t, (&s, &a))| policy[[t, s, a]])
                    .product::<f64>()
            };
            assert_close(
                p,
                here.map(|tau| tau.dynamics_probability * q(&tau)).sum(),
                1e-14,
            );
        }
    }
}

#[test]
fn deck_03_cs285_05_entropy_and_log_prob_agree_in_the_mean() {
    let mut rng = generator(11);
    for mdp in problems() {
        for temperature in [0.0, 0.1, 1.0, 5.0] {
            let policy = random_policy(shape(&mdp), &mut rng);
            let by_entropy = max_entropy_objective(&mdp, policy.view(), temperature).unwrap();
            let listed =
                max_entropy_objective_enumerated(&mdp, policy.view(), temperature).unwrap();
            assert_close(by_entropy, listed, 1e-13);
            assert_close(
                by_entropy,
                elbo(&mdp, policy.view(), temperature).unwrap(),
                1e-13,
            );
        }
    }
}

#[test]
fn deck_06_temperature_weighs_the_gradient() {
    // ∇J = E_q[ Σₜ ∇log q(aₜ | sₜ) Σ_{t' ≥ t} (r − α log q) ], by the list, against differences.
    let mut rng = generator(12);
    let logits = Array3::from_shape_fn((3, 3, 2), |_| rng.random_range(-1.0..1.0));
    for temperature in [0.0, 0.1, 1.0, 5.0] {
        let policy = softmax(&logits);
        let listed = score_gradient(&tab(), policy.view(), temperature);
        for (index, gradient) in listed.indexed_iter() {
            let h = 1e-5;
            let at = |off: f64| {
                let mut moved = logits.clone();
                moved[index] += off;
                elbo(&tab(), softmax(&moved).view(), temperature).unwrap()
            };
            assert_close((at(h) - at(-h)) / (2.0 * h), *gradient, 1e-9);
        }
    }
}

/// The score-function gradient in the logits, by listing all trajectories.
fn score_gradient(mdp: &TabularMdp, policy: ArrayView3<'_, f64>, temperature: f64) -> Array3<f64> {
    let mut gradient = Array3::zeros(policy.dim());
    for tau in mdp.trajectories(1000).unwrap() {
        let steps: Vec<_> = tau.states.iter().zip(&tau.actions).enumerate().collect();
        let q: f64 = steps
            .iter()
            .map(|&(t, (&s, &a))| policy[[t, s, a]])
            .product();
        let gain = |&(t, (&s, &a)): &(usize, (&usize, &usize))| {
            mdp.reward(s, a) - temperature * policy[[t, s, a]].ln()
        };
        for &(t, (&s, &a)) in &steps {
            let to_go: f64 = steps[t..].iter().map(gain).sum();
            for b in 0..policy.dim().2 {
                let score = f64::from(a == b) - policy[[t, s, b]];
                gradient[[t, s, b]] += tau.dynamics_probability * q * score * to_go;
            }
        }
    }
    gradient
}

#[test]
fn deck_06_the_derivative_in_the_temperature_is_the_entropy() {
    let policy = random_policy((3, 3, 2), &mut generator(13));
    let at = |temperature: f64| max_entropy_objective(&tab(), policy.view(), temperature).unwrap();
    // J is linear in α: its slope is E[Σ H].
    assert_close(at(2.0) - at(1.0), at(1.0) - at(0.0), 1e-13);
    assert!(at(1.0) > at(0.0));
    let lottery = lot(10.0).unwrap();
    let sure = {
        let mut policy = Array3::zeros((2, 4, 2));
        policy.slice_mut(ndarray::s![.., .., 0]).fill(1.0);
        policy
    };
    let earned = max_entropy_objective(&lottery, sure.view(), 0.0).unwrap();
    assert_eq!(earned, lottery.reward(lot_state::SAFE, 0));
}
