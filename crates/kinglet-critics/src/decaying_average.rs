//! The decaying average, a baseline that needs no state.

use crate::Error;
use crate::error::check_unit;
use num_traits::Float;

/// The decaying average of what was seen before. Catalogue: DECK-19.
///
/// ```text
/// b ← β b + (1 − β) f̄,   b = 0 at first
/// ```
///
/// Take `value` as the baseline of a batch first, and update with the batch's mean f̄ afterwards: a
/// baseline must not depend on the actions that it is subtracted for. Of independent f̄ with mean m
/// and variance σ² it tends to mean m and variance σ² (1 − β) / (1 + β); after n updates its mean
/// is (1 − βⁿ) m.
///
/// # Example
/// ```
/// use kinglet_critics::DecayingAverage;
/// let mut baseline = DecayingAverage::new(0.5)?;
/// assert_eq!(baseline.value, 0.0);
/// baseline.update(4.0);
/// baseline.update(2.0);
/// assert_eq!(baseline.value, 2.0);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecayingAverage<S = f64> {
    /// β, the share that the past keeps.
    pub decay: S,
    /// b, the baseline.
    pub value: S,
}

impl<S: Float> DecayingAverage<S> {
    /// An average that has seen nothing.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a decay outside [0, 1].
    pub fn new(decay: S) -> Result<Self, Error> {
        check_unit("decay", decay)?;
        let value = S::zero();
        Ok(Self { decay, value })
    }

    /// Takes in the mean of one batch.
    pub fn update(&mut self, mean: S) {
        self.value = self.decay * self.value + (S::one() - self.decay) * mean;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    #[test]
    fn deck_19_the_average_is_its_sum() {
        let seen = [1.0, -2.0, 0.5, 4.0, 3.0f64];
        let mut average = DecayingAverage::new(0.9).unwrap();
        for (n, &f) in seen.iter().enumerate() {
            average.update(f);
            let sum: f64 = (0..=n)
                .map(|i| 0.1 * 0.9f64.powi((n - i) as i32) * seen[i])
                .sum();
            assert!((average.value - sum).abs() < 1e-14);
        }
    }

    /// Uniform numbers of [0, 1]: mean 1/2, variance 1/12; the average keeps (1 − β) / (1 + β) of it.
    #[test]
    fn deck_19_the_average_keeps_the_mean_and_little_variance() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let ends: Vec<f64> = (0..4000)
            .map(|_| {
                let mut average = DecayingAverage::new(0.8).unwrap();
                (0..100).for_each(|_| average.update(rng.random()));
                average.value
            })
            .collect();
        let n = ends.len() as f64;
        let mean = ends.iter().sum::<f64>() / n;
        let squares: Vec<f64> = ends.iter().map(|x| (x - mean).powi(2)).collect();
        let variance = squares.iter().sum::<f64>() / n;
        let spread = squares.iter().map(|x| (x - variance).powi(2)).sum::<f64>() / n;
        assert!((mean - 0.5).abs() < 4.0 * (variance / n).sqrt());
        assert!((variance - 1.0 / 108.0).abs() < 4.0 * (spread / n).sqrt());
    }

    #[test]
    fn refuses_what_has_no_meaning() {
        assert!(DecayingAverage::new(1.1).is_err() && DecayingAverage::new(f64::NAN).is_err());
    }
}
