//! A Monte Carlo mean with its standard error, and the divergence that is one.

use rand::Rng;

use crate::{Distribution, Error};

/// A Monte Carlo mean with its standard error.
///
/// ```text
/// x̄ = (1/n) Σᵢ xᵢ,   s.e. = √( Σᵢ (xᵢ − x̄)² / (n (n − 1)) )
/// ```
///
/// # Example
/// ```
/// use kinglet_distributions::Estimate;
/// let estimate = Estimate::from_samples([1.0, 2.0, 3.0])?;
/// assert_eq!(estimate.mean, 2.0);
/// assert!((estimate.standard_error - (1.0f64 / 3.0).sqrt()).abs() < 1e-15);
/// assert!((estimate.z(1.0) - 3f64.sqrt()).abs() < 1e-14);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
}

impl Estimate {
    /// The mean of independent samples, by Welford's recursion.
    ///
    /// # Errors
    /// [`Error::TooFewSamples`] for fewer than two.
    pub fn from_samples(samples: impl IntoIterator<Item = f64>) -> Result<Self, Error> {
        let (mut n, mut mean, mut squares) = (0usize, 0.0, 0.0);
        for x in samples {
            n += 1;
            let off = x - mean;
            mean += off / n as f64;
            squares += off * (x - mean);
        }
        if n < 2 {
            return Err(Error::TooFewSamples { samples: n });
        }
        let standard_error = (squares / (n as f64 * (n - 1) as f64)).sqrt();
        Ok(Self {
            mean,
            standard_error,
        })
    }

    /// How many standard errors the mean lies above `truth`.
    pub fn z(&self, truth: f64) -> f64 {
        (self.mean - truth) / self.standard_error
    }
}

/// KL(p ‖ q) from draws of p, for a pair without a closed form.
///
/// ```text
/// (1/n) Σᵢ ln p(xᵢ) − ln q(xᵢ),  xᵢ ~ p
/// ```
///
/// # Errors
/// For fewer than two samples.
/// # Example
/// ```
/// use kinglet_distributions::{Categorical, Kl, Mixture, Normal, monte_carlo_kl};
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
///
/// let modes = vec![Normal::new(-2.0, 0.5)?, Normal::new(2.0, 0.5)?];
/// let p = Mixture::new(Categorical::from_logits(&[0.0, 0.0])?, modes)?;
/// let q = Normal::new(0.0, 2.0)?;
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
/// let kl = monte_carlo_kl(&p, &q, 1000, &mut rng)?;
/// assert!(kl.mean > 0.0 && kl.standard_error < 0.1);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
///
/// The closed form of this pair does not exist, and does not compile:
///
/// ```compile_fail,E0599
/// use kinglet_distributions::{Categorical, Kl, Mixture, Normal};
/// let one = Categorical::from_logits(&[0.0]).unwrap();
/// let p = Mixture::new(one, vec![Normal::new(0.0, 1.0).unwrap()]).unwrap();
/// let _: f64 = p.kl(&Normal::new(0.0, 1.0).unwrap());
/// ```
pub fn monte_carlo_kl<P, Q, R>(p: &P, q: &Q, samples: usize, rng: &mut R) -> Result<Estimate, Error>
where
    P: Distribution,
    Q: Distribution<Event = P::Event>,
    R: Rng + ?Sized,
{
    Estimate::from_samples((0..samples).map(|_| {
        let x = p.sample(rng);
        p.log_prob(&x) - q.log_prob(&x)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn welford_agrees_with_two_passes_far_from_zero() {
        let samples: Vec<f64> = (0..1000).map(|i| 1e8 + (i as f64 * 0.7).sin()).collect();
        let mean = samples.iter().sum::<f64>() / 1000.0;
        let variance = samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 999.0;
        let estimate = Estimate::from_samples(samples).unwrap();
        assert!((estimate.mean - mean).abs() < 1e-6);
        assert!((estimate.standard_error / (variance / 1000.0).sqrt() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn one_sample_has_no_standard_error() {
        assert_eq!(
            Estimate::from_samples([3.0]),
            Err(Error::TooFewSamples { samples: 1 })
        );
    }
}
