//! The uniform distribution on an interval.

use num_traits::Float;
use rand::{Rng, RngExt};

use crate::remainder::log_ratio;
use crate::scalar::{constant, finite, plain};
use crate::{Distribution, Entropy, Error, Kl, KlGradients, Moments, Reparameterised};

/// The uniform distribution on [low, high].
///
/// ```text
/// ln p(x) = −ln(high − low) inside, −∞ outside        H = ln(high − low)        x = low + (high − low) ξ
/// ```
///
/// Its parameters are θ = (low, high). They move its support, so that ∇ ln p has another mean than zero and this is no
/// [`Score`](crate::Score): a score-function gradient with it is wrong, and does not compile. Catalogue: DECK-19.
///
/// # Example
/// ```
/// use kinglet_distributions::{Distribution, Entropy, Uniform};
///
/// let law: Uniform = Uniform::new(0.0, 2.0)?;
/// assert_eq!(law.log_prob(&1.3), -(2f64.ln()));
/// assert_eq!(law.log_prob(&2.1), f64::NEG_INFINITY);
/// assert_eq!(law.log_prob_gradient(), [0.5, -0.5]); // on U(0, φ) E[d ln p/dφ] = −1/φ, not 0
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
///
/// ```compile_fail,E0599
/// use kinglet_distributions::{Score, Uniform};
/// let law: Uniform = Uniform::new(0.0, 2.0).unwrap();
/// law.score(&1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform<S = f64> {
    pub(crate) low: S,
    pub(crate) high: S,
}

impl<S: Float> Uniform<S> {
    /// From the interval's ends.
    ///
    /// # Errors
    /// If one is not finite, or `low` is not below `high`.
    pub fn new(low: S, high: S) -> Result<Self, Error> {
        let (low, high) = (finite("low", low)?, finite("high", high)?);
        if low < high {
            return Ok(Self { low, high });
        }
        Err(Error::EmptyInterval {
            low: plain(low),
            high: plain(high),
        })
    }

    /// The lower end.
    pub fn low(&self) -> S {
        self.low
    }

    /// The upper end.
    pub fn high(&self) -> S {
        self.high
    }

    /// high − low.
    pub fn width(&self) -> S {
        self.high - self.low
    }

    /// Whether x lies between the ends.
    pub fn contains(&self, x: S) -> bool {
        self.low <= x && x <= self.high
    }

    /// ∇ ln p(x) by (low, high), the same at each x inside: (1, −1)/width. Its mean is not zero. Catalogue: DECK-19.
    pub fn log_prob_gradient(&self) -> [S; 2] {
        let density = self.width().recip();
        [density, -density]
    }
}

impl<S: Float> Distribution<S> for Uniform<S> {
    type Event = S;
    /// By the lower and by the upper end.
    type Params = [S; 2];

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> S {
        self.transform(&self.noise(rng))
    }

    fn log_prob(&self, x: &S) -> S {
        if self.contains(*x) {
            -self.width().ln()
        } else {
            S::neg_infinity()
        }
    }
}

impl<S: Float> Entropy<S> for Uniform<S> {
    fn entropy(&self) -> S {
        self.width().ln()
    }

    fn entropy_gradient(&self) -> [S; 2] {
        let density = self.width().recip();
        [-density, density]
    }
}

impl<S: Float> Moments<S> for Uniform<S> {
    type Moment = S;

    fn mean(&self) -> S {
        self.low + constant::<S>(0.5) * self.width()
    }

    fn variance(&self) -> S {
        self.width() * self.width() / constant(12.0)
    }
}

impl<S: Float> Reparameterised<S> for Uniform<S> {
    /// Uniform on [0, 1).
    type Noise = f64;

    fn noise<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        rng.random()
    }

    fn transform(&self, noise: &f64) -> S {
        self.low + self.width() * constant(*noise)
    }
}

impl<S: Float> Kl<S> for Uniform<S> {
    /// The logarithm of the widths' ratio; +∞ where q rules out what p allows.
    fn kl(&self, other: &Self) -> S {
        if other.contains(self.low) && other.contains(self.high) {
            log_ratio(other.width(), self.width())
        } else {
            S::infinity()
        }
    }
}

impl<S: Float> KlGradients<S> for Uniform<S> {
    /// Of the finite divergence, p inside q.
    fn kl_gradients(&self, other: &Self) -> ([S; 2], [S; 2]) {
        (self.log_prob_gradient(), other.entropy_gradient())
    }
}
