//! The categorical distribution's closed forms against automatic differentiation and sums over all categories.

use autodiff::{F1, grad};
use kinglet_distributions::{
    Categorical, Distribution, Entropy, Error, Fisher, Kl, KlGradients, Score,
};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

const LOGITS: [[f64; 4]; 5] = [
    [0.0, 0.0, 0.0, 0.0],
    [0.3, -1.2, 2.0, 0.7],
    [1e3, 1e3 + 1.0, 1e3 - 2.0, 998.5],
    [-30.0, 0.0, -35.0, -2.0],
    [-1e-7, 1e-7, 0.0, 2e-7],
];

fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(b) {
        let scale = x.abs().max(y.abs()).max(1e-3);
        assert!((x - y).abs() <= tolerance * scale, "{a:?} against {b:?}");
    }
}

fn of<S: num_traits::Float>(logits: &[S]) -> Categorical<S> {
    Categorical::from_logits(logits).expect("the logits are fine")
}

fn pairs() -> impl Iterator<Item = ([f64; 4], [f64; 4])> {
    LOGITS
        .into_iter()
        .flat_map(|p| LOGITS.into_iter().map(move |q| (p, q)))
}

#[test]
fn score_and_entropy_gradient_are_the_derivatives() {
    for logits in LOGITS {
        let p = of(&logits);
        for x in 0..4 {
            assert_close(&p.score(&x), &grad(|l| of(l).log_prob(&x), &logits), 1e-12);
        }
        assert_close(
            &p.entropy_gradient(),
            &grad(|l| of(l).entropy(), &logits),
            1e-12,
        );
    }
}

#[test]
fn kl_gradients_are_the_derivatives() {
    for (p, q) in pairs() {
        let kl = |l: &[F1]| of(&l[..4]).kl(&of(&l[4..]));
        let (by_self, by_other) = of(&p).kl_gradients(&of(&q));
        assert_close(
            &[by_self, by_other].concat(),
            &grad(kl, &[p, q].concat()),
            1e-9,
        );
    }
}

/// DECK-11: the mean product of scores, and the second derivative of KL in both orders.
#[test]
fn fisher_is_one_matrix_by_three_routes() {
    for logits in LOGITS {
        let p = of(&logits);
        for j in 0..4 {
            let unit: Vec<f64> = (0..4).map(|i| if i == j { 1.0 } else { 0.0 }).collect();
            let column = p.fisher(&unit);
            let product = |i: usize| p.mean(|x| p.score(&x)[i] * p.score(&x)[j]);
            assert_close(&column, &(0..4).map(product).collect::<Vec<_>>(), 1e-12);

            let moved: Vec<F1> = logits
                .iter()
                .zip(&unit)
                .map(|(l, v)| F1::new(*l, *v))
                .collect();
            let (moved, still) = (of(&moved), of(&logits.map(F1::cst)));
            let derivatives =
                |gradient: Vec<F1>| gradient.iter().map(F1::deriv).collect::<Vec<_>>();
            assert_close(&derivatives(still.kl_gradients(&moved).1), &column, 1e-9);
            assert_close(&derivatives(moved.kl_gradients(&still).0), &column, 1e-9);
        }
        assert_close(&p.fisher(&vec![3.0; 4]), &[0.0; 4], 1e-12);
    }
}

#[test]
fn entropy_kl_and_the_zero_mean_score_are_sums() {
    for (l, m) in pairs() {
        let (p, q) = (of(&l), of(&m));
        assert!((p.probabilities().iter().sum::<f64>() - 1.0).abs() < 1e-14);
        let plain = p.mean(|i| p.log_prob(&i) - q.log_prob(&i));
        assert!(
            (p.kl(&q) - plain).abs() <= 1e-11 * (1.0 + plain),
            "{} {plain}",
            p.kl(&q)
        );
        for i in 0..4 {
            assert!(p.mean(|x| p.score(&x)[i]).abs() < 1e-14);
        }
    }
    assert_eq!(of(&LOGITS[0]).entropy(), 4f64.ln());
}

/// A divergence of order d² where the plain sum of p ln p/q has only its rounding left: against ½ dᵀ F d.
#[test]
fn a_small_divergence_keeps_its_digits() {
    let logits = [0.3, -1.2, 2.0, 0.7];
    let d: Vec<f64> = [1.0, -2.0, 0.5, 3.0].iter().map(|d| d * 1e-7).collect();
    let p = of(&logits);
    let q = of(&logits
        .iter()
        .zip(&d)
        .map(|(l, d)| l + d)
        .collect::<Vec<_>>());
    let quadratic = 0.5 * d.iter().zip(p.fisher(&d)).map(|(d, f)| d * f).sum::<f64>();
    assert!(
        (p.kl(&q) / quadratic - 1.0).abs() < 1e-6,
        "{} {quadratic}",
        p.kl(&q)
    );
}

#[test]
fn probabilities_and_logits_make_the_same() {
    let given: [f64; 4] = [0.1, 0.0, 0.65, 0.25];
    let by_probability = Categorical::from_probabilities(&given).unwrap();
    let by_logit = of(&given.map(|p| p.ln() + 700.0));
    assert_close(
        by_probability.probabilities(),
        by_logit.probabilities(),
        1e-12,
    );
    assert_eq!(by_probability.log_prob(&1), f64::NEG_INFINITY);
    assert!(by_probability.kl(&by_logit).abs() < 1e-12);
    let whole = Categorical::from_probabilities(&[0.25; 4]).unwrap();
    assert_eq!(whole.kl(&by_probability), f64::INFINITY);
    assert!((by_probability.kl(&whole) - (4f64.ln() - by_probability.entropy())).abs() < 1e-14);
}

/// The mean and the variance of a function, by hand: fair coin, faces 0 and 2.
#[test]
fn mean_and_variance_of_a_function() {
    let coin = Categorical::from_probabilities(&[0.5, 0.5]).unwrap();
    assert_eq!(
        (
            coin.mean(|i| 2.0 * i as f64),
            coin.variance(|i| 2.0 * i as f64)
        ),
        (1.0, 1.0)
    );
}

#[test]
fn what_cannot_happen_is_never_drawn() {
    let p = Categorical::from_probabilities(&[0.0, 0.5, 0.0, 0.5, 0.0]).unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    for _ in 0..2000 {
        assert!(p.sample(&mut rng) % 2 == 1);
        assert!(p.choose(&p.gumbel(&mut rng)) % 2 == 1);
    }
}

/// Gumbel-max draws category i as often as p(i) says, within four standard errors.
#[test]
fn gumbel_choices_are_draws() {
    let p: Categorical = of(&[0.3, -1.2, 2.0, 0.7]);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let mut counts = [0f64; 4];
    for _ in 0..20_000 {
        counts[p.choose(&p.gumbel(&mut rng))] += 1.0;
    }
    for (count, p) in counts.iter().zip(p.probabilities()) {
        let spread = (20_000.0 * p * (1.0 - p)).sqrt();
        assert!((count - 20_000.0 * p).abs() < 4.0 * spread, "{counts:?}");
    }
}

#[test]
fn bad_numbers_are_named() {
    let logits = |l: &[f64]| Categorical::from_logits(l).unwrap_err();
    assert_eq!(
        logits(&[0.0, f64::INFINITY]),
        Error::NotALogit {
            index: 1,
            value: f64::INFINITY
        }
    );
    assert!(matches!(
        logits(&[f64::NAN]),
        Error::NotALogit { index: 0, .. }
    ));
    assert_eq!(logits(&[]), Error::Impossible { categories: 0 });
    assert_eq!(
        logits(&[f64::NEG_INFINITY; 3]),
        Error::Impossible { categories: 3 }
    );
    let probabilities = |p: &[f64]| Categorical::from_probabilities(p).unwrap_err();
    assert_eq!(
        probabilities(&[1.5, -0.5]),
        Error::NotAProbability {
            index: 1,
            value: -0.5
        }
    );
    assert_eq!(
        probabilities(&[0.5, 0.25]),
        Error::NotNormalised { sum: 0.75 }
    );
    assert_eq!(probabilities(&[]), Error::Impossible { categories: 0 });
}

/// Fixed seed, fixed draws: another sampler, or another order of its draws, is a breaking change.
#[test]
fn draws_are_stable() {
    let p = of(&[0.3, -1.2, 2.0, 0.7]);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    let draws: Vec<usize> = (0..12).map(|_| p.sample(&mut rng)).collect();
    assert_eq!(draws, [2, 2, 2, 0, 2, 0, 3, 3, 2, 0, 2, 0]);
}
