//! How likely a run of one algorithm is to beat a run of another.

use rand::Rng;

use crate::{Bootstrap, Error, Interval};

/// The probability that a run of X beats a run of Y on a task drawn at random, with its bootstrap interval.
///
/// ```text
/// P(X > Y) = 1/M Σₘ 1/(Nₘ Kₘ) Σᵢⱼ S(xₘᵢ, yₘⱼ),   S = 1 if x > y, ½ if x = y, 0 if x < y
/// ```
///
/// It says how often one is better, not by how much. The runs of both are resampled.
///
/// # Shapes
/// `x`, `y`: M tasks each, of Nₘ and Kₘ runs; the same tasks in the same order.
/// # Errors
/// [`Error::TaskCounts`] if there are not as many tasks; else as [`Bootstrap::interval`], where the tasks of Y are
/// counted on from those of X.
/// # Source
/// Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice".
/// # Example
/// ```
/// use kinglet_algorithms::{Bootstrap, probability_of_improvement};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let (x, y) = ([vec![1.0, 2.0]], [vec![1.0, 3.0]]);
/// let bootstrap = Bootstrap { resamples: 2000, level: 0.95 };
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
/// let p = probability_of_improvement(&x, &y, bootstrap, &mut rng)?;
/// assert_eq!(p.estimate, (0.5 + 0.0 + 1.0 + 0.0) / 4.0);
/// # Ok::<(), kinglet_algorithms::Error>(())
/// ```
pub fn probability_of_improvement<R: Rng + ?Sized>(
    x: &[Vec<f64>],
    y: &[Vec<f64>],
    bootstrap: Bootstrap,
    rng: &mut R,
) -> Result<Interval, Error> {
    let tasks = x.len();
    if y.len() != tasks {
        return Err(Error::TaskCounts {
            x: tasks,
            y: y.len(),
        });
    }
    let mean = |scores: &[Vec<f64>]| {
        let (x, y) = scores.split_at(tasks);
        let sum: f64 = x.iter().zip(y).map(|(x, y)| share_of_wins(x, y)).sum();
        sum / tasks as f64
    };
    bootstrap.interval(&[x, y].concat(), mean, rng)
}

/// The share of pairs that x wins, ties by half.
fn share_of_wins(x: &[f64], y: &[f64]) -> f64 {
    let wins = |x: &f64| -> f64 {
        let one = |y: &f64| {
            if x > y {
                1.0
            } else if x == y {
                0.5
            } else {
                0.0
            }
        };
        y.iter().map(one).sum()
    };
    x.iter().map(wins).sum::<f64>() / (x.len() * y.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    const BOOTSTRAP: Bootstrap = Bootstrap {
        resamples: 200,
        level: 0.95,
    };
    /// Φ(½/√2): how often N(½, 1) is above N(0, 1).
    const WINS: f64 = 0.638_163_195;

    fn normals(mean: f64, n: usize, rng: &mut Xoshiro256PlusPlus) -> Vec<f64> {
        let draws = StandardNormal.sample_iter(rng).take(n);
        draws.map(|x: f64| mean + x).collect()
    }

    #[test]
    fn normals_win_as_often_as_they_should() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let n = 2000;
        let (x, y) = (normals(0.5, n, &mut rng), normals(0.0, n, &mut rng));
        // The variance of the share is at most that at equal laws, (2n + 1)/12n².
        let std = ((2 * n + 1) as f64 / (12 * n * n) as f64).sqrt();
        assert!((share_of_wins(&x, &y) - WINS).abs() < 4.0 * std);
    }

    #[test]
    fn a_task_counts_once_whatever_its_runs_and_a_win_of_one_is_a_loss_of_the_other() {
        let x = [vec![1.0, 1.0, 4.0], vec![0.0]];
        let y = [vec![1.0, 2.0], vec![-1.0, -2.0, -3.0, 5.0]];
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
        let p = probability_of_improvement(&x, &y, BOOTSTRAP, &mut rng).unwrap();
        let q = probability_of_improvement(&y, &x, BOOTSTRAP, &mut rng).unwrap();
        assert!((p.estimate - (3.0 / 6.0 + 3.0 / 4.0) / 2.0).abs() < 1e-15);
        assert!((p.estimate + q.estimate - 1.0).abs() < 1e-15);
        assert!(matches!(
            probability_of_improvement(&x, &y[..1], BOOTSTRAP, &mut rng),
            Err(Error::TaskCounts { x: 2, y: 1 })
        ));
    }

    #[test]
    fn its_interval_holds_the_truth_as_often_as_it_says() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let trials = 400;
        let mut misses = 0;
        for _ in 0..trials {
            let x = [normals(0.5, 25, &mut rng), normals(1.5, 20, &mut rng)];
            let y = [normals(0.0, 20, &mut rng), normals(1.0, 25, &mut rng)];
            let p = probability_of_improvement(&x, &y, BOOTSTRAP, &mut rng).unwrap();
            misses += u32::from(p.low > WINS || p.high < WINS);
        }
        let rate = f64::from(misses) / f64::from(trials);
        let bound = 0.015 + 4.0 * (0.05 * 0.95 / f64::from(trials)).sqrt();
        assert!((rate - 0.05).abs() < bound, "{rate}");
    }
}
