//! Observations on one scale.

use ndarray::{ArrayView2, ArrayViewMut2, Zip};

use crate::{RunningMoments, Scalar};

/// Brings observations to mean 0 and variance 1, by the moments of those seen so far.
///
/// ```text
/// y = clamp((x − m) / √(σ² + floor), −clip, clip)
/// ```
///
/// Its state is [`moments`](Self::moments). To train, update with a batch and then apply to it; to evaluate, apply only.
///
/// # Example
/// ```
/// use kinglet_nn::Normaliser;
/// use ndarray::{Array2, arr2};
/// let mut normaliser = Normaliser::new(2);
/// let batch = arr2(&[[1.0, 500.0], [3.0, 700.0]]);
/// normaliser.moments.update(batch.view());
/// let mut out = Array2::<f32>::zeros((2, 2));
/// normaliser.apply(batch.view(), out.view_mut());
/// assert_eq!(out, arr2(&[[-1.0, -1.0], [1.0, 1.0]]));
/// normaliser.apply(arr2(&[[100.0, 600.0]]).view(), out.slice_mut(ndarray::s![..1, ..]));
/// assert_eq!(out.row(0), ndarray::arr1(&[10.0, 0.0])); // clipped
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Normaliser {
    /// Of the observations seen so far.
    pub moments: RunningMoments,
    /// How far from 0 a normalised number may be; infinity for any.
    pub clip: f64,
    /// What is added to the variance, so that a constant can be divided by it.
    pub variance_floor: f64,
}

impl Normaliser {
    /// For observations of so many numbers, clipped at 10, with 10⁻⁸ added to the variance.
    pub fn new(numbers: usize) -> Self {
        Self {
            moments: RunningMoments::new(numbers),
            clip: 10.0,
            variance_floor: 1e-8,
        }
    }

    /// Writes the normalised observations. A NaN stays one.
    ///
    /// # Shapes
    /// `x`, `out`: `[rows, numbers]`.
    /// # Panics
    /// If the shapes differ, or the numbers are not those of the moments, or `clip` is negative or NaN.
    pub fn apply<S: Scalar>(&self, x: ArrayView2<'_, f64>, mut out: ArrayViewMut2<'_, S>) {
        let shape = (x.nrows(), self.moments.mean.len());
        assert_eq!(
            x.dim(),
            shape,
            "shape of x (left), its rows and the moments' columns (right)"
        );
        assert_eq!(out.dim(), shape, "shape of out (left), of x (right)");
        for (i, (x, out)) in x.columns().into_iter().zip(out.columns_mut()).enumerate() {
            let (mean, std) = (self.moments.mean[i], self.std(i));
            Zip::from(x).and(out).for_each(|x, y| {
                *y = S::from_f64(((x - mean) / std).clamp(-self.clip, self.clip));
            });
        }
    }

    /// √(σ² + floor).
    pub(crate) fn std(&self, column: usize) -> f64 {
        (self.moments.variance(column) + self.variance_floor).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Axis, arr2};

    #[test]
    fn what_was_seen_has_mean_0_and_variance_1() {
        let rows = Array2::from_shape_fn((40, 2), |(i, j)| {
            [1e4, -1e-3][j] * (3.0 + (i as f64 * 0.7).sin())
        });
        let mut normaliser = Normaliser::new(2);
        normaliser.variance_floor = 0.0;
        for batch in rows.axis_chunks_iter(Axis(0), 7) {
            normaliser.moments.update(batch);
        }
        let mut out = Array2::<f64>::zeros((40, 2));
        normaliser.apply(rows.view(), out.view_mut());
        let (mean, variance) = (
            rows.mean_axis(Axis(0)).unwrap(),
            rows.var_axis(Axis(0), 0.0),
        );
        for ((i, j), y) in out.indexed_iter() {
            let expected = (rows[[i, j]] - mean[j]) / variance[j].sqrt();
            assert!((y - expected).abs() < 1e-12, "row {i}, column {j}");
        }
        let mut single = Array2::<f32>::zeros((40, 2));
        normaliser.apply(rows.view(), single.view_mut());
        assert_eq!(single, out.mapv(|y| y as f32));
    }

    #[test]
    fn nothing_seen_is_nothing_changed_and_a_constant_is_0() {
        let mut normaliser = Normaliser::new(1);
        let (x, mut y) = (
            arr2(&[[0.5], [-20.0], [20.0]]),
            Array2::<f64>::zeros((3, 1)),
        );
        normaliser.variance_floor = 0.0;
        normaliser.apply(x.view(), y.view_mut());
        assert_eq!(y, arr2(&[[0.5], [-10.0], [10.0]]));
        normaliser.variance_floor = 0.25;
        normaliser.moments.update(arr2(&[[2.0], [2.0]]).view());
        normaliser.apply(arr2(&[[2.0], [3.0], [f64::NAN]]).view(), y.view_mut());
        assert_eq!((y[[0, 0]], y[[1, 0]]), (0.0, 2.0));
        assert!(y[[2, 0]].is_nan());
    }

    #[test]
    #[should_panic(expected = "shape of x")]
    fn other_observations_are_refused() {
        let mut out = Array2::<f64>::zeros((1, 2));
        Normaliser::new(3).apply(Array2::zeros((1, 2)).view(), out.view_mut());
    }
}
