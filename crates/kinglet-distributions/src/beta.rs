//! The beta distribution.

use num_traits::Float;
use rand::Rng;

use crate::gamma::log_draw;
use crate::scalar::{above_zero, constant, plain, positive};
use crate::{
    Distribution, Entropy, Error, Fisher, Kl, KlGradients, Moments, Score, digamma, dirichlet,
    trigamma,
};

/// The beta distribution over (0, 1): a [`Dirichlet`](crate::Dirichlet) law of two probabilities, by the first.
///
/// ```text
/// ln p(x) = (α − 1) ln x + (β − 1) ln(1 − x) − ln B(α, β)
/// ```
///
/// Its parameters are θ = (ln α, ln β).
///
/// # Example
/// ```
/// use kinglet_distributions::{Beta, Distribution, Moments};
///
/// let beta: Beta = Beta::new(2.0, 1.0)?;
/// assert!((beta.log_prob(&0.25) - 0.5f64.ln()).abs() < 1e-14); // p(x) = 2x
/// assert!((beta.mean() - 2.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beta<S = f64> {
    pair: [S; 2],
}

impl<S: Float> Beta<S> {
    /// From α and β, that may be wrong.
    ///
    /// # Errors
    /// If one is not positive and finite.
    pub fn new(alpha: S, beta: S) -> Result<Self, Error> {
        let pair = [positive("alpha", alpha)?, positive("beta", beta)?];
        Ok(Self { pair })
    }

    /// α.
    pub fn alpha(&self) -> S {
        self.pair[0]
    }

    /// β.
    pub fn beta(&self) -> S {
        self.pair[1]
    }

    /// E[ln x] = ψ(α) − ψ(α + β); of 1 − x it is that of the law with α and β exchanged.
    pub fn mean_log(&self) -> S {
        digamma(self.alpha()) - digamma(self.alpha() + self.beta())
    }

    /// Var[ln x] = ψ′(α) − ψ′(α + β).
    pub fn variance_log(&self) -> S {
        trigamma(self.alpha()) - trigamma(self.alpha() + self.beta())
    }
}

impl<S: Float> Distribution<S> for Beta<S> {
    type Event = S;
    /// By ln α and by ln β.
    type Params = [S; 2];

    /// What would round to 0 or 1 is the number next to it instead.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> S {
        let logs = self.pair.map(|a| log_draw(plain(a), rng));
        let x: S = above_zero((1.0 + (logs[1] - logs[0]).exp()).recip());
        let below_one = S::one() - constant::<S>(0.5) * S::epsilon();
        if x > below_one { below_one } else { x }
    }

    fn log_prob(&self, x: &S) -> S {
        dirichlet::log_density(&self.pair, &[*x, S::one() - *x])
    }
}

impl<S: Float> Entropy<S> for Beta<S> {
    fn entropy(&self) -> S {
        dirichlet::entropy(&self.pair)
    }

    fn entropy_gradient(&self) -> [S; 2] {
        std::array::from_fn(dirichlet::entropy_gradient(&self.pair))
    }
}

impl<S: Float> Moments<S> for Beta<S> {
    type Moment = S;

    fn mean(&self) -> S {
        self.alpha() / (self.alpha() + self.beta())
    }

    fn variance(&self) -> S {
        let total = self.alpha() + self.beta();
        self.mean() * (self.beta() / total) / (total + S::one())
    }
}

impl<S: Float> Score<S> for Beta<S> {
    fn score(&self, x: &S) -> [S; 2] {
        std::array::from_fn(dirichlet::score(&self.pair, &[*x, S::one() - *x]))
    }
}

impl<S: Float> Fisher<S> for Beta<S> {
    fn fisher(&self, v: &[S; 2]) -> [S; 2] {
        std::array::from_fn(dirichlet::fisher(&self.pair, v))
    }
}

impl<S: Float> Kl<S> for Beta<S> {
    fn kl(&self, other: &Self) -> S {
        dirichlet::kl(&self.pair, &other.pair)
    }
}

impl<S: Float> KlGradients<S> for Beta<S> {
    fn kl_gradients(&self, other: &Self) -> ([S; 2], [S; 2]) {
        let (a, b) = (&self.pair, &other.pair);
        (
            std::array::from_fn(dirichlet::kl_gradient_by_self(a, b)),
            std::array::from_fn(dirichlet::kl_gradient_by_other(a, b)),
        )
    }
}
