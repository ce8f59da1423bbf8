//! The squashed normal against sixty-digit values, automatic differentiation and quadrature, saturated or not.

use autodiff::{F1, grad};
use kinglet_distributions::{
    Distribution, Error, Fisher, Kl, KlGradients, Normal, Reparameterised, Score, TanhNormal,
};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// (given, mean, std, value, log_prob), made by `scripts/tanh_normal.py`.
fn fixtures() -> impl Iterator<Item = (&'static str, [f64; 4])> {
    let rows = include_str!("fixtures/tanh_normal.csv").lines().skip(1);
    rows.map(|row| {
        let (given, numbers) = row.split_once(',').unwrap();
        let numbers: Vec<f64> = numbers.split(',').map(|x| x.parse().unwrap()).collect();
        (given, numbers.try_into().unwrap())
    })
}

fn assert_close(a: f64, b: f64, tolerance: f64) {
    let scale = a.abs().max(b.abs()).max(1.0);
    assert!((a - b).abs() <= tolerance * scale, "{a:?} against {b:?}");
}

#[test]
fn log_probabilities_have_the_digits_of_the_fixture() {
    let mut rows = 0;
    for (given, [mean, std, value, expected]) in fixtures() {
        let policy = TanhNormal::new(mean, std).unwrap();
        let log_prob = match given {
            "action" => policy.log_prob(&value),
            _ => policy.log_prob_of_pre_tanh(&value),
        };
        // One rounding of u, of at most 19, moves z = (u − μ)/σ.
        let rounding = if given == "action" { 4e-15 / std } else { 0.0 };
        assert_close(log_prob, expected, 1e-14 + rounding);
        rows += 1;
    }
    assert_eq!(rows, 114);
}

#[test]
fn an_action_of_one_is_the_last_number_inside() {
    for (mean, std) in [(0.0, 1.0), (30.0, 2.0), (-4.0, 0.1)] {
        let policy = TanhNormal::new(mean, std).unwrap();
        let last = 1.0 - f64::EPSILON / 2.0;
        assert_eq!(policy.log_prob(&1.0), policy.log_prob(&last));
        assert_eq!(policy.log_prob(&-1.0), policy.log_prob(&-last));
        assert!(policy.log_prob(&1.0).is_finite() && policy.log_prob(&-1.0).is_finite());
        assert_eq!(policy.log_prob(&1.000_001), f64::NEG_INFINITY);
        assert_eq!(policy.score(&1.0), policy.score(&last));
    }
    let single = TanhNormal::new(0.5_f32, 1.0).unwrap();
    let double = TanhNormal::new(0.5_f64, 1.0).unwrap();
    let last = 1.0 - f32::EPSILON / 2.0;
    assert_eq!(single.log_prob(&1.0), single.log_prob(&last));
    let expected = double.log_prob(&f64::from(last));
    assert_close(f64::from(single.log_prob(&last)), expected, 1e-6);
}

/// Where tanh u still has digits, the action and u give one density; where it has none, u alone does.
#[test]
fn a_draw_knows_its_log_probability() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let policy: TanhNormal = TanhNormal::new(0.4, 1.5).unwrap();
    for _ in 0..1000 {
        let (action, log_prob) = policy.sample_and_log_prob(&mut rng);
        let tolerance = 1e-13 / (1.0 - action.abs());
        assert_close(log_prob, policy.log_prob(&action), tolerance);
    }
    let saturated = TanhNormal::new(50.0, 1.0).unwrap();
    let (action, log_prob) = saturated.transform_and_log_prob(&0.5);
    let u: f64 = 50.5;
    let by_hand = -0.125 - 0.5 * (2.0 * std::f64::consts::PI).ln() + 2.0 * u - 4_f64.ln();
    assert_eq!(action, 1.0);
    assert_close(log_prob, by_hand, 1e-15);
}

#[test]
fn sampling_is_the_transform_of_noise() {
    let policy: TanhNormal = TanhNormal::new(0.3, 2.0).unwrap();
    let (mut a, mut b, mut c) = (
        Xoshiro256PlusPlus::seed_from_u64(1),
        Xoshiro256PlusPlus::seed_from_u64(1),
        Xoshiro256PlusPlus::seed_from_u64(1),
    );
    let noise = policy.noise(&mut a);
    let action = policy.transform(&noise);
    assert_eq!(policy.sample(&mut b), action);
    assert_eq!(policy.sample_and_log_prob(&mut c).0, action);
    assert_eq!(action, (0.3 + 2.0 * noise).tanh());
}

#[test]
fn the_score_is_the_derivative_by_mean_and_log_std() {
    for (mean, log_std, action) in [
        (0.0, 0.0, 0.3),
        (0.7, -1.0, -0.8),
        (-2.0, 0.9, 0.999_999),
        (3.0, 0.2, 1.0),
    ] {
        let log_prob = |t: &[F1]| TanhNormal::from_log_std(t[0], t[1]).log_prob(&F1::cst(action));
        let expected = grad(log_prob, &[mean, log_std]);
        let score = TanhNormal::from_log_std(mean, log_std).score(&action);
        assert_close(score[0], expected[0], 1e-12);
        assert_close(score[1], expected[1], 1e-12);
    }
}

/// ∂ ln p(tanh u) along u = μ + σ ξ: the normal's own part is −1 by ln σ, the slope's is 2 tanh u ∂u.
#[test]
fn the_pathwise_derivative_of_a_draws_log_probability() {
    for (mean, log_std, noise) in [(0.0, 0.0, 0.0), (0.5, -0.7, 1.2), (-25.0, 1.0, 0.4)] {
        let path = |t: &[F1]| {
            let policy = TanhNormal::from_log_std(t[0], t[1]);
            policy.transform_and_log_prob(&noise).1
        };
        let found = grad(path, &[mean, log_std]);
        let std = f64::exp(log_std);
        let slope = 2.0 * (mean + std * noise).tanh();
        assert_close(found[0], slope, 1e-14);
        assert_close(found[1], slope * std * noise - 1.0, 1e-14);
    }
}

/// Sums over a fine grid of actions: the density is one, its score has mean zero and variance F, and KL is the mean of
/// the difference of the log-probabilities.
#[test]
fn expectations_over_actions() {
    let p = TanhNormal::new(0.2, 0.6).unwrap();
    let q = TanhNormal::new(-0.1, 0.9).unwrap();
    let n = 200_000;
    let mean = |f: &dyn Fn(f64) -> f64| -> f64 {
        let middle = |i: u32| (f64::from(i) + 0.5) * 2.0 / f64::from(n) - 1.0;
        let terms = (0..n).map(|i| p.log_prob(&middle(i)).exp() * f(middle(i)));
        terms.sum::<f64>() * 2.0 / f64::from(n)
    };
    assert!((mean(&|_| 1.0) - 1.0).abs() < 1e-9);
    assert!((mean(&|a| p.log_prob(&a) - q.log_prob(&a)) - p.kl(&q)).abs() < 1e-8);
    for (i, v) in [[1.0, 0.0], [0.0, 1.0]].iter().enumerate() {
        assert!(mean(&|a| p.score(&a)[i]).abs() < 1e-7);
        for j in 0..2 {
            let product = mean(&|a| p.score(&a)[i] * p.score(&a)[j]);
            assert!((product - p.fisher(v)[j]).abs() < 1e-6, "{product}");
        }
    }
    let (normal_p, normal_q) = (p.normal(), q.normal());
    assert_eq!(p.kl_gradients(&q), normal_p.kl_gradients(normal_q));
    assert_eq!(normal_p, &Normal::new(0.2, 0.6).unwrap());
}

#[test]
fn bad_numbers_are_named() {
    let (name, value) = ("std", -1.0);
    assert_eq!(
        TanhNormal::new(0.0, -1.0),
        Err(Error::NotPositive { name, value })
    );
}
