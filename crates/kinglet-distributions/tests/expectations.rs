//! What a law says of itself against integrals of its own density: total mass, moments, entropy, the mean of the score and
//! the mean product of scores. The trapezoidal rule after a change of variables that flattens both ends has no error but
//! rounding.

use kinglet_distributions::{
    Beta, Categorical, Dirichlet, Distribution, Entropy, Error, Estimate, Fisher, Gamma, Kl,
    Laplace, LogNormal, LowerTriangle, Mixture, Moments, MvNormal, Normal, NormalInverseWishart,
    Score, Uniform, monte_carlo_kl,
};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// x(u) and dx/du of a variable u on the whole line.
type Chart = fn(f64, f64) -> (f64, f64);

/// The half-line above m.
const ABOVE: Chart = |m, u| (m + u.exp(), u.exp());
/// The half-line below m.
const BELOW: Chart = |m, u| (m - u.exp(), u.exp());
/// The unit interval, without what rounds to its upper end.
const UNIT: Chart = |_, u| {
    let x = 1.0 / (1.0 + (-u).exp());
    let slope = if x < 1.0 { x / (1.0 + u.exp()) } else { 0.0 };
    (x, slope)
};

/// E[f(x)] over the charts' ranges, with the law's own density.
fn expectation<D>(law: &D, charts: &[Chart], middle: f64, f: impl Fn(f64) -> f64) -> f64
where
    D: Distribution<Event = f64>,
{
    let step = 1.0 / 128.0;
    let term = |chart: &Chart, u: f64| {
        let (x, slope) = chart(middle, u);
        let weight = law.log_prob(&x).exp() * slope;
        if slope == 0.0 || weight == 0.0 {
            0.0
        } else {
            weight * f(x)
        }
    };
    let range = || (-14_000..14_000).map(|k| f64::from(k) * step);
    let sums = charts
        .iter()
        .map(|chart| range().map(|u| term(chart, u)).sum::<f64>());
    step * sums.sum::<f64>()
}

fn assert_close(what: &str, a: f64, b: f64) {
    assert!(a.is_finite() && b.is_finite(), "{what}: {a} against {b}");
    let scale = a.abs().max(b.abs()).max(1.0);
    assert!((a - b).abs() <= 1e-9 * scale, "{what}: {a} against {b}");
}

fn integrals<D>(law: &D, charts: &[Chart], middle: f64)
where
    D: Entropy<Event = f64> + Moments<Moment = f64>,
{
    let mean = law.mean();
    let of = |f: &dyn Fn(f64) -> f64| expectation(law, charts, middle, f);
    assert_close("mass", of(&|_| 1.0), 1.0);
    assert_close("mean", of(&|x| x), mean);
    assert_close("variance", of(&|x| (x - mean) * (x - mean)), law.variance());
    assert_close("entropy", of(&|x| -law.log_prob(&x)), law.entropy());
}

/// DECK-19 and DECK-11: E[∇ ln p] = 0, E[∇ ln p ∇ ln pᵀ] = F.
fn scores<D>(law: &D, charts: &[Chart], middle: f64)
where
    D: Fisher<Event = f64, Params = [f64; 2]>,
{
    for j in 0..2 {
        let unit = [0, 1].map(|i| f64::from(u8::from(i == j)));
        let of = |f: &dyn Fn(f64) -> f64| expectation(law, charts, middle, f);
        assert_close("score", of(&|x| law.score(&x)[j]), 0.0);
        for i in 0..2 {
            let product = of(&|x| law.score(&x)[i] * law.score(&x)[j]);
            assert_close("Fisher", product, law.fisher(&unit)[i]);
        }
    }
}

#[test]
fn deck_11_laws_of_the_line() {
    for (m, s) in [(0.0, 1.0), (-3.0, 0.2), (40.0, 7.0)] {
        let normal = Normal::new(m, s).unwrap();
        integrals(&normal, &[ABOVE, BELOW], m);
        scores(&normal, &[ABOVE, BELOW], m);
        let laplace = Laplace::new(m, s).unwrap();
        integrals(&laplace, &[ABOVE, BELOW], m);
        scores(&laplace, &[ABOVE, BELOW], m);
    }
}

#[test]
fn deck_11_laws_of_the_half_line() {
    for (a, b) in [(1.0, 1.0), (0.4, 3.0), (7.5, 0.2), (60.0, 5.0)] {
        let gamma = Gamma::new(a, b).unwrap();
        integrals(&gamma, &[ABOVE], 0.0);
        scores(&gamma, &[ABOVE], 0.0);
    }
    for (m, s) in [(0.0, 1.0), (-2.0, 0.3)] {
        let law = LogNormal::new(m, s).unwrap();
        integrals(&law, &[ABOVE], 0.0);
        scores(&law, &[ABOVE], 0.0);
    }
}

#[test]
fn deck_11_laws_of_the_unit_interval() {
    for (a, b) in [(1.0, 1.0), (0.7, 2.5), (40.0, 11.0), (0.8, 30.0)] {
        let beta = Beta::new(a, b).unwrap();
        integrals(&beta, &[UNIT], 0.0);
        scores(&beta, &[UNIT], 0.0);
        assert_close(
            "E[ln x]",
            expectation(&beta, &[UNIT], 0.0, f64::ln),
            beta.mean_log(),
        );
        let spread = |x: f64| (x.ln() - beta.mean_log()).powi(2);
        assert_close(
            "Var[ln x]",
            expectation(&beta, &[UNIT], 0.0, spread),
            beta.variance_log(),
        );
    }
    integrals(&Uniform::new(0.0, 1.0).unwrap(), &[UNIT], 0.0);
}

fn mixture() -> Mixture<Normal> {
    let weights = Categorical::from_logits(&[0.3, -0.4, 0.0]).unwrap();
    let modes = [(-2.0, 0.5), (1.0, 1.5), (4.0, 0.3)].map(|(m, s)| Normal::new(m, s).unwrap());
    Mixture::new(weights, modes.to_vec()).unwrap()
}

#[test]
fn a_mixture_has_mass_one_its_moments_and_a_score_of_mean_zero() {
    let law = mixture();
    let of = |f: &dyn Fn(f64) -> f64| expectation(&law, &[ABOVE, BELOW], 1.0, f);
    assert_close("mass", of(&|_| 1.0), 1.0);
    assert_close("mean", of(&|x| x), law.mean());
    assert_close(
        "variance",
        of(&|x| (x - law.mean()).powi(2)),
        law.variance(),
    );
    for k in 0..3 {
        assert_close("by a logit", of(&|x| law.score(&x).0[k]), 0.0);
        assert_close("by a mean", of(&|x| law.score(&x).1[k][0]), 0.0);
        assert_close("by a scale", of(&|x| law.score(&x).1[k][1]), 0.0);
        let share = of(&|x| law.responsibilities(&x)[k]);
        assert_close("share", share, law.weights().probabilities()[k]);
    }
}

fn assert_unbiased(estimate: Estimate, exact: f64) {
    let z = (estimate.mean - exact) / estimate.standard_error;
    assert!(
        z.abs() < 4.0 && estimate.standard_error > 0.0,
        "{estimate:?} against {exact}"
    );
}

/// Against closed forms, of one number and of vectors, and against an integral where there is none.
#[test]
fn a_sampled_divergence_lies_within_its_standard_error() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let (p, q) = (Gamma::new(2.5, 1.3).unwrap(), Gamma::new(1.5, 2.0).unwrap());
    assert_unbiased(monte_carlo_kl(&p, &q, 20_000, &mut rng).unwrap(), p.kl(&q));
    let (p, q) = [[1.0, 2.0, 0.5], [2.0, 1.0, 3.0]]
        .map(|a| Dirichlet::new(a.to_vec()).unwrap())
        .into();
    assert_unbiased(monte_carlo_kl(&p, &q, 20_000, &mut rng).unwrap(), p.kl(&q));
    let (p, q) = (mixture(), Normal::new(0.0, 3.0).unwrap());
    let ratio = |x: f64| p.log_prob(&x) - q.log_prob(&x);
    let exact = expectation(&p, &[ABOVE, BELOW], 1.0, ratio);
    assert_unbiased(monte_carlo_kl(&p, &q, 20_000, &mut rng).unwrap(), exact);
    let one = monte_carlo_kl(&p, &q, 1, &mut rng);
    assert_eq!(one, Err(Error::TooFewSamples { samples: 1 }));
}

/// The standard error is that of the terms: a coin's ln p/q takes two values.
#[test]
fn the_standard_error_is_that_of_the_terms() {
    let coin = |p: f64| Categorical::from_probabilities(&[p, 1.0 - p]).unwrap();
    let (p, q) = (coin(0.5), coin(0.2));
    let n = 100_000;
    let estimate = monte_carlo_kl(&p, &q, n, &mut Xoshiro256PlusPlus::seed_from_u64(4)).unwrap();
    let spread = p.variance(|x| p.log_prob(&x) - q.log_prob(&x));
    let exact = (spread / n as f64).sqrt();
    assert!(
        (estimate.standard_error / exact - 1.0).abs() < 0.01,
        "{estimate:?} {exact}"
    );
}

fn wishart(mean: [f64; 2], strength: f64, matrix: [f64; 4], degrees: f64) -> NormalInverseWishart {
    let scatter = LowerTriangle::of(2, &matrix).unwrap();
    NormalInverseWishart::new(mean.to_vec(), strength, scatter, degrees).unwrap()
}

/// DECK-14: draws, density, entropy and divergence of the normal-inverse-Wishart law hang together.
#[test]
fn deck_14_normal_inverse_wishart_draws_have_its_moments_entropy_and_divergence() {
    let p = wishart([0.3, -1.0], 2.0, [4.0, 1.0, 1.0, 3.0], 9.5);
    let q = wishart([0.0, -0.5], 1.2, [3.0, -0.4, -0.4, 5.0], 7.0);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let n = 40_000;
    assert_unbiased(monte_carlo_kl(&p, &q, n, &mut rng).unwrap(), p.kl(&q));
    assert_unbiased(monte_carlo_kl(&q, &p, n, &mut rng).unwrap(), q.kl(&p));
    assert!(p.kl(&p).abs() < 1e-14);
    let laws: Vec<MvNormal> = (0..n).map(|_| p.sample(&mut rng)).collect();
    let mean_of = |f: &dyn Fn(&MvNormal) -> f64| {
        let terms: Vec<f64> = laws.iter().map(f).collect();
        let mean = terms.iter().sum::<f64>() / n as f64;
        let squares = terms.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        let standard_error = squares.sqrt() / n as f64;
        Estimate {
            mean,
            standard_error,
        }
    };
    assert_unbiased(mean_of(&|law| -p.log_prob(law)), p.entropy());
    for (i, j) in [(0, 0), (1, 0), (1, 1)] {
        let covariance = p.mean_covariance(i, j).unwrap();
        assert_unbiased(mean_of(&|law| law.factor().product(i, j)), covariance);
        let away = |law: &MvNormal, i: usize| law.mean()[i] - p.mean()[i];
        let exact = covariance / 2.0;
        assert_unbiased(mean_of(&|law| away(law, i) * away(law, j)), exact);
    }
    assert_unbiased(mean_of(&|law| law.mean()[1]), -1.0);
    assert_eq!(
        wishart([0.0; 2], 1.0, [1.0, 0.0, 0.0, 1.0], 3.0).mean_covariance(0, 0),
        None
    );
}
