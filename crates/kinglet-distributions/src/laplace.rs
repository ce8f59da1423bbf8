//! The Laplace distribution.

use num_traits::Float;
use rand::{Rng, RngExt};
use rand_distr::Exp1;

use crate::remainder::exp_remainder;
use crate::scalar::{constant, finite, positive};
use crate::{
    Distribution, Entropy, Error, Fisher, Kl, KlGradients, Moments, Reparameterised, Score,
};

/// The Laplace distribution: two exponentials, back to back at m.
///
/// ```text
/// ln p(x) = −|x − m|/b − ln 2b        H = 1 + ln 2b        x = m + b ξ
/// ```
///
/// Its parameters are θ = (m, ln b); the Fisher matrix is diag(1/b², 1).
///
/// # Example
/// ```
/// use kinglet_distributions::{Distribution, Laplace, Score};
///
/// let laplace: Laplace = Laplace::new(1.0, 0.5)?;
/// assert_eq!(laplace.log_prob(&3.0), -4.0);
/// assert_eq!(laplace.score(&3.0), [2.0, 3.0]); // 1/b to the right of m; |x − m|/b − 1
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Laplace<S = f64> {
    location: S,
    scale: S,
    log_scale: S,
}

impl<S: Float> Laplace<S> {
    /// From m and b, that may be wrong.
    ///
    /// # Errors
    /// If m is not finite, or b not positive and finite.
    pub fn new(location: S, scale: S) -> Result<Self, Error> {
        let (location, scale) = (finite("location", location)?, positive("scale", scale)?);
        let log_scale = scale.ln();
        Ok(Self {
            location,
            scale,
            log_scale,
        })
    }

    /// From m and ln b: right as they stand, so nothing is checked, and a NaN stays one.
    pub fn from_log_scale(location: S, log_scale: S) -> Self {
        Self {
            location,
            scale: log_scale.exp(),
            log_scale,
        }
    }

    /// m.
    pub fn location(&self) -> S {
        self.location
    }

    /// b.
    pub fn scale(&self) -> S {
        self.scale
    }

    /// (x − m)/b.
    fn standardised(&self, x: S) -> S {
        (x - self.location) / self.scale
    }
}

/// −1, 0 or 1.
fn sign<S: Float>(x: S) -> S {
    if x > S::zero() {
        S::one()
    } else if x < S::zero() {
        -S::one()
    } else {
        S::zero()
    }
}

impl<S: Float> Distribution<S> for Laplace<S> {
    type Event = S;
    /// By m and by ln b.
    type Params = [S; 2];

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> S {
        self.transform(&self.noise(rng))
    }

    fn log_prob(&self, x: &S) -> S {
        -self.standardised(*x).abs() - self.log_scale - constant(std::f64::consts::LN_2)
    }
}

impl<S: Float> Entropy<S> for Laplace<S> {
    fn entropy(&self) -> S {
        self.log_scale + constant(1.0 + std::f64::consts::LN_2)
    }

    fn entropy_gradient(&self) -> [S; 2] {
        [S::zero(), S::one()]
    }
}

impl<S: Float> Moments<S> for Laplace<S> {
    type Moment = S;

    fn mean(&self) -> S {
        self.location
    }

    fn variance(&self) -> S {
        constant::<S>(2.0) * self.scale * self.scale
    }
}

impl<S: Float> Reparameterised<S> for Laplace<S> {
    /// An exponential number with a sign.
    type Noise = f64;

    fn noise<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let size: f64 = rng.sample(Exp1);
        if rng.random() { size } else { -size }
    }

    fn transform(&self, noise: &f64) -> S {
        self.location + self.scale * constant(*noise)
    }
}

impl<S: Float> Score<S> for Laplace<S> {
    /// At the kink x = m the derivative by m is taken as 0.
    fn score(&self, x: &S) -> [S; 2] {
        let z = self.standardised(*x);
        [sign(z) / self.scale, z.abs() - S::one()]
    }
}

impl<S: Float> Fisher<S> for Laplace<S> {
    fn fisher(&self, v: &[S; 2]) -> [S; 2] {
        [v[0] / (self.scale * self.scale), v[1]]
    }
}

impl<S: Float> Kl<S> for Laplace<S> {
    /// ```text
    /// KL = ρ (e^(−t) − 1 + t) + (e^u − 1 − u),  t = |m − n|/b,  ρ = b/c,  u = ln ρ
    /// ```
    ///
    /// with p at m and of scale b, q at n and of scale c.
    fn kl(&self, other: &Self) -> S {
        let u = self.log_scale - other.log_scale;
        let t = self.standardised(other.location).abs();
        if t > S::one() {
            // ρ t = |m − n|/c, also where ρ is nothing and t everything.
            let far = (self.location - other.location).abs() / other.scale;
            return u.exp() * (-t).exp() + far - S::one() - u;
        }
        u.exp() * exp_remainder(-t) + exp_remainder(u)
    }
}

impl<S: Float> KlGradients<S> for Laplace<S> {
    /// ```text
    /// by (m, ln b):  ( s (1 − e^(−t))/c,  ρ (1 + t) e^(−t) − 1 )         s = sign(m − n)
    /// by (n, ln c):  (−s (1 − e^(−t))/c,  1 − ρ (e^(−t) + t) )
    /// ```
    fn kl_gradients(&self, other: &Self) -> ([S; 2], [S; 2]) {
        let ratio = (self.log_scale - other.log_scale).exp();
        let t = self.standardised(other.location).abs();
        let pull = -sign(self.location - other.location) * (-t).exp_m1() / other.scale;
        let near = (-t).exp();
        let far = (self.location - other.location).abs() / other.scale;
        (
            [pull, ratio * (S::one() + t) * near - S::one()],
            [-pull, S::one() - ratio * near - far],
        )
    }
}
