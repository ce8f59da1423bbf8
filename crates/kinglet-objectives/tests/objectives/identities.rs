//! Closed forms against forward automatic differentiation.

use crate::problems::{assert_close, generator, softmax};
use autodiff::{F1, Float, grad};
use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::tab;
use kinglet_objectives::{
    boltzmann, elbo, perturbation, soft_max, soft_value_iteration_finite, worst_reward,
};
use ndarray::{Array1, Array3};
use rand::RngExt;

/// α log Σ exp(q / α) of dual numbers.
fn soft_max_of_duals(q: &[F1], temperature: f64) -> F1 {
    let top = q.iter().fold(f64::NEG_INFINITY, |m, x| m.max(x.x));
    let sum = q.iter().fold(F1::cst(0.0), |sum, &x| {
        sum + ((x - top) / temperature).exp()
    });
    sum.ln() * temperature + top
}

#[test]
fn cs285_09_boltzmann_is_the_gradient_of_the_soft_maximum() {
    let mut rng = generator(70);
    for temperature in [0.05, 1.0, 8.0] {
        let q = Array1::from_shape_fn(5, |_| rng.random_range(-1.0..1.0));
        let gradient = grad(|q| soft_max_of_duals(q, temperature), q.as_slice().unwrap());
        let policy = boltzmann(q.view(), temperature).unwrap();
        for (slope, p) in gradient.iter().zip(&policy) {
            assert_close(*slope, *p, 1e-13);
        }
        let duals: Vec<F1> = q.iter().map(|&x| F1::cst(x)).collect();
        let value = soft_max(q.view(), temperature).unwrap();
        assert_close(value, soft_max_of_duals(&duals, temperature).x, 1e-14);
    }
}

#[test]
fn cs285_10_the_worst_reward_is_where_the_multiplier_is_one() {
    // Stationary: ∇ π·r̃ = −λ ∇ α log Σ exp((r − r̃)/α) with λ = 1.
    let mut rng = generator(71);
    for temperature in [0.2, 1.0, 3.0] {
        let reward = Array1::from_shape_fn(4, |_| rng.random_range(-1.0..1.0));
        let policy = boltzmann(
            Array1::from_shape_fn(4, |_| rng.random_range(-1.0..1.0)).view(),
            0.5,
        );
        let policy = policy.unwrap();
        let worst = worst_reward(reward.view(), policy.view(), temperature).unwrap();
        let went = |x: &[F1]| {
            let off: Vec<F1> = reward.iter().zip(x).map(|(&r, &x)| -x + r).collect();
            soft_max_of_duals(&off, temperature)
        };
        for (slope, p) in grad(went, worst.as_slice().unwrap()).iter().zip(&policy) {
            assert_close(-slope, *p, 1e-13);
        }
        let duals: Vec<F1> = worst.iter().map(|&x| F1::cst(x)).collect();
        let measured = perturbation(reward.view(), worst.view(), temperature).unwrap();
        assert_close(measured, went(&duals).x, 1e-14);
    }
}

/// The maximum-entropy objective of logits [T S A], by listing all trajectories.
fn objective(mdp: &TabularMdp, logits: &[F1], temperature: f64) -> F1 {
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    let log_policy = |t: usize, s: usize, a: usize| {
        let row = &logits[(t * n_states + s) * n_actions..][..n_actions];
        row[a] - soft_max_of_duals(row, 1.0)
    };
    mdp.trajectories(1000)
        .unwrap()
        .fold(F1::cst(0.0), |sum, tau| {
            let steps = tau.states.iter().zip(&tau.actions).enumerate();
            let log_q = steps.fold(F1::cst(0.0), |sum, (t, (&s, &a))| sum + log_policy(t, s, a));
            sum + log_q.exp() * tau.dynamics_probability * (-log_q * temperature + tau.total_reward)
        })
}

#[test]
fn deck_06_differences_and_duals_agree_on_the_gradient() {
    let mut rng = generator(72);
    let logits = Array3::from_shape_fn((3, 3, 2), |_| rng.random_range(-1.0..1.0));
    for temperature in [0.0, 0.1, 1.0, 5.0] {
        let flat = logits.as_slice().unwrap();
        let gradient = grad(|x| objective(&tab(), x, temperature), flat);
        for (i, slope) in gradient.into_iter().enumerate() {
            let at = |off: f64| {
                let mut moved = logits.clone();
                moved.as_slice_mut().unwrap()[i] += off;
                elbo(&tab(), softmax(&moved).view(), temperature).unwrap()
            };
            assert_close((at(1e-5) - at(-1e-5)) / 2e-5, slope, 1e-9);
        }
    }
}

#[test]
fn cs285_07_the_gradient_vanishes_at_soft_value_iteration() {
    for temperature in [0.2, 1.0, 3.0] {
        let best = soft_value_iteration_finite(&tab(), temperature).unwrap();
        let logits = best.policy.mapv(f64::ln);
        let gradient = grad(
            |x| objective(&tab(), x, temperature),
            logits.as_slice().unwrap(),
        );
        assert!(
            gradient.iter().all(|slope| slope.abs() < 1e-13),
            "{gradient:?}"
        );
        let elsewhere: Vec<f64> = logits.iter().map(|x| 0.3 * x).collect();
        let gradient = grad(|x| objective(&tab(), x, temperature), &elsewhere);
        assert!(gradient.iter().any(|slope| slope.abs() > 1e-3));
    }
}
