//! Where the algorithms meet: the first step of each in expectation, and the limits in which two are one.

mod everything;
mod limits;

use kinglet_objectives::family::FAMILY;
use kinglet_objectives::{Credit, PolicyGradient};
use kinglet_trust_region::{DenseFisher, natural_gradient_dense, trust_region_step};
use ndarray::{Array1, Array2};

use self::everything::{Everything, SMALL};
use crate::{
    Algorithm, Baseline, Config, MaxentPg, NaturalPg, Ppo, PpoKl, Rate, Reinforce, Trpo, Weights,
};

/// The config of a linear policy that learns from plain returns.
fn config(algorithm: Algorithm) -> Config {
    let mut config = Config::of(algorithm);
    config.policy.hidden.clear();
    config.critic.hidden.clear();
    config.advantage.baseline = Baseline::None;
    config.advantage.lambda = 1.0;
    config.advantage.discount = 1.0;
    config.advantage.normalise = false;
    config
}

/// Algorithms that take Adam's step up the policy gradient.
fn gradient_algorithms() -> [Algorithm; 4] {
    let learning_rate = Rate::Constant(0.01);
    let (epochs, minibatch, max_gradient_norm) = (1, 1_000_000, f64::INFINITY);
    [
        Algorithm::Reinforce(Reinforce {
            learning_rate,
            ..Reinforce::default()
        }),
        Algorithm::MaxentPg(MaxentPg {
            learning_rate,
            ..MaxentPg::default()
        }),
        Algorithm::Ppo(Ppo {
            epochs,
            minibatch,
            learning_rate,
            max_gradient_norm,
            ..Ppo::default()
        }),
        Algorithm::PpoKl(PpoKl {
            epochs,
            minibatch,
            learning_rate,
            max_gradient_norm,
            ..PpoKl::default()
        }),
    ]
}

/// Adam's first step of rate 0.01 up a gradient.
fn adam(gradient: &[f64]) -> Vec<f64> {
    let step = |g: &f64| 0.01 * g / (g.abs() + 1e-5);
    gradient.iter().map(step).collect()
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (x, y)) in found.iter().zip(expected).enumerate() {
        assert!(
            (x - y).abs() < tolerance,
            "{what}, number {i}: {x}, expected {y}"
        );
    }
}

#[test]
fn every_algorithm_is_a_row_of_the_family() {
    for name in Algorithm::NAMES {
        let rows = FAMILY.iter().filter(|member| member.name == name);
        assert_eq!(rows.count(), 1, "{name}");
    }
}

#[test]
fn deck_07_xu_09_each_first_step_up_the_gradient_is_the_enumerated_one() {
    let everything = Everything::new(3, SMALL);
    for algorithm in gradient_algorithms() {
        for (discount, weights, credit) in [
            (1.0, Weights::Equal, Credit::RewardToGo),
            (0.8, Weights::Equal, Credit::FromNow),
            (0.8, Weights::Discounted, Credit::RewardToGo),
        ] {
            for temperature in [0.0, 0.7] {
                let mut config = config(algorithm.clone());
                config.advantage.discount = discount;
                config.advantage.weights = weights;
                config.advantage.temperature = Rate::Constant(temperature * SMALL);
                let found = everything.learn(&config);
                let exact = everything.gradient(&PolicyGradient {
                    credit,
                    discount,
                    ..PolicyGradient::reinforce(temperature)
                });
                let what = format!("{} {discount} {weights:?} {temperature}", algorithm.name());
                assert_close(&found.moved, &adam(&exact), 1e-11, &what);
                let norm = exact.iter().map(|g| g * g).sum::<f64>().sqrt();
                let gradient_norm = found.diagnostics.gradient_norm.unwrap();
                assert!((gradient_norm / norm - 1.0).abs() < 1e-9, "{what}");
            }
        }
    }
}

#[test]
fn deck_08_a_critic_leaves_the_expected_step_alone() {
    let everything = Everything::new(3, SMALL);
    for algorithm in gradient_algorithms() {
        let mut config = config(algorithm.clone());
        let without = everything.learn(&config);
        config.advantage.baseline = Baseline::Critic;
        let with = everything.learn(&config);
        assert!(with.diagnostics.value_loss > Some(0.0));
        assert_close(&with.moved, &without.moved, 1e-11, algorithm.name());
    }
}

/// F of the whole policy, from the frequencies of states.
fn fisher(everything: &Everything) -> Array2<f64> {
    let mut f = Array2::zeros((8, 8));
    for (share, s) in everything.frequencies() {
        let p = everything.policy(s);
        for a in 0..2 {
            let mut score = Array1::zeros(8);
            for b in 0..2 {
                let by_logit = f64::from(u8::from(a == b)) - p[b];
                (score[2 * s + b], score[6 + b]) = (by_logit, by_logit);
            }
            let column = score.clone().insert_axis(ndarray::Axis(1));
            f.scaled_add(share * p[a], &column.dot(&column.t()));
        }
    }
    f
}

#[test]
fn deck_13_xu_20_the_natural_steps_are_the_enumerated_ones() {
    let everything = Everything::new(3, SMALL);
    let gradient = everything.gradient(&PolicyGradient {
        credit: Credit::RewardToGo,
        ..PolicyGradient::reinforce(0.0)
    });
    let matrix = fisher(&everything);
    let (damping, kl_bound) = (0.1, 0.02);
    let gradient = Array1::from(gradient);
    let natural = natural_gradient_dense(&DenseFisher { matrix }, gradient.view(), damping);
    let natural = natural.unwrap();
    let full = trust_region_step(kl_bound, natural.squared_length).unwrap();
    let npg = everything.learn(&config(Algorithm::Npg(NaturalPg {
        kl_bound,
        damping,
        ..NaturalPg::default()
    })));
    // Conjugate gradients stop at a residual of 1e-5.
    let expected = (&natural.direction * full).to_vec();
    assert_close(&npg.moved, &expected, 1e-5, "npg");

    let trpo = everything.learn(&config(Algorithm::Trpo(Trpo {
        kl_bound,
        damping,
        ..Trpo::default()
    })));
    let fraction = trpo.diagnostics.step_size.unwrap() / full;
    let shortenings = fraction.ln() / 0.8f64.ln();
    assert!(
        (shortenings - shortenings.round()).abs() < 1e-4,
        "{fraction}"
    );
    let expected = (&natural.direction * (full * fraction)).to_vec();
    assert_close(&trpo.moved, &expected, 1e-5, "trpo");
    let (value, kl) = everything.compare(&trpo.moved);
    assert!(value > 0.0 && kl <= kl_bound, "{value} {kl}");
    assert!((kl - trpo.diagnostics.kl.unwrap()).abs() < 1e-12);
    let (_, kl) = everything.compare(&npg.moved);
    assert!((kl - npg.diagnostics.kl.unwrap()).abs() < 1e-12);
}
