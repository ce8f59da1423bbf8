//! PPO inside the engine.

use autodiff::F1;
use kinglet_distributions::Normal;
use kinglet_svi::{
    Baseline, Constraint, Credit, Elbo, Error, Gradient, Program, Ratio, Scalar, Svi, Trace,
};

use crate::measure::{gradient, rng};
use crate::programs::{ChainGuide, ChainModel, TREE, TreeGuide, TreeModel, Wish, tree_elbo};

fn estimator(particles: usize, credit: Credit) -> Elbo {
    Elbo {
        particles,
        gradient: Gradient::Score,
        credit,
        ..Elbo::default()
    }
}

/// At the parameters of the recording every ratio is 1, and the surrogate's gradient is the score estimate of the very
/// same runs.
#[test]
fn deck_23_at_the_old_parameters_it_is_the_score_gradient() {
    let guide = ChainGuide(Wish::Default);
    for (credit, ratio) in [
        (Credit::Whole, Ratio::Trace),
        (Credit::Whole, Ratio::Site),
        (Credit::Dependencies, Ratio::Site),
    ] {
        let mut svi = Svi::new(estimator(50, credit), 0.0);
        svi.estimate(&ChainModel, &guide, &mut rng(1)).unwrap();
        let elbo = svi.estimate(&ChainModel, &guide, &mut rng(2)).unwrap();
        let expected = svi.gradient.clone();
        let recorded = svi.record(&ChainModel, &guide, &mut rng(2)).unwrap();
        assert!((recorded.elbo - elbo).abs() < 1e-12);
        let found = svi.surrogate(&guide, &recorded, ratio, 0.2).unwrap();
        for (found, expected) in svi.gradient.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0));
        }
        assert_eq!((found.ratio_sd, found.outside), (0.0, 0.0));
    }
}

/// Away from them: the mean of min(ρ Â, clip(ρ) Â) over all leaves of the tree, differentiated by duals.
#[test]
fn deck_23_the_surrogate_and_its_slope_elsewhere() {
    const RUNS: usize = 40;
    let mut svi = Svi::new(estimator(RUNS, Credit::Whole), 0.0);
    svi.estimate(&TreeModel, &TreeGuide, &mut rng(1)).unwrap();
    let recorded = svi.record(&TreeModel, &TreeGuide, &mut rng(2)).unwrap();
    let runs = all_runs(RUNS);
    let moved: Vec<f64> = (0..9)
        .map(|i| TREE[i] + 0.4 * ((i * i) as f64).sin())
        .collect();
    svi.params_mut().unconstrained.copy_from_slice(&moved);
    for clip in [0.2, 0.05, f64::INFINITY] {
        let found = svi
            .surrogate(&TreeGuide, &recorded, Ratio::Trace, clip)
            .unwrap();
        let mut outside = 0.0;
        for (z1, z2) in &runs {
            let ratio = (log_q(&moved, *z1, *z2) - log_q(&TREE, *z1, *z2)).exp();
            outside += f64::from((ratio - 1.0).abs() > clip) / RUNS as f64;
        }
        let objective = |l: &[F1]| {
            runs.iter().fold(F1::cst(0.0), |sum, &(z1, z2)| {
                use num_traits::Float;
                let old = log_q(&TREE, z1, z2);
                let ratio = (log_q(l, z1, z2) - F1::cst(old)).exp();
                let weight = F1::cst(reward(z1, z2) - old);
                let low = F1::cst((1.0 - clip).max(-1e300));
                let clipped = ratio.max(low).min(F1::cst((1.0 + clip).min(1e300)));
                sum + (ratio * weight).min(clipped * weight) / F1::cst(RUNS as f64)
            })
        };
        let (value, exact) = gradient(objective, &moved);
        assert!((found.value - value).abs() < 1e-12);
        assert!((found.outside - outside).abs() < 1e-12);
        for (found, exact) in svi.gradient.iter().zip(&exact) {
            assert!(
                (found - exact).abs() < 1e-12,
                "clip {clip}: {found}, {exact}"
            );
        }
    }
}

/// The runs that `record` makes from seed 2.
fn all_runs(n: usize) -> Vec<(usize, usize)> {
    let mut svi = Svi::new(estimator(1, Credit::Whole), 0.0);
    svi.estimate(&TreeModel, &TreeGuide, &mut rng(1)).unwrap();
    // One estimate of n particles draws the same as n recordings of one, but its runs are not kept; so draw by hand.
    use rand::Rng;
    let mut own = rng(rng(2).next_u64());
    (0..n)
        .map(|_| {
            use kinglet_distributions::{Categorical, Distribution};
            let z1 = Categorical::from_logits(&TREE[..3])
                .unwrap()
                .sample(&mut own);
            let second = &TREE[3 + 2 * z1..5 + 2 * z1];
            (
                z1,
                Categorical::from_logits(second).unwrap().sample(&mut own),
            )
        })
        .collect()
}

fn log_q<S: num_traits::Float>(l: &[S], z1: usize, z2: usize) -> S {
    use crate::programs::log_softmax;
    log_softmax(&l[..3])[z1] + log_softmax(&l[3 + 2 * z1..5 + 2 * z1])[z2]
}

fn reward(z1: usize, z2: usize) -> f64 {
    use crate::programs::{FIRST_REWARD, SECOND_REWARD};
    FIRST_REWARD[z1] + SECOND_REWARD[z1][z2] - 6f64.ln()
}

/// T numbers, whose guide's means have all moved by the same small step: the ratio of each has the standard deviation of
/// about σ, that of the run √(e^(Tσ²) − 1).
#[test]
fn deck_23_the_ratio_of_a_whole_run_grows_with_its_length() {
    const T: usize = 100;
    const SIGMA: f64 = 0.1;
    struct Guide;
    impl Program for Guide {
        fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
            let [m] = trace.param("m", Constraint::Real, [0.0])?;
            for t in 0..T {
                trace.sample(("a", t), Normal::new(m, S::one())?)?;
            }
            Ok(())
        }
    }
    let mut svi = Svi::new(estimator(20_000, Credit::Whole), 0.0);
    svi.estimate(&Guide2, &Guide, &mut rng(1)).unwrap();
    let recorded = svi.record(&Guide2, &Guide, &mut rng(2)).unwrap();
    svi.params_mut().unconstrained[0] = SIGMA;
    let whole = svi.surrogate(&Guide, &recorded, Ratio::Trace, 0.2).unwrap();
    let site = svi.surrogate(&Guide, &recorded, Ratio::Site, 0.2).unwrap();
    // N(σ, 1) / N(0, 1) has the log-ratio σ x − σ²/2, with variance σ²: exactly the law of the claim.
    let exact = |steps: f64| ((steps * SIGMA * SIGMA).exp() - 1.0).sqrt();
    assert!(
        (whole.ratio_sd / exact(T as f64) - 1.0).abs() < 0.1,
        "{}",
        whole.ratio_sd
    );
    assert!(
        (site.ratio_sd / exact(1.0) - 1.0).abs() < 0.01,
        "{}",
        site.ratio_sd
    );
    assert!((whole.outside - 0.85).abs() < 0.02, "{}", whole.outside);
    assert!((site.outside - 0.044).abs() < 0.01, "{}", site.outside);
}

/// The model of the same numbers.
struct Guide2;

impl Program for Guide2 {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        for t in 0..100 {
            trace.sample(("a", t), Normal::new(S::zero(), S::one())?)?;
        }
        Ok(())
    }
}

/// Ten steps on each batch, most of them where ratios are not 1, improve the bound.
#[test]
fn deck_23_several_steps_on_a_batch_ascend() {
    let elbo = Elbo {
        baseline: Baseline::LeaveOneOut,
        ..estimator(200, Credit::Dependencies)
    };
    let mut svi = Svi::new(elbo, 0.02);
    svi.estimate(&TreeModel, &TreeGuide, &mut rng(1)).unwrap();
    let before = tree_elbo(&svi.params().unconstrained);
    let mut generator = rng(3);
    for _ in 0..20 {
        let recorded = svi.record(&TreeModel, &TreeGuide, &mut generator).unwrap();
        for _ in 0..10 {
            svi.surrogate(&TreeGuide, &recorded, Ratio::Site, 0.2)
                .unwrap();
            svi.ascend();
        }
    }
    let after = tree_elbo(&svi.params().unconstrained);
    // The best is the log-sum-exp of all rewards under the uniform prior.
    let best: f64 = (0..6).map(|i| reward(i / 2, i % 2).exp()).sum::<f64>().ln();
    assert!(
        after > before + 0.3 && after < best,
        "{before} {after} {best}"
    );
    assert!(best - after < 0.05, "{after} {best}");
}

#[test]
fn clips_that_bound_nothing_are_refused() {
    let mut svi = Svi::new(estimator(2, Credit::Whole), 0.0);
    let recorded = svi.record(&TreeModel, &TreeGuide, &mut rng(2)).unwrap();
    for clip in [0.0, -0.1, f64::NAN] {
        let error = svi.surrogate(&TreeGuide, &recorded, Ratio::Site, clip);
        assert!(matches!(error, Err(Error::Clip { .. })));
    }
    // A guide that draws more than was recorded.
    let error = svi.surrogate(&ChainGuide(Wish::Default), &recorded, Ratio::Site, 0.1);
    assert!(error.is_ok()); // as many
    let longer = svi.surrogate(&Guide2, &recorded, Ratio::Site, 0.1);
    assert!(matches!(longer, Err(Error::NotRecorded { .. })));
}
