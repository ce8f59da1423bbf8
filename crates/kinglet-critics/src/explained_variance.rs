//! How much of the returns a critic explains.

use ndarray::ArrayView1;
use num_traits::Float;

/// The share of the variance of the targets that predictions explain.
///
/// ```text
/// 1 − Var(y − v) / Var(y)
/// ```
///
/// 1 is perfect up to a constant, 0 no better than a constant, and below 0 worse than that. It is
/// `None` where the targets do not vary, and there is nothing to explain.
///
/// # Shapes
/// `predictions` (v), `targets` (y): `[N]`.
/// # Panics
/// When the two differ in length.
/// # Source
/// The coefficient of determination, R², of the predictions less their mean error.
/// # Example
/// ```
/// use kinglet_critics::explained_variance;
/// use ndarray::array;
/// let y = array![0.0, 1.0, 2.0, 3.0];
/// let of = |v: ndarray::Array1<f64>| explained_variance(v.view(), y.view());
/// assert_eq!(of(&y + 5.0), Some(1.0));
/// assert_eq!(of(&y * 0.5), Some(0.75));
/// assert_eq!(of(&y * 0.0), Some(0.0));
/// assert_eq!(explained_variance(y.view(), array![2.0, 2.0, 2.0, 2.0].view()), None);
/// ```
pub fn explained_variance<S: Float>(
    predictions: ArrayView1<'_, S>,
    targets: ArrayView1<'_, S>,
) -> Option<S> {
    let (n, m) = (predictions.len(), targets.len());
    assert_eq!(n, m, "predictions have shape [{n}] and targets [{m}]");
    let all = squares(targets.iter().copied());
    let left = squares(targets.iter().zip(predictions).map(|(&y, &v)| y - v));
    (all != S::zero()).then(|| S::one() - left / all)
}

/// Σ (x − x̄)², in two passes.
fn squares<S: Float>(values: impl Iterator<Item = S> + Clone) -> S {
    let add = |(n, sum): (S, S), x| (n + S::one(), sum + x);
    let (n, sum) = values.clone().fold((S::zero(), S::zero()), add);
    values.fold(S::zero(), |total, x| {
        let off = x - sum / n;
        total + off * off
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::several_episodes;
    use ndarray::Array1;

    /// Of a least-squares line it is the squared correlation.
    #[test]
    fn a_fitted_line_explains_its_squared_correlation() {
        let row = several_episodes();
        let centre = |x: &Array1<f64>| x - x.mean().unwrap();
        let (x, y) = (centre(&row.v), centre(&row.r));
        let slope = x.dot(&y) / x.dot(&x);
        let fitted = &row.v * slope + 3.0;
        let correlation = x.dot(&y) / (x.dot(&x) * y.dot(&y)).sqrt();
        let explained = explained_variance(fitted.view(), row.r.view()).unwrap();
        assert!((explained - correlation.powi(2)).abs() < 1e-14);
    }

    #[test]
    fn the_wrong_sign_explains_less_than_nothing() {
        let row = several_episodes();
        let explained = explained_variance((-&row.r).view(), row.r.view()).unwrap();
        assert!((explained + 3.0).abs() < 1e-14);
    }

    #[test]
    fn a_large_common_level_does_not_show() {
        let row = several_episodes();
        let plain = explained_variance(row.v.view(), row.r.view()).unwrap();
        let (v, y) = (&row.v + 1e8, &row.r + 1e8);
        assert!((explained_variance(v.view(), y.view()).unwrap() - plain).abs() < 1e-6);
    }
}
