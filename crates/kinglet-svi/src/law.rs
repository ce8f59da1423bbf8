//! The laws that a site may have.

use std::fmt::{self, Display};

use kinglet_distributions::{
    Bernoulli, Beta, Categorical, Distribution, Entropy, Gamma, Laplace, LogNormal, Normal, Uniform,
};
use rand::{Rng, RngExt};

use crate::Scalar;

/// ln √(2π).
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// The law of one number at a site. The set is closed, so that the divergence of two laws is found by matching them.
#[derive(Clone, Debug, PartialEq)]
pub enum Law<S> {
    /// N(μ, σ²).
    Normal(Normal<S>),
    /// e^x, x normal.
    LogNormal(LogNormal<S>),
    /// Two exponentials back to back.
    Laplace(Laplace<S>),
    /// Γ(α, β).
    Gamma(Gamma<S>),
    /// B(α, β).
    Beta(Beta<S>),
    /// Constant on an interval.
    Uniform(Uniform<S>),
    /// Constant everywhere: for the model only, nothing can be drawn from it.
    Improper,
    /// One of two.
    Bernoulli(Bernoulli<S>),
    /// One of n.
    Categorical(Categorical<S>),
    /// See [`Seed`].
    Seed,
}

/// Randomness of an environment as a site of its own: 53 random bits, the same in model and guide. Both programs seed
/// a generator with it and so make the same random step, whose unknown probability cancels. Catalogue: DECK-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed;

/// The set that a law lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// All numbers, or a box of them that is checked value by value.
    Real,
    /// The numbers above zero.
    Positive,
    /// The numbers between 0 and 1.
    UnitInterval,
    /// 0, 1, …, n − 1.
    Categories(usize),
    /// Seeds of a generator.
    Seeds,
}

impl Support {
    /// Whether every value of the other set is one of this.
    pub fn contains(self, other: Support) -> bool {
        use Support::{Positive, Real, UnitInterval};
        match (self, other) {
            (Real, Real | Positive | UnitInterval) | (Positive, UnitInterval) => true,
            _ => self == other,
        }
    }
}

impl Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Real => f.pad("the real numbers"),
            Self::Positive => f.pad("the positive numbers"),
            Self::UnitInterval => f.pad("the unit interval"),
            Self::Categories(n) => write!(f, "{n} categories"),
            Self::Seeds => f.pad("seeds"),
        }
    }
}

impl<S: Scalar> Law<S> {
    /// One draw. Where the law is reparameterised, it carries the derivatives by the law's parameters. NaN where nothing
    /// can be drawn.
    pub(crate) fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> S {
        match self {
            Self::Normal(law) => law.sample(rng),
            Self::LogNormal(law) => law.sample(rng),
            Self::Laplace(law) => law.sample(rng),
            Self::Gamma(law) => law.sample(rng),
            Self::Beta(law) => law.sample(rng),
            Self::Uniform(law) => law.sample(rng),
            Self::Improper => S::nan(),
            Self::Bernoulli(law) => S::constant(f64::from(law.sample(rng))),
            Self::Categorical(law) => S::constant(law.sample(rng) as f64),
            Self::Seed => S::constant((rng.random::<u64>() >> 11) as f64),
        }
    }

    /// ln p(x).
    #[inline]
    pub(crate) fn log_prob(&self, x: S) -> S {
        match self {
            Self::Normal(law) => normal_log_prob(law, x),
            Self::LogNormal(law) => law.log_prob(&x),
            Self::Laplace(law) => law.log_prob(&x),
            Self::Gamma(law) => law.log_prob(&x),
            Self::Beta(law) => law.log_prob(&x),
            Self::Uniform(law) => uniform_log_prob(law, x),
            Self::Bernoulli(law) => law.log_prob(&(x.plain() != 0.0)),
            Self::Categorical(law) => law.log_prob(&(x.plain() as usize)),
            Self::Improper | Self::Seed => S::zero(),
        }
    }

    /// Whether a draw is a smooth function of the parameters, and its density smooth in both.
    pub(crate) fn is_pathwise(&self) -> bool {
        match self {
            Self::Normal(_) | Self::LogNormal(_) | Self::Laplace(_) | Self::Uniform(_) => true,
            Self::Gamma(_) | Self::Beta(_) | Self::Improper => false,
            Self::Bernoulli(_) | Self::Categorical(_) | Self::Seed => false,
        }
    }

    /// Whether E[∇ log q] = 0, so that a score may be weighted. Not where the support moves with the parameters.
    /// Catalogue: DECK-19.
    pub(crate) fn has_score(&self) -> bool {
        !matches!(self, Self::Uniform(_))
    }

    /// How many values there are, where they can be listed as 0, 1, ….
    pub(crate) fn count(&self) -> Option<usize> {
        match self {
            Self::Bernoulli(_) => Some(2),
            Self::Categorical(law) => Some(law.probabilities().len()),
            _ => None,
        }
    }

    /// A set that it lives on.
    pub fn support(&self) -> Support {
        match self {
            Self::Normal(_) | Self::Laplace(_) | Self::Improper => Support::Real,
            Self::Uniform(law) => match (law.low().plain(), law.high().plain()) {
                (0.0.., ..=1.0) => Support::UnitInterval,
                (0.0.., _) => Support::Positive,
                _ => Support::Real,
            },
            Self::LogNormal(_) | Self::Gamma(_) => Support::Positive,
            Self::Beta(_) => Support::UnitInterval,
            Self::Bernoulli(_) => Support::Categories(2),
            Self::Categorical(law) => Support::Categories(law.probabilities().len()),
            Self::Seed => Support::Seeds,
        }
    }

    /// The set that a guide may draw from where the model has this law. A uniform law is a box, which is checked value by
    /// value.
    pub(crate) fn admits(&self) -> Support {
        match self {
            Self::Uniform(_) => Support::Real,
            _ => self.support(),
        }
    }

    /// Its name and numbers, to be read.
    fn parts(&self) -> (&'static str, Vec<f64>) {
        let (name, numbers) = match self {
            Self::Normal(law) => ("Normal", vec![law.mean(), law.std()]),
            Self::LogNormal(law) => ("LogNormal", vec![law.log.mean(), law.log.std()]),
            Self::Laplace(law) => ("Laplace", vec![law.location(), law.scale()]),
            Self::Gamma(law) => ("Gamma", vec![law.shape(), law.rate()]),
            Self::Beta(law) => ("Beta", vec![law.alpha(), law.beta()]),
            Self::Uniform(law) => ("Uniform", vec![law.low(), law.high()]),
            Self::Improper => ("ImproperUniform", vec![]),
            Self::Bernoulli(law) => ("Bernoulli", vec![law.log_prob(&true).exp()]),
            Self::Categorical(law) => ("Categorical", law.probabilities().to_vec()),
            Self::Seed => ("Seed", vec![]),
        };
        (name, numbers.iter().map(|x| x.plain()).collect())
    }
}

/// ln p(x) with its derivatives in closed form, which makes one step of the record of what would be four.
///
/// ```text
/// ∂/∂x = −z/σ,   ∂/∂μ = z/σ,   ∂/∂ ln σ = z² − 1,   z = (x − μ)/σ
/// ```
#[inline]
fn normal_log_prob<S: Scalar>(law: &Normal<S>, x: S) -> S {
    let log_std = law.entropy() - S::constant(LN_SQRT_2PI + 0.5);
    let precision = law.std().plain().recip();
    let z = (x.plain() - law.mean().plain()) * precision;
    let value = -0.5 * z * z - log_std.plain() - LN_SQRT_2PI;
    let slope = z * precision;
    let located = S::smooth(value, (x, -slope), (law.mean(), slope));
    S::smooth(value, (located, 1.0), (log_std, z * z - 1.0))
}

/// ln p(x), with plain comparisons.
#[inline]
fn uniform_log_prob<S: Scalar>(law: &Uniform<S>, x: S) -> S {
    let inside = law.low().plain()..=law.high().plain();
    if inside.contains(&x.plain()) {
        -law.width().ln()
    } else {
        S::neg_infinity()
    }
}

/// As `Normal(0.00, 1.00)`.
impl<S: Scalar> Display for Law<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, numbers) = self.parts();
        let numbers: Vec<String> = numbers.iter().map(|x| format!("{x:.2}")).collect();
        match &numbers[..] {
            [] => f.pad(name),
            _ => write!(f, "{name}({})", numbers.join(", ")),
        }
    }
}
