//! The normal distribution's closed forms against automatic differentiation, exact quadrature and statrs.

use autodiff::{F1, grad};
use kinglet_distributions::{
    Distribution, Entropy, Error, Fisher, Kl, KlGradients, Normal, Reparameterised, Score,
};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use statrs::distribution::Continuous;

/// (μ, ln σ) of p, (ν, ln τ) of q, x: ordinary points and far ones.
const POINTS: [[f64; 5]; 6] = [
    [0.0, 0.0, 0.0, 0.0, 0.0],
    [1.0, -0.5, 0.3, 0.4, 3.0],
    [-0.2, 0.1, -0.2001, 0.1001, -0.7],
    [-1e3, 5.0, 400.0, 6.0, 2e3],
    [1e-3, -12.0, 1.1e-3, -11.5, 1.2e-3],
    [0.0, 20.0, -1e7, 18.0, 1e8],
];

fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(b) {
        let scale = x.abs().max(y.abs()).max(1e-6);
        assert!((x - y).abs() <= tolerance * scale, "{a:?} against {b:?}");
    }
}

fn pair(point: &[f64; 5]) -> (Normal, Normal, f64) {
    let [mean, log_std, other_mean, other_log_std, x] = *point;
    (
        Normal::from_log_std(mean, log_std),
        Normal::from_log_std(other_mean, other_log_std),
        x,
    )
}

/// E[f(x)] by Gauss-Hermite quadrature with three nodes: exact for polynomials to the fifth degree, as the products of
/// scores and logarithms of densities are.
fn expectation(p: &Normal, f: impl Fn(f64) -> f64) -> f64 {
    let nodes = [
        (0.0, 2.0 / 3.0),
        (-3f64.sqrt(), 1.0 / 6.0),
        (3f64.sqrt(), 1.0 / 6.0),
    ];
    nodes
        .iter()
        .map(|(noise, weight)| weight * f(p.transform(noise)))
        .sum()
}

#[test]
fn score_and_entropy_gradient_are_the_derivatives() {
    for point in &POINTS {
        let (p, _, x) = pair(point);
        let log_prob = |t: &[F1]| Normal::from_log_std(t[0], t[1]).log_prob(&F1::cst(x));
        assert_close(&p.score(&x), &grad(log_prob, &point[..2]), 1e-12);
        let entropy = |t: &[F1]| Normal::from_log_std(t[0], t[1]).entropy();
        assert_close(&p.entropy_gradient(), &grad(entropy, &point[..2]), 1e-12);
    }
}

#[test]
fn a_draw_moves_with_its_parameters_at_fixed_noise() {
    for (point, noise) in POINTS.iter().zip([0.0, 1.3, -0.4, 5.0, -3.0, 0.01]) {
        let draw = |t: &[F1]| Normal::from_log_std(t[0], t[1]).transform(&noise);
        assert_close(
            &grad(draw, &point[..2]),
            &[1.0, point[1].exp() * noise],
            1e-12,
        );
    }
}

#[test]
fn kl_gradients_are_the_derivatives() {
    for point in &POINTS {
        let (p, q, _) = pair(point);
        let kl = |t: &[F1]| Normal::from_log_std(t[0], t[1]).kl(&Normal::from_log_std(t[2], t[3]));
        let (by_self, by_other) = p.kl_gradients(&q);
        assert_close(&[by_self, by_other].concat(), &grad(kl, &point[..4]), 1e-9);
    }
}

/// DECK-11: the mean product of scores, and the second derivative of KL in both orders.
#[test]
fn fisher_is_one_matrix_by_three_routes() {
    for point in &POINTS {
        let (p, _, _) = pair(point);
        for (j, v) in [[1.0, 0.0], [0.0, 1.0]].iter().enumerate() {
            let column = p.fisher(v);
            let products: Vec<f64> = (0..2)
                .map(|i| expectation(&p, |x| p.score(&x)[i] * p.score(&x)[j]))
                .collect();
            let scale = column[j];
            let relative = |c: &[f64]| [c[0] / scale, c[1] / scale];
            assert_close(&relative(&products), &relative(&column), 1e-9);

            let moved = Normal::from_log_std(F1::new(point[0], v[0]), F1::new(point[1], v[1]));
            let still = Normal::from_log_std(F1::cst(point[0]), F1::cst(point[1]));
            let forward = still.kl_gradients(&moved).1.map(|g| g.deriv());
            let reverse = moved.kl_gradients(&still).0.map(|g| g.deriv());
            assert_close(&relative(&forward), &relative(&column), 1e-12);
            assert_close(&relative(&reverse), &relative(&column), 1e-12);
        }
    }
}

#[test]
fn entropy_kl_and_the_zero_mean_score_are_expectations() {
    for point in &POINTS {
        let (p, q, _) = pair(point);
        assert_close(
            &[p.entropy()],
            &[-expectation(&p, |x| p.log_prob(&x))],
            1e-11,
        );
        let ratio = expectation(&p, |x| p.log_prob(&x) - q.log_prob(&x));
        assert!(
            (p.kl(&q) - ratio).abs() <= 1e-9 * (1.0 + ratio),
            "{} {ratio}",
            p.kl(&q)
        );
        let rounding = 1e-15 * (1.0 + (p.mean() / p.std()).abs());
        assert!(expectation(&p, |x| p.score(&x)[0] * p.std()).abs() <= rounding);
        assert!(expectation(&p, |x| p.score(&x)[1]).abs() <= 10.0 * rounding);
    }
}

#[test]
fn densities_agree_with_statrs() {
    for (mean, std, x) in [
        (0.0, 1.0, 0.5),
        (3.0, 0.01, 3.02),
        (-7.0, 1e4, 5e4),
        (2.0, 1e-8, 2.0),
    ] {
        let (ours, theirs) = (
            Normal::new(mean, std).unwrap(),
            statrs::distribution::Normal::new(mean, std).unwrap(),
        );
        assert_close(&[ours.log_prob(&x)], &[theirs.ln_pdf(x)], 1e-12);
        assert_close(
            &[ours.variance()],
            &[statrs::statistics::Distribution::variance(&theirs).unwrap()],
            1e-15,
        );
        let single = Normal::new(mean as f32, std as f32)
            .unwrap()
            .log_prob(&(x as f32));
        let tolerance = 1e-5 + f64::from(f32::EPSILON) * (mean / std).abs().powi(2);
        assert!(
            (f64::from(single) - ours.log_prob(&x)).abs()
                <= tolerance * ours.log_prob(&x).abs().max(1.0)
        );
    }
}

/// With u = 2 ln(σ/τ): KL = u²/4 (1 + u/3 + u²/12 + …) where the plain form has lost every digit.
#[test]
fn a_small_divergence_keeps_its_digits() {
    for log_ratio in [1e-4, -1e-5, 1e-6] {
        let u: f64 = 2.0 * log_ratio;
        let kl = Normal::from_log_std(0.0, log_ratio).kl(&Normal::from_log_std(0.0, 0.0));
        assert_close(&[kl * 4.0 / (u * u)], &[1.0 + u / 3.0 + u * u / 12.0], 1e-9);
    }
}

#[test]
fn bad_numbers_are_named() {
    let std_of = |std| Normal::new(0.0, std).unwrap_err();
    for std in [0.0, -0.5, f64::INFINITY] {
        assert_eq!(
            std_of(std),
            Error::NotPositive {
                name: "std",
                value: std
            }
        );
    }
    assert!(matches!(std_of(f64::NAN), Error::NotPositive { value, .. } if value.is_nan()));
    assert_eq!(
        Normal::new(f64::NEG_INFINITY, 1.0),
        Err(Error::NotFinite {
            name: "mean",
            value: f64::NEG_INFINITY
        })
    );
}

/// Fixed seed, fixed draws: another sampler, or another order of its draws, is a breaking change.
#[test]
fn draws_are_stable() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    let normal = Normal::new(1.0, 2.0).unwrap();
    let draws: Vec<f64> = (0..3).map(|_| normal.sample(&mut rng)).collect();
    assert_close(
        &draws,
        &[
            0.414_393_402_790_583_7,
            -0.426_241_233_628_863,
            0.789_357_679_293_622_8,
        ],
        1e-14,
    );
}
