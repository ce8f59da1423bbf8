//! Every sampler against an independent form of its law: a million draws each.

use kinglet_distributions::{Categorical, Distribution, Fisher, Normal, Reparameterised, Score};
use kinglet_tests::{chi_square, ks, z_score};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use statrs::distribution::ContinuousCDF;

const DRAWS: usize = 1_000_000;

fn rng(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

#[test]
fn normal_draws_obey_the_normal_law() {
    let parameters = [(0.0, 1.0), (3.0, 0.5), (-100.0, 1e-3), (1e6, 1e4)];
    for (seed, (mean, std)) in (0..).zip(parameters) {
        let normal: Normal = Normal::new(mean, std).unwrap();
        let law = statrs::distribution::Normal::new(mean, std).unwrap();
        let mut rng = rng(seed);
        let draws = (0..DRAWS).map(|_| normal.sample(&mut rng)).collect();
        ks::assert_law(&format!("N({mean}, {std}²)"), draws, |x| law.cdf(x));
    }
}

#[test]
fn normal_draws_in_single_precision_obey_it_too() {
    let normal: Normal<f32> = Normal::from_log_std(-2.0, 0.7);
    let law = statrs::distribution::Normal::new(-2.0, 0.7f64.exp()).unwrap();
    let mut rng = rng(10);
    let draws = (0..DRAWS)
        .map(|_| f64::from(normal.sample(&mut rng)))
        .collect();
    ks::assert_law("N(-2, e^1.4) in f32", draws, |x| law.cdf(x));
}

/// Noise and transform apart are the sampler: the same generator gives the same bits.
#[test]
fn transformed_noise_is_the_draw() {
    let normal: Normal = Normal::new(0.3, 7.0).unwrap();
    let (mut a, mut b) = (rng(11), rng(11));
    for _ in 0..1000 {
        assert_eq!(
            normal.transform(&normal.noise(&mut a)),
            normal.sample(&mut b)
        );
    }
}

/// Certain and nearly impossible categories, equal ones, and many.
fn categoricals() -> [Categorical; 4] {
    let geometric: Vec<f64> = (0..30).map(|i| -0.3 * f64::from(i)).collect();
    [
        Categorical::from_probabilities(&[0.001, 0.0, 0.989, 0.01]).unwrap(),
        Categorical::from_logits(&[700.0; 5]).unwrap(),
        Categorical::from_logits(&geometric).unwrap(),
        Categorical::from_logits(&(0..1000).map(|i| f64::from(i).sin()).collect::<Vec<_>>())
            .unwrap(),
    ]
}

fn assert_counts(what: &str, p: &Categorical, mut draw: impl FnMut() -> usize) {
    let mut counts = vec![0; p.probabilities().len()];
    for _ in 0..DRAWS {
        counts[draw()] += 1;
    }
    chi_square::assert_law(what, &counts, p.probabilities());
}

#[test]
fn categorical_draws_obey_their_probabilities() {
    for (seed, p) in (20..).zip(&categoricals()) {
        let mut rng = rng(seed);
        assert_counts("inversion", p, || p.sample(&mut rng));
    }
}

#[test]
fn gumbel_choices_obey_the_same_law() {
    for (seed, p) in (30..).zip(&categoricals()[..3]) {
        let mut rng = rng(seed);
        assert_counts("Gumbel", p, || p.choose(&p.gumbel(&mut rng)));
    }
}

/// DECK-19: E[∇ ln p] = 0; and DECK-11: E[∇ ln p ∇ ln pᵀ] = F, on the diagonal.
#[test]
fn deck_19_sampled_scores_have_mean_zero_and_the_fisher_variance() {
    let normal: Normal = Normal::new(-1.0, 0.2).unwrap();
    let mut rng = rng(40);
    let scores: Vec<[f64; 2]> = (0..DRAWS)
        .map(|_| normal.score(&normal.sample(&mut rng)))
        .collect();
    for (i, unit) in [[1.0, 0.0], [0.0, 1.0]].iter().enumerate() {
        let score: Vec<f64> = scores.iter().map(|s| s[i]).collect();
        z_score::assert_unbiased("score", z_score::mean_and_error(&score), 0.0);
        let squares: Vec<f64> = score.iter().map(|s| s * s).collect();
        z_score::assert_unbiased(
            "Fisher",
            z_score::mean_and_error(&squares),
            normal.fisher(unit)[i],
        );
    }
}
