//! The gamma distribution.

use num_traits::Float;
use rand::{Rng, RngExt};

use crate::remainder::{ln_gamma_remainder, log_ratio, ratio_remainder, weighted_remainder};
use crate::scalar::{above_zero, plain, positive};
use crate::special::{gamma_entropy, ln_gamma_centred};
use crate::{
    Distribution, Entropy, Error, Fisher, Kl, KlGradients, Moments, Score, digamma, trigamma,
};

/// The gamma distribution with shape α and rate β; with α = 1 the exponential distribution.
///
/// ```text
/// ln p(x) = α ln β − ln Γ(α) + (α − 1) ln x − β x        H = α − ln β + ln Γ(α) + (1 − α) ψ(α)
/// ```
///
/// Its parameters are θ = (ln α, ln β). A draw is made by rejection, which is no smooth function of them: it is not
/// [`Reparameterised`](crate::Reparameterised).
///
/// # Example
/// ```
/// use kinglet_distributions::{Distribution, Gamma, Moments};
///
/// let gamma: Gamma = Gamma::new(3.0, 2.0)?;
/// assert_eq!((gamma.mean(), gamma.variance()), (1.5, 0.75));
/// let exponential: Gamma = Gamma::new(1.0, 4.0)?;
/// assert!((exponential.log_prob(&0.5) - (4f64.ln() - 2.0)).abs() < 1e-14);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gamma<S = f64> {
    shape: S,
    rate: S,
}

/// ln of a draw of Gamma(α, 1), which for a small α would itself round to 0.
///
/// ```text
/// x ~ Gamma(α + 1, 1),  u ~ U(0, 1):   ln x + ln(u)/α        Marsaglia and Tsang (2000)
/// ```
pub(crate) fn log_draw<R: Rng + ?Sized>(shape: f64, rng: &mut R) -> f64 {
    let draw = |shape: f64, rng: &mut R| {
        let law = rand_distr::Gamma::new(shape, 1.0);
        law.map_or(f64::NAN, |law| rng.sample(law).ln())
    };
    if shape >= 1.0 {
        return draw(shape, rng);
    }
    let u: f64 = rng.sample(rand::distr::Open01);
    draw(shape + 1.0, rng) + u.ln() / shape
}

/// (α − 1) ln 0 + rest.
pub(crate) fn at_zero<S: Float>(shape: S, rest: S) -> S {
    if shape < S::one() {
        S::infinity()
    } else if shape > S::one() {
        S::neg_infinity()
    } else {
        rest
    }
}

impl<S: Float> Gamma<S> {
    /// From α and β, that may be wrong.
    ///
    /// # Errors
    /// If one is not positive and finite.
    pub fn new(shape: S, rate: S) -> Result<Self, Error> {
        let (shape, rate) = (positive("shape", shape)?, positive("rate", rate)?);
        Ok(Self { shape, rate })
    }

    /// α.
    pub fn shape(&self) -> S {
        self.shape
    }

    /// β.
    pub fn rate(&self) -> S {
        self.rate
    }
}

impl<S: Float> Distribution<S> for Gamma<S> {
    type Event = S;
    /// By ln α and by ln β.
    type Params = [S; 2];

    /// What would round to 0 is the smallest positive number instead.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> S {
        let log_draw = log_draw(plain(self.shape), rng);
        above_zero((log_draw - plain(self.rate).ln()).exp())
    }

    /// Around the mode, where α ln βx and ln Γ(α) nearly cancel, by
    ///
    /// ```text
    /// ln p(x) = −ln x − [ln Γ(α) − α ln α + α] − [βx − α − α ln(βx/α)]
    /// ```
    fn log_prob(&self, x: &S) -> S {
        if *x < S::zero() {
            return S::neg_infinity();
        }
        if x.is_zero() {
            return at_zero(self.shape, self.rate.ln());
        }
        let away = weighted_remainder(self.rate * *x, self.shape);
        -x.ln() - ln_gamma_centred(self.shape) - away
    }
}

impl<S: Float> Entropy<S> for Gamma<S> {
    fn entropy(&self) -> S {
        gamma_entropy(self.shape) - self.rate.ln()
    }

    /// ```text
    /// dH/d ln α = α (1 + (1 − α) ψ′(α))        dH/d ln β = −1
    /// ```
    fn entropy_gradient(&self) -> [S; 2] {
        let (a, one) = (self.shape, S::one());
        [a * (one + (one - a) * trigamma(a)), -one]
    }
}

impl<S: Float> Moments<S> for Gamma<S> {
    type Moment = S;

    fn mean(&self) -> S {
        self.shape / self.rate
    }

    fn variance(&self) -> S {
        self.shape / self.rate / self.rate
    }
}

impl<S: Float> Score<S> for Gamma<S> {
    /// ```text
    /// ∂ ln p/∂ ln α = α (ln βx − ψ(α))        ∂ ln p/∂ ln β = α − βx
    /// ```
    fn score(&self, x: &S) -> [S; 2] {
        let (a, scaled) = (self.shape, self.rate * *x);
        [a * (scaled.ln() - digamma(a)), a - scaled]
    }
}

impl<S: Float> Fisher<S> for Gamma<S> {
    /// ```text
    /// F = α ⎡ α ψ′(α)  −1 ⎤
    ///       ⎣   −1      1 ⎦
    /// ```
    fn fisher(&self, v: &[S; 2]) -> [S; 2] {
        let a = self.shape;
        [a * (a * trigamma(a) * v[0] - v[1]), a * (v[1] - v[0])]
    }
}

impl<S: Float> Kl<S> for Gamma<S> {
    /// ```text
    /// KL = [ln Γ(a) − ln Γ(α) − (a − α) ψ(α)] + α [b/β − 1 − ln b/β] + (α − a) ln b/β
    /// ```
    ///
    /// with p of shape α and rate β, q of a and b.
    fn kl(&self, other: &Self) -> S {
        let (shape, rate) = (self.shape, self.rate);
        let shapes = ln_gamma_remainder(other.shape, shape);
        let rates = shape * ratio_remainder(other.rate, rate);
        shapes + rates + (shape - other.shape) * log_ratio(other.rate, rate)
    }
}

impl<S: Float> KlGradients<S> for Gamma<S> {
    /// ```text
    /// by (ln α, ln β):  ( α [(α − a) ψ′(α) + b/β − 1],  a − α b/β )
    /// by (ln a, ln b):  ( a [ψ(a) − ψ(α) − ln b/β],     α b/β − a )
    /// ```
    fn kl_gradients(&self, other: &Self) -> ([S; 2], [S; 2]) {
        let (alpha, a) = (self.shape, other.shape);
        let ratio = other.rate / self.rate;
        let by_rate = a - alpha * ratio;
        let by_shape = (alpha - a) * trigamma(alpha) + ratio - S::one();
        let tilt = digamma(a) - digamma(alpha) - log_ratio(other.rate, self.rate);
        ([alpha * by_shape, by_rate], [a * tilt, -by_rate])
    }
}
