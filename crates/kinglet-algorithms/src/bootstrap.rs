//! How sure a statistic of few runs is.

use rand::{Rng, RngExt};

use crate::Error;

/// A statistic of the scores, and between which numbers it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Of the scores as they are.
    pub estimate: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The stratified bootstrap: runs are drawn again with replacement, each task's among its own.
///
/// The interval is that of the percentiles, with linear interpolation between resamples. The generator is best one of
/// its own, seeded for the purpose: then an interval depends on the scores alone.
///
/// # Source
/// Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice"; Efron 1979.
/// # Example
/// ```
/// use kinglet_algorithms::Bootstrap;
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
/// let mean = |scores: &[Vec<f64>]| scores[0].iter().sum::<f64>() / scores[0].len() as f64;
/// let bootstrap = Bootstrap { resamples: 1000, level: 0.95 };
/// let interval = bootstrap.interval(&[vec![0.0, 1.0]], mean, &mut rng)?;
/// // A quarter of the resamples is (0, 0), a quarter is (1, 1).
/// assert_eq!((interval.low, interval.estimate, interval.high), (0.0, 0.5, 1.0));
/// # Ok::<(), kinglet_algorithms::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// How often the runs are drawn again.
    pub resamples: usize,
    /// How much of the resamples' statistics the interval holds: 0.95 for 95 %.
    pub level: f64,
}

impl Bootstrap {
    /// The interval of a statistic of the scores.
    ///
    /// # Shapes
    /// `scores`: one task each, of one score a run; the statistic is given the same.
    /// # Errors
    /// [`Error::NoScores`] and [`Error::Score`] for a task without runs and for a score that is not finite;
    /// [`Error::NoResamples`] and [`Error::Level`] for fields that give no interval.
    pub fn interval<F, R>(
        &self,
        scores: &[Vec<f64>],
        statistic: F,
        rng: &mut R,
    ) -> Result<Interval, Error>
    where
        F: Fn(&[Vec<f64>]) -> f64,
        R: Rng + ?Sized,
    {
        self.validate(scores)?;
        let mut resample = scores.to_vec();
        let mut draw = || {
            draw_again(scores, &mut resample, rng);
            statistic(&resample)
        };
        let mut statistics: Vec<f64> = (0..self.resamples).map(|_| draw()).collect();
        statistics.sort_by(f64::total_cmp);
        let tail = (1.0 - self.level) / 2.0;
        Ok(Interval {
            estimate: statistic(scores),
            low: quantile(&statistics, tail),
            high: quantile(&statistics, 1.0 - tail),
        })
    }

    /// That the fields and the scores give an interval.
    fn validate(&self, scores: &[Vec<f64>]) -> Result<(), Error> {
        if self.resamples == 0 {
            return Err(Error::NoResamples);
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(Error::Level { level: self.level });
        }
        if scores.is_empty() {
            return Err(Error::NoScores { task: 0 });
        }
        for (task, runs) in scores.iter().enumerate() {
            if runs.is_empty() {
                return Err(Error::NoScores { task });
            }
            if let Some(run) = runs.iter().position(|score| !score.is_finite()) {
                let value = runs[run];
                return Err(Error::Score { task, run, value });
            }
        }
        Ok(())
    }
}

/// Draws as many runs of each task as it has, with replacement.
fn draw_again<R: Rng + ?Sized>(scores: &[Vec<f64>], resample: &mut [Vec<f64>], rng: &mut R) {
    for (runs, drawn) in scores.iter().zip(resample) {
        for score in drawn {
            *score = runs[rng.random_range(0..runs.len())];
        }
    }
}

/// The quantile at `p` of sorted numbers, linear between the two nearest.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let place = p * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (place - place.floor()) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    fn rng(seed: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(seed)
    }

    /// The sum over tasks of the mean over runs.
    fn sum_of_means(scores: &[Vec<f64>]) -> f64 {
        let mean = |runs: &Vec<f64>| runs.iter().sum::<f64>() / runs.len() as f64;
        scores.iter().map(mean).sum()
    }

    /// Every resample of a task of three runs and one of two, all equally likely.
    fn all_resamples(scores: &[Vec<f64>; 2]) -> Vec<f64> {
        let [a, b] = scores;
        (0..27 * 4)
            .map(|i| {
                let first = [i % 3, i / 3 % 3, i / 9 % 3].map(|k| a[k]).to_vec();
                let second = [i / 27 % 2, i / 54].map(|k| b[k]).to_vec();
                sum_of_means(&[first, second])
            })
            .collect()
    }

    #[test]
    fn the_ends_are_the_quantiles_of_all_resamples() {
        let scores = [vec![0.0, 1.0, 3.0], vec![2.0, 17.0]];
        let all = all_resamples(&scores);
        let share = |holds: &dyn Fn(f64) -> bool| {
            all.iter().filter(|x| holds(**x)).count() as f64 / all.len() as f64
        };
        let resamples = 40_000;
        for level in [0.2, 0.5, 0.8, 0.95] {
            let bootstrap = Bootstrap { resamples, level };
            let interval = bootstrap
                .interval(&scores, sum_of_means, &mut rng(1))
                .unwrap();
            let tail = (1.0 - level) / 2.0;
            for (end, p) in [(interval.low, tail), (interval.high, 1.0 - tail)] {
                let bound = 4.0 * (p * (1.0 - p) / resamples as f64).sqrt();
                let (below, up_to) = (share(&|x| x < end - 1e-9), share(&|x| x < end + 1e-9));
                assert!(
                    below < p + bound && p - bound < up_to,
                    "{end} at {p}: {below}, {up_to}"
                );
            }
        }
    }

    #[test]
    fn quantiles_are_linear_between_the_sorted() {
        let sorted = [1.0, 2.0, 4.0, 8.0, 16.0];
        for (p, expected) in [
            (0.0, 1.0),
            (0.25, 2.0),
            (0.3, 2.4),
            (0.9, 12.8),
            (1.0, 16.0),
        ] {
            assert!((quantile(&sorted, p) - expected).abs() < 1e-14, "{p}");
        }
        assert_eq!(quantile(&[3.0], 0.7), 3.0);
    }

    #[test]
    fn the_same_seed_gives_the_same_bits() {
        let scores = [(0..20).map(|i| f64::from(i).sin()).collect::<Vec<_>>()];
        let bootstrap = Bootstrap {
            resamples: 100,
            level: 0.9,
        };
        let at = |seed| {
            bootstrap
                .interval(&scores, sum_of_means, &mut rng(seed))
                .unwrap()
        };
        assert_eq!(at(1), at(1));
        assert_ne!(at(1), at(2));
    }

    #[test]
    fn what_gives_no_interval_is_refused() {
        let refuse = |resamples, level, scores: &[Vec<f64>]| {
            let bootstrap = Bootstrap { resamples, level };
            bootstrap
                .interval(scores, sum_of_means, &mut rng(0))
                .unwrap_err()
        };
        let good = [vec![1.0]];
        assert_eq!(refuse(0, 0.9, &good), Error::NoResamples);
        for level in [0.0, 1.0, -0.5, 95.0] {
            assert_eq!(refuse(9, level, &good), Error::Level { level });
        }
        assert!(matches!(refuse(9, f64::NAN, &good), Error::Level { .. }));
        assert_eq!(refuse(9, 0.9, &[]), Error::NoScores { task: 0 });
        assert_eq!(
            refuse(9, 0.9, &[vec![1.0], vec![]]),
            Error::NoScores { task: 1 }
        );
        let value = f64::INFINITY;
        let expected = Error::Score {
            task: 0,
            run: 1,
            value,
        };
        assert_eq!(refuse(9, 0.9, &[vec![1.0, value]]), expected);
    }
}
