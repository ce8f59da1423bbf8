//! Divergences between two families, where they have a closed form.
//!
//! ```text
//! KL(p‖q) = −H(p) − E_p[ln q(x)]
//! ```
//!
//! needs no more of p than its entropy and the means that ln q asks for: x and x² for a normal law, ln x and x for a gamma
//! law, ln x and (ln x)² for a log-normal law, |x − m| for a Laplace law. A pair that is infinite whatever the parameters are
//! (a law of the line against one of the half-line) is no pair of this table.

use num_traits::Float;

use crate::remainder::log_ratio;
use crate::scalar::constant;
use crate::special::{LN_SQRT_2PI, ln_beta};
use crate::{
    Beta, Entropy, Gamma, Kl, Laplace, LogNormal, Moments, Normal, Uniform, digamma, erf, ln_gamma,
    trigamma,
};

/// A law of numbers above zero, by what its logarithm does: E[ln x] and Var[ln x].
trait LogMoments<S> {
    fn mean_log(&self) -> S;
    fn variance_log(&self) -> S;
}

impl<S: Float> LogMoments<S> for Gamma<S> {
    fn mean_log(&self) -> S {
        digamma(self.shape()) - self.rate().ln()
    }

    fn variance_log(&self) -> S {
        trigamma(self.shape())
    }
}

impl<S: Float> LogMoments<S> for LogNormal<S> {
    fn mean_log(&self) -> S {
        self.log.mean()
    }

    fn variance_log(&self) -> S {
        self.log.variance()
    }
}

impl<S: Float> LogMoments<S> for Beta<S> {
    fn mean_log(&self) -> S {
        Beta::mean_log(self)
    }

    fn variance_log(&self) -> S {
        Beta::variance_log(self)
    }
}

/// Of an interval that does not reach below zero.
impl<S: Float> LogMoments<S> for Uniform<S> {
    /// ```text
    /// ln h + l/(h − l) ln(h/l) − 1
    /// ```
    fn mean_log(&self) -> S {
        self.high().ln() + self.weighted_log_ratio() - S::one()
    }

    /// ```text
    /// 1 − l h (ln(h/l)/(h − l))²
    /// ```
    fn variance_log(&self) -> S {
        let ratio = self.weighted_log_ratio();
        if self.low().is_zero() {
            return S::one();
        }
        S::one() - self.high() / self.low() * ratio * ratio
    }
}

impl<S: Float> Uniform<S> {
    /// l/(h − l) ln(h/l).
    fn weighted_log_ratio(&self) -> S {
        if self.low().is_zero() {
            return S::zero();
        }
        self.low() / self.width() * log_ratio(self.high(), self.low())
    }
}

/// −E[ln N(x; ν, τ²)] = ln τ + ½ ln 2π + (Var[x] + (E[x] − ν)²) / 2τ².
fn cross_entropy<S: Float>(mean: S, variance: S, q: &Normal<S>) -> S {
    let d = (mean - q.mean()) / q.std();
    let second = variance / q.variance() + d * d;
    q.log_std + constant(LN_SQRT_2PI) + constant::<S>(0.5) * second
}

fn against_normal<S: Float, P>(p: &P, q: &Normal<S>) -> S
where
    P: Entropy<S> + Moments<S, Moment = S>,
{
    cross_entropy(p.mean(), p.variance(), q) - p.entropy()
}

fn against_log_normal<S: Float, P: Entropy<S> + LogMoments<S>>(p: &P, q: &LogNormal<S>) -> S {
    let mean_log = p.mean_log();
    cross_entropy(mean_log, p.variance_log(), &q.log) + mean_log - p.entropy()
}

/// With −E[ln q] = ln Γ(a) − a ln b − (a − 1) E[ln x] + b E[x].
fn against_gamma<S: Float, P>(p: &P, q: &Gamma<S>) -> S
where
    P: Entropy<S> + LogMoments<S> + Moments<S, Moment = S>,
{
    let (shape, rate) = (q.shape(), q.rate());
    ln_gamma(shape) - shape * rate.ln() - (shape - S::one()) * p.mean_log() + rate * p.mean()
        - p.entropy()
}

/// With −E[ln q] = ln 2c + E|x − n|/c.
fn against_laplace<S: Float, P: Entropy<S>>(p: &P, distance: S, q: &Laplace<S>) -> S {
    (q.scale() + q.scale()).ln() + distance / q.scale() - p.entropy()
}

fn below_zero<S: Float>(p: &Uniform<S>) -> bool {
    p.low() < S::zero()
}

impl<S: Float> Kl<S, Normal<S>> for Laplace<S> {
    fn kl(&self, other: &Normal<S>) -> S {
        against_normal(self, other)
    }
}

impl<S: Float> Kl<S, Normal<S>> for LogNormal<S> {
    fn kl(&self, other: &Normal<S>) -> S {
        against_normal(self, other)
    }
}

impl<S: Float> Kl<S, Normal<S>> for Gamma<S> {
    fn kl(&self, other: &Normal<S>) -> S {
        against_normal(self, other)
    }
}

impl<S: Float> Kl<S, Normal<S>> for Beta<S> {
    fn kl(&self, other: &Normal<S>) -> S {
        against_normal(self, other)
    }
}

impl<S: Float> Kl<S, Normal<S>> for Uniform<S> {
    fn kl(&self, other: &Normal<S>) -> S {
        against_normal(self, other)
    }
}

impl<S: Float> Kl<S, LogNormal<S>> for Gamma<S> {
    fn kl(&self, other: &LogNormal<S>) -> S {
        against_log_normal(self, other)
    }
}

impl<S: Float> Kl<S, LogNormal<S>> for Beta<S> {
    fn kl(&self, other: &LogNormal<S>) -> S {
        against_log_normal(self, other)
    }
}

impl<S: Float> Kl<S, LogNormal<S>> for Uniform<S> {
    /// +∞ for an interval that reaches below zero.
    fn kl(&self, other: &LogNormal<S>) -> S {
        if below_zero(self) {
            return S::infinity();
        }
        against_log_normal(self, other)
    }
}

impl<S: Float> Kl<S, Gamma<S>> for LogNormal<S> {
    fn kl(&self, other: &Gamma<S>) -> S {
        against_gamma(self, other)
    }
}

impl<S: Float> Kl<S, Gamma<S>> for Beta<S> {
    fn kl(&self, other: &Gamma<S>) -> S {
        against_gamma(self, other)
    }
}

impl<S: Float> Kl<S, Gamma<S>> for Uniform<S> {
    /// +∞ for an interval that reaches below zero.
    fn kl(&self, other: &Gamma<S>) -> S {
        if below_zero(self) {
            return S::infinity();
        }
        against_gamma(self, other)
    }
}

impl<S: Float> Kl<S, Laplace<S>> for Normal<S> {
    /// ```text
    /// E|x − n| = σ √(2/π) e^(−t²) + d erf(t),  d = μ − n,  t = d/(σ √2)
    /// ```
    fn kl(&self, other: &Laplace<S>) -> S {
        let d = self.mean() - other.location();
        let t = d / (self.std() * constant(std::f64::consts::SQRT_2));
        let root = constant::<S>((2.0 * std::f64::consts::FRAC_1_PI).sqrt());
        let distance = self.std() * root * (-t * t).exp() + d * erf(t);
        against_laplace(self, distance, other)
    }
}

impl<S: Float> Kl<S, Laplace<S>> for LogNormal<S> {
    /// ```text
    /// E|x − n| = n erf(t) − E[x] erf(t − σ/√2),  t = (ln n − μ)/(σ √2)        for n > 0
    /// ```
    fn kl(&self, other: &Laplace<S>) -> S {
        let n = other.location();
        if n <= S::zero() {
            return against_laplace(self, self.mean() - n, other);
        }
        let root = constant::<S>(std::f64::consts::SQRT_2);
        let t = (n.ln() - self.log.mean()) / (self.log.std() * root);
        let distance = n * erf(t) - self.mean() * erf(t - self.log.std() / root);
        against_laplace(self, distance, other)
    }
}

impl<S: Float> Kl<S, Laplace<S>> for Uniform<S> {
    /// ```text
    /// E|x − n| = ((n − l)² + (h − n)²) / 2(h − l)        for n inside
    /// ```
    fn kl(&self, other: &Laplace<S>) -> S {
        let n = other.location();
        if !self.contains(n) {
            return against_laplace(self, (self.mean() - n).abs(), other);
        }
        let (left, right) = (n - self.low(), self.high() - n);
        let double = self.width() + self.width();
        let distance = (left * left + right * right) / double;
        against_laplace(self, distance, other)
    }
}

impl<S: Float> Kl<S, Uniform<S>> for Beta<S> {
    /// ln of q's width − H(p), where q holds all of (0, 1); +∞ else.
    fn kl(&self, other: &Uniform<S>) -> S {
        if other.contains(S::zero()) && other.contains(S::one()) {
            other.width().ln() - self.entropy()
        } else {
            S::infinity()
        }
    }
}

impl<S: Float> Kl<S, Beta<S>> for Uniform<S> {
    /// With −E[ln q] = ln B(a, b) − (a − 1) E[ln x] − (b − 1) E[ln(1 − x)]; +∞ for an interval that leaves (0, 1).
    fn kl(&self, other: &Beta<S>) -> S {
        if below_zero(self) || self.high() > S::one() {
            return S::infinity();
        }
        let one = S::one();
        let (a, b) = (other.alpha(), other.beta());
        // 1 − x is uniform too, on the mirrored interval.
        let mirrored = Uniform {
            low: one - self.high(),
            high: one - self.low(),
        };
        let logs = (a - one) * self.mean_log() + (b - one) * mirrored.mean_log();
        ln_beta(a, b) - logs - self.entropy()
    }
}
