//! The categorical distribution.

use num_traits::Float;
use rand::{Rng, RngExt};

use crate::remainder::exp_remainder;
use crate::scalar::{largest, plain, sum};
use crate::{Distribution, Entropy, Error, Fisher, Kl, KlGradients, Score};

/// How far from 1 the sum of given probabilities may be.
const SUM_TOLERANCE: f64 = 1e-6;

/// The categorical distribution over 0, 1, …, n − 1.
///
/// ```text
/// p(i) = e^lᵢ / Σⱼ e^lⱼ
/// ```
///
/// Its parameters are the logits l; a constant added to them all changes nothing, so the Fisher matrix
/// diag(p) − p pᵀ has the constants for its null space.
///
/// # Example
/// ```
/// use kinglet_distributions::{Categorical, Distribution, Score};
///
/// let categorical = Categorical::from_logits(&[0.0, 3f64.ln()])?;
/// assert!((categorical.probabilities()[1] - 0.75).abs() < 1e-15);
/// assert!((categorical.score(&0)[1] + 0.75).abs() < 1e-15);
/// assert!(Categorical::from_probabilities(&[0.5, 0.6]).is_err());
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Categorical<S = f64> {
    log_probabilities: Vec<S>,
    probabilities: Vec<S>,
}

impl<S: Float> Categorical<S> {
    /// From unnormalised log-probabilities; −∞ is a probability of zero. The largest is taken off before the
    /// exponential, so logits of any size will do.
    ///
    /// # Errors
    /// If a logit is NaN or +∞, or none is above −∞.
    pub fn from_logits(logits: &[S]) -> Result<Self, Error> {
        let wrong = |l: &S| l.is_nan() || *l == S::infinity();
        if let Some(index) = logits.iter().position(wrong) {
            return Err(Error::NotALogit {
                index,
                value: plain(logits[index]),
            });
        }
        let largest = largest(logits);
        if largest == S::neg_infinity() {
            return Err(Error::Impossible {
                categories: logits.len(),
            });
        }
        let log_sum = sum(logits.iter().map(|l| (*l - largest).exp())).ln();
        let log_probabilities: Vec<S> = logits.iter().map(|l| *l - largest - log_sum).collect();
        let probabilities = log_probabilities.iter().map(|l| l.exp()).collect();
        Ok(Self {
            log_probabilities,
            probabilities,
        })
    }

    /// From probabilities, which are divided by their sum.
    ///
    /// # Errors
    /// If one is negative, infinite or NaN, or their sum is further than 1e-6 from 1.
    pub fn from_probabilities(probabilities: &[S]) -> Result<Self, Error> {
        let wrong = |p: &S| !(*p >= S::zero() && p.is_finite());
        if let Some(index) = probabilities.iter().position(wrong) {
            return Err(Error::NotAProbability {
                index,
                value: plain(probabilities[index]),
            });
        }
        if probabilities.is_empty() {
            return Err(Error::Impossible { categories: 0 });
        }
        let total = sum(probabilities.iter().copied());
        if (plain(total) - 1.0).abs() > SUM_TOLERANCE {
            return Err(Error::NotNormalised { sum: plain(total) });
        }
        let probabilities: Vec<S> = probabilities.iter().map(|p| *p / total).collect();
        let log_probabilities = probabilities.iter().map(|p| p.ln()).collect();
        Ok(Self {
            log_probabilities,
            probabilities,
        })
    }

    /// p(0), …, p(n − 1).
    pub fn probabilities(&self) -> &[S] {
        &self.probabilities
    }

    /// ln p(0), …, ln p(n − 1): normalised logits.
    pub fn log_probabilities(&self) -> &[S] {
        &self.log_probabilities
    }

    /// E[f(i)]; a category of probability zero is not asked.
    pub fn mean(&self, f: impl Fn(usize) -> S) -> S {
        let possible = self
            .probabilities
            .iter()
            .enumerate()
            .filter(|(_, p)| **p > S::zero());
        sum(possible.map(|(i, p)| *p * f(i)))
    }

    /// Var[f(i)].
    pub fn variance(&self, f: impl Fn(usize) -> S) -> S {
        let mean = self.mean(&f);
        self.mean(|i| (f(i) - mean) * (f(i) - mean))
    }

    /// Gumbel noise, one number a category: −ln(−ln u), u uniform.
    pub fn gumbel<R: Rng + ?Sized>(&self, rng: &mut R) -> Vec<f64> {
        let uniform = |rng: &mut R| rng.sample::<f64, _>(rand::distr::Open01);
        self.probabilities
            .iter()
            .map(|_| -(-uniform(rng).ln()).ln())
            .collect()
    }

    /// The category with the largest ln p(i) + gᵢ: with Gumbel noise g a draw of this distribution. It jumps as the
    /// parameters move, so it couples two distributions through one noise but carries no gradient.
    ///
    /// # Panics
    /// If there is not one number for each category.
    pub fn choose(&self, gumbel: &[f64]) -> usize {
        let (n, noises) = (self.log_probabilities.len(), gumbel.len());
        assert_eq!(n, noises, "{noises} numbers of noise for {n} categories");
        let reach = |i: usize| plain(self.log_probabilities[i]) + gumbel[i];
        (1..n).fold(0, |best, i| if reach(i) > reach(best) { i } else { best })
    }

    /// (pᵢ, ln pᵢ, qᵢ, ln qᵢ) for each category.
    fn pairs<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (S, S, S, S)> + 'a {
        let (n, m) = (self.probabilities.len(), other.probabilities.len());
        assert_eq!(n, m, "{n} categories against {m}");
        (0..n).map(|i| {
            let (p, q) = (self.probabilities[i], other.probabilities[i]);
            (p, self.log_probabilities[i], q, other.log_probabilities[i])
        })
    }
}

impl<S: Float> Distribution<S> for Categorical<S> {
    type Event = usize;
    /// By the logits.
    type Params = Vec<S>;

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> usize {
        let mut left = rng.random::<f64>();
        let mut drawn = 0;
        for (i, p) in self.probabilities.iter().map(|p| plain(*p)).enumerate() {
            if p > 0.0 {
                drawn = i;
                left -= p;
                if left < 0.0 {
                    break;
                }
            }
        }
        drawn
    }

    /// # Panics
    /// If `x` is no category.
    fn log_prob(&self, x: &usize) -> S {
        self.log_probabilities[*x]
    }
}

impl<S: Float> Entropy<S> for Categorical<S> {
    fn entropy(&self) -> S {
        self.mean(|i| -self.log_probabilities[i])
    }

    /// ```text
    /// ∂H/∂lᵢ = −pᵢ (ln pᵢ + H)
    /// ```
    fn entropy_gradient(&self) -> Vec<S> {
        let entropy = self.entropy();
        let gradient = |(p, log_p): (&S, &S)| {
            if *p > S::zero() {
                -*p * (*log_p + entropy)
            } else {
                S::zero()
            }
        };
        self.probabilities
            .iter()
            .zip(&self.log_probabilities)
            .map(gradient)
            .collect()
    }
}

impl<S: Float> Score<S> for Categorical<S> {
    /// ```text
    /// ∂ ln p(x)/∂lᵢ = [i = x] − pᵢ
    /// ```
    fn score(&self, x: &usize) -> Vec<S> {
        let mut score: Vec<S> = self.probabilities.iter().map(|p| -*p).collect();
        score[*x] = score[*x] + S::one();
        score
    }
}

impl<S: Float> Fisher<S> for Categorical<S> {
    /// ```text
    /// (F v)ᵢ = pᵢ (vᵢ − E[v])
    /// ```
    fn fisher(&self, v: &Vec<S>) -> Vec<S> {
        let mean = self.mean(|i| v[i]);
        self.probabilities
            .iter()
            .zip(v)
            .map(|(p, v)| *p * (*v - mean))
            .collect()
    }
}

impl<S: Float> Kl<S> for Categorical<S> {
    /// ```text
    /// KL(p‖q) = Σᵢ pᵢ ln pᵢ/qᵢ = Σᵢ pᵢ (e^uᵢ − 1 − uᵢ),  uᵢ = ln qᵢ/pᵢ
    /// ```
    ///
    /// The second sum has no negative term, so close distributions keep their digits. +∞ where q rules out what p allows.
    ///
    /// # Panics
    /// If they are not over the same number of categories.
    fn kl(&self, other: &Self) -> S {
        sum(self.pairs(other).map(|(p, log_p, q, log_q)| {
            let u = log_q - log_p;
            if p == S::zero() {
                q
            } else if u.abs() < S::one() {
                p * exp_remainder(u)
            } else {
                q - p - p * u
            }
        }))
    }
}

impl<S: Float> KlGradients<S> for Categorical<S> {
    /// ```text
    /// by p's logits:  pᵢ (ln pᵢ/qᵢ − KL)        by q's logits:  qᵢ − pᵢ
    /// ```
    ///
    /// # Panics
    /// If they are not over the same number of categories.
    fn kl_gradients(&self, other: &Self) -> (Vec<S>, Vec<S>) {
        let kl = self.kl(other);
        let by_self = self.pairs(other).map(|(p, log_p, _, log_q)| {
            if p > S::zero() {
                p * (log_p - log_q - kl)
            } else {
                S::zero()
            }
        });
        (
            by_self.collect(),
            self.pairs(other).map(|(p, _, q, _)| q - p).collect(),
        )
    }
}
