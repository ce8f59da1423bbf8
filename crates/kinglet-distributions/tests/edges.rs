//! Where a support ends, where a law is refused, and how the draws of a seed stay the same.

use kinglet_distributions::{
    Bernoulli, Beta, Categorical, DiagNormal, Dirichlet, Distribution, Entropy, Error, Factor,
    Fisher, Gamma, ImproperUniform, Kl, KlGradients, Laplace, LogNormal, LowerTriangle, Mixture,
    Moments, MvNormal, Normal, NormalInverseWishart, PointMass, Reparameterised, Score, Uniform,
    Unnormalised, erf, ln_gamma, monte_carlo_kl,
};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

const NEVER: f64 = f64::NEG_INFINITY;

#[test]
fn a_density_is_zero_outside_its_support() {
    assert_eq!(Gamma::new(2.0, 1.0).unwrap().log_prob(&-1e-9), NEVER);
    assert_eq!(LogNormal::new(0.0, 1.0).unwrap().log_prob(&0.0), NEVER);
    for x in [-0.1, 1.1] {
        assert_eq!(Beta::new(1.0, 1.0).unwrap().log_prob(&x), NEVER);
        assert_eq!(Uniform::new(0.0, 1.0).unwrap().log_prob(&x), NEVER);
    }
    let point = PointMass { at: 2.0 };
    assert_eq!(point.entropy_gradient(), [0.0]);
    assert_eq!((point.log_prob(&2.0), point.log_prob(&2.5)), (0.0, NEVER));
    assert_eq!(
        (point.entropy(), point.mean(), point.variance()),
        (0.0, 2.0, 0.0)
    );
}

/// x^(α − 1) at 0: infinite, nothing, or, at α = 1, the density of the exponential and the uniform law.
#[test]
fn a_density_at_the_end_of_its_support() {
    let gamma = |a: f64| Gamma::new(a, 4.0).unwrap().log_prob(&0.0);
    assert_eq!(
        (gamma(0.5), gamma(1.0), gamma(1.5)),
        (f64::INFINITY, 4f64.ln(), NEVER)
    );
    let beta = |a: f64, b: f64, x: f64| Beta::new(a, b).unwrap().log_prob(&x);
    assert_eq!(
        (beta(0.5, 2.0, 0.0), beta(3.0, 2.0, 0.0)),
        (f64::INFINITY, NEVER)
    );
    assert!((beta(1.0, 3.0, 0.0) - 3f64.ln()).abs() < 1e-14); // 3 (1 − x)²
    assert!((beta(3.0, 1.0, 1.0) - 3f64.ln()).abs() < 1e-14);
    let corner = Dirichlet::new(vec![1.0, 1.0, 1.0])
        .unwrap()
        .log_prob(&vec![0.0, 0.0, 1.0]);
    assert!((corner - 2f64.ln()).abs() < 1e-14);
}

#[test]
fn what_q_rules_out_is_infinitely_far() {
    let wide = Uniform::new(-1.0, 2.0).unwrap();
    let unit = Uniform::new(0.0, 1.0).unwrap();
    let beyond = Uniform::new(0.5, 1.5).unwrap();
    assert_eq!(wide.kl(&unit), f64::INFINITY);
    assert_eq!(unit.kl(&beyond), f64::INFINITY);
    let beta = Beta::new(2.0, 3.0).unwrap();
    assert_eq!(
        (beyond.kl(&beta), wide.kl(&beta)),
        (f64::INFINITY, f64::INFINITY)
    );
    assert_eq!(
        (beta.kl(&beyond), beta.kl(&Uniform::new(0.0, 0.9).unwrap())),
        (f64::INFINITY, f64::INFINITY)
    );
    assert_eq!(wide.kl(&Gamma::new(2.0, 1.0).unwrap()), f64::INFINITY);
    assert_eq!(wide.kl(&LogNormal::new(2.0, 1.0).unwrap()), f64::INFINITY);
    assert_eq!(PointMass { at: 3.0 }.kl(&unit), f64::INFINITY);
}

/// A law is at no distance from itself, and at more from another.
#[test]
fn a_divergence_from_itself_is_zero() {
    assert_eq!(
        Gamma::new(2.3, 0.1)
            .unwrap()
            .kl(&Gamma::new(2.3, 0.1).unwrap()),
        0.0
    );
    assert_eq!(
        Beta::new(2.3, 1e5)
            .unwrap()
            .kl(&Beta::new(2.3, 1e5).unwrap()),
        0.0
    );
    assert_eq!(
        Laplace::new(2.3, 0.1)
            .unwrap()
            .kl(&Laplace::new(2.3, 0.1).unwrap()),
        0.0
    );
    assert_eq!(
        Bernoulli::from_logit(-3.0)
            .unwrap()
            .kl(&Bernoulli::from_logit(-3.0).unwrap()),
        0.0
    );
    let law = MvNormal::from_covariance(vec![1.0, 2.0], &[2.0, 0.3, 0.3, 1.0]).unwrap();
    assert!(law.kl(&law) < 1e-15);
}

/// DECK-16, DECK-17: e^r of any size is a weight; where r ≤ 0 it is the probability of a coin's one side.
#[test]
fn deck_17_a_factor_is_the_likelihood_of_a_coin_where_there_is_one() {
    for r in [-0.3, -20.0] {
        let coin = Bernoulli::from_probability(f64::exp(r)).unwrap();
        assert!((coin.log_prob(&true) - Factor { log_factor: r }.log_factor(&())).abs() < 1e-12);
    }
    assert!(Bernoulli::from_probability(f64::exp(3.7)).is_err());
    assert_eq!(Factor { log_factor: 3.7 }.log_factor(&()), 3.7);
}

/// DECK-17: an improper prior leaves the evidence bound as a proper uniform one does, but for the constant ln of its width.
#[test]
fn deck_17_an_improper_prior_is_a_constant_offset() {
    let prior = Uniform::new(-100.0, 100.0).unwrap();
    let bounds = [(0.3, 0.5), (-2.0, 0.1)].map(|(low, width)| {
        let guide = Uniform::new(low, low + width).unwrap();
        let improper = ImproperUniform.log_factor(&guide.mean()) + guide.entropy();
        improper + guide.kl(&prior)
    });
    assert!((bounds[0] - 200f64.ln()).abs() < 1e-13 && (bounds[1] - 200f64.ln()).abs() < 1e-13);
}

#[test]
fn bad_numbers_are_named() {
    let shape = |name, value| Error::NotPositive { name, value };
    assert_eq!(Gamma::new(-1.0, 1.0).unwrap_err(), shape("shape", -1.0));
    assert_eq!(Gamma::new(1.0, 0.0).unwrap_err(), shape("rate", 0.0));
    assert_eq!(
        Beta::new(1.0, f64::INFINITY).unwrap_err(),
        shape("beta", f64::INFINITY)
    );
    assert_eq!(Laplace::new(1.0, -2.0).unwrap_err(), shape("scale", -2.0));
    assert_eq!(LogNormal::new(1.0, 0.0).unwrap_err(), shape("std", 0.0));
    assert_eq!(
        DiagNormal::new([1.0, 0.0], [1.0, 0.0]).unwrap_err(),
        shape("std", 0.0)
    );
    assert_eq!(
        Dirichlet::new(vec![1.0, 0.0]).unwrap_err(),
        shape("concentration", 0.0)
    );
    assert_eq!(
        Dirichlet::new(vec![1.0]).unwrap_err(),
        Error::TooFewCoordinates { coordinates: 1 }
    );
    assert_eq!(
        Uniform::new(2.0, 2.0).unwrap_err(),
        Error::EmptyInterval {
            low: 2.0,
            high: 2.0
        }
    );
    let infinite = Error::NotFinite {
        name: "logit",
        value: f64::INFINITY,
    };
    assert_eq!(Bernoulli::from_logit(f64::INFINITY).unwrap_err(), infinite);
    let one = Categorical::from_logits(&[0.0]).unwrap();
    let pair = Mixture::new(one, vec![Normal::new(0.0, 1.0).unwrap(); 2]);
    assert_eq!(
        pair.unwrap_err(),
        Error::Unpaired {
            weights: 1,
            components: 2
        }
    );
}

#[test]
fn a_matrix_that_is_no_covariance_is_refused() {
    let indefinite = LowerTriangle::of(2, &[1.0, 2.0, 2.0, 1.0]);
    assert_eq!(
        indefinite,
        Err(Error::NotPositiveDefinite {
            row: 1,
            pivot: -3.0
        })
    );
    assert!(LowerTriangle::of(2, &[1.0, 1.0, 1.0, 1.0]).is_err());
    assert!(LowerTriangle::from_rows(2, vec![1.0, 5.0, -1.0]).is_err());
    assert!(LowerTriangle::from_rows(1, vec![f64::NAN]).is_err());
    let wishart = |degrees| {
        let scatter = LowerTriangle::of(2, &[1.0, 0.0, 0.0, 1.0]).unwrap();
        NormalInverseWishart::new(vec![0.0; 2], 1.0, scatter, degrees)
    };
    assert_eq!(
        wishart(1.0),
        Err(Error::TooFewDegrees {
            degrees: 1.0,
            dimension: 2
        })
    );
    assert!(wishart(1.1).is_ok());
    let mean = |degrees| wishart(degrees).unwrap().mean_covariance(0, 0);
    assert_eq!(
        (mean(3.0), mean(3.5), mean(5.0)),
        (None, Some(2.0), Some(0.5))
    );
}

/// The far tails of a mixture: the responsibilities still sum to one and the score is the near mode's.
#[test]
fn a_mixture_keeps_its_shares_at_any_distance() {
    let weights = Categorical::from_logits(&[0.0, -800.0]).unwrap();
    let modes = vec![
        Normal::new(0.0, 1.0).unwrap(),
        Normal::new(100.0, 1.0).unwrap(),
    ];
    let mixture = Mixture::new(weights, modes).unwrap();
    assert_eq!(mixture.responsibilities(&1000.0), [0.0, 1.0]);
    assert_eq!(mixture.score(&1000.0).1[1], [900.0, 809_999.0]);
    assert_eq!(mixture.score(&-1000.0).1[0], [-1000.0, 999_999.0]);
}

/// Single precision runs the same lines.
#[test]
fn single_precision_agrees_to_its_digits() {
    let (a, b) = (
        Gamma::new(2.5f32, 0.7).unwrap(),
        Gamma::new(2.5, f64::from(0.7f32)).unwrap(),
    );
    assert!((f64::from(a.log_prob(&1.5f32)) - b.log_prob(&1.5)).abs() < 1e-5);
    assert!((f64::from(a.entropy()) - b.entropy()).abs() < 1e-5);
    assert!((f64::from(ln_gamma(0.3f32)) - ln_gamma(f64::from(0.3f32))).abs() < 1e-5);
    assert!((f64::from(erf(-0.8f32)) - erf(f64::from(-0.8f32))).abs() < 1e-6);
}

/// Negative arguments have no logarithm here, and end.
#[test]
fn gamma_functions_end_for_every_argument() {
    assert!(f64::is_nan(ln_gamma(-1e300)) && f64::is_nan(ln_gamma(f64::NAN)));
    assert_eq!(ln_gamma(0.0), f64::INFINITY);
    assert_eq!((erf(1e300), erf(-1e300), erf(0.0)), (1.0, -1.0, 0.0));
}

/// The mean and the standard error of three terms, from the same three draws.
#[test]
fn a_standard_error_of_three_samples_by_hand() {
    let (p, q): (Normal, Normal) = (
        Normal::new(0.0, 1.0).unwrap(),
        Normal::new(0.5, 1.5).unwrap(),
    );
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let estimate = monte_carlo_kl(&p, &q, 3, &mut rng.clone()).unwrap();
    let mut term = || {
        let x = p.sample(&mut rng);
        p.log_prob(&x) - q.log_prob(&x)
    };
    let terms: [f64; 3] = [term(), term(), term()];
    let mean = terms.iter().sum::<f64>() / 3.0;
    let variance = terms.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / 2.0;
    assert!((estimate.mean - mean).abs() < 1e-15);
    assert!((estimate.standard_error - (variance / 3.0).sqrt()).abs() < 1e-15);
}

/// The median is a kink of the density: its derivative there is taken as zero.
#[test]
fn a_laplace_score_at_the_kink_is_zero() {
    let law: Laplace = Laplace::new(1.0, 0.5).unwrap();
    assert_eq!(law.score(&1.0), [0.0, -1.0]);
    assert_eq!(law.kl_gradients(&law), ([0.0, 0.0], [0.0, 0.0]));
}

/// A category of probability zero moves nothing.
#[test]
fn an_impossible_category_has_no_gradient() {
    let p = Categorical::from_probabilities(&[0.5, 0.0, 0.5]).unwrap();
    let q = Categorical::from_logits(&[0.0, 1.0, 0.3]).unwrap();
    assert_eq!(p.kl_gradients(&q).0[1], 0.0);
    assert_eq!(
        (p.entropy_gradient()[1], p.fisher(&vec![1.0, 5.0, -1.0])[1]),
        (0.0, 0.0)
    );
}

/// Probabilities that sum to one only nearly are divided by their sum.
#[test]
fn probabilities_are_normalised() {
    let p: Categorical = Categorical::from_probabilities(&[0.5, 0.500_000_5]).unwrap();
    assert!((p.probabilities().iter().sum::<f64>() - 1.0).abs() < 1e-15);
    assert!((p.log_prob(&0) - (0.5f64 / 1.000_000_5).ln()).abs() < 1e-15);
}

/// A coin that hardly ever falls otherwise: H = (1 + |l|) e^(−|l|) to its last digits, and gradients that do not overflow.
#[test]
fn a_nearly_certain_coin_keeps_its_digits() {
    let coin = |l: f64| Bernoulli::from_logit(l).unwrap();
    for logit in [-40.0, 40.0] {
        assert!((coin(logit).entropy() / (41.0 * f64::exp(-40.0)) - 1.0).abs() < 1e-12);
    }
    assert_eq!(coin(-1000.0).kl_gradients(&coin(1000.0)).1, [1.0]);
    assert_eq!(coin(1000.0).kl_gradients(&coin(-1000.0)).1, [-1.0]);
    let tiny = coin(-40.0).kl_gradients(&coin(-41.0)).1[0];
    assert!((tiny / (f64::exp(-41.0) - f64::exp(-40.0)) - 1.0).abs() < 1e-12);
}

/// Where most draws round to the end of the support they stop at the number next to it, and their density is finite.
#[test]
fn a_draw_lies_inside_its_support() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let gamma: Gamma = Gamma::new(1e-4, 1.0).unwrap();
    let beta: Beta = Beta::new(1e-4, 1e-4).unwrap();
    let dirichlet = Dirichlet::new(vec![1e-4; 3]).unwrap();
    for _ in 0..1000 {
        let (x, y, z) = (
            gamma.sample(&mut rng),
            beta.sample(&mut rng),
            dirichlet.sample(&mut rng),
        );
        assert!(x > 0.0 && gamma.log_prob(&x).is_finite(), "{x}");
        assert!(y > 0.0 && y < 1.0 && beta.log_prob(&y).is_finite(), "{y}");
        assert!((z.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{z:?}");
        let log_prob: f64 = dirichlet.log_prob(&z);
        assert!(log_prob.is_finite(), "{z:?}");
    }
}

#[test]
fn a_coin_falls_as_often_as_it_should() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    for logit in [0.0, 2.0, -3.0] {
        let coin: Bernoulli = Bernoulli::from_logit(logit).unwrap();
        let heads = (0..10_000).filter(|_| coin.sample(&mut rng)).count() as f64;
        let spread = (1e4 * coin.variance()).sqrt();
        assert!((heads - 1e4 * coin.mean()).abs() < 4.0 * spread, "{heads}");
    }
}

/// Fixed seed, fixed draws: another sampler, or another order of its draws, is a breaking change.
#[test]
fn draws_are_stable() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    let rng = &mut rng;
    let diagonal = DiagNormal::new([0.0, 1.0], [1.0, 2.0]).unwrap();
    let full = MvNormal::from_covariance(vec![0.0, 1.0], &[4.0, 2.0, 2.0, 10.0]).unwrap();
    let drawn: [f64; 10] = [
        Laplace::new(1.0, 2.0).unwrap().sample(rng),
        LogNormal::new(0.5, 2.0).unwrap().sample(rng),
        Uniform::new(2.0, 5.0).unwrap().sample(rng),
        Gamma::new(2.0, 4.0).unwrap().sample(rng),
        Gamma::new(0.2, 1.0).unwrap().sample(rng),
        Beta::new(2.0, 3.0).unwrap().sample(rng),
        Dirichlet::new(vec![1.0, 2.0]).unwrap().sample(rng)[0],
        diagonal.transform(&diagonal.noise(rng))[1],
        full.transform(&full.noise(rng))[1],
        PointMass { at: 3.0 }.sample(rng),
    ];
    let golden = [
        0.6058642132613098,
        1.3355693486072042,
        2.034366526803961,
        0.41449290837796265,
        1.220_644_307_425_953_4,
        0.059_533_436_254_851_61,
        0.216_827_746_762_594_28,
        -0.655_377_154_204_807_5,
        0.051_418_208_718_555_29,
        3.0,
    ];
    for (drawn, golden) in drawn.iter().zip(golden) {
        assert!((drawn - golden).abs() < 1e-13, "{drawn} {golden}");
    }
}
