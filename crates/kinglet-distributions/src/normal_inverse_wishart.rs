//! A law of normal laws.

use num_traits::Float;
use rand::Rng;
use rand_distr::{ChiSquared, StandardNormal};

use crate::remainder::{exp_remainder, ln_gamma_remainder, ratio_remainder};
use crate::scalar::{constant, dot, finite, plain, positive, sum};
use crate::special::LN_SQRT_2PI;
use crate::{
    Distribution, Entropy, Error, Kl, LowerTriangle, MvNormal, digamma, ln_gamma, trigamma,
};

/// The normal-inverse-Wishart law of an unknown normal law N(μ, Σ), the conjugate prior of both. Catalogue: DECK-14.
///
/// ```text
/// Σ ~ IW(Ψ, ν),   μ ~ N(m, Σ/κ)
/// ln p(μ, Σ) = ln N(μ; m, Σ/κ) + ν/2 ln|Ψ| − νD/2 ln 2 − ln Γ_D(ν/2) − (ν + D + 1)/2 ln|Σ| − ½ tr(Ψ Σ⁻¹)
/// ```
///
/// A draw is a normal law. The density is by μ and the lower triangle of Σ. Its parameters are θ = (m, ln κ, L₁₁, L₂₁, L₂₂,
/// …, ν), with Ψ = L Lᵀ.
///
/// # Source
/// Murphy 2007, on the normal-inverse-Wishart prior; the draw is Bartlett's decomposition.
/// # Example
/// ```
/// use kinglet_distributions::{Distribution, LowerTriangle, Moments, NormalInverseWishart};
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
///
/// let scatter = LowerTriangle::of(2, &[4.0, 2.0, 2.0, 10.0])?;
/// let prior = NormalInverseWishart::new(vec![0.0, 1.0], 2.0, scatter, 5.0)?;
/// assert_eq!(prior.mean_covariance(1, 0), Some(1.0)); // Ψ/(ν − D − 1)
/// let law = prior.sample(&mut Xoshiro256PlusPlus::seed_from_u64(0));
/// let log_prob: f64 = prior.log_prob(&law);
/// assert!(log_prob.is_finite() && law.variance()[0] > 0.0);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NormalInverseWishart<S = f64> {
    pub(crate) mean: Vec<S>,
    pub(crate) strength: S,
    pub(crate) scatter: LowerTriangle<S>,
    pub(crate) degrees: S,
}

impl<S: Float> NormalInverseWishart<S> {
    /// From m, κ, the Cholesky factor of Ψ, and ν.
    ///
    /// # Errors
    /// If m is not finite, κ not positive, or ν not above D − 1.
    /// # Panics
    /// If the dimensions differ.
    pub fn new(
        mean: Vec<S>,
        strength: S,
        scatter: LowerTriangle<S>,
        degrees: S,
    ) -> Result<Self, Error> {
        let (n, dimension) = (mean.len(), scatter.dimension());
        assert_eq!(n, dimension, "{n} coordinates against {dimension}");
        for x in &mean {
            finite("mean", *x)?;
        }
        positive("strength", strength)?;
        let given = plain(degrees);
        if !(given > n as f64 - 1.0 && given.is_finite()) {
            return Err(Error::TooFewDegrees {
                degrees: given,
                dimension,
            });
        }
        Ok(Self {
            mean,
            strength,
            scatter,
            degrees,
        })
    }

    /// m, the mean of μ.
    pub fn mean(&self) -> &[S] {
        &self.mean
    }

    /// `E[Σᵢⱼ]` = Ψᵢⱼ/(ν − D − 1), where ν > D + 1 gives it a mean. The covariance of μ is this over κ.
    pub fn mean_covariance(&self, i: usize, j: usize) -> Option<S> {
        let excess = self.degrees - constant(self.mean.len() as f64 + 1.0);
        (excess > S::zero()).then(|| self.scatter.product(i, j) / excess)
    }

    /// E[ln|Σ|] = ln|Ψ| − D ln 2 − Σᵢ ψ((ν − i)/2), i = 0 … D − 1.
    pub(crate) fn mean_log_determinant(&self) -> S {
        let shifts = sum(self.halves().map(digamma));
        let two = constant::<S>(2.0);
        two * self.scatter.log_determinant() - self.dimension() * two.ln() - shifts
    }

    pub(crate) fn dimension(&self) -> S {
        constant(self.mean.len() as f64)
    }

    /// (ν − i)/2, i = 0 … D − 1.
    pub(crate) fn halves(&self) -> impl Iterator<Item = S> + '_ {
        let shift = |i: usize| self.degrees - constant(i as f64);
        (0..self.mean.len()).map(move |i| constant::<S>(0.5) * shift(i))
    }

    /// ν/2 ln|Ψ| − νD/2 ln 2 − ln Γ_D(ν/2).
    fn log_normaliser(&self) -> S {
        let half = constant::<S>(0.5);
        let n = self.mean.len();
        // ln Γ_D(ν/2) = D(D − 1)/4 ln π + Σᵢ ln Γ((ν − i)/2)
        let pairs = 0.25 * (n * (n - 1)) as f64 * std::f64::consts::PI.ln();
        self.degrees * self.scatter.log_determinant()
            - half * self.degrees * self.dimension() * constant(std::f64::consts::LN_2)
            - constant(pairs)
            - sum(self.halves().map(ln_gamma))
    }
}

/// θ's vector, from its parts.
pub(crate) fn params<S: Float>(
    by_mean: Vec<S>,
    by_log_strength: S,
    by_scatter: &LowerTriangle<S>,
    by_degrees: S,
) -> Vec<S> {
    let rows = by_scatter.rows();
    [&by_mean, &[by_log_strength][..], rows, &[by_degrees]].concat()
}

pub(crate) fn difference<S: Float>(a: &[S], b: &[S]) -> Vec<S> {
    a.iter().zip(b).map(|(a, b)| *a - *b).collect()
}

impl<S: Float> Distribution<S> for NormalInverseWishart<S> {
    type Event = MvNormal<S>;
    /// By m, by ln κ, by the rows of Ψ's factor, and by ν.
    type Params = Vec<S>;

    /// With Ψ = L Lᵀ and an upper triangular B of normal numbers and χ numbers, B Bᵀ is a Wishart draw and Σ = (L B⁻ᵀ)(L B⁻ᵀ)ᵀ,
    /// its Cholesky factor at once.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> MvNormal<S> {
        let n = self.mean.len();
        let transposed = LowerTriangle::build(n, |i, j| {
            constant(if i == j {
                let degrees = plain(self.degrees) - (n - 1 - i) as f64;
                let law = ChiSquared::new(degrees).expect("above D − 1 degrees");
                rand_distr::Distribution::<f64>::sample(&law, rng).sqrt()
            } else {
                rand_distr::Distribution::<f64>::sample(&StandardNormal, rng)
            })
        });
        // (L B⁻ᵀ)ᵀ = B⁻¹ Lᵀ, row by row of L.
        let rows: Vec<Vec<S>> = (0..n)
            .map(|i| {
                let mut row = self.scatter.row(i).to_vec();
                row.resize(n, S::zero());
                transposed.solve_transposed(&row)
            })
            .collect();
        let factor = LowerTriangle::build(n, |i, j| rows[i][j]);
        let noise: Vec<S> = (0..n)
            .map(|_| {
                constant(rand_distr::Distribution::<f64>::sample(
                    &StandardNormal,
                    rng,
                ))
            })
            .collect();
        let shrink = self.strength.sqrt();
        let moved = factor.times(&noise);
        let mean = moved
            .iter()
            .zip(&self.mean)
            .map(|(x, m)| *m + *x / shrink)
            .collect();
        MvNormal { mean, factor }
    }

    fn log_prob(&self, x: &MvNormal<S>) -> S {
        let (half, n) = (constant::<S>(0.5), self.dimension());
        let z = x.factor.solve(&difference(&x.mean, &self.mean));
        let log_determinant = x.factor.log_determinant();
        let normal = half * n * self.strength.ln()
            - half * self.strength * dot(&z, &z)
            - log_determinant
            - n * constant(LN_SQRT_2PI);
        let power = (self.degrees + n + S::one()) * log_determinant;
        let ratio = x.factor.solve_triangle(&self.scatter);
        let trace = sum(ratio.iter().map(|column| dot(column, column)));
        normal + self.log_normaliser() - power - half * trace
    }
}

impl<S: Float> Entropy<S> for NormalInverseWishart<S> {
    /// ```text
    /// H = D/2 (ln 2πe − ln κ) + ½E[ln|Σ|] of the means, and −E[ln p(Σ)] of the covariances
    /// ```
    fn entropy(&self) -> S {
        let (half, n) = (constant::<S>(0.5), self.dimension());
        let log_determinant = self.mean_log_determinant();
        let means = n * constant(LN_SQRT_2PI + 0.5) - half * n * self.strength.ln();
        let power = self.degrees + n + constant(2.0);
        means + half * (power * log_determinant + self.degrees * n) - self.log_normaliser()
    }

    /// ```text
    /// by ln κ: −D/2        by L: (D + 2) diag(1/Lᵢᵢ)        by ν: D/2 − ¼(ν + D + 2) Σᵢ ψ′((ν − i)/2)
    /// ```
    fn entropy_gradient(&self) -> Vec<S> {
        let (half, n) = (constant::<S>(0.5), self.dimension());
        let power = self.degrees + n + constant(2.0);
        let trigammas = sum(self.halves().map(trigamma));
        let by_degrees = half * n - half * half * power * trigammas;
        let nothing = LowerTriangle::build(self.mean.len(), |_, _| S::zero());
        let by_scatter = nothing.plus_inverse_diagonal(n + constant(2.0), &self.scatter);
        let by_mean = vec![S::zero(); self.mean.len()];
        params(by_mean, -half * n, &by_scatter, by_degrees)
    }
}

impl<S: Float> Kl<S> for NormalInverseWishart<S> {
    /// ```text
    /// KL = D/2 (λ/κ − 1 − ln λ/κ) + λν/2 |L⁻¹(m − m′)|²                                  of the means
    ///    + Σᵢ B((ν′ − i)/2, (ν − i)/2) + (ν − ν′) Σⱼ ln Mⱼⱼ                              of the covariances
    ///    + ν/2 [Σⱼ (Mⱼⱼ² − 1 − 2 ln Mⱼⱼ) + Σ_{j>k} Mⱼₖ²],  M = L⁻¹ L′
    /// ```
    ///
    /// with λ, m′, L′ L′ᵀ, ν′ those of `other`, L Lᵀ = Ψ, i = 0 … D − 1 and B(y, x) = ln Γ(y) − ln Γ(x) − (y − x) ψ(x).
    ///
    /// # Panics
    /// If the dimensions differ.
    fn kl(&self, other: &Self) -> S {
        let (half, n) = (constant::<S>(0.5), self.mean.len());
        let z = self.scatter.solve(&difference(&self.mean, &other.mean));
        let means = self.dimension() * ratio_remainder(other.strength, self.strength)
            + other.strength * self.degrees * dot(&z, &z);
        let gammas = other.halves().zip(self.halves());
        let gammas = sum(gammas.map(|(y, x)| ln_gamma_remainder(y, x)));
        let m = self.scatter.solve_triangle(&other.scatter);
        let log_ratio = sum((0..n).map(|j| m[j][j].ln()));
        let spread = sum((0..n).map(|j| {
            let below = &m[j][j + 1..];
            exp_remainder(constant::<S>(2.0) * m[j][j].ln()) + dot(below, below)
        }));
        half * (means + self.degrees * spread) + gammas + (self.degrees - other.degrees) * log_ratio
    }
}
