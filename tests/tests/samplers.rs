//! The samplers of every law but the normal and the categorical one, against statrs's distribution functions: a million
//! draws each.

use kinglet_distributions::{
    Bernoulli, Beta, Categorical, DiagNormal, Dirichlet, Distribution, Gamma, Laplace, LogNormal,
    LowerTriangle, Mixture, Moments, MvNormal, Normal, NormalInverseWishart, Uniform,
};
use kinglet_tests::{chi_square, ks};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use statrs::distribution::{self as law, ContinuousCDF};

const DRAWS: usize = 1_000_000;

fn draws<D: Distribution>(seed: u64, law: &D) -> Vec<D::Event> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    (0..DRAWS).map(|_| law.sample(&mut rng)).collect()
}

fn assert_law(
    what: &str,
    seed: u64,
    of: &impl Distribution<Event = f64>,
    cdf: impl Fn(f64) -> f64,
) {
    ks::assert_law(what, draws(seed, of), cdf);
}

#[test]
fn laplace() {
    for (seed, (m, b)) in (0..).zip([(0.0, 1.0), (-3.0, 1e-3), (1e4, 50.0)]) {
        let cdf = law::Laplace::new(m, b).unwrap();
        assert_law("Laplace", seed, &Laplace::new(m, b).unwrap(), |x| {
            cdf.cdf(x)
        });
    }
}

#[test]
fn log_normal() {
    for (seed, (m, s)) in (10..).zip([(0.0, 1.0), (-2.0, 0.1)]) {
        let cdf = law::LogNormal::new(m, s).unwrap();
        assert_law("LogNormal", seed, &LogNormal::new(m, s).unwrap(), |x| {
            cdf.cdf(x)
        });
    }
}

#[test]
fn uniform() {
    for (seed, (low, high)) in (20..).zip([(0.0, 1.0), (-2.5, -2.0)]) {
        let cdf = law::Uniform::new(low, high).unwrap();
        assert_law("Uniform", seed, &Uniform::new(low, high).unwrap(), |x| {
            cdf.cdf(x)
        });
    }
}

/// Shapes on both sides of 1, where the sampler changes.
#[test]
fn gamma() {
    for (seed, (a, b)) in (30..).zip([
        (1.0, 2.0),
        (0.3, 1.0),
        (0.02, 5.0),
        (7.5, 0.1),
        (400.0, 1.0),
    ]) {
        let cdf = law::Gamma::new(a, b).unwrap();
        assert_law("Gamma", seed, &Gamma::new(a, b).unwrap(), |x| cdf.cdf(x));
    }
}

/// At α = 10⁻⁴ half of the law lies below 10⁻³⁰⁰⁰: what does not fit f64 is its smallest number, as often as it should be.
#[test]
fn gamma_of_a_tiny_shape() {
    let shape = 1e-4;
    let draws = draws(40, &Gamma::new(shape, 1.0).unwrap());
    assert!(draws.iter().all(|x| *x > 0.0 && x.is_finite()));
    let floor = f64::MIN_POSITIVE;
    let above = draws.iter().filter(|x| **x > floor).count() as u64;
    let cdf = law::Gamma::new(shape, 1.0).unwrap().cdf(floor);
    let counts = [above, DRAWS as u64 - above];
    chi_square::assert_law("above the smallest number", &counts, &[1.0 - cdf, cdf]);
}

#[test]
fn beta() {
    for (seed, (a, b)) in (50..).zip([(1.0, 1.0), (0.3, 0.5), (2.0, 9.0), (80.0, 0.7)]) {
        let cdf = law::Beta::new(a, b).unwrap();
        assert_law("Beta", seed, &Beta::new(a, b).unwrap(), |x| cdf.cdf(x));
    }
}

/// Each probability is a beta number, and so is a sum of two.
#[test]
fn dirichlet() {
    for (seed, a) in (60..).zip([[1.0, 1.0, 1.0], [0.3, 4.0, 2.0], [0.3, 0.5, 0.4]]) {
        let draws = draws(seed, &Dirichlet::new(a.to_vec()).unwrap());
        let total: f64 = a.iter().sum();
        for i in 0..3 {
            let cdf = law::Beta::new(a[i], total - a[i]).unwrap();
            let share = draws.iter().map(|x| x[i]).collect();
            ks::assert_law("Dirichlet", share, |x| cdf.cdf(x));
        }
        let cdf = law::Beta::new(a[0] + a[2], a[1]).unwrap();
        let pair = draws.iter().map(|x| x[0] + x[2]).collect();
        ks::assert_law("Dirichlet, a sum", pair, |x| cdf.cdf(x));
    }
}

/// Concentrations at which gamma draws round to zero: still probabilities, each the winner as often as it should be.
#[test]
fn dirichlet_of_tiny_concentrations() {
    let draws = draws(70, &Dirichlet::new(vec![1e-4, 3e-4, 6e-4]).unwrap());
    let mut counts = [0; 3];
    for x in &draws {
        assert!((x.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{x:?}");
        counts[(1..3).fold(0, |best, i| if x[i] > x[best] { i } else { best })] += 1;
    }
    let mean: Vec<f64> = (0..3)
        .map(|i| draws.iter().map(|x| x[i]).sum::<f64>() / 1e6)
        .collect();
    for (mean, share) in mean.iter().zip([0.1, 0.3, 0.6]) {
        let standard_error = (share * (1.0 - share) / 1e6f64).sqrt();
        assert!(
            (mean - share).abs() < 4.0 * standard_error,
            "{mean} {share}"
        );
    }
    // A winner other than by its share needs two large numbers at once, which is of the order of the concentrations.
    let share = |i: usize| counts[i] as f64 / 1e6;
    assert!(
        (share(0) - 0.1).abs() < 3e-3 && (share(2) - 0.6).abs() < 3e-3,
        "{counts:?}"
    );
}

#[test]
fn bernoulli() {
    for (seed, logit) in (80..).zip([0.0, 1.5, -6.0]) {
        let coin = Bernoulli::from_logit(logit).unwrap();
        let heads = draws(seed, &coin).iter().filter(|x| **x).count() as u64;
        let counts = [heads, DRAWS as u64 - heads];
        chi_square::assert_law("Bernoulli", &counts, &[coin.mean(), 1.0 - coin.mean()]);
    }
    let certain = Bernoulli::from_logit(1000.0).unwrap();
    assert!(draws(83, &certain).iter().all(|x| *x));
}

#[test]
fn mixture() {
    let weights = Categorical::from_probabilities(&[0.2, 0.5, 0.3]).unwrap();
    let modes = [(-2.0, 0.5), (1.0, 1.5), (4.0, 0.3)];
    let components = modes.map(|(m, s)| Normal::new(m, s).unwrap()).to_vec();
    let mixture = Mixture::new(weights, components).unwrap();
    let cdf = |x: f64| {
        let part = |(w, (m, s)): (&f64, &(f64, f64))| w * law::Normal::new(*m, *s).unwrap().cdf(x);
        [0.2, 0.5, 0.3].iter().zip(&modes).map(part).sum()
    };
    assert_law("mixture", 90, &mixture, cdf);
}

/// Every projection of a normal vector is a normal number.
fn assert_projections<D>(what: &str, seed: u64, of: &D, mean: [f64; 2], covariance: [[f64; 2]; 2])
where
    D: Distribution<Event = Vec<f64>>,
{
    let draws = draws(seed, of);
    for [a, b] in [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [-2.0, 1.0]] {
        let variance =
            a * a * covariance[0][0] + 2.0 * a * b * covariance[0][1] + b * b * covariance[1][1];
        let cdf = law::Normal::new(a * mean[0] + b * mean[1], variance.sqrt()).unwrap();
        let along = draws.iter().map(|x| a * x[0] + b * x[1]).collect();
        ks::assert_law(what, along, |x| cdf.cdf(x));
    }
}

#[test]
fn normal_vectors() {
    let mean = [0.5, -1.0];
    let diagonal = DiagNormal::new(mean.to_vec(), vec![2.0, 0.1]).unwrap();
    assert_projections(
        "DiagNormal",
        100,
        &diagonal,
        mean,
        [[4.0, 0.0], [0.0, 0.01]],
    );
    let full = MvNormal::from_covariance(mean.to_vec(), &[4.0, -1.0, -1.0, 0.5]).unwrap();
    assert_projections("MvNormal", 101, &full, mean, [[4.0, -1.0], [-1.0, 0.5]]);
}

/// aᵀΣa is an inverse gamma number and aᵀμ Student's t, both with ν − D + 1 degrees of freedom. Catalogue: DECK-14.
#[test]
fn deck_14_normal_inverse_wishart() {
    let (mean, strength, degrees) = ([0.3, -1.0, 2.0], 2.0, 5.5);
    let matrix = [4.0, 1.0, -0.5, 1.0, 3.0, 0.7, -0.5, 0.7, 1.5];
    let scatter = LowerTriangle::of(3, &matrix).unwrap();
    let prior = NormalInverseWishart::new(mean.to_vec(), strength, scatter, degrees).unwrap();
    let draws = draws(110, &prior);
    let freedom = degrees - 2.0;
    let form = |a: &[f64; 3], of: &dyn Fn(usize, usize) -> f64| -> f64 {
        let pairs = (0..3).flat_map(|i| (0..3).map(move |j| (i, j)));
        pairs.map(|(i, j)| a[i] * a[j] * of(i, j)).sum()
    };
    for a in [
        [1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0],
        [1.0, -1.0, 2.0],
        [1.0, 1.0, 0.0],
    ] {
        let spread = form(&a, &|i, j| matrix[3 * i + j]);
        let inverse = law::InverseGamma::new(0.5 * freedom, 0.5 * spread).unwrap();
        let variances = draws
            .iter()
            .map(|x| form(&a, &|i, j| x.factor().product(i, j)));
        ks::assert_law("aᵀΣa", variances.collect(), |x| inverse.cdf(x));
        let along = |x: &[f64]| a.iter().zip(x).map(|(a, x)| a * x).sum::<f64>();
        let scale = (spread / (strength * freedom)).sqrt();
        let student = law::StudentsT::new(along(&mean), scale, freedom).unwrap();
        let means = draws.iter().map(|x| along(&x.mean())).collect();
        ks::assert_law("aᵀμ", means, |x| student.cdf(x));
    }
}
