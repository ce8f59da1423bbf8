//! The root of a condition that changes once.

/// Where `left` turns false between `lo`, where it holds, and `hi`, where it does not.
pub(crate) fn bisect(mut lo: f64, mut hi: f64, left: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (lo + hi);
        if middle <= lo || middle >= hi {
            break;
        }
        if left(middle) {
            lo = middle
        } else {
            hi = middle
        }
    }
    0.5 * (lo + hi)
}
