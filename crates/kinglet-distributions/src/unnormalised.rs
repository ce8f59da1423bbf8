//! Weights without a normaliser.

use num_traits::Float;

/// A non-negative weight of events, known up to a constant or not normalisable at all: no probability, so it is no
/// [`Distribution`](crate::Distribution), and whoever would draw from it, or asks for its entropy or its divergence, is told
/// by the compiler.
///
/// ```text
/// E_q[ln f(x)] + H(q)        is an evidence bound up to the constant, and a KL divergence never
/// ```
///
/// ```compile_fail,E0277
/// use kinglet_distributions::{ImproperUniform, Kl, Normal};
/// let q: Normal = Normal::new(0.0, 1.0).unwrap();
/// let _: f64 = q.kl(&ImproperUniform);
/// ```
///
/// ```compile_fail,E0599
/// use kinglet_distributions::{Distribution, Factor};
/// fn draw(factor: Factor<f64>, rng: &mut impl rand::Rng) -> bool {
///     factor.sample(rng)
/// }
/// ```
pub trait Unnormalised<S = f64> {
    /// What is weighed.
    type Event;

    /// ln f(x), any number.
    fn log_factor(&self, x: &Self::Event) -> S;
}

/// The factor e^r of an observation O, for a reward r of any size: where r ≤ 0 it is the probability of O = true, a
/// [`Bernoulli`](crate::Bernoulli) likelihood; above, it is a weight. Catalogue: DECK-16, DECK-17.
///
/// ```text
/// ln f(O) = r        ln f(not O) is not defined: the weight of one outcome says nothing of the other
/// ```
///
/// Over trajectories of one length, r + c in each step leaves the posterior as it is; where lengths differ it does not: each
/// step more counts e^c.
///
/// # Example
/// ```
/// use kinglet_distributions::{Factor, Unnormalised};
/// assert_eq!(Factor { log_factor: 3.7 }.log_factor(&()), 3.7); // "probability" 40
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factor<S = f64> {
    /// r.
    pub log_factor: S,
}

impl<S: Float> Unnormalised<S> for Factor<S> {
    /// The observation itself, always made.
    type Event = ();

    fn log_factor(&self, (): &()) -> S {
        self.log_factor
    }
}

/// The improper uniform law of the real line: one everywhere, no integral. Catalogue: DECK-17.
///
/// ```text
/// ln f(x) = 0
/// ```
///
/// As a prior it leaves H(q) of −KL(q‖prior); a proper uniform of width w leaves H(q) − ln w, the same by a constant.
///
/// # Example
/// ```
/// use kinglet_distributions::{ImproperUniform, Unnormalised};
/// let weight: f64 = ImproperUniform.log_factor(&1e300);
/// assert_eq!(weight, 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImproperUniform;

impl<S: Float> Unnormalised<S> for ImproperUniform {
    type Event = S;

    fn log_factor(&self, _: &S) -> S {
        S::zero()
    }
}
