//! A Monte Carlo mean with its standard error.

use crate::Error;

/// A Monte Carlo mean with its standard error.
///
/// ```text
/// x̄ = (1/n) Σᵢ xᵢ,   s.e. = √( Σᵢ (xᵢ − x̄)² / (n (n − 1)) )
/// ```
///
/// # Example
/// ```
/// use kinglet_objectives::Estimate;
/// let estimate = Estimate::from_samples([1.0, 2.0, 3.0])?;
/// assert_eq!(estimate.mean, 2.0);
/// assert!((estimate.standard_error - (1.0f64 / 3.0).sqrt()).abs() < 1e-15);
/// assert!((estimate.z(1.0) - 3f64.sqrt()).abs() < 1e-14);
/// # Ok::<(), kinglet_objectives::Error>(())
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
