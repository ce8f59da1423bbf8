//! Normal sites: the score, the path, both, and divergences in closed form.

use autodiff::F1;
use kinglet_distributions::{Distribution, Normal, Score};
use kinglet_svi::{
    Constraint, Credit, Divergence, Elbo, Error, Gradient, Program, Scalar, Svi, Trace,
};

use crate::measure::{gradient, rng, sample};
use crate::programs::{CHAIN, ChainGuide, ChainModel, SEEN, Wish, chain_elbo};

const BOTH: [Credit; 2] = [Credit::Whole, Credit::Dependencies];

fn elbo(gradient: Gradient, credit: Credit, divergence: Divergence) -> Elbo {
    Elbo {
        gradient,
        credit,
        divergence,
        ..Elbo::default()
    }
}

#[test]
fn deck_15_every_estimator_has_the_exact_gradient_for_its_mean() {
    let (value, exact) = gradient(chain_elbo::<F1>, &CHAIN);
    for wish in [Wish::Default, Wish::FirstByScore, Wish::SecondByScore] {
        for way in [Gradient::Pathwise, Gradient::Score] {
            for credit in BOTH {
                for divergence in [Divergence::Sampled, Divergence::Analytic] {
                    let estimator = elbo(way, credit, divergence);
                    let sampled = sample(&ChainModel, &ChainGuide(wish), estimator, 20_000);
                    sampled.assert_is(value, &exact, &format!("{estimator:?}"));
                }
            }
        }
    }
}

/// One run, its gradient written out by hand: ∇ log q₁ R + ∇ log q₂ R with R = log p − log q.
#[test]
fn deck_18_one_particle_by_the_score_is_the_formula() {
    let estimator = elbo(Gradient::Score, Credit::Whole, Divergence::Sampled);
    let (z, svi) = run_once(estimator);
    let [m1, log_s1, a, m2, log_s2] = CHAIN;
    let q1 = Normal::from_log_std(m1, log_s1);
    let q2 = Normal::from_log_std(a * z[0] + m2, log_s2);
    let standard = |mean: f64| Normal::new(mean, 1.0).unwrap();
    let log_p = standard(0.0).log_prob(&z[0])
        + standard(z[0]).log_prob(&z[1])
        + standard(z[1]).log_prob(&SEEN);
    let reward = log_p - q1.log_prob(&z[0]) - q2.log_prob(&z[1]);
    let ([d_m1, d_s1], [d_m2, d_s2]) = (q1.score(&z[0]), q2.score(&z[1]));
    let expected = [d_m1, d_s1, d_m2 * z[0], d_m2, d_s2].map(|d| d * reward);
    assert_close(&svi.gradient, &expected);
    assert!((svi.trace().log_p().plain() - log_p).abs() < 1e-12);
}

/// The same run by its dependencies: the score of z₂ is not weighted by log p(z₁) − log q(z₁).
#[test]
fn deck_18_one_particle_by_its_dependencies_is_the_formula() {
    let estimator = elbo(Gradient::Score, Credit::Dependencies, Divergence::Sampled);
    let (z, svi) = run_once(estimator);
    let [m1, log_s1, a, m2, log_s2] = CHAIN;
    let q1 = Normal::from_log_std(m1, log_s1);
    let q2 = Normal::from_log_std(a * z[0] + m2, log_s2);
    let standard = |mean: f64| Normal::new(mean, 1.0).unwrap();
    let second =
        standard(z[0]).log_prob(&z[1]) + standard(z[1]).log_prob(&SEEN) - q2.log_prob(&z[1]);
    let all = second + standard(0.0).log_prob(&z[0]) - q1.log_prob(&z[0]);
    let ([d_m1, d_s1], [d_m2, d_s2]) = (q1.score(&z[0]), q2.score(&z[1]));
    let expected = [
        d_m1 * all,
        d_s1 * all,
        d_m2 * z[0] * second,
        d_m2 * second,
        d_s2 * second,
    ];
    assert_close(&svi.gradient, &expected);
}

/// One run through the draws: the derivative of log p − log q along each parameter, by forward duals of the programs.
#[test]
fn deck_18_one_particle_through_the_draws_is_the_derivative_of_the_run() {
    let estimator = elbo(Gradient::Pathwise, Credit::Whole, Divergence::Sampled);
    let (_, svi) = run_once(estimator);
    let expected: Vec<f64> = (0..5)
        .map(|i| {
            let leaf = |(j, &x): (usize, &f64)| F1 {
                x,
                dx: f64::from(i == j),
            };
            let leaves = CHAIN.iter().enumerate().map(leaf).collect();
            let guide = ChainGuide(Wish::Default);
            let trace = Trace::at(&ChainModel, &guide, svi.params(), leaves, &mut rng(3));
            let trace = trace.unwrap();
            (trace.log_p() - trace.log_q()).dx
        })
        .collect();
    assert_close(&svi.gradient, &expected);
}

/// The draws and the estimate of the first run of seed 3.
fn run_once(estimator: Elbo) -> (Vec<f64>, Svi) {
    let mut svi = Svi::new(estimator, 0.0);
    let guide = ChainGuide(Wish::Default);
    svi.estimate(&ChainModel, &guide, &mut rng(0)).unwrap();
    svi.estimate(&ChainModel, &guide, &mut rng(3)).unwrap();
    let z = svi.trace().values().iter().map(|z| z.plain()).collect();
    (z, svi)
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let off = (found - expected).abs();
        assert!(
            off < 1e-12 * expected.abs().max(1.0),
            "{i}: {found}, {expected}"
        );
    }
}

#[test]
fn particles_are_averaged() {
    let one = sample(
        &ChainModel,
        &ChainGuide(Wish::Default),
        Elbo::default(),
        4000,
    );
    let particles = 25;
    let estimator = Elbo {
        particles,
        ..Elbo::default()
    };
    let many = sample(&ChainModel, &ChainGuide(Wish::Default), estimator, 4000);
    let (value, exact) = gradient(chain_elbo::<F1>, &CHAIN);
    many.assert_is(value, &exact, "25 particles");
    let ratio = one.total_variance() / many.total_variance();
    assert!((20.0..30.0).contains(&ratio), "{ratio}");
}

/// With the divergence in closed form nothing random is left of a prior that is met exactly.
#[test]
fn a_closed_form_has_no_variance() {
    let estimator = elbo(Gradient::Pathwise, Credit::Whole, Divergence::Analytic);
    let sampled = sample(&Prior, &Posterior, estimator, 100);
    let (m, log_s): (f64, f64) = (0.7, -0.2);
    let variance = (2.0 * log_s).exp();
    let kl = 0.5 * (variance + m * m - 1.0) - log_s;
    sampled.assert_is(-kl, &[-m, 1.0 - variance], "closed form");
    assert!(sampled.total_variance() < 1e-24);
}

struct Prior;
impl Program for Prior {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        trace.sample("z", Normal::new(S::zero(), S::one())?)?;
        Ok(())
    }
}

struct Posterior;
impl Program for Posterior {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let [m, log_s] = trace.param("q", Constraint::Real, [0.7, -0.2])?;
        trace.sample("z", Normal::from_log_std(m, log_s))?;
        Ok(())
    }
}

/// The model draws in the other order, so that p(z₁ | z₂) depends on what followed from z₁ in the guide: the closed form
/// E over z₁ at fixed z₂ would be wrong, and is not taken.
#[test]
fn a_closed_form_is_not_taken_where_the_laws_depend_on_the_draw() {
    for way in [Gradient::Pathwise, Gradient::Score] {
        let sampled = elbo(way, Credit::Whole, Divergence::Sampled);
        let analytic = elbo(way, Credit::Dependencies, Divergence::Analytic);
        let guide = ChainGuide(Wish::Default);
        let reference = sample(&Backwards, &guide, sampled, 40_000);
        let found = sample(&Backwards, &guide, analytic, 40_000);
        for i in 0..5 {
            let error = (reference.variance[i] + found.variance[i]).sqrt() / 200.0;
            let off = (reference.mean[i] - found.mean[i]).abs();
            assert!(off < 4.0 * error, "{way:?} {i}: {off} ± {error}");
        }
    }
}

struct Backwards;
impl Program for Backwards {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let z2 = trace.sample("z2", Normal::new(S::zero(), S::one())?)?;
        trace.sample("z1", Normal::new(z2 * S::constant(0.8), S::constant(0.6))?)?;
        Ok(())
    }
}

/// A positive parameter is the exponential of what moves.
#[test]
fn a_constrained_parameter_is_differentiated_through_its_map() {
    struct Scale;
    impl Program for Scale {
        fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
            let [s] = trace.param("s", Constraint::Positive, [1.7])?;
            let [u] = trace.param("u", Constraint::UnitInterval, [0.3])?;
            trace.sample("z", Normal::new(u, s)?)?;
            Ok(())
        }
    }
    let estimator = elbo(Gradient::Pathwise, Credit::Whole, Divergence::Analytic);
    let mut svi = Svi::new(estimator, 0.0);
    svi.estimate(&Prior, &Scale, &mut rng(1)).unwrap();
    // −KL = ln s − (s² + u² − 1)/2; ds/dθ = s, du/dθ = u (1 − u).
    let expected = [1.0 - 1.7 * 1.7, -0.3 * 0.3 * 0.7];
    assert_close(&svi.gradient, &expected);
    assert!((svi.params().get("u").unwrap()[0] - 0.3).abs() < 1e-15);
}
