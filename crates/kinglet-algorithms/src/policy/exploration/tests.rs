//! The noise beside the law that it is of.

use std::num::NonZeroUsize;

use kinglet_nn::{Activation, Mlp};
use ndarray::array;
use statrs::distribution::{ContinuousCDF, Normal};

use super::super::referee::{Case, HIDDEN, OF_FEATURES, cases, generator};
use super::super::{Head, LogStd, Memory, Policy};

const DRAWS: usize = 100_000;

/// The normal and the squashed policy with this noise.
fn explorers() -> impl Iterator<Item = Case> {
    let heads = [Head::Normal(OF_FEATURES), Head::TanhNormal(OF_FEATURES)];
    cases().filter(move |case| heads.contains(&case.policy.head()))
}

/// sup |Fₙ(x) − F(x)|.
fn distance(sample: &mut [f64], law: &Normal) -> f64 {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let gaps = sample.iter().enumerate().map(|(i, &x)| {
        let cdf = law.cdf(x);
        (cdf - i as f64 / n).max((i + 1) as f64 / n - cdf)
    });
    gaps.fold(0.0, f64::max)
}

/// Numbers of the actions at rows 0 and 3, under the same noise each time.
fn explored(case: &Case, memory: &Memory<f64>) -> [[Vec<f64>; 2]; 2] {
    let (policy, mut rng) = (&case.policy, generator());
    let (mut noise, mut action) = (vec![f64::NAN; policy.n_exploration()], [0.0; 2]);
    let mut found: [[Vec<f64>; 2]; 2] = Default::default();
    for _ in 0..DRAWS {
        policy.draw_exploration(&case.params, &mut noise, &mut rng);
        for (row, found) in [0, 3].into_iter().zip(&mut found) {
            policy.explore(row, memory, &noise, &mut action);
            found[0].push(action[0]);
            found[1].push(action[1]);
        }
    }
    found
}

#[test]
fn over_the_noise_each_number_is_the_normal_of_the_law() {
    let case = explorers().next().unwrap();
    let mut memory = Memory::default();
    let laws = (case.policy).forward(&case.params, case.x.view(), &mut memory);
    let laws = laws.to_vec();
    let found = explored(&case, &memory);
    for (row, mut numbers) in [0, 3].into_iter().zip(found) {
        let law = &laws[4 * row..4 * row + 4];
        for (j, sample) in numbers.iter_mut().enumerate() {
            let normal = Normal::new(law[j], law[2 + j].exp()).unwrap();
            let (distance, critical) = (distance(sample, &normal), 1.95 / (DRAWS as f64).sqrt());
            assert!(distance < critical, "row {row}, number {j}: {distance}");
        }
    }
}

/// One noise for two states: cov = Σₖ hₖ h'ₖ e^(2 λₖⱼ) + 10⁻⁶, and none between two numbers of an action.
#[test]
fn two_states_share_their_noise_and_two_numbers_do_not() {
    let case = explorers().next().unwrap();
    let mut memory = Memory::default();
    let laws = (case.policy).forward(&case.params, case.x.view(), &mut memory);
    let laws = laws.to_vec();
    let [first, second] = explored(&case, &memory);
    let features = case.policy.body.features(&memory.cache);
    let log_std = &case.params[case.policy.body.n_params()..];
    let near = |x: &[f64], y: &[f64], at: [usize; 2], expected: f64| {
        let (mean, spread) = (at.map(|i| laws[i]), at.map(|i| laws[i + 2].exp()));
        let terms = x.iter().zip(y).map(|(x, y)| (x - mean[0]) * (y - mean[1]));
        let covariance = terms.sum::<f64>() / DRAWS as f64;
        let error = spread[0] * spread[1] * (2.0 / DRAWS as f64).sqrt();
        assert!(
            (covariance - expected).abs() < 4.0 * error,
            "{at:?}: {covariance}"
        );
        assert!(expected == 0.0 || expected.abs() > 10.0 * error);
    };
    for j in 0..2 {
        let part =
            |k: usize| features[k] * features[3 * HIDDEN + k] * (2.0 * log_std[2 * k + j]).exp();
        let expected = (0..HIDDEN).map(part).sum::<f64>() + 1e-6;
        near(&first[j], &second[j], [j, 12 + j], expected);
    }
    near(&first[0], &first[1], [0, 1], 0.0);
}

/// While the noise is held the action is a function of the state, and its log-probability the law's.
#[test]
fn a_held_noise_makes_the_action_a_function_of_the_state() {
    for case in explorers() {
        let (policy, mut memory, mut rng) = (&case.policy, Memory::default(), generator());
        policy.forward(&case.params, case.x.view(), &mut memory);
        let mut noise = vec![0.0; policy.n_exploration()];
        policy.draw_exploration(&case.params, &mut noise, &mut rng);
        let mut actions = vec![0.0; case.actions.len()];
        let mut log_probs = vec![0.0; case.weights.len()];
        for (row, action) in actions.chunks_mut(2).enumerate() {
            log_probs[row] = policy.explore(row, &memory, &noise, action);
        }
        let mut expected = vec![0.0; log_probs.len()];
        policy.log_probs(&actions, &memory, &mut expected);
        assert_eq!(log_probs, expected);

        // Alone, and reached from elsewhere.
        let mut again = [0.0; 2];
        let one = case.x.slice(ndarray::s![3..4, ..]);
        policy.forward(&case.params, one, &mut memory);
        policy.explore(0, &memory, &noise, &mut again);
        for (x, y) in again.iter().zip(&actions[6..8]) {
            assert!((x - y).abs() < 1e-14);
        }
        policy.draw_exploration(&case.params, &mut noise, &mut rng);
        policy.explore(0, &memory, &noise, &mut again);
        assert!((again[0] - actions[6]).abs() > 1e-3);
    }
}

/// Without a hidden layer the features are the observation; where they are 0 the constant part is left.
#[test]
fn where_the_features_are_zero_the_law_is_the_constants() {
    let head = Head::Normal(LogStd::OfFeatures {
        start: 0.7,
        sample_every: None,
    });
    let policy = Policy::new(Mlp::new(&[2, 1], Activation::Tanh).unwrap(), head).unwrap();
    let params = policy.init_orthogonal::<f64, _>(1.0, 1.0, &mut generator());
    assert_eq!(params.as_slice().unwrap()[3..], [0.7, 0.7]);
    let (mut memory, x) = (Memory::default(), array![[0.0, 0.0], [3.0, -4.0]]);
    let laws = policy.forward(params.as_slice().unwrap(), x.view(), &mut memory);
    assert!((laws[1] - 1e-3f64.ln()).abs() < 1e-12);
    assert!((laws[3] - (5.0f64.ln() + 0.7)).abs() < 1e-6);
    let mut action = [0.0];
    policy.explore(0, &memory, &[5.0, 6.0, 0.25], &mut action);
    assert_eq!(action, [0.25]);
}

#[test]
fn the_noise_is_renewed_when_it_is_said_to_be() {
    let steps = |log_std| {
        let net = Mlp::new(&[2, 1], Activation::Tanh).unwrap();
        let policy = Policy::new(net, Head::Normal(log_std)).unwrap();
        (0..9)
            .filter(|t| policy.renews_exploration(*t))
            .collect::<Vec<_>>()
    };
    let every = |n| LogStd::OfFeatures {
        start: 0.0,
        sample_every: NonZeroUsize::new(n),
    };
    assert_eq!(steps(every(4)), [0, 4, 8]);
    assert_eq!(steps(every(0)), [0]);
    assert!(steps(LogStd::Learned(0.0)).is_empty());
}
