//! The entropy bonus as the value of a game against the rewards.

use crate::problems::{assert_close, generator};
use kinglet_objectives::{perturbation, robust_value, worst_reward};
use ndarray::{Array1, Array2, array};
use rand::RngExt;

/// min { π·x : α log Σ exp((r − x)/α) ≤ 0 } by Newton's method on the barrier problem
/// min t π·x − log(−g(x)), t growing; it knows neither entropy nor logarithm of π.
fn interior_point(reward: &Array1<f64>, policy: &Array1<f64>, temperature: f64) -> Array1<f64> {
    let n = reward.len();
    let mut x = reward + 2.0 * temperature * (n as f64).ln().max(0.5);
    let cost = |x: &Array1<f64>, t: f64| {
        let g = constraint(reward, x, temperature).0;
        if g < 0.0 {
            t * policy.dot(x) - (-g).ln()
        } else {
            f64::INFINITY
        }
    };
    for round in 0..40 {
        let t = 2f64.powi(round);
        for _ in 0..50 {
            let (g, tilted) = constraint(reward, &x, temperature);
            // ∇g = −w, ∇²g = (diag w − w wᵀ) / α with w the softmax of (r − x)/α.
            let gradient = t * policy + &tilted / g;
            let mut hessian = Array2::from_diag(&tilted) / (-g * temperature);
            for ((i, j), h) in hessian.indexed_iter_mut() {
                *h += tilted[i] * tilted[j] * (1.0 / (g * g) + 1.0 / (g * temperature));
            }
            let step = solve(hessian, gradient.clone());
            let (mut length, here) = (1.0, cost(&x, t));
            while cost(&(&x - &(&step * length)), t) > here - 1e-4 * length * gradient.dot(&step) {
                length /= 2.0;
                if length < 1e-12 {
                    break;
                }
            }
            x = x - &step * length;
            if gradient.dot(&step) < 1e-12 {
                break;
            }
        }
    }
    x
}

/// g = α log Σ exp((r − x)/α) and its softmax.
fn constraint(reward: &Array1<f64>, x: &Array1<f64>, temperature: f64) -> (f64, Array1<f64>) {
    let tilted = ((reward - x) / temperature).mapv(f64::exp);
    let sum = tilted.sum();
    (temperature * sum.ln(), tilted / sum)
}

/// Gauss-Jordan elimination of a positive definite system.
fn solve(mut a: Array2<f64>, mut b: Array1<f64>) -> Array1<f64> {
    for k in 0..b.len() {
        let pivot = a[[k, k]];
        a.row_mut(k).mapv_inplace(|x| x / pivot);
        b[k] /= pivot;
        for i in (0..b.len()).filter(|&i| i != k) {
            let factor = a[[i, k]];
            let row = a.row(k).to_owned();
            a.row_mut(i).scaled_add(-factor, &row);
            b[i] -= factor * b[k];
        }
    }
    b
}

#[test]
fn cs285_10_an_optimiser_finds_the_worst_reward() {
    let mut rng = generator(30);
    for temperature in [0.3, 1.0, 2.5] {
        let reward = Array1::from_shape_fn(4, |_| rng.random_range(-1.0..2.0));
        let mut policy = Array1::from_shape_fn(4, |_| rng.random_range(0.05..1.0));
        policy /= policy.sum();
        let found = interior_point(&reward, &policy, temperature);
        let closed = worst_reward(reward.view(), policy.view(), temperature).unwrap();
        assert!(
            (&found - &closed).iter().all(|off| off.abs() < 1e-4),
            "{found} {closed}"
        );
        let value = robust_value(reward.view(), policy.view(), temperature).unwrap();
        assert_close(policy.dot(&found), value, 1e-9);
        assert_close(policy.dot(&closed), value, 1e-14);
        assert!(
            perturbation(reward.view(), closed.view(), temperature)
                .unwrap()
                .abs()
                < 1e-14
        );
    }
}

#[test]
fn cs285_10_no_allowed_reward_is_worse() {
    let mut rng = generator(31);
    let (reward, policy) = (array![1.0, -0.5, 0.2], array![0.2, 0.5, 0.3]);
    let value = robust_value(reward.view(), policy.view(), 0.7).unwrap();
    for _ in 0..2000 {
        let mut other = Array1::from_shape_fn(3, |_| rng.random_range(-2.0..3.0));
        let over = perturbation(reward.view(), other.view(), 0.7).unwrap();
        other += over; // now on the edge of what is allowed
        assert!(
            perturbation(reward.view(), other.view(), 0.7)
                .unwrap()
                .abs()
                < 1e-13
        );
        assert!(policy.dot(&other) >= value - 1e-13);
    }
}

#[test]
fn cs285_10_actions_never_taken_cost_nothing() {
    let (reward, policy) = (array![1.0, 5.0], array![1.0, 0.0]);
    let worst = worst_reward(reward.view(), policy.view(), 1.0).unwrap();
    assert_eq!(worst, array![1.0, f64::INFINITY]);
    assert_eq!(
        robust_value(reward.view(), policy.view(), 1.0).unwrap(),
        1.0
    );
    assert_eq!(perturbation(reward.view(), worst.view(), 1.0).unwrap(), 0.0);
}
