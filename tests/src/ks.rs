//! The one-sample Kolmogorov-Smirnov test of a continuous law.

/// D < 1.95/√n holds for 999 samples in a thousand of the right law.
const CRITICAL: f64 = 1.95;

/// The largest distance between a sample's distribution function and the law's.
///
/// ```text
/// D = maxᵢ max( i/n − F(x₍ᵢ₎), F(x₍ᵢ₎) − (i − 1)/n )
/// ```
///
/// # Panics
/// If the sample is empty or holds a NaN.
pub fn distance(mut sample: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    assert!(
        !sample.is_empty() && sample.iter().all(|x| !x.is_nan()),
        "an empty sample, or a NaN in it"
    );
    sample.sort_unstable_by(f64::total_cmp);
    let n = sample.len() as f64;
    let gap = |(i, x): (usize, &f64)| {
        let f = cdf(*x);
        ((i + 1) as f64 / n - f).max(f - i as f64 / n)
    };
    sample.iter().enumerate().map(gap).fold(0.0, f64::max)
}

/// Asserts that a sample obeys a law.
///
/// # Panics
/// If the distance is 1.95/√n or more.
pub fn assert_law(what: &str, sample: Vec<f64>, cdf: impl Fn(f64) -> f64) {
    let bound = CRITICAL / (sample.len() as f64).sqrt();
    let d = distance(sample, cdf);
    assert!(
        d < bound,
        "{what}: the sample lies {d:.2e} from its law, {bound:.2e} is allowed"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The points (i − ½)/n lie ½/n from the uniform law, by hand.
    #[test]
    fn evenly_spread_points_lie_half_a_step_away() {
        let sample: Vec<f64> = (0..1000).map(|i| (i as f64 + 0.5) / 1000.0).collect();
        assert!((distance(sample.clone(), |x| x) - 0.0005).abs() < 1e-15);
        assert_law("uniform", sample, |x| x);
    }

    #[test]
    #[should_panic(expected = "from its law")]
    fn a_slightly_shifted_law_is_refused() {
        assert_law(
            "shifted",
            (0..10_000).map(|i| (i as f64 + 0.5) / 10_000.0).collect(),
            |x| x + 0.02,
        );
    }
}
