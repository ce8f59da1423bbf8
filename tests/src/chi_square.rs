//! Pearson's χ² test of counts against a discrete law.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// One false alarm in a thousand.
const LEVEL: f64 = 0.001;
/// Below this expected count the χ² law is no approximation.
const FEWEST: f64 = 5.0;

/// The probability, under the right law, of counts as far from it as these or further.
///
/// ```text
/// X = Σᵢ (nᵢ − n pᵢ)² / (n pᵢ)  ~  χ²  with one degree of freedom less than categories
/// ```
///
/// 0 where something impossible was counted.
///
/// # Panics
/// If there is not one probability for each count, fewer than two categories are possible, or a possible one is expected
/// less than five times.
pub fn tail(counts: &[u64], probabilities: &[f64]) -> f64 {
    assert_eq!(
        counts.len(),
        probabilities.len(),
        "counts (left) and probabilities (right)"
    );
    let n = counts.iter().sum::<u64>() as f64;
    let (mut x, mut freedom) = (0.0, -1.0);
    for (count, p) in counts.iter().zip(probabilities) {
        let expected = n * p;
        if *p == 0.0 {
            if *count > 0 {
                return 0.0;
            }
            continue;
        }
        assert!(
            expected >= FEWEST,
            "{expected} of {n} are expected; draw more"
        );
        x += (*count as f64 - expected).powi(2) / expected;
        freedom += 1.0;
    }
    ChiSquared::new(freedom)
        .expect("two categories at least are possible")
        .sf(x)
}

/// Asserts that counts obey a law.
///
/// # Panics
/// If the tail probability is below 0.001, and as [`tail`].
pub fn assert_law(what: &str, counts: &[u64], probabilities: &[f64]) {
    let tail = tail(counts, probabilities);
    assert!(
        tail > LEVEL,
        "{what}: counts {counts:?} have probability {tail:.1e} under {probabilities:?}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two degrees of freedom: the tail is e^(−X/2); 110, 90, 100 of 300 against thirds give X = 2.
    #[test]
    fn two_degrees_of_freedom_by_hand() {
        let third = 1.0 / 3.0;
        let tail = tail(&[110, 90, 100, 0], &[third, third, third, 0.0]);
        assert!((tail - (-1f64).exp()).abs() < 1e-12);
    }

    #[test]
    #[should_panic(expected = "under")]
    fn a_slightly_loaded_coin_is_refused() {
        assert_law("coin", &[5_200, 4_800], &[0.5, 0.5]);
    }

    #[test]
    fn the_impossible_has_no_probability() {
        assert_eq!(tail(&[50, 49, 1], &[0.5, 0.5, 0.0]), 0.0);
    }
}
