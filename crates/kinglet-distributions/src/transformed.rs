//! A distribution carried through a bijection.

use num_traits::Float;
use rand::Rng;

use crate::{Affine, Bijection, Distribution, Entropy, Fisher, Reparameterised, Score};

/// The law of y = f(x), x drawn from a base distribution. Catalogue: XU-13, XU-26.
///
/// ```text
/// ln p(y) = ln p₀(x) − ln |det ∂f/∂x|,  x = f⁻¹(y)
/// ```
///
/// [`sample_and_log_prob`](Self::sample_and_log_prob) needs no inverse: it knows the x that y came from, which is
/// quicker and keeps digits that rounding y has lost. The entropy is that of the base plus E ln |det ∂f/∂x|, which has
/// a closed form for affine maps alone; for the others only code that estimates it compiles. Parameters are those of the
/// base, and so is the Fisher matrix: it does not depend on the names of the events.
///
/// # Source
/// Xu 2018, eq. (6) and (13), with the absolute value that they lack.
/// # Example
/// ```
/// use kinglet_distributions::{Affine, Distribution, Normal, Transformed};
///
/// let turned = Transformed { base: Normal::new(0.0, 1.0)?, bijection: Affine::new(0.0, -2.0)? };
/// let same: Normal = Normal::new(0.0, 2.0)?;
/// assert!((turned.log_prob(&0.7) - same.log_prob(&0.7)).abs() < 1e-15);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transformed<D, B> {
    /// The law of x.
    pub base: D,
    /// f.
    pub bijection: B,
}

impl<D, B> Transformed<D, B> {
    /// y = f(x) for a given x, and ln p(y), without the inverse.
    pub fn carry<S: Float>(&self, x: &D::Event) -> (D::Event, S)
    where
        D: Distribution<S>,
        B: Bijection<S, Point = D::Event>,
    {
        let log_prob = self.base.log_prob(x) - self.bijection.log_abs_det(x);
        (self.bijection.forward(x), log_prob)
    }

    /// One draw and its ln p, without the inverse.
    pub fn sample_and_log_prob<S: Float, R: Rng + ?Sized>(&self, rng: &mut R) -> (D::Event, S)
    where
        D: Distribution<S>,
        B: Bijection<S, Point = D::Event>,
    {
        self.carry(&self.base.sample(rng))
    }
}

impl<S, D, B> Distribution<S> for Transformed<D, B>
where
    S: Float,
    D: Distribution<S>,
    B: Bijection<S, Point = D::Event>,
{
    type Event = D::Event;
    type Params = D::Params;

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> D::Event {
        self.bijection.forward(&self.base.sample(rng))
    }

    fn log_prob(&self, y: &D::Event) -> S {
        let x = self.bijection.inverse(y);
        self.base.log_prob(&x) - self.bijection.log_abs_det(&x)
    }
}

impl<S, D, B> Reparameterised<S> for Transformed<D, B>
where
    S: Float,
    D: Reparameterised<S>,
    B: Bijection<S, Point = D::Event>,
{
    type Noise = D::Noise;

    fn noise<R: Rng + ?Sized>(&self, rng: &mut R) -> D::Noise {
        self.base.noise(rng)
    }

    fn transform(&self, noise: &D::Noise) -> D::Event {
        self.bijection.forward(&self.base.transform(noise))
    }
}

impl<S, D, B> Score<S> for Transformed<D, B>
where
    S: Float,
    D: Score<S>,
    B: Bijection<S, Point = D::Event>,
{
    fn score(&self, y: &D::Event) -> D::Params {
        self.base.score(&self.bijection.inverse(y))
    }
}

impl<S, D, B> Fisher<S> for Transformed<D, B>
where
    S: Float,
    D: Fisher<S>,
    B: Bijection<S, Point = D::Event>,
{
    fn fisher(&self, v: &D::Params) -> D::Params {
        self.base.fisher(v)
    }
}

impl<S, D> Entropy<S> for Transformed<D, Affine<S>>
where
    S: Float,
    D: Entropy<S> + Distribution<S, Event = S>,
{
    /// ```text
    /// H = H₀ + ln |scale|
    /// ```
    fn entropy(&self) -> S {
        self.base.entropy() + self.bijection.log_abs_det(&S::zero())
    }

    fn entropy_gradient(&self) -> D::Params {
        self.base.entropy_gradient()
    }
}
