//! Two computations of one number.

/// Asserts |a − b| ≤ tolerance · max(1, |a|, |b|).
///
/// # Panics
/// If they differ by more, or one is NaN.
pub fn assert_close(what: &str, a: f64, b: f64, tolerance: f64) {
    let allowed = tolerance * a.abs().max(b.abs()).max(1.0);
    assert!(
        (a - b).abs() <= allowed,
        "{what}: {a} and {b} differ by {:e}",
        a - b
    );
}

/// [`assert_close`] for each pair of two sequences.
///
/// # Panics
/// If a pair differs, or one sequence is longer.
pub fn assert_all_close<'a>(
    what: &str,
    a: impl IntoIterator<Item = &'a f64>,
    b: impl IntoIterator<Item = &'a f64>,
    tolerance: f64,
) {
    let (mut a, mut b) = (a.into_iter(), b.into_iter());
    for i in 0.. {
        match (a.next(), b.next()) {
            (Some(a), Some(b)) => assert_close(&format!("{what}, {i}"), *a, *b, tolerance),
            (None, None) => break,
            (left, right) => {
                panic!("{what}: one has {i} numbers, not the other: {left:?}, {right:?}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_above_one_and_absolute_below() {
        assert_all_close("both", &[1e6, 1e-9], &[1e6 + 1e-4, 0.0], 1e-8);
    }

    #[test]
    #[should_panic(expected = "differ by")]
    fn a_difference_is_refused() {
        assert_close("off", 1e6, 1e6 + 0.1, 1e-8);
    }

    #[test]
    #[should_panic(expected = "one has 1 numbers")]
    fn a_missing_number_is_refused() {
        assert_all_close("short", &[1.0], &[1.0, 2.0], 1.0);
    }
}
