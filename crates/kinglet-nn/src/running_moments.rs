//! Mean and variance of what has been seen so far.

use ndarray::ArrayView2;

/// The running mean and variance of each column of what has been seen.
///
/// ```text
/// n = n₁ + n₂,   δ = m₂ − m₁,   m = m₁ + δ n₂/n,   q = q₁ + q₂ + δ² n₁ n₂/n,   σ² = q/n
/// ```
///
/// No difference of large squares is taken, so a mean far from 0 costs no digits. All fields are public, to be kept and
/// put back. Workers each see their own rows and are merged: the same rows to the same worker, merged in the same order,
/// give the same bits.
///
/// # Source
/// Chan, Golub & LeVeque 1979; Welford 1962 for a row at a time.
/// # Example
/// ```
/// use kinglet_nn::RunningMoments;
/// use ndarray::arr2;
/// let mut moments = RunningMoments::new(1);
/// moments.update(arr2(&[[1.0], [2.0]]).view());
/// moments.update(arr2(&[[6.0]]).view());
/// assert_eq!(moments.mean, [3.0]);
/// assert!((moments.variance(0) - 14.0 / 3.0).abs() < 1e-15);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RunningMoments {
    /// n, the rows seen.
    pub count: u64,
    /// m, the mean of each column.
    pub mean: Vec<f64>,
    /// q, the sum of the squared deviations from the mean, of each column.
    pub squares: Vec<f64>,
}

impl RunningMoments {
    /// Nothing seen yet, in so many columns.
    pub fn new(columns: usize) -> Self {
        Self {
            count: 0,
            mean: vec![0.0; columns],
            squares: vec![0.0; columns],
        }
    }

    /// Sees the rows of a batch. A NaN in one makes its column's moments NaN from then on.
    ///
    /// # Shapes
    /// `batch`: `[rows, columns]`; it may have no row.
    /// # Panics
    /// If the batch has other columns.
    pub fn update(&mut self, batch: ArrayView2<'_, f64>) {
        let columns = self.mean.len();
        assert_eq!(
            batch.ncols(),
            columns,
            "columns of the batch (left), of the moments (right)"
        );
        let rows = batch.nrows() as u64;
        for (i, column) in batch.columns().into_iter().enumerate() {
            let mean = column.sum() / rows as f64;
            let squares = column.iter().map(|x| (x - mean) * (x - mean)).sum();
            self.merge_column(i, rows, mean, squares);
        }
        self.count += rows;
    }

    /// Sees what the other has seen.
    ///
    /// # Panics
    /// If the other has other columns.
    pub fn merge(&mut self, other: &Self) {
        let (left, right) = (self.mean.len(), other.mean.len());
        assert_eq!(
            left, right,
            "columns of these moments (left), of the others (right)"
        );
        for i in 0..left {
            self.merge_column(i, other.count, other.mean[i], other.squares[i]);
        }
        self.count += other.count;
    }

    /// q/n, the variance of a column; 1 before anything was seen.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn variance(&self, column: usize) -> f64 {
        match self.count {
            0 => 1.0,
            n => self.squares[column] / n as f64,
        }
    }

    /// Merges a column of `count` rows into one of `self.count`, which stays as it is.
    fn merge_column(&mut self, i: usize, count: u64, mean: f64, squares: f64) {
        if count == 0 {
            return;
        }
        let total = (self.count + count) as f64;
        let difference = mean - self.mean[i];
        let share = count as f64 / total;
        self.mean[i] += difference * share;
        self.squares[i] += squares + difference * difference * (self.count as f64 * share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Axis, s};
    use rand_distr::{Distribution, StandardNormal};
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    /// Draws whose columns have means and scales of their own, and drift from row to row.
    fn draws(rows: usize) -> Array2<f64> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        Array2::from_shape_fn((rows, 3), |(i, j)| {
            let x: f64 = StandardNormal.sample(&mut rng);
            [1e6, 0.0, -3.0][j] + [1.0, 1e-3, 50.0][j] * (x + i as f64 / 100.0)
        })
    }

    /// Asserts that the moments are those of two passes over the rows.
    fn assert_two_pass(moments: &RunningMoments, rows: ArrayView2<'_, f64>) {
        assert_eq!(moments.count, rows.nrows() as u64);
        let mean = rows.mean_axis(Axis(0)).unwrap();
        let variance = rows.var_axis(Axis(0), 0.0);
        for i in 0..rows.ncols() {
            let std = variance[i].sqrt();
            assert!((moments.mean[i] - mean[i]).abs() <= 1e-13 * (mean[i].abs() + std));
            let ratio = moments.variance(i) / variance[i];
            assert!((ratio - 1.0).abs() < 1e-9, "column {i}: {ratio}");
        }
    }

    #[test]
    fn batches_of_any_size_give_the_moments_of_two_passes() {
        let rows = draws(500);
        for size in [1, 2, 7, 64, 500] {
            let mut moments = RunningMoments::new(3);
            let mut seen = 0;
            for batch in rows.axis_chunks_iter(Axis(0), size) {
                moments.update(batch);
                seen += batch.nrows();
                if seen > 2 {
                    assert_two_pass(&moments, rows.slice(s![..seen, ..]));
                }
            }
        }
    }

    #[test]
    fn workers_merged_in_order_see_what_one_sees() {
        let rows = draws(300);
        let merged = || {
            let shards = [0..10, 10..10, 10..200, 200..300];
            let workers = shards.map(|shard| {
                let rows = rows.clone();
                std::thread::spawn(move || {
                    let mut worker = RunningMoments::new(3);
                    worker.update(rows.slice(s![shard, ..]));
                    worker
                })
            });
            let mut all = RunningMoments::new(3);
            for worker in workers {
                all.merge(&worker.join().unwrap());
            }
            all
        };
        assert_two_pass(&merged(), rows.view());
        assert_eq!(merged(), merged());
    }

    #[test]
    fn a_merge_with_nothing_changes_nothing() {
        let mut moments = RunningMoments::new(3);
        moments.update(draws(9).view());
        let before = moments.clone();
        moments.merge(&RunningMoments::new(3));
        moments.update(Array2::zeros((0, 3)).view());
        assert_eq!(moments, before);
        let mut empty = RunningMoments::new(3);
        assert_eq!(empty.variance(1), 1.0);
        empty.merge(&before);
        assert_eq!(empty, before);
    }

    #[test]
    fn what_is_not_a_number_is_seen() {
        let mut moments = RunningMoments::new(2);
        moments.update(ndarray::arr2(&[[1.0, f64::NAN], [3.0, 1.0]]).view());
        assert!(moments.mean[1].is_nan() && moments.variance(1).is_nan());
        assert_eq!((moments.mean[0], moments.variance(0)), (2.0, 1.0));
    }
}
