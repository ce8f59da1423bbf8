//! A normal distribution fitted to a density, in either direction of the divergence.

use crate::Error;
use crate::gauss_hermite::Quadrature;
use crate::problem::check_distribution;
use kinglet_distributions::{Entropy, Normal};
use ndarray::{Array1, ArrayView1};
use num_traits::Float;

/// The reverse divergence KL(q ‖ p) of a normal q from any density, by quadrature.
/// Catalogue: VIREL-02, XU-02.
///
/// ```text
/// KL(q ‖ p) = −H(q) − E_{ξ ~ N(0, 1)}[ log p(μ + σ ξ) ]
/// ```
///
/// Its minimum over q is the information projection: q avoids what p excludes, and settles on one
/// mode. If p lacks its normaliser Z, this is too large by log Z, whatever q.
///
/// A rule of [`gauss_hermite`](crate::gauss_hermite) is exact for a smooth log p; where q spans
/// several modes, log p bends sharply between them and [`normal_grid`] is the better rule.
///
/// # Units
/// Nats.
/// # Source
/// Bishop 2006, section 10.1.2.
/// # Example
/// ```
/// use kinglet_distributions::{Distribution, Kl, Normal};
/// use kinglet_objectives::{gauss_hermite, reverse_kl};
/// let (q, p): (Normal, Normal) = (Normal::new(1.0, 0.5)?, Normal::new(0.0, 2.0)?);
/// let divergence = reverse_kl(&q, |x| p.log_prob(&x), &gauss_hermite(10));
/// assert!((divergence - q.kl(&p)).abs() < 1e-14);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
pub fn reverse_kl<S: Float>(q: &Normal<S>, log_density: impl Fn(S) -> S, rule: &Quadrature) -> S {
    let scalar = |x: f64| S::from(x).expect("a scalar holds every f64");
    let terms = rule.nodes.iter().zip(&rule.weights);
    terms.fold(-q.entropy(), |sum, (&x, &weight)| {
        sum - scalar(weight) * log_density(q.mean() + q.std() * scalar(x))
    })
}

/// The normal of the least forward divergence KL(p ‖ q) from a mixture of normals.
/// Catalogue: VIREL-02.
///
/// ```text
/// μ = Σ wᵢ μᵢ,   σ² = Σ wᵢ (σᵢ² + (μᵢ − μ)²)
/// ```
///
/// The moment projection: q covers all that p allows, and puts mass between the modes. It is what
/// an M-step that maximises E_p\[log q\] does.
///
/// # Shapes
/// `weights`, `components`: `[n]`.
/// # Errors
/// [`Error::NoDistribution`].
/// # Panics
/// When the lengths differ.
/// # Source
/// Bishop 2006, section 10.7.
/// # Example
/// ```
/// use kinglet_distributions::Normal;
/// use kinglet_objectives::moment_projection;
/// use ndarray::array;
/// let two = [Normal::new(-2.0, 0.5)?, Normal::new(2.0, 0.5)?];
/// let fit = moment_projection(array![0.5, 0.5].view(), &two)?;
/// assert!(fit.mean() == 0.0 && (fit.variance() - 4.25).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn moment_projection(
    weights: ArrayView1<'_, f64>,
    components: &[Normal],
) -> Result<Normal, Error> {
    assert_eq!(
        weights.len(),
        components.len(),
        "numbers of weights (left), components (right)"
    );
    check_distribution("the mixture's weights", weights.iter().copied())?;
    let mean: f64 = weights
        .iter()
        .zip(components)
        .map(|(w, c)| w * c.mean())
        .sum();
    let spread = |c: &Normal| c.variance() + (c.mean() - mean).powi(2);
    let variance: f64 = weights
        .iter()
        .zip(components)
        .map(|(w, c)| w * spread(c))
        .sum();
    Ok(Normal::from_log_std(mean, 0.5 * variance.ln()))
}

/// An expectation over a standard normal number as a sum over an even grid, which also serves
/// functions that bend sharply. Catalogue: VIREL-02.
///
/// ```text
/// E[f(ξ)] ≈ Σ φ(xᵢ) f(xᵢ) / Σ φ(xᵢ),   n points xᵢ from −9 to 9
/// ```
///
/// The trapezoidal rule: for a function that is analytic within a strip |Im ξ| < a its error is
/// about exp(−2π a / h) at spacing h = 18/(n − 1), and beyond ±9 a standard normal has 2·10⁻¹⁹ of
/// its mass.
///
/// # Shapes
/// Nodes and weights: `[n]`.
/// # Panics
/// If `n` is below 2.
/// # Source
/// Trefethen 2014, on the trapezoidal rule over the line.
/// # Example
/// ```
/// let fourth = kinglet_objectives::normal_grid(101).mean(|x| x.powi(4));
/// assert!((fourth - 3.0).abs() < 1e-12);
/// ```
pub fn normal_grid(n: usize) -> Quadrature {
    assert!(n >= 2, "{n} points were asked for; it must be at least 2");
    let nodes = Array1::linspace(-9.0, 9.0, n);
    let density = nodes.mapv(|x: f64| (-0.5 * x * x).exp());
    let sum = density.sum();
    Quadrature {
        nodes,
        weights: density / sum,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autodiff::F1;
    use kinglet_distributions::{Distribution, Kl, KlGradients};

    #[test]
    fn the_gradient_passes_through_the_rule() {
        let (p, grid) = (Normal::new(0.3, 1.7).unwrap(), normal_grid(201));
        let (mean, log_std) = (-0.8, -0.4);
        let at = |mean: F1, log_std: F1| {
            let q = Normal::from_log_std(mean, log_std);
            let log_density =
                |x: F1| Normal::from_log_std(F1::cst(0.3), F1::cst(1.7_f64.ln())).log_prob(&x);
            reverse_kl(&q, log_density, &grid).dx
        };
        let slopes = [
            at(F1::var(mean), F1::cst(log_std)),
            at(F1::cst(mean), F1::var(log_std)),
        ];
        let exact = Normal::from_log_std(mean, log_std).kl_gradients(&p).0;
        assert!((slopes[0] - exact[0]).abs() < 1e-12 && (slopes[1] - exact[1]).abs() < 1e-12);
        let q = Normal::from_log_std(mean, log_std);
        let kl = reverse_kl(&q, |x| p.log_prob(&x), &grid);
        assert!((kl - q.kl(&p)).abs() < 1e-13);
    }

    /// The grid resolves what bends within a tenth; two hundred Gaussian nodes do not.
    #[test]
    fn a_sharp_bend_wants_the_grid() {
        let bend = |x: f64| (10.0 * (x - 0.05)).abs() + (-20.0 * (x - 0.05).abs()).exp().ln_1p();
        let (coarse, fine) = (normal_grid(1001).mean(bend), normal_grid(4001).mean(bend));
        let gauss = crate::gauss_hermite(80).mean(bend);
        assert!((coarse - fine).abs() < 1e-12, "{coarse} and {fine}");
        assert!((gauss - fine).abs() > 1e-4, "{gauss} and {fine}");
    }

    #[test]
    fn the_moment_projection_is_the_least_forward_divergence() {
        let parts = [
            Normal::new(-1.0, 0.5).unwrap(),
            Normal::new(3.0, 1.5).unwrap(),
        ];
        let weights = ndarray::array![0.3, 0.7];
        let best = moment_projection(weights.view(), &parts).unwrap();
        // E_p[−log q], the part of KL(p ‖ q) that depends on q.
        let cross = |q: &Normal| -> f64 {
            let part = |p: &Normal| p.kl(q) + p.entropy();
            weights.iter().zip(&parts).map(|(w, p)| w * part(p)).sum()
        };
        let least = cross(&best);
        for (mean, log_std) in [(0.1, 0.0), (-0.1, 0.0), (0.0, 0.1), (0.0, -0.1)] {
            let moved = Normal::from_log_std(best.mean() + mean, best.std().ln() + log_std);
            assert!(cross(&moved) > least);
        }
    }
}
