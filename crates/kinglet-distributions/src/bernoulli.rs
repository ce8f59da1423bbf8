//! The Bernoulli distribution.

use num_traits::Float;
use rand::{Rng, RngExt};

use crate::remainder::{exp_remainder, ln_remainder};
use crate::scalar::{finite, plain};
use crate::{Distribution, Entropy, Error, Fisher, Kl, KlGradients, Moments, Score};

/// A coin with logit l.
///
/// ```text
/// p(true) = σ(l) = 1/(1 + e^(−l))        ln p(true) = −ln(1 + e^(−l))
/// ```
///
/// Both probabilities keep their digits at any logit: at l = −1000, ln p(true) = −1000 though p(true) rounds to 0. The
/// reward factor p(O) = e^r for r ≤ 0 is such a coin; for other r it is a [`Factor`](crate::Factor). Catalogue: DECK-17.
///
/// # Example
/// ```
/// use kinglet_distributions::{Bernoulli, Distribution, Moments};
///
/// let coin: Bernoulli = Bernoulli::from_logit(3f64.ln())?;
/// assert!((coin.mean() - 0.75).abs() < 1e-15);
/// assert!((coin.log_prob(&false) - 0.25f64.ln()).abs() < 1e-15);
/// assert_eq!(Bernoulli::from_logit(-1000.0)?.log_prob(&true), -1000.0);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bernoulli<S = f64> {
    logit: S,
}

/// ln(1 + e^x).
fn soft_plus<S: Float>(x: S) -> S {
    let tail = (-x.abs()).exp().ln_1p();
    if x > S::zero() { x + tail } else { tail }
}

/// 1/(1 + e^(−x)).
fn sigmoid<S: Float>(x: S) -> S {
    (S::one() + (-x).exp()).recip()
}

impl<S: Float> Bernoulli<S> {
    /// From l = ln p/(1 − p).
    ///
    /// # Errors
    /// If the logit is infinite or NaN.
    pub fn from_logit(logit: S) -> Result<Self, Error> {
        let logit = finite("logit", logit)?;
        Ok(Self { logit })
    }

    /// From p(true), strictly between 0 and 1.
    ///
    /// # Errors
    /// If it is not.
    pub fn from_probability(probability: S) -> Result<Self, Error> {
        if probability > S::zero() && probability < S::one() {
            let logit = probability.ln() - (-probability).ln_1p();
            return Ok(Self { logit });
        }
        let value = plain(probability);
        Err(Error::NotAProbability { index: 0, value })
    }

    /// l.
    pub fn logit(&self) -> S {
        self.logit
    }
}

impl<S: Float> Distribution<S> for Bernoulli<S> {
    type Event = bool;
    /// By the logit.
    type Params = [S; 1];

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> bool {
        rng.random::<f64>() < sigmoid(plain(self.logit))
    }

    fn log_prob(&self, x: &bool) -> S {
        -soft_plus(if *x { -self.logit } else { self.logit })
    }
}

impl<S: Float> Entropy<S> for Bernoulli<S> {
    /// ```text
    /// H = ln(1 + e^(−|l|)) + |l| σ(−|l|)
    /// ```
    fn entropy(&self) -> S {
        let far = -self.logit.abs();
        soft_plus(far) - far * sigmoid(far)
    }

    /// ```text
    /// dH/dl = −l p (1 − p)
    /// ```
    fn entropy_gradient(&self) -> [S; 1] {
        [-self.logit * self.variance()]
    }
}

impl<S: Float> Moments<S> for Bernoulli<S> {
    /// Of the number 1 for true and 0 for false.
    type Moment = S;

    fn mean(&self) -> S {
        sigmoid(self.logit)
    }

    fn variance(&self) -> S {
        sigmoid(self.logit) * sigmoid(-self.logit)
    }
}

impl<S: Float> Score<S> for Bernoulli<S> {
    fn score(&self, x: &bool) -> [S; 1] {
        [if *x {
            sigmoid(-self.logit)
        } else {
            -sigmoid(self.logit)
        }]
    }
}

impl<S: Float> Fisher<S> for Bernoulli<S> {
    fn fisher(&self, v: &[S; 1]) -> [S; 1] {
        [self.variance() * v[0]]
    }
}

impl<S: Float> Kl<S> for Bernoulli<S> {
    /// ```text
    /// KL = p (e^d − 1 − d) − (x − ln(1 + x)),  d = m − l,  x = p (e^d − 1)
    /// ```
    ///
    /// with l the logit of p and m that of q, and the outcome called true that p finds the less probable.
    fn kl(&self, other: &Self) -> S {
        let (l, m) = if self.logit > S::zero() {
            (-self.logit, -other.logit)
        } else {
            (self.logit, other.logit)
        };
        let (p, d) = (sigmoid(l), m - l);
        if d.abs() < S::one() {
            p * exp_remainder(d) - ln_remainder(p * d.exp_m1())
        } else {
            soft_plus(m) - soft_plus(l) - p * d
        }
    }
}

impl<S: Float> KlGradients<S> for Bernoulli<S> {
    /// ```text
    /// by l: p (1 − p) (l − m)        by m: q − p
    /// ```
    fn kl_gradients(&self, other: &Self) -> ([S; 1], [S; 1]) {
        let (l, d) = (self.logit, other.logit - self.logit);
        // σ(m) − σ(l) = (e^d − 1) σ(l) σ(−m), turned over for a negative d.
        let rise = if d > S::zero() {
            -(-d).exp_m1() * sigmoid(other.logit) * sigmoid(-l)
        } else {
            d.exp_m1() * sigmoid(l) * sigmoid(-other.logit)
        };
        ([-self.variance() * d], [rise])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The factor of `sigmoid` that overflows is the one that is inverted.
    #[test]
    fn no_logit_is_too_large() {
        for logit in [-1000.0, 1000.0] {
            let coin: Bernoulli = Bernoulli::from_logit(logit).unwrap();
            assert_eq!(coin.log_prob(&(logit > 0.0)), 0.0);
            assert_eq!(coin.log_prob(&(logit < 0.0)), -1000.0);
            assert_eq!((coin.entropy(), coin.variance()), (0.0, 0.0));
        }
        let (far, near): (Bernoulli, Bernoulli) = (
            Bernoulli::from_logit(1000.0).unwrap(),
            Bernoulli::from_logit(-1000.0).unwrap(),
        );
        assert_eq!((far.kl(&near), near.kl(&far)), (1000.0, 1000.0));
        assert_eq!(far.kl_gradients(&near).1, [-1.0]);
    }

    #[test]
    fn a_probability_of_one_is_refused() {
        for p in [0.0, 1.0, -0.1, f64::NAN] {
            assert!(Bernoulli::from_probability(p).is_err());
        }
        let tiny = Bernoulli::from_probability(1e-300).unwrap();
        assert!((tiny.mean() / 1e-300 - 1.0).abs() < 1e-12);
        let quarter = Bernoulli::from_probability(0.25).unwrap();
        assert!((quarter.mean() - 0.25).abs() < 1e-15);
    }
}
