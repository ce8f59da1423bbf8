//! Ranges of numbers, with what numpy does at their bounds.

use std::ops::{Range, RangeInclusive};

/// Whether a number lies strictly between.
pub(super) fn within(range: &Range<f64>, x: f64) -> bool {
    range.start < x && x < range.end
}

/// The nearest number of a range; its end, if it ends before it begins; NaN of NaN.
///
/// # Source
/// `numpy.clip`.
pub(super) fn clip(range: &RangeInclusive<f64>, x: f64) -> f64 {
    let x = if x < *range.start() {
        *range.start()
    } else {
        x
    };
    if x > *range.end() { *range.end() } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_is_clipped() {
        let clipped = |x| clip(&(-1.0..=2.0), x);
        assert_eq!([-3.0, 0.5, 3.0].map(clipped), [-1.0, 0.5, 2.0]);
        assert!(clipped(f64::NAN).is_nan());
        let turned = RangeInclusive::new(2.0, -1.0);
        assert_eq!([-3.0, 0.5, 3.0].map(|x| clip(&turned, x)), [-1.0; 3]);
    }
}
