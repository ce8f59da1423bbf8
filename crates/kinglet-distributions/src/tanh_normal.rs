//! The normal distribution squashed into (−1, 1).

use num_traits::Float;
use rand::Rng;

use crate::bijection::{Bijection, Tanh, log_slope};
use crate::{Distribution, Error, Fisher, Kl, KlGradients, Normal, Reparameterised, Score};

/// The law of a = tanh u, u ~ N(μ, σ²): a policy over bounded actions.
///
/// ```text
/// ln p(a) = ln N(u; μ, σ²) − 2 (ln 2 − |u| − ln(1 + e^(−2|u|))),  u = artanh a
/// ```
///
/// From |u| = 19.1 on, tanh u rounds to ±1 and u cannot be had back from it. Whoever draws an action and needs its
/// log-probability should therefore take both from [`sample_and_log_prob`](Self::sample_and_log_prob), or keep u and ask
/// [`log_prob_of_pre_tanh`](Self::log_prob_of_pre_tanh); they are right for every u. An action of ±1 stands for the last
/// number inside the interval: its [`log_prob`](Distribution::log_prob) is the density there.
///
/// Parameters are (μ, ln σ) of the normal; score, Fisher matrix and KL divergences are the normal's at u. Entropy, mean
/// and variance have no closed form, so those traits are missing; −ln p of a draw estimates the entropy.
///
/// # Source
/// Haarnoja 2018, appendix C.
/// # Example
/// ```
/// use kinglet_distributions::{Distribution, TanhNormal};
///
/// let policy = TanhNormal::new(0.0, 1.0)?;
/// assert!((policy.log_prob(&0.0) + (2.0 * std::f64::consts::PI).sqrt().ln()).abs() < 1e-15);
/// assert!(policy.log_prob(&1.0).is_finite());
/// let far: f64 = policy.log_prob_of_pre_tanh(&40.0); // ln N(40; 0, 1) + 80 − ln 4
/// assert!((far - (-800.0 - 0.918_938_533_204_672_8 + 80.0 - 4_f64.ln())).abs() < 1e-12);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TanhNormal<S = f64> {
    normal: Normal<S>,
}

impl<S: Float> TanhNormal<S> {
    /// tanh of N(mean, std²), from numbers that may be wrong.
    ///
    /// # Errors
    /// If `mean` is not finite, or `std` is not positive and finite.
    pub fn new(mean: S, std: S) -> Result<Self, Error> {
        Ok(Self {
            normal: Normal::new(mean, std)?,
        })
    }

    /// tanh of N(mean, e^(2 log_std)); nothing is checked, and a NaN stays one.
    pub fn from_log_std(mean: S, log_std: S) -> Self {
        Self {
            normal: Normal::from_log_std(mean, log_std),
        }
    }

    /// The law of u = artanh a.
    pub fn normal(&self) -> &Normal<S> {
        &self.normal
    }

    /// ln p(tanh u), finite and right for every finite u.
    pub fn log_prob_of_pre_tanh(&self, u: &S) -> S {
        self.normal.log_prob(u) - log_slope(*u)
    }

    /// The score at a = tanh u.
    pub fn score_of_pre_tanh(&self, u: &S) -> [S; 2] {
        self.normal.score(u)
    }

    /// One draw and its ln p, which stays right where the draw rounds to ±1.
    pub fn sample_and_log_prob<R: Rng + ?Sized>(&self, rng: &mut R) -> (S, S) {
        self.transform_and_log_prob(&self.normal.noise(rng))
    }

    /// The action of a noise and its ln p. With dual parameters both carry their pathwise derivatives.
    pub fn transform_and_log_prob(&self, noise: &f64) -> (S, S) {
        let u = self.normal.transform(noise);
        (u.tanh(), self.log_prob_of_pre_tanh(&u))
    }
}

impl<S: Float> Distribution<S> for TanhNormal<S> {
    type Event = S;
    /// By μ and by ln σ.
    type Params = [S; 2];

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> S {
        self.transform(&self.noise(rng))
    }

    /// −∞ outside [−1, 1].
    fn log_prob(&self, action: &S) -> S {
        if action.abs() > S::one() {
            return S::neg_infinity();
        }
        self.log_prob_of_pre_tanh(&Tanh.inverse(action))
    }
}

impl<S: Float> Reparameterised<S> for TanhNormal<S> {
    type Noise = f64;

    fn noise<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.normal.noise(rng)
    }

    fn transform(&self, noise: &f64) -> S {
        self.normal.transform(noise).tanh()
    }
}

impl<S: Float> Score<S> for TanhNormal<S> {
    fn score(&self, action: &S) -> [S; 2] {
        self.score_of_pre_tanh(&Tanh.inverse(action))
    }
}

impl<S: Float> Fisher<S> for TanhNormal<S> {
    fn fisher(&self, v: &[S; 2]) -> [S; 2] {
        self.normal.fisher(v)
    }
}

impl<S: Float> Kl<S> for TanhNormal<S> {
    /// That of the normals: one bijection for both changes nothing.
    fn kl(&self, other: &Self) -> S {
        self.normal.kl(&other.normal)
    }
}

impl<S: Float> KlGradients<S> for TanhNormal<S> {
    fn kl_gradients(&self, other: &Self) -> ([S; 2], [S; 2]) {
        self.normal.kl_gradients(&other.normal)
    }
}
