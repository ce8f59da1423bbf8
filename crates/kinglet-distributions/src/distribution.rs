//! What a distribution can do. The scalar `S` carries the parameters: with `f64` a density runs, with a dual number the
//! same line is differentiated.

use rand::Rng;

/// A distribution that can be sampled, and whose density is normalised. All information is in nats.
///
/// # Example
/// ```
/// use kinglet_distributions::{Categorical, Distribution};
///
/// /// KL(p‖q) by Monte Carlo, for any pair over the same events.
/// fn divergence<D: Distribution>(p: &D, q: &D, rng: &mut impl rand::Rng, n: usize) -> f64 {
///     let term = |x: D::Event| p.log_prob(&x) - q.log_prob(&x);
///     (0..n).map(|_| term(p.sample(rng))).sum::<f64>() / n as f64
/// }
///
/// # use rand_xoshiro::rand_core::SeedableRng;
/// let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(0);
/// let p = Categorical::from_probabilities(&[0.5, 0.5])?;
/// assert_eq!(divergence(&p, &p, &mut rng, 10), 0.0);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
pub trait Distribution<S = f64> {
    /// What is drawn.
    type Event;
    /// A vector as long as θ, the distribution's own parameters; each says what its θ is.
    type Params;

    /// One draw.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Self::Event;

    /// ln p(x), of a density or a probability.
    fn log_prob(&self, x: &Self::Event) -> S;
}

/// A distribution whose entropy has a closed form. A mixture's has none, and code that asks for it does not compile.
pub trait Entropy<S = f64>: Distribution<S> {
    /// H(p) = −E[ln p(x)].
    fn entropy(&self) -> S;

    /// ∇ H(p) by θ.
    fn entropy_gradient(&self) -> Self::Params;
}

/// A distribution over numbers, whose first two moments have a closed form.
pub trait Moments<S = f64>: Distribution<S> {
    /// What a mean is made of: a number, or one for each coordinate.
    type Moment;

    /// `E[x]`.
    fn mean(&self) -> Self::Moment;

    /// `Var[x]`, coordinate by coordinate.
    fn variance(&self) -> Self::Moment;
}

/// A distribution whose draw is a smooth function of its parameters, at fixed noise. Catalogue: DECK-18.
///
/// ```text
/// x = h(ξ),  ξ ~ a fixed law        ∇ E[f(x)] = E[∇ f(h(ξ))]
/// ```
///
/// A draw that jumps, as the Gumbel-max of [`Categorical`](crate::Categorical) does, has the first line but not the
/// second; it does not belong here.
pub trait Reparameterised<S = f64>: Distribution<S> {
    /// ξ: plain numbers, whatever the scalar.
    type Noise;

    /// One ξ.
    fn noise<R: Rng + ?Sized>(&self, rng: &mut R) -> Self::Noise;

    /// h(ξ).
    fn transform(&self, noise: &Self::Noise) -> Self::Event;
}

/// The derivative of ln p by θ, in closed form.
pub trait Score<S = f64>: Distribution<S> {
    /// ∇ ln p(x). Its mean is zero: the support does not move with θ, so a [`Uniform`](crate::Uniform), whose support
    /// does, has no score. Catalogue: DECK-19.
    fn score(&self, x: &Self::Event) -> Self::Params;
}

/// The metric of θ. Catalogue: DECK-11.
pub trait Fisher<S = f64>: Score<S> {
    /// F v, with F = E[∇ ln p ∇ ln pᵀ].
    fn fisher(&self, v: &Self::Params) -> Self::Params;
}

/// KL(self ‖ other) in closed form: its implementors are the table of pairs that have one. Another pair does not compile;
/// ask for [`monte_carlo_kl`](crate::monte_carlo_kl) then.
pub trait Kl<S = f64, Q = Self> {
    /// E[ln p(x) − ln q(x)] under p = self.
    fn kl(&self, other: &Q) -> S;
}

/// The derivatives of KL(p ‖ q) within a family, by the parameters of both.
pub trait KlGradients<S = f64>: Kl<S> + Distribution<S> + Sized {
    /// (∇ by θ of self, ∇ by θ of other).
    fn kl_gradients(&self, other: &Self) -> (Self::Params, Self::Params);
}
