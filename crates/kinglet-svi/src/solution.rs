//! When a task counts as solved.

/// After how many steps a task was solved, by two criteria. Catalogue: DECK-27.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Solution {
    /// The first step whose error is at most `near`.
    pub entered: Option<usize>,
    /// The first step whose error is at most `near` and after which it never again exceeds `far`.
    pub settled: Option<usize>,
}

/// When these errors, one a step from step 1 on, count as a solution.
///
/// With one particle the estimate never rests, and "stays within `near`" hardly ever comes true at a fixed learning rate;
/// so either the first entry counts, or the entry after which the error stays below a wider bound.
///
/// # Example
/// ```
/// use kinglet_svi::solution;
/// let errors = [0.5, 0.09, 0.3, 0.2, 0.08, 0.15, 0.1];
/// let found = solution(errors, 0.1, 0.25);
/// assert_eq!((found.entered, found.settled), (Some(2), Some(5)));
/// ```
pub fn solution(errors: impl IntoIterator<Item = f64>, near: f64, far: f64) -> Solution {
    let mut found = Solution {
        entered: None,
        settled: None,
    };
    for (error, step) in errors.into_iter().zip(1..) {
        if error <= near {
            found.entered.get_or_insert(step);
            found.settled.get_or_insert(step);
        } else if error > far || error.is_nan() {
            found.settled = None;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deck_27_entered_and_settled() {
        let of = |errors: &[f64]| {
            let found = solution(errors.iter().copied(), 0.1, 0.25);
            (found.entered, found.settled)
        };
        assert_eq!(of(&[0.3, 0.2]), (None, None));
        assert_eq!(of(&[0.1, 0.2]), (Some(1), Some(1)));
        assert_eq!(of(&[0.1, 0.25, 0.26]), (Some(1), None));
        assert_eq!(of(&[0.1, 0.3, 0.2, 0.1, 0.25]), (Some(1), Some(4)));
        assert_eq!(of(&[0.1, f64::NAN, 0.1]), (Some(1), Some(3)));
    }
}
