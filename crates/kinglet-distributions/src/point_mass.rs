//! A point mass.

use num_traits::Float;
use rand::Rng;

use crate::{Distribution, Entropy, Kl, Moments, Reparameterised};

/// All probability at one point: the guide of maximum a posteriori inference.
///
/// ```text
/// ln p(x) = 0 at the point, −∞ elsewhere        H = 0        x = the point
/// ```
///
/// By the counting measure: a probability, not a density. Its derivative by the point is 0 or does not exist, so it has no
/// [`Score`](crate::Score); its draw has one, so it is [`Reparameterised`].
///
/// # Example
/// ```
/// use kinglet_distributions::{Kl, Normal, PointMass};
///
/// let prior: Normal = Normal::new(0.0, 1.0)?;
/// let (near, far) = (PointMass { at: 1.0 }, PointMass { at: 3.0 });
/// assert_eq!(far.kl(&prior) - near.kl(&prior), 4.0); // ½ (3² − 1²)
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointMass<S = f64> {
    /// Where it is.
    pub at: S,
}

impl<S: Float> Distribution<S> for PointMass<S> {
    type Event = S;
    /// By the point.
    type Params = [S; 1];

    fn sample<R: Rng + ?Sized>(&self, _: &mut R) -> S {
        self.at
    }

    fn log_prob(&self, x: &S) -> S {
        if *x == self.at {
            S::zero()
        } else {
            S::neg_infinity()
        }
    }
}

impl<S: Float> Entropy<S> for PointMass<S> {
    fn entropy(&self) -> S {
        S::zero()
    }

    fn entropy_gradient(&self) -> [S; 1] {
        [S::zero()]
    }
}

impl<S: Float> Moments<S> for PointMass<S> {
    type Moment = S;

    fn mean(&self) -> S {
        self.at
    }

    fn variance(&self) -> S {
        S::zero()
    }
}

impl<S: Float> Reparameterised<S> for PointMass<S> {
    type Noise = ();

    fn noise<R: Rng + ?Sized>(&self, _: &mut R) {}

    fn transform(&self, (): &()) -> S {
        self.at
    }
}

impl<S: Float, Q: Distribution<S, Event = S>> Kl<S, Q> for PointMass<S> {
    /// ```text
    /// KL(δ‖q) = −ln q(the point)
    /// ```
    ///
    /// Against a density it is the part that moves with the point and with q; what is left out is infinite, and the same for
    /// all points.
    fn kl(&self, other: &Q) -> S {
        -other.log_prob(&self.at)
    }
}
