//! The multivariate normal distribution.

use std::fmt::Debug;

use num_traits::Float;
use rand::Rng;
use rand_distr::StandardNormal;

use crate::remainder::exp_remainder;
use crate::scalar::{constant, dot, finite, sum};
use crate::special::LN_SQRT_2PI;
use crate::{
    DiagNormal, Distribution, Entropy, Error, Fisher, Kl, KlGradients, LowerTriangle, Moments,
    Reparameterised, Score, Vector,
};

/// The normal distribution N(μ, L Lᵀ) by its Cholesky factor L.
///
/// ```text
/// ln p(x) = −½ |z|² − Σ ln Lᵢᵢ − D/2 ln 2π,  z = L⁻¹(x − μ)        x = μ + L ξ
/// ```
///
/// Its parameters are θ = (μ₁, …, L₁₁, L₂₁, L₂₂, …).
///
/// # Example
/// ```
/// use kinglet_distributions::{Distribution, LowerTriangle, Moments, MvNormal};
///
/// let law = MvNormal::from_covariance(vec![1.0, 0.0], &[4.0, 2.0, 2.0, 10.0])?;
/// assert_eq!(law.variance(), [4.0, 10.0]);
/// // z = (1, 1) at x = μ + (2, 4); |L| = 6
/// let log_prob = law.log_prob(&vec![3.0, 4.0]);
/// assert!((log_prob + 1.0 + 6f64.ln() + (2.0 * std::f64::consts::PI).ln()).abs() < 1e-14);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MvNormal<S = f64> {
    pub(crate) mean: Vec<S>,
    pub(crate) factor: LowerTriangle<S>,
}

impl<S: Float> MvNormal<S> {
    /// From μ and L.
    ///
    /// # Errors
    /// If a μ is not finite.
    /// # Panics
    /// If the dimensions differ.
    pub fn new(mean: Vec<S>, factor: LowerTriangle<S>) -> Result<Self, Error> {
        assert_same(mean.len(), factor.dimension());
        for x in &mean {
            finite("mean", *x)?;
        }
        Ok(Self { mean, factor })
    }

    /// From μ and the covariance matrix, row by row.
    ///
    /// # Errors
    /// If a μ is not finite, or the matrix not positive definite.
    /// # Panics
    /// If the shapes do not fit.
    pub fn from_covariance(mean: Vec<S>, covariance: &[S]) -> Result<Self, Error> {
        let factor = LowerTriangle::of(mean.len(), covariance)?;
        Self::new(mean, factor)
    }

    /// L.
    pub fn factor(&self) -> &LowerTriangle<S> {
        &self.factor
    }

    fn away(&self, x: &[S]) -> Vec<S> {
        assert_same(self.mean.len(), x.len());
        x.iter().zip(&self.mean).map(|(x, m)| *x - *m).collect()
    }

    /// 1/Lᵢᵢ on a diagonal.
    fn inverse_diagonal(&self) -> LowerTriangle<S> {
        let zero = LowerTriangle::build(self.mean.len(), |_, _| S::zero());
        zero.plus_inverse_diagonal(S::one(), &self.factor)
    }
}

fn assert_same(a: usize, b: usize) {
    assert_eq!(a, b, "{a} coordinates against {b}");
}

/// θ's vector, from its part by μ and its part by L.
fn params<S: Float>(by_mean: Vec<S>, by_factor: &LowerTriangle<S>) -> Vec<S> {
    [&by_mean, by_factor.rows()].concat()
}

impl<V: Vector> From<&DiagNormal<V>> for MvNormal<V::Scalar> {
    fn from(diagonal: &DiagNormal<V>) -> Self {
        Self {
            mean: diagonal.mean().as_slice().to_vec(),
            factor: LowerTriangle::diagonal(diagonal.std().as_slice()),
        }
    }
}

impl<S: Float> Distribution<S> for MvNormal<S> {
    type Event = Vec<S>;
    /// By μ, then by the rows of L.
    type Params = Vec<S>;

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Vec<S> {
        self.transform(&self.noise(rng))
    }

    /// # Panics
    /// If `x` has another dimension.
    fn log_prob(&self, x: &Vec<S>) -> S {
        let z = self.factor.solve(&self.away(x));
        let normaliser = constant::<S>(LN_SQRT_2PI * z.len() as f64);
        constant::<S>(-0.5) * dot(&z, &z) - self.factor.log_determinant() - normaliser
    }
}

impl<S: Float> Entropy<S> for MvNormal<S> {
    fn entropy(&self) -> S {
        let one = LN_SQRT_2PI + 0.5;
        self.factor.log_determinant() + constant(one * self.mean.len() as f64)
    }

    fn entropy_gradient(&self) -> Vec<S> {
        params(vec![S::zero(); self.mean.len()], &self.inverse_diagonal())
    }
}

impl<S: Float> Moments<S> for MvNormal<S> {
    type Moment = Vec<S>;

    fn mean(&self) -> Vec<S> {
        self.mean.clone()
    }

    /// The diagonal of the covariance matrix, whose others are `factor().product(i, j)`.
    fn variance(&self) -> Vec<S> {
        let each = 0..self.mean.len();
        each.map(|i| self.factor.product(i, i)).collect()
    }
}

impl<S: Float> Reparameterised<S> for MvNormal<S> {
    type Noise = Vec<f64>;

    fn noise<R: Rng + ?Sized>(&self, rng: &mut R) -> Vec<f64> {
        let one = |_: &S| rand_distr::Distribution::sample(&StandardNormal, rng);
        self.mean.iter().map(one).collect()
    }

    /// # Panics
    /// If the noise has another dimension.
    fn transform(&self, noise: &Vec<f64>) -> Vec<S> {
        assert_same(self.mean.len(), noise.len());
        let noise: Vec<S> = noise.iter().map(|x| constant(*x)).collect();
        let moved = self.factor.times(&noise);
        moved.iter().zip(&self.mean).map(|(x, m)| *m + *x).collect()
    }
}

impl<S: Float> Score<S> for MvNormal<S> {
    /// ```text
    /// by μ: L⁻ᵀ z        by L: tril(L⁻ᵀ z zᵀ) − diag(1/Lᵢᵢ)
    /// ```
    fn score(&self, x: &Vec<S>) -> Vec<S> {
        let z = self.factor.solve(&self.away(x));
        let outer = self.factor.pull(|i, j| z[i] * z[j]);
        let by_factor = outer.plus_inverse_diagonal(-S::one(), &self.factor);
        params(self.factor.solve_transposed(&z), &by_factor)
    }
}

impl<S: Float> Fisher<S> for MvNormal<S> {
    /// ```text
    /// by μ: L⁻ᵀ L⁻¹ v        by L: tril(L⁻ᵀ (W + Wᵀ)),  W = L⁻¹ V
    /// ```
    ///
    /// # Panics
    /// If there is not one number for each parameter.
    fn fisher(&self, v: &Vec<S>) -> Vec<S> {
        let n = self.mean.len();
        assert_same(n + self.factor.rows().len(), v.len());
        let (by_mean, by_factor) = v.split_at(n);
        let solved = self.factor.solve(by_mean);
        params(
            self.factor.solve_transposed(&solved),
            &self.factor.metric(by_factor),
        )
    }
}

impl<S: Float> Kl<S> for MvNormal<S> {
    /// ```text
    /// KL = ½ |L_q⁻¹(μ − ν)|² + ½ Σᵢ (e^uᵢ − 1 − uᵢ) + ½ Σ_{i>j} Mᵢⱼ²,  M = L_q⁻¹ L_p,  uᵢ = 2 ln Mᵢᵢ
    /// ```
    ///
    /// # Panics
    /// If the dimensions differ.
    fn kl(&self, other: &Self) -> S {
        let d = other.factor.solve(&other.away(&self.mean));
        let m = other.factor.solve_triangle(&self.factor);
        let spread = |j: usize| {
            let below = &m[j][j + 1..];
            exp_remainder(constant::<S>(2.0) * m[j][j].ln()) + dot(below, below)
        };
        constant::<S>(0.5) * (dot(&d, &d) + sum((0..d.len()).map(spread)))
    }
}

impl<S: Float> KlGradients<S> for MvNormal<S> {
    /// ```text
    /// by p's:   L_q⁻ᵀ d            tril(L_q⁻ᵀ M) − diag(1/L_p,ᵢᵢ)
    /// by q's:  −L_q⁻ᵀ d           −tril(L_q⁻ᵀ (M Mᵀ + d dᵀ)) + diag(1/L_q,ᵢᵢ)        d = L_q⁻¹(μ − ν)
    /// ```
    fn kl_gradients(&self, other: &Self) -> (Vec<S>, Vec<S>) {
        let d = other.factor.solve(&other.away(&self.mean));
        let pull = other.factor.solve_transposed(&d);
        let m = other.factor.solve_triangle(&self.factor);
        let second = |i: usize, j: usize| sum(m.iter().map(|c| c[i] * c[j])) + d[i] * d[j];
        let by_self = other.factor.pull(|i, j| m[j][i]);
        let by_other = other.factor.pull(|i, j| -second(i, j));
        (
            params(
                pull.clone(),
                &by_self.plus_inverse_diagonal(-S::one(), &self.factor),
            ),
            params(
                pull.iter().map(|x| -*x).collect(),
                &by_other.plus_inverse_diagonal(S::one(), &other.factor),
            ),
        )
    }
}

impl<S: Float + Debug, V: Vector<Scalar = S>> Kl<S, MvNormal<S>> for DiagNormal<V> {
    fn kl(&self, other: &MvNormal<S>) -> S {
        MvNormal::from(self).kl(other)
    }
}

impl<S: Float + Debug, V: Vector<Scalar = S>> Kl<S, DiagNormal<V>> for MvNormal<S> {
    fn kl(&self, other: &DiagNormal<V>) -> S {
        self.kl(&MvNormal::from(other))
    }
}
