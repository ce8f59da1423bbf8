//! A Monte Carlo mean against the exact value.

/// |z| < 4 holds for all but one normal estimate in sixteen thousand.
const FURTHEST: f64 = 4.0;

/// The mean of independent samples, and its standard error.
///
/// # Panics
/// If there are fewer than two.
pub fn mean_and_error(samples: &[f64]) -> (f64, f64) {
    let n = samples.len() as f64;
    assert!(n >= 2.0, "{n} samples have no standard error");
    let mean = samples.iter().sum::<f64>() / n;
    let squares = samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    (mean, (squares / (n * (n - 1.0))).sqrt())
}

/// Asserts that a mean lies within 4 standard errors of the exact value; a mean without error must be exact to rounding.
///
/// # Panics
/// If it does not, or a number is NaN.
pub fn assert_unbiased(what: &str, (mean, standard_error): (f64, f64), exact: f64) {
    let off = (mean - exact).abs();
    let allowed = FURTHEST * standard_error + 1e-12 * exact.abs();
    assert!(
        off <= allowed,
        "{what}: {mean} ± {standard_error} against {exact}, z = {:.1}",
        off / standard_error
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean 2, variance 1, error √(1/3), by hand.
    #[test]
    fn three_samples_by_hand() {
        let (mean, error) = mean_and_error(&[1.0, 2.0, 3.0]);
        assert_eq!((mean, error), (2.0, (1.0f64 / 3.0).sqrt()));
        assert_unbiased("by hand", (mean, error), 4.0);
    }

    #[test]
    #[should_panic(expected = "z = 5.0")]
    fn five_errors_are_too_many() {
        assert_unbiased("five", (1.5, 0.1), 1.0);
    }

    #[test]
    #[should_panic(expected = "NaN")]
    fn a_nan_is_refused() {
        assert_unbiased("nothing", (f64::NAN, 1.0), 1.0);
    }
}
