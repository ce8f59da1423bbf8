//! One quantity by the ways of two crates.

use kinglet_distributions::{Categorical, Entropy, Kl};
use kinglet_envs::fixtures;
use kinglet_objectives::{
    boltzmann, elbo, max_entropy_objective, soft_max, soft_value_iteration_finite, state_marginals,
};
use kinglet_tests::close::{assert_all_close, assert_close};
use ndarray::{Array1, Array3, ArrayView1, Axis};

const TEMPERATURES: [f64; 4] = [0.01, 0.3, 1.0, 20.0];

/// Action values of both signs, far apart and near.
fn action_values() -> impl Iterator<Item = Array1<f64>> {
    let q =
        |n: usize, scale: f64| Array1::from_iter((0..n).map(|i| scale * (i as f64 * 2.3).sin()));
    [(2, 1e-6), (3, 1.0), (5, 40.0), (200, 3.0)]
        .into_iter()
        .map(move |(n, scale)| q(n, scale))
}

fn categorical(row: ArrayView1<'_, f64>) -> Categorical {
    Categorical::from_probabilities(&row.to_vec()).unwrap()
}

/// The Boltzmann policy is the categorical distribution with logits q/α, and its log-normaliser is the soft maximum.
#[test]
fn cs285_09_boltzmann_soft_max_and_categorical_agree() {
    for q in action_values() {
        for temperature in TEMPERATURES {
            let policy = boltzmann(q.view(), temperature).unwrap();
            let logits: Vec<f64> = q.iter().map(|q| q / temperature).collect();
            let categorical = Categorical::from_logits(&logits).unwrap();
            assert_all_close("policy", &policy, categorical.probabilities(), 1e-13);
            let soft = soft_max(q.view(), temperature).unwrap();
            assert_close(
                "vectorised",
                kinglet_simd::log_sum_exp(&q.to_vec(), temperature),
                soft,
                1e-13,
            );
            // soft max = E[q] + α H, of the policy that attains it.
            let attained = categorical.mean(|a| q[a]) + temperature * categorical.entropy();
            assert_close("attained", attained, soft, 1e-12);
        }
    }
}

/// DECK-03: Σₜ E[r + α H] by the distributions' entropies and the forward marginals.
#[test]
fn deck_03_max_entropy_objective_by_the_distributions_entropy() {
    for mdp in [
        fixtures::tab(),
        fixtures::tabdet(),
        fixtures::lot(6.0).unwrap(),
    ] {
        for temperature in TEMPERATURES {
            let policy = soft_value_iteration_finite(&mdp, 2.0 * temperature)
                .unwrap()
                .policy;
            let marginals = state_marginals(&mdp, policy.view()).unwrap();
            let mut total = 0.0;
            for ((t, s), mass) in marginals.indexed_iter() {
                let row = categorical(policy.index_axis(Axis(0), t).row(s));
                total += mass * (row.mean(|a| mdp.reward(s, a)) + temperature * row.entropy());
            }
            let objective = max_entropy_objective(&mdp, policy.view(), temperature).unwrap();
            assert_close("objective", objective, total, 1e-12);
            let bound = elbo(&mdp, policy.view(), temperature).unwrap();
            assert_close("ELBO", bound, total, 1e-12);
        }
    }
}

/// The divergence of two policies' trajectories is the sum over time of their rows' divergences under the first.
#[test]
fn trajectory_divergence_is_the_sum_of_row_divergences() {
    let mdp = fixtures::tab();
    let [q, p]: [Array3<f64>; 2] = [0.4, 5.0].map(|temperature| {
        soft_value_iteration_finite(&mdp, temperature)
            .unwrap()
            .policy
    });
    let marginals = state_marginals(&mdp, q.view()).unwrap();
    let rows: f64 = marginals
        .indexed_iter()
        .map(|((t, s), mass)| {
            let row = |policy: &Array3<f64>| categorical(policy.index_axis(Axis(0), t).row(s));
            mass * row(&q).kl(&row(&p))
        })
        .sum();
    let enumerated: f64 = mdp
        .trajectories(216)
        .unwrap()
        .map(|tau| {
            let of = |policy: &Array3<f64>| -> f64 {
                (0..3)
                    .map(|t| policy[[t, tau.states[t], tau.actions[t]]])
                    .product()
            };
            tau.dynamics_probability * of(&q) * (of(&q) / of(&p)).ln()
        })
        .sum();
    assert_close("KL", rows, enumerated, 1e-12);
    assert!(rows > 0.1, "two policies that differ");
}
