//! State-dependent exploration against Stable-Baselines3's: `scripts/stable_baselines.py` made the numbers.

use kinglet_algorithms::{Head, LogStd, Memory, Policy};
use kinglet_nn::{Activation, Mlp};
use ndarray::Array2;

const ROWS: usize = 5;

fn table(columns: usize, phase: f64) -> Array2<f64> {
    Array2::from_shape_fn((ROWS, columns), |(i, j)| ((3 * i + j) as f64 + phase).cos())
}

/// log π, entropies, and the gradient of Σ wᵢ (log π + 0.1 H).
fn found(hidden: usize) -> [Vec<f64>; 3] {
    let sizes = if hidden == 0 {
        vec![3, 2]
    } else {
        vec![3, hidden, 2]
    };
    let head = Head::Normal(LogStd::OfFeatures {
        start: 0.0,
        sample_every: None,
    });
    let policy = Policy::new(Mlp::new(&sizes, Activation::Tanh).unwrap(), head).unwrap();
    let params: Vec<f64> = (0..policy.n_params())
        .map(|i| 0.8 * (i as f64 + 1.0).sin())
        .collect();
    let mut memory = Memory::default();
    policy.forward(&params, table(3, 0.0).view(), &mut memory);
    let actions = table(2, 0.5).into_raw_vec_and_offset().0;
    let weights = table(1, 0.25).into_raw_vec_and_offset().0;
    let (mut log_probs, mut entropies) = (vec![0.0; ROWS], vec![0.0; ROWS]);
    policy.log_probs(&actions, &memory, &mut log_probs);
    policy.entropies(&memory, &mut entropies);
    policy.weigh_log_probs(&actions, &weights, &mut memory);
    let weights: Vec<f64> = weights.iter().map(|w| 0.1 * w).collect();
    policy.weigh_entropies(&weights, &mut memory);
    let mut gradient = vec![0.0; params.len()];
    policy.vjp(&params, &mut memory, &mut gradient);
    [log_probs, entropies, gradient]
}

#[test]
fn laws_and_gradients_are_stable_baselines() {
    let rows = include_str!("fixtures/stable_baselines.csv").lines();
    assert_eq!(rows.clone().count(), 6);
    for row in rows {
        let mut words = row.split(',');
        let (hidden, what) = (words.next().unwrap(), words.next().unwrap());
        let expected: Vec<f64> = words.map(|number| number.parse().unwrap()).collect();
        let [log_probs, entropies, gradient] = found(hidden.parse().unwrap());
        let found = match what {
            "log_prob" => log_probs,
            "entropy" => entropies,
            _ => gradient,
        };
        assert_eq!(found.len(), expected.len());
        for (i, (f, e)) in found.iter().zip(&expected).enumerate() {
            let off = (f - e).abs() / e.abs().max(1.0);
            assert!(off < 1e-11, "{hidden} hidden, {what} {i}: {f} and {e}");
        }
    }
}
