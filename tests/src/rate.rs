//! The rate at which an error falls.

/// The slope of ln y on ln x, by least squares: the p of y ∝ xᵖ.
///
/// # Panics
/// If the lengths differ, there are fewer than two points, all x are the same, or a number is not positive.
pub fn slope(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len(), "x (left) and y (right)");
    assert!(
        x.iter().chain(y).all(|x| *x > 0.0),
        "a power law has positive numbers only: {x:?}, {y:?}"
    );
    let n = x.len() as f64;
    let mean = |v: &[f64]| v.iter().map(|v| v.ln()).sum::<f64>() / n;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let product = |(x, y): (&f64, &f64)| (x.ln() - mean_x) * (y.ln() - mean_y);
    let spread = x.iter().map(|x| (x.ln() - mean_x).powi(2)).sum::<f64>();
    assert!(spread > 0.0, "a slope needs two different x, not {x:?}");
    x.iter().zip(y).map(product).sum::<f64>() / spread
}

/// Asserts that y ∝ xᵖ, to within `tolerance` in p.
///
/// # Panics
/// If the slope is off by more, and as [`slope`].
pub fn assert_slope(what: &str, x: &[f64], y: &[f64], claimed: f64, tolerance: f64) {
    let slope = slope(x, y);
    let off = (slope - claimed).abs();
    assert!(
        off <= tolerance,
        "{what}: slope {slope:.3}, not {claimed} ± {tolerance}; {x:?}, {y:?}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f64; 4] = [1.0, 2.0, 4.0, 7.0];

    #[test]
    fn a_power_law_has_its_power() {
        assert!((slope(&X, &X.map(|x| 3.0 * x.powf(-1.5))) + 1.5).abs() < 1e-14);
    }

    #[test]
    #[should_panic(expected = "slope")]
    fn another_power_is_refused() {
        assert_slope("a square", &X, &X.map(|x| x * x + x), 2.0, 0.1);
    }
}
