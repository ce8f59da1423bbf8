//! The mean of the middle half of the scores.

use rand::Rng;

use crate::{Bootstrap, Error, Interval};

/// The mean of the middle half: of what is left without the ⌊n/4⌋ smallest and the ⌊n/4⌋ largest of n scores.
///
/// It heeds more runs than the median, and no outlier moves it far.
///
/// # Shapes
/// `scores`: `[n]`, in any order. NaN if there is none.
/// # Source
/// Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice".
/// # Example
/// ```
/// use kinglet_algorithms::interquartile_mean;
/// assert_eq!(interquartile_mean(&[9.0, 5.0, 7.0, 6.0, 8.0, 1e6, 4.0, 0.0]), 6.5); // of 5, 6, 7, 8
/// ```
pub fn interquartile_mean(scores: &[f64]) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = sorted.len() / 4;
    let middle = &sorted[cut..sorted.len() - cut];
    middle.iter().sum::<f64>() / middle.len() as f64
}

/// The interquartile mean of the scores of all tasks together, with its bootstrap interval.
///
/// # Shapes
/// `scores`: one task each, of one score a run; scores of several tasks have to be on one scale.
/// # Errors
/// As [`Bootstrap::interval`].
/// # Source
/// Agarwal et al. 2021.
/// # Example
/// ```
/// use kinglet_algorithms::{Bootstrap, interquartile_mean_interval};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let scores = [vec![500.0, 500.0, 480.0, 495.0, 12.0, 500.0, 499.0, 490.0]];
/// let bootstrap = Bootstrap { resamples: 2000, level: 0.95 };
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(0); // of its own: no run draws from it
/// let interval = interquartile_mean_interval(&scores, bootstrap, &mut rng)?;
/// assert_eq!(interval.estimate, (490.0 + 495.0 + 499.0 + 500.0) / 4.0);
/// assert!(interval.low < interval.estimate && interval.estimate < interval.high);
/// # Ok::<(), kinglet_algorithms::Error>(())
/// ```
pub fn interquartile_mean_interval<R: Rng + ?Sized>(
    scores: &[Vec<f64>],
    bootstrap: Bootstrap,
    rng: &mut R,
) -> Result<Interval, Error> {
    bootstrap.interval(scores, |scores| interquartile_mean(&scores.concat()), rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    #[test]
    fn it_is_the_mean_of_the_middle_half() {
        let powers: Vec<f64> = (0..8).map(|i| 2f64.powi(i)).collect();
        assert_eq!(interquartile_mean(&powers), (4.0 + 8.0 + 16.0 + 32.0) / 4.0);
        // A quarter of ten is cut down to two on either side.
        let squares: Vec<f64> = (0..10).map(|i| f64::from(i * i)).collect();
        assert_eq!(interquartile_mean(&squares), 139.0 / 6.0);
        assert_eq!(interquartile_mean(&[8.0, -1.0, 2.0]), 3.0);
        assert!(interquartile_mean(&[]).is_nan());
    }

    #[test]
    fn it_is_the_mean_of_those_with_enough_scores_on_either_side() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        for n in 1..40 {
            let scores: Vec<f64> = StandardNormal.sample_iter(&mut rng).take(n).collect();
            let below = |x: f64| scores.iter().filter(|y| **y < x).count();
            let middle = |x: &&f64| below(**x) >= n / 4 && n - 1 - below(**x) >= n / 4;
            let kept: Vec<f64> = scores.iter().filter(middle).copied().collect();
            let expected = kept.iter().sum::<f64>() / kept.len() as f64;
            assert!(
                (interquartile_mean(&scores) - expected).abs() < 1e-14,
                "n = {n}"
            );
        }
    }

    /// Normal draws of two tasks, with standard deviations 1 and 2; their interquartile mean is 0.
    fn draws(rng: &mut Xoshiro256PlusPlus) -> [Vec<f64>; 2] {
        [1.0, 2.0].map(|std| {
            let normal = StandardNormal.map(|x: f64| std * x);
            normal.sample_iter(&mut *rng).take(25).collect()
        })
    }

    #[test]
    fn its_interval_holds_the_truth_as_often_as_it_says() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
        let trials = 400;
        for level in [0.5, 0.95] {
            let bootstrap = Bootstrap {
                resamples: 300,
                level,
            };
            let (mut above, mut below) = (0, 0);
            for _ in 0..trials {
                let scores = draws(&mut rng);
                let interval = interquartile_mean_interval(&scores, bootstrap, &mut rng).unwrap();
                above += u32::from(interval.low > 0.0);
                below += u32::from(interval.high < 0.0);
            }
            // Percentiles of a bootstrap of few runs are known to be a little narrow: 0.015 on a side.
            let tail = (1.0 - level) / 2.0;
            let bound = 0.015 + 4.0 * (tail * (1.0 - tail) / f64::from(trials)).sqrt();
            for misses in [above, below] {
                let rate = f64::from(misses) / f64::from(trials);
                assert!(
                    (rate - tail).abs() < bound,
                    "level {level}: {rate}, not {tail}"
                );
            }
        }
    }
}
