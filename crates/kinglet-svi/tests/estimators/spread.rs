//! A spread learnt as σ and as log σ: one gradient in two parameters.

use kinglet_svi::Error;
use kinglet_svi::spread::{Epoch, Spread, Trial, train};

/// What the first epoch sees of a policy whose spread is `start`.
fn first(spread: Spread, start: f64, seed: u64) -> Epoch {
    let trial = Trial {
        start,
        ..Trial::figure_3(spread)
    };
    train(&trial, 1, seed).unwrap().epochs[0]
}

#[test]
fn deck_24_the_gradient_by_log_sigma_is_sigma_times_the_one_by_sigma() {
    for start in [2.0, 0.5, 0.01] {
        for seed in 0..20 {
            let [raw, log] = [Spread::Raw, Spread::Log].map(|spread| first(spread, start, seed));
            let off = raw.scale * start - log.scale;
            assert!(off.abs() < 1e-10 * log.scale.abs(), "{start}: {off}");
            // All else is the same.
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-10 * b.abs();
            assert!(near(raw.elbo, log.elbo) && near(raw.reward, log.reward));
            assert!(near(raw.bias[0], log.bias[0]) && near(raw.weights[3], log.weights[3]));
        }
    }
}

#[test]
fn deck_24_by_sigma_the_gradient_swings_as_one_over_sigma_and_by_log_sigma_it_does_not() {
    let deviation = |spread, start| {
        let found: Vec<f64> = (0..400)
            .map(|seed| first(spread, start, seed).scale)
            .collect();
        let mean = found.iter().sum::<f64>() / 400.0;
        (found.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / 399.0).sqrt()
    };
    let growth = |spread| deviation(spread, 1e-4) / deviation(spread, 1e-2);
    let (raw, log) = (growth(Spread::Raw), growth(Spread::Log));
    assert!((50.0..200.0).contains(&raw), "{raw}");
    assert!((0.5..2.0).contains(&log), "{log}");
}

#[test]
fn a_spread_that_is_not_positive_is_refused_before_the_first_step() {
    for (spread, start) in [
        (Spread::Fixed, 0.0),
        (Spread::Raw, -1.0),
        (Spread::Log, 0.0),
    ] {
        let trial = Trial {
            start,
            ..Trial::figure_3(spread)
        };
        let error = train(&trial, 10, 0).unwrap_err().to_string();
        assert!(error.contains("positive"), "{error}");
    }
    let none = Trial {
        episodes: 0,
        ..Trial::figure_2()
    };
    assert!(matches!(train(&none, 10, 0), Err(Error::NoParticles)));
}
