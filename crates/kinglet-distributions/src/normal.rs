//! The normal distribution.

use num_traits::Float;
use rand::Rng;
use rand_distr::StandardNormal;

use crate::remainder::exp_remainder;
use crate::scalar::{constant, finite, positive};
use crate::special::LN_SQRT_2PI;
use crate::{
    Distribution, Entropy, Error, Fisher, Kl, KlGradients, Moments, Reparameterised, Score,
};

/// The normal distribution N(μ, σ²). Catalogue: DECK-24.
///
/// ```text
/// ln p(x) = −½ ((x − μ)/σ)² − ln σ − ½ ln 2π
/// H = ln σ + ½ ln 2πe          x = μ + σ ξ,  ξ ~ N(0, 1)
/// ```
///
/// Its parameters are θ = (μ, ln σ): in ln σ the score is bounded as σ falls, in σ it grows as 1/σ, and the Fisher matrix
/// is diagonal, diag(1/σ², 2).
///
/// # Example
/// ```
/// use kinglet_distributions::{Distribution, Normal, Score};
///
/// let normal = Normal::new(1.0, 2.0)?;
/// assert!((normal.log_prob(&1.0) + (2.0 * (2.0 * std::f64::consts::PI).sqrt()).ln()).abs() < 1e-15);
/// assert_eq!(normal.score(&5.0), [1.0, 3.0]); // (x − μ)/σ², ((x − μ)/σ)² − 1
/// assert!(Normal::new(0.0, -1.0).is_err());
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal<S = f64> {
    pub(crate) mean: S,
    pub(crate) std: S,
    pub(crate) log_std: S,
}

impl<S: Float> Normal<S> {
    /// N(mean, std²), from numbers that may be wrong.
    ///
    /// # Errors
    /// If `mean` is not finite, or `std` is not positive and finite.
    pub fn new(mean: S, std: S) -> Result<Self, Error> {
        let (mean, std) = (finite("mean", mean)?, positive("std", std)?);
        Ok(Self {
            mean,
            std,
            log_std: std.ln(),
        })
    }

    /// N(mean, e^(2 log_std)): positive as it stands, so nothing is checked, and a NaN stays one.
    pub fn from_log_std(mean: S, log_std: S) -> Self {
        Self {
            mean,
            std: log_std.exp(),
            log_std,
        }
    }

    /// μ.
    pub fn mean(&self) -> S {
        self.mean
    }

    /// σ.
    pub fn std(&self) -> S {
        self.std
    }

    /// σ².
    pub fn variance(&self) -> S {
        self.std * self.std
    }

    /// (x − μ)/σ.
    fn standardised(&self, x: S) -> S {
        (x - self.mean) / self.std
    }
}

impl<S: Float> Distribution<S> for Normal<S> {
    type Event = S;
    /// By μ and by ln σ.
    type Params = [S; 2];

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> S {
        self.transform(&self.noise(rng))
    }

    fn log_prob(&self, x: &S) -> S {
        let z = self.standardised(*x);
        constant::<S>(-0.5) * z * z - self.log_std - constant(LN_SQRT_2PI)
    }
}

impl<S: Float> Entropy<S> for Normal<S> {
    fn entropy(&self) -> S {
        self.log_std + constant(LN_SQRT_2PI + 0.5)
    }

    fn entropy_gradient(&self) -> [S; 2] {
        [S::zero(), S::one()]
    }
}

impl<S: Float> Moments<S> for Normal<S> {
    type Moment = S;

    fn mean(&self) -> S {
        self.mean
    }

    fn variance(&self) -> S {
        self.std * self.std
    }
}

impl<S: Float> Reparameterised<S> for Normal<S> {
    type Noise = f64;

    fn noise<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        rand_distr::Distribution::sample(&StandardNormal, rng)
    }

    fn transform(&self, noise: &f64) -> S {
        self.mean + self.std * constant(*noise)
    }
}

impl<S: Float> Score<S> for Normal<S> {
    fn score(&self, x: &S) -> [S; 2] {
        let z = self.standardised(*x);
        [z / self.std, z * z - S::one()]
    }
}

impl<S: Float> Fisher<S> for Normal<S> {
    fn fisher(&self, v: &[S; 2]) -> [S; 2] {
        [v[0] / self.variance(), constant::<S>(2.0) * v[1]]
    }
}

impl<S: Float> Kl<S> for Normal<S> {
    /// ```text
    /// KL(p‖q) = ½ (e^u − 1 − u) + ½ ((μ − ν)/τ)²,  u = 2 ln(σ/τ)
    /// ```
    ///
    /// Written so that nothing cancels: near p = q it keeps all its digits.
    fn kl(&self, other: &Self) -> S {
        let u = constant::<S>(2.0) * (self.log_std - other.log_std);
        let d = (self.mean - other.mean) / other.std;
        constant::<S>(0.5) * (exp_remainder(u) + d * d)
    }
}

impl<S: Float> KlGradients<S> for Normal<S> {
    /// ```text
    /// by (μ, ln σ) of p:   ( d/τ²,  ρ² − 1 )           d = μ − ν,  ρ = σ/τ,  p = N(μ, σ²), q = N(ν, τ²)
    /// by (ν, ln τ) of q:   (−d/τ²,  1 − ρ² − d²/τ² )
    /// ```
    fn kl_gradients(&self, other: &Self) -> ([S; 2], [S; 2]) {
        let d = (self.mean - other.mean) / other.std;
        let ratio = (self.log_std - other.log_std).exp();
        let spread = ratio * ratio - S::one();
        ([d / other.std, spread], [-d / other.std, -spread - d * d])
    }
}
