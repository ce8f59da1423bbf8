//! Distributions carried through bijections: their densities, draws and scores.

use autodiff::{F1, grad};
use kinglet_distributions::{
    Affine, Bijection, Composition, Cubic, DiagNormal, Distribution, Elementwise, Entropy, Fisher,
    MvNormal, Normal, Planar, Reparameterised, Score, Tanh, TanhNormal, Transformed,
};
use num_traits::Float;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use statrs::distribution::ContinuousCDF;

type Bent<S = f64> = Transformed<Normal<S>, Composition<Cubic<S>, Affine<S>>>;

/// y = 0.4 − 1.5 (x + 0.3 x³), x ~ N(mean, e^(2 log_std)).
fn bent<S: Float>(mean: S, log_std: S) -> Bent<S> {
    let number = |x: f64| S::from(x).unwrap();
    Transformed {
        base: Normal::from_log_std(mean, log_std),
        bijection: Composition {
            first: Cubic::new(number(0.3)).unwrap(),
            then: Affine::new(number(0.4), number(-1.5)).unwrap(),
        },
    }
}

/// ∫ f over [low, high] by the midpoint rule.
fn integral(low: f64, high: f64, n: u32, f: impl Fn(f64) -> f64) -> f64 {
    let step = (high - low) / f64::from(n);
    let terms = (0..n).map(|i| f(low + (f64::from(i) + 0.5) * step));
    terms.sum::<f64>() * step
}

#[test]
fn the_density_is_one_and_the_scores_mean_is_zero() {
    let law = bent(0.2, -0.3);
    let mean = |f: &dyn Fn(f64) -> f64| {
        integral(-100.0, 100.0, 100_000, |y| law.log_prob(&y).exp() * f(y))
    };
    assert!((mean(&|_| 1.0) - 1.0).abs() < 1e-9);
    for (i, v) in [[1.0, 0.0], [0.0, 1.0]].iter().enumerate() {
        assert!(mean(&|y| law.score(&y)[i]).abs() < 1e-8);
        let square = mean(&|y| law.score(&y)[i].powi(2));
        assert!((square - law.fisher(v)[i]).abs() < 1e-7);
    }
}

/// XU-26: without the absolute value −2 X would have the density −0.1876 at 0.7.
#[test]
fn xu_26_a_map_that_turns_the_line_over_has_a_positive_density() {
    let law = Transformed {
        base: Normal::new(0.0, 1.0).unwrap(),
        bijection: Affine::new(0.0, -2.0).unwrap(),
    };
    let density = law.log_prob(&0.7).exp();
    assert!((density - 0.187_620).abs() < 1e-6);
    let same = Normal::new(0.0, 2.0).unwrap();
    assert!((law.log_prob(&0.7) - same.log_prob(&0.7)).abs() < 1e-15);
    assert!((law.entropy() - same.entropy()).abs() < 1e-15);
    assert_eq!(law.entropy_gradient(), same.entropy_gradient());
}

#[test]
fn draws_follow_the_law() {
    let law = bent(0.2, -0.3);
    let base = statrs::distribution::Normal::new(0.2, (-0.3_f64).exp()).unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let n = 50_000;
    let mut draws: Vec<f64> = (0..n).map(|_| law.sample(&mut rng)).collect();
    draws.sort_by(f64::total_cmp);
    // The map falls, so P(Y ≤ y) = P(X ≥ x).
    let cdf = |y: &f64| base.sf(law.bijection.inverse(y));
    let distance = draws.iter().enumerate().fold(0.0, |worst: f64, (i, y)| {
        let (below, above) = (i as f64 / f64::from(n), (i + 1) as f64 / f64::from(n));
        worst
            .max((cdf(y) - below).abs())
            .max((cdf(y) - above).abs())
    });
    assert!(distance < 1.95 / f64::from(n).sqrt(), "{distance}");
}

#[test]
fn a_draw_and_its_log_probability_come_together() {
    let law = bent(0.2, -0.3);
    let (mut a, mut b) = (
        Xoshiro256PlusPlus::seed_from_u64(8),
        Xoshiro256PlusPlus::seed_from_u64(8),
    );
    for _ in 0..1000 {
        let (y, log_prob): (f64, f64) = law.sample_and_log_prob(&mut a);
        let noise = law.noise(&mut b);
        assert_eq!(y, law.transform(&noise));
        assert!((log_prob - law.log_prob(&y)).abs() < 1e-12 * (1.0 + log_prob.abs()));
    }
    // A draw that rounds to 1 keeps its own log-probability; the inverse has lost it.
    let squashed = Transformed {
        base: Normal::new(50.0, 1.0).unwrap(),
        bijection: Tanh,
    };
    let (action, log_prob): (f64, f64) = squashed.carry(&50.5);
    let policy = TanhNormal::new(50.0, 1.0).unwrap();
    assert_eq!(action, 1.0);
    assert_eq!(log_prob, policy.log_prob_of_pre_tanh(&50.5));
    assert!(squashed.log_prob(&action) < log_prob - 100.0);
    assert_eq!(squashed.log_prob(&action), policy.log_prob(&action));
}

/// XU-13: the score of a law through its inverse, by the parameters of base and of map.
#[test]
fn xu_13_the_score_is_the_derivative() {
    for y in [-4.0, 0.1, 2.5] {
        let log_prob = |t: &[F1]| bent(t[0], t[1]).log_prob(&F1::cst(y));
        let found = grad(log_prob, &[0.2, -0.3]);
        let score = bent(0.2, -0.3).score(&y);
        for (found, score) in found.iter().zip(score) {
            assert!(
                (found - score).abs() < 1e-12 * (1.0 + score.abs()),
                "{y}: {found} {score}"
            );
        }
    }
    // a = ζ + θ ζ³ at ζ = .8, θ = ½: −.4507, by the map's own parameter.
    let by_coefficient = |t: &[F1]| {
        let law = Transformed {
            base: Normal::from_log_std(F1::cst(0.0), F1::cst(0.0)),
            bijection: Cubic::new(t[0]).unwrap(),
        };
        law.log_prob(&F1::cst(0.8 + 0.5 * 0.512))
    };
    let s = grad(by_coefficient, &[0.5])[0];
    assert!((s + 0.450_745_5).abs() < 1e-7, "{s}");
}

/// A correlated normal law, bent along a line: its density over the plane is one, and a squashed vector's is the
/// product of its coordinates'.
#[test]
fn laws_of_vectors_are_carried_too() {
    let base = MvNormal::from_covariance(vec![0.2, -0.1], &[1.0, 0.3, 0.3, 0.5]).unwrap();
    let bijection = Planar::new(&[0.8, -1.5], &[-1.2, 0.4], 0.3).unwrap();
    let law = Transformed { base, bijection };
    let mass = integral(-7.0, 7.0, 250, |x| {
        integral(-7.0, 7.0, 250, |y| law.log_prob(&vec![x, y]).exp())
    });
    assert!((mass - 1.0).abs() < 1e-6, "{mass}");

    let squashed = Transformed {
        base: DiagNormal::new(vec![0.2, -1.0], vec![0.5, 2.0]).unwrap(),
        bijection: Elementwise {
            maps: vec![Tanh, Tanh],
        },
    };
    let [first, second] = [(0.2, 0.5), (-1.0, 2.0)].map(|(m, s)| TanhNormal::new(m, s).unwrap());
    let (a, b) = (0.7, -0.999);
    let apart = first.log_prob(&a) + second.log_prob(&b);
    assert!((squashed.log_prob(&vec![a, b]) - apart).abs() < 1e-12);
}
