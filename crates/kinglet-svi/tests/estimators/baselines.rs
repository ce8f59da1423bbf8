//! Baselines change the variance and not the mean.

use autodiff::F1;
use kinglet_distributions::Normal;
use kinglet_svi::direction::{DirectionGuide, DirectionModel};
use kinglet_svi::{
    Baseline, Constraint, Credit, Elbo, Error, Gradient, How, Program, Scalar, Svi, Trace,
};

use crate::measure::{gradient, rng, sample};
use crate::programs::{
    CHAIN, ChainGuide, ChainModel, TREE, TreeGuide, TreeModel, Wish, chain_elbo, tree_elbo,
};

fn estimator(particles: usize, baseline: Baseline, credit: Credit) -> Elbo {
    Elbo {
        particles,
        gradient: Gradient::Score,
        credit,
        baseline,
        ..Elbo::default()
    }
}

#[test]
fn deck_19_baselines_leave_the_mean() {
    let (value, exact) = gradient(chain_elbo::<F1>, &CHAIN);
    let (tree_value, tree_exact) = gradient(tree_elbo::<F1>, &TREE);
    for baseline in [
        Baseline::None,
        Baseline::DecayingAverage(0.9),
        Baseline::LeaveOneOut,
    ] {
        for credit in [Credit::Whole, Credit::Dependencies] {
            let elbo = estimator(4, baseline, credit);
            let chain = sample(&ChainModel, &ChainGuide(Wish::Default), elbo, 6000);
            chain.assert_is(value, &exact, &format!("{elbo:?}"));
            let tree = sample(&TreeModel, &TreeGuide, elbo, 6000);
            tree.assert_is(tree_value, &tree_exact, &format!("{elbo:?}"));
        }
    }
}

/// At W = d the weight is −‖½ξ‖² + … + a large constant, which a baseline takes off.
#[test]
fn deck_19_a_baseline_takes_off_the_constant() {
    let guide = DirectionGuide { start: [0.2, 0.4] };
    let variance = |baseline| {
        let elbo = estimator(8, baseline, Credit::Whole);
        let found = sample(&DirectionModel::default(), &guide, elbo, 4000);
        found.total_variance()
    };
    let none = variance(Baseline::None);
    assert!(variance(Baseline::DecayingAverage(0.95)) < 0.2 * none);
    assert!(variance(Baseline::LeaveOneOut) < 0.2 * none);
}

/// Two particles, by hand: each is weighed by its weight less the other's.
#[test]
fn deck_19_leave_one_out_is_the_formula() {
    let guide = DirectionGuide { start: [0.2, 0.4] };
    let mut both = Svi::new(estimator(2, Baseline::LeaveOneOut, Credit::Whole), 0.0);
    both.estimate(&DirectionModel::default(), &guide, &mut rng(0))
        .unwrap();
    both.estimate(&DirectionModel::default(), &guide, &mut rng(4))
        .unwrap();
    // The same two runs, one after the other.
    let mut rng = kinglet_seeded(4);
    let (mut runs, mut gradient) = (Vec::new(), [0.0; 2]);
    let spread = 0.5;
    for _ in 0..2 {
        let xi: [f64; 2] = std::array::from_fn(|_| {
            rand_distr::Distribution::sample(&rand_distr::StandardNormal, &mut rng)
        });
        let a = [0.2 + spread * xi[0], 0.4 + spread * xi[1]];
        let log_q: f64 =
            xi.iter().map(|x| -0.5 * x * x).sum::<f64>() - (2.0 * std::f64::consts::PI * 0.25).ln();
        let reward = -((a[0] - 1.0).powi(2) + (a[1] + 1.0).powi(2));
        runs.push((xi, reward + both_prior() - log_q));
    }
    for (i, (xi, weight)) in runs.iter().enumerate() {
        for j in 0..2 {
            gradient[j] += 0.5 * (xi[j] / spread) * (weight - runs[1 - i].1);
        }
    }
    for j in 0..2 {
        assert!(
            (both.gradient[j] - gradient[j]).abs() < 1e-10,
            "{gradient:?}"
        );
    }
}

/// log p(a) of the direction task.
fn both_prior() -> f64 {
    kinglet_svi::direction::log_prior()
}

/// The generator that an estimate makes of the caller's.
fn kinglet_seeded(seed: u64) -> rand_xoshiro::Xoshiro256PlusPlus {
    use rand::Rng;
    rng(rng(seed).next_u64())
}

/// A prediction from what came before the draw: the mean stays, the prediction learns the weight's mean.
#[test]
fn deck_19_a_prediction_learns_and_leaves_the_mean() {
    struct Guide {
        start: f64,
    }
    impl Program for Guide {
        fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
            let w = trace.param("W", Constraint::Real, [0.2, 0.4])?;
            let [b] = trace.param("b", Constraint::Real, [self.start])?;
            let how = How {
                prediction: Some(b),
                ..How::score()
            };
            let half = S::constant(0.5);
            let laws = [Normal::new(w[0], half)?, Normal::new(w[1], half)?];
            trace.sample_by("a", laws, how)?;
            Ok(())
        }
    }
    let model = DirectionModel::default();
    let elbo = estimator(1, Baseline::None, Credit::Whole);
    let exact = [1.6, -2.8];
    let mut variances = Vec::new();
    for start in [0.0, -12.2] {
        let found = sample(&model, &Guide { start }, elbo, 20_000);
        // −∇(R − b)² = 2 (E R − b).
        let learns = 2.0 * (found.elbo.0 - start);
        let off = (found.mean[2] - learns).abs();
        assert!(off < 1e-9 * learns.abs().max(1.0), "{off}");
        let both = [exact[0], exact[1], found.mean[2]];
        found.assert_is(found.elbo.0, &both, "prediction");
        variances.push(found.variance[0]);
    }
    assert!(variances[1] < 0.1 * variances[0], "{variances:?}");
}
