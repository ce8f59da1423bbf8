//! A mixture of distributions of one family.

use num_traits::Float;
use rand::Rng;

use crate::scalar::{largest, log_sum_exp, sum};
use crate::{Categorical, Distribution, Error, Moments, Score};

/// A mixture of distributions of one family.
///
/// ```text
/// ln p(x) = ln Σₖ wₖ e^(ln pₖ(x))
/// ```
///
/// Its entropy and its divergences have no closed form, and so do not compile; ask for
/// [`monte_carlo_kl`](crate::monte_carlo_kl).
///
/// # Example
/// ```
/// use kinglet_distributions::{Categorical, Distribution, Mixture, Moments, Normal};
///
/// let halves = Categorical::from_logits(&[0.0, 0.0])?;
/// let modes = vec![Normal::new(-2.0, 0.5)?, Normal::new(2.0, 0.5)?];
/// let mixture = Mixture::new(halves, modes)?;
/// assert_eq!((mixture.mean(), mixture.variance()), (0.0, 4.25));
/// assert_eq!(mixture.responsibilities(&0.0), [0.5, 0.5]);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
///
/// ```compile_fail,E0599
/// use kinglet_distributions::{Categorical, Entropy, Mixture, Normal};
/// let one = Categorical::from_logits(&[0.0]).unwrap();
/// Mixture::new(one, vec![Normal::new(0.0, 1.0).unwrap()]).unwrap().entropy();
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture<D, S = f64> {
    weights: Categorical<S>,
    components: Vec<D>,
}

impl<S: Float, D: Distribution<S>> Mixture<D, S> {
    /// From the components' weights and the components.
    ///
    /// # Errors
    /// If there is not one component for each weight.
    pub fn new(weights: Categorical<S>, components: Vec<D>) -> Result<Self, Error> {
        let (expected, given) = (weights.probabilities().len(), components.len());
        if expected != given {
            return Err(Error::Unpaired {
                weights: expected,
                components: given,
            });
        }
        Ok(Self {
            weights,
            components,
        })
    }

    /// w.
    pub fn weights(&self) -> &Categorical<S> {
        &self.weights
    }

    /// p₁, …, pₖ.
    pub fn components(&self) -> &[D] {
        &self.components
    }

    /// ln wₖ + ln pₖ(x), for each component.
    fn joint(&self, x: &D::Event) -> Vec<S> {
        let weights = self.weights.log_probabilities().iter();
        let term = |(log_weight, d): (&S, &D)| *log_weight + d.log_prob(x);
        weights.zip(&self.components).map(term).collect()
    }

    /// The probability of each component, given x.
    ///
    /// ```text
    /// rₖ = wₖ pₖ(x) / p(x)
    /// ```
    pub fn responsibilities(&self, x: &D::Event) -> Vec<S> {
        let joint = self.joint(x);
        let largest = largest(&joint);
        let shares: Vec<S> = joint.iter().map(|term| (*term - largest).exp()).collect();
        let total = sum(shares.iter().copied());
        shares.iter().map(|share| *share / total).collect()
    }
}

impl<S: Float, D: Distribution<S>> Distribution<S> for Mixture<D, S> {
    type Event = D::Event;
    /// By the weights' logits, and by each component's own.
    type Params = (Vec<S>, Vec<D::Params>);

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> D::Event {
        self.components[self.weights.sample(rng)].sample(rng)
    }

    fn log_prob(&self, x: &D::Event) -> S {
        log_sum_exp(&self.joint(x))
    }
}

impl<S: Float, D: Moments<S, Moment = S>> Moments<S> for Mixture<D, S> {
    type Moment = S;

    fn mean(&self) -> S {
        self.weights.mean(|k| self.components[k].mean())
    }

    /// The mean of the variances and the variance of the means.
    fn variance(&self) -> S {
        let within = self.weights.mean(|k| self.components[k].variance());
        within + self.weights.variance(|k| self.components[k].mean())
    }
}

impl<S: Float, D: Score<S, Params: AsMut<[S]>>> Score<S> for Mixture<D, S> {
    /// ```text
    /// by the logits:  rₖ − wₖ        by pₖ's own:  rₖ ∇ ln pₖ(x)
    /// ```
    fn score(&self, x: &D::Event) -> (Vec<S>, Vec<D::Params>) {
        let shares = self.responsibilities(x);
        let weights = self.weights.probabilities();
        let by_logits = shares.iter().zip(weights).map(|(r, w)| *r - *w).collect();
        let scaled = |(r, d): (&S, &D)| {
            let mut score = d.score(x);
            for s in score.as_mut() {
                *s = if r.is_zero() { *r } else { *r * *s };
            }
            score
        };
        let by_own = shares.iter().zip(&self.components).map(scaled).collect();
        (by_logits, by_own)
    }
}
