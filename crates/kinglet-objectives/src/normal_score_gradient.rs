//! The score-function gradient under a normal law: its exact mean and variance.

use crate::Quadrature;
use kinglet_distributions::{Normal, Reparameterised, Score};

/// Mean and variance of one draw's score-function gradient, by (μ, ln σ). Made by
/// [`normal_score_gradient`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormalScoreGradient {
    /// ∇ E[f(x)] by μ and by ln σ.
    pub mean: [f64; 2],
    /// The variance of each component.
    pub variance: [f64; 2],
}

/// The score-function gradient of E[f(x)], x ~ N(μ, σ²), from one draw: its exact mean and variance.
/// Catalogue: DECK-24.
///
/// ```text
/// g = f(x) ∇ log N(x; μ, σ²),   by μ: (x − μ)/σ²,   by ln σ: ((x − μ)/σ)² − 1
/// ```
///
/// By σ itself both are divided: the mean by σ, the variance by σ². As σ falls the gradient by σ
/// therefore swings without bound, and so does the one by μ, while the one by ln σ settles.
///
/// # Shapes
/// `f` is held constant as in an estimator, also where it contains the density itself, as
/// r − log q does. Units: those of f, per unit of x for μ.
/// # Source
/// Williams 1992, section 6.
/// # Example
/// ```
/// use kinglet_distributions::Normal;
/// use kinglet_objectives::{gauss_hermite, normal_score_gradient};
/// // f = 1: the score itself has mean zero and the Fisher information for its variance.
/// let g = normal_score_gradient(&Normal::new(0.5, 0.1)?, |_| 1.0, &gauss_hermite(20));
/// assert!(g.mean[0].abs() < 1e-12 && g.mean[1].abs() < 1e-12);
/// assert!((g.variance[0] - 100.0).abs() < 1e-10 && (g.variance[1] - 2.0).abs() < 1e-12);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
pub fn normal_score_gradient(
    normal: &Normal,
    f: impl Fn(f64) -> f64,
    quadrature: &Quadrature,
) -> NormalScoreGradient {
    let drawn = |noise: f64, i: usize| {
        let x = normal.transform(&noise);
        f(x) * normal.score(&x)[i]
    };
    let mean = [0, 1].map(|i| quadrature.mean(|noise| drawn(noise, i)));
    let variance = [0, 1].map(|i| quadrature.mean(|noise| (drawn(noise, i) - mean[i]).powi(2)));
    NormalScoreGradient { mean, variance }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Estimate, gauss_hermite};
    use kinglet_distributions::Distribution;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    #[test]
    fn deck_24_the_mean_is_the_slope_of_the_expectation() {
        let cube = |x: f64| x * x * x;
        let (m, s) = (0.7, 0.4);
        let got = normal_score_gradient(&Normal::new(m, s).unwrap(), cube, &gauss_hermite(30));
        // E[x³] = μ³ + 3 μ σ².
        assert!((got.mean[0] - 3.0 * (m * m + s * s)).abs() < 1e-12);
        assert!((got.mean[1] - 6.0 * m * s * s).abs() < 1e-12);
    }

    #[test]
    fn deck_24_mean_and_variance_are_those_of_draws() {
        let normal = Normal::new(-0.5, 0.8).unwrap();
        let f = |x: f64| x.sin() + 2.0;
        let exact = normal_score_gradient(&normal, f, &gauss_hermite(40));
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(24);
        let drawn: Vec<[f64; 2]> = (0..20_000)
            .map(|_| {
                let x = normal.sample(&mut rng);
                normal.score(&x).map(|score| f(x) * score)
            })
            .collect();
        for i in [0, 1] {
            let mean = Estimate::from_samples(drawn.iter().map(|g| g[i])).unwrap();
            assert!(mean.z(exact.mean[i]).abs() < 4.0);
            let squares = drawn.iter().map(|g| (g[i] - exact.mean[i]).powi(2));
            assert!(
                Estimate::from_samples(squares)
                    .unwrap()
                    .z(exact.variance[i])
                    .abs()
                    < 4.0
            );
        }
    }
}
