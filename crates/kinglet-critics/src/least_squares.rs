//! Linear baselines, by least squares.

use crate::Error;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, s};
use num_traits::Float;

/// The weights of the linear baseline that is nearest to the returns. Catalogue: DECK-08.
///
/// ```text
/// w = argmin Σᵢ (φᵢ·w − yᵢ)² + ridge ‖w‖²,   b(s) = φ(s)·w
/// ```
///
/// With an indicator of each state (and step) as features, w holds the mean return from each: the
/// values of the policy. It is solved by reflections, not by squaring the features.
///
/// # Shapes
/// `features` (φ): `[N, D]`; `targets` (y): `[N]`. Returns `[D]`; the baseline is
/// `features.dot(&w)`.
/// # Errors
/// [`Error::OutOfRange`] for a ridge that is not a finite number from 0; [`Error::Dependent`]
/// where features depend on each other (on these samples) and no ridge settles between them.
/// # Panics
/// When `features` and `targets` differ in their number of samples.
/// # Source
/// Golub & Van Loan 2013, section 5.3.
/// # Example
/// ```
/// use kinglet_critics::least_squares;
/// use ndarray::array;
/// // Two samples of one state, one of another.
/// let features = array![[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
/// let w = least_squares(features.view(), array![1.0, 3.0, 7.0].view(), 0.0)?;
/// assert!((w[0] - 2.0f64).abs() < 1e-15 && (w[1] - 7.0f64).abs() < 1e-15);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn least_squares<S: Float + 'static>(
    features: ArrayView2<'_, S>,
    targets: ArrayView1<'_, S>,
    ridge: S,
) -> Result<Array1<S>, Error> {
    let ((samples, width), length) = (features.dim(), targets.len());
    assert_eq!(
        samples, length,
        "features have shape [{samples}, {width}] and targets [{length}]"
    );
    if !(ridge >= S::zero() && ridge.is_finite()) {
        return Err(Error::OutOfRange {
            name: "ridge",
            value: ridge.to_f64().unwrap_or(f64::NAN),
            interval: "[0, ∞)",
        });
    }
    let (mut r, mut y) = with_ridge(features, targets, ridge);
    triangulate(&mut r, &mut y);
    back_substitute(&r, &y)
}

/// The features, and √ridge times an identity below them, whose targets are 0.
fn with_ridge<S: Float + 'static>(
    features: ArrayView2<'_, S>,
    targets: ArrayView1<'_, S>,
    ridge: S,
) -> (Array2<S>, Array1<S>) {
    let (samples, width) = features.dim();
    let rows = samples + width;
    let mut a = Array2::from_elem((rows, width), S::zero());
    a.slice_mut(s![..samples, ..]).assign(&features);
    for k in 0..width {
        a[[samples + k, k]] = ridge.sqrt();
    }
    let mut y = Array1::from_elem(rows, S::zero());
    y.slice_mut(s![..samples]).assign(&targets);
    (a, y)
}

/// Householder's reflections: `a` becomes upper triangular, `y` turns with it.
fn triangulate<S: Float>(a: &mut Array2<S>, y: &mut Array1<S>) {
    for k in 0..a.ncols() {
        let mut u = a.slice(s![k.., k]).to_owned();
        let norm = u.iter().fold(S::zero(), |sum, &x| sum + x * x).sqrt();
        if norm == S::zero() {
            continue;
        }
        u[0] = u[0] + norm * u[0].signum();
        let half = u.iter().fold(S::zero(), |sum, &x| sum + x * x) / (S::one() + S::one());
        let reflect = |mut x: ndarray::ArrayViewMut1<'_, S>| {
            let along = u
                .iter()
                .zip(&x)
                .fold(S::zero(), |sum, (&u, &x)| sum + u * x)
                / half;
            x.zip_mut_with(&u, |x, &u| *x = *x - along * u);
        };
        for column in k..a.ncols() {
            reflect(a.slice_mut(s![k.., column]));
        }
        reflect(y.slice_mut(s![k..]));
    }
}

/// w with R w = y, where R is the upper triangle.
fn back_substitute<S: Float>(r: &Array2<S>, y: &Array1<S>) -> Result<Array1<S>, Error> {
    let width = r.ncols();
    let largest = (0..width).fold(S::zero(), |m, k| m.max(r[[k, k]].abs()));
    let smallest = largest * S::epsilon() * S::from(r.nrows()).expect("a count is a number");
    let mut w = Array1::from_elem(width, S::zero());
    for k in (0..width).rev() {
        if r[[k, k]].abs() <= smallest {
            return Err(Error::Dependent { feature: k });
        }
        let known = (k + 1..width).fold(S::zero(), |sum, j| sum + r[[k, j]] * w[j]);
        w[k] = (y[k] - known) / r[[k, k]];
    }
    Ok(w)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn problem() -> (Array2<f64>, Array1<f64>) {
        let features = Array2::from_shape_fn((12, 4), |(i, k)| (i as f64 * 0.3).powi(k as i32));
        let targets = Array1::from_shape_fn(12, |i| (i as f64 * 0.9).sin() - 0.5 * i as f64);
        (features, targets)
    }

    /// What is left is at right angles to every feature, but for the ridge.
    #[test]
    fn deck_08_the_gradient_vanishes() {
        let (features, y) = problem();
        for ridge in [0.0, 0.1, 5.0] {
            let w = least_squares(features.view(), y.view(), ridge).unwrap();
            let gradient = features.t().dot(&(features.dot(&w) - &y)) + &w * ridge;
            assert!(gradient.iter().all(|g| g.abs() < 1e-10), "{gradient}");
        }
    }

    #[test]
    fn a_linear_target_is_found_again() {
        let (features, _) = problem();
        let exact = array![0.5, -2.0, 1.5, 0.25];
        let w = least_squares(features.view(), features.dot(&exact).view(), 0.0).unwrap();
        assert!((w - exact).iter().all(|off| off.abs() < 1e-11));
    }

    /// Features whose squares would lose everything: (1, 10⁻⁹), apart by 10⁻⁹ only.
    #[test]
    fn nearly_dependent_features_are_told_apart() {
        let tiny = 1e-9;
        let features = array![[1.0, 1.0], [tiny, 0.0], [0.0, tiny]];
        let exact = array![2.0, -3.0];
        let w = least_squares(features.view(), features.dot(&exact).view(), 0.0).unwrap();
        assert!((w - exact).iter().all(|off| off.abs() < 1e-6));
    }

    #[test]
    fn dependent_features_need_a_ridge() {
        let features = array![[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0]];
        let y = array![5.0, 10.0, -5.0];
        let error = least_squares(features.view(), y.view(), 0.0).unwrap_err();
        assert_eq!(error, Error::Dependent { feature: 1 });
        let w = least_squares(features.view(), y.view(), 1e-8).unwrap();
        assert!((w - array![1.0, 2.0]).iter().all(|off| off.abs() < 1e-7)); // the shortest
    }

    #[test]
    fn fewer_samples_than_features_need_a_ridge() {
        let (features, y) = problem();
        let (few, y) = (features.slice(s![..2, ..]), y.slice(s![..2]));
        let error = least_squares(few, y, 0.0).unwrap_err();
        assert!(matches!(error, Error::Dependent { .. }));
        let w = least_squares(few, y, 1e-9).unwrap();
        assert!((few.dot(&w) - y).iter().all(|off| off.abs() < 1e-6));
    }

    #[test]
    fn refuses_a_ridge_without_meaning() {
        let (features, y) = problem();
        for ridge in [-1.0, f64::NAN, f64::INFINITY] {
            let error = least_squares(features.view(), y.view(), ridge).unwrap_err();
            assert!(matches!(error, Error::OutOfRange { name: "ridge", .. }));
        }
    }
}
