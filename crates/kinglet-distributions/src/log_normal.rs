//! The log-normal distribution.

use num_traits::Float;
use rand::Rng;

use crate::scalar::constant;
use crate::{
    Distribution, Entropy, Error, Fisher, Kl, KlGradients, Moments, Normal, Reparameterised, Score,
};

/// The distribution of e^y for y ~ N(μ, σ²).
///
/// ```text
/// ln p(x) = ln N(ln x; μ, σ²) − ln x        H = μ + ln σ + ½ ln 2πe        x = e^(μ + σ ξ)
/// ```
///
/// Its parameters are θ = (μ, ln σ), those of y; score, Fisher matrix and KL are y's too.
///
/// # Example
/// ```
/// use kinglet_distributions::{Distribution, LogNormal, Moments};
///
/// let law: LogNormal = LogNormal::new(0.0, 2f64.ln().sqrt())?;
/// assert!((law.mean() - 2f64.sqrt()).abs() < 1e-15); // e^(μ + σ²/2)
/// assert!((law.variance() - 2.0).abs() < 1e-15); // (e^(σ²) − 1) mean²
/// assert_eq!(law.log_prob(&-1.0), f64::NEG_INFINITY);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal<S = f64> {
    /// The law of ln x.
    pub log: Normal<S>,
}

impl<S: Float> LogNormal<S> {
    /// From μ and σ, that may be wrong.
    ///
    /// # Errors
    /// If μ is not finite, or σ not positive and finite.
    pub fn new(mean: S, std: S) -> Result<Self, Error> {
        let log = Normal::new(mean, std)?;
        Ok(Self { log })
    }
}

impl<S: Float> Distribution<S> for LogNormal<S> {
    type Event = S;
    /// By μ and by ln σ.
    type Params = [S; 2];

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> S {
        self.transform(&self.noise(rng))
    }

    fn log_prob(&self, x: &S) -> S {
        if *x > S::zero() {
            self.log.log_prob(&x.ln()) - x.ln()
        } else {
            S::neg_infinity()
        }
    }
}

impl<S: Float> Entropy<S> for LogNormal<S> {
    fn entropy(&self) -> S {
        self.log.entropy() + self.log.mean()
    }

    fn entropy_gradient(&self) -> [S; 2] {
        [S::one(), S::one()]
    }
}

impl<S: Float> Moments<S> for LogNormal<S> {
    type Moment = S;

    fn mean(&self) -> S {
        (self.log.mean() + constant::<S>(0.5) * self.log.variance()).exp()
    }

    fn variance(&self) -> S {
        let mean = self.mean();
        self.log.variance().exp_m1() * mean * mean
    }
}

impl<S: Float> Reparameterised<S> for LogNormal<S> {
    type Noise = f64;

    fn noise<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.log.noise(rng)
    }

    fn transform(&self, noise: &f64) -> S {
        self.log.transform(noise).exp()
    }
}

impl<S: Float> Score<S> for LogNormal<S> {
    fn score(&self, x: &S) -> [S; 2] {
        self.log.score(&x.ln())
    }
}

impl<S: Float> Fisher<S> for LogNormal<S> {
    fn fisher(&self, v: &[S; 2]) -> [S; 2] {
        self.log.fisher(v)
    }
}

impl<S: Float> Kl<S> for LogNormal<S> {
    /// A divergence does not change when both laws go through one bijection.
    fn kl(&self, other: &Self) -> S {
        self.log.kl(&other.log)
    }
}

impl<S: Float> KlGradients<S> for LogNormal<S> {
    fn kl_gradients(&self, other: &Self) -> ([S; 2], [S; 2]) {
        self.log.kl_gradients(&other.log)
    }
}
