//! What can be wrong with a user's values.

use num_traits::Float;

/// What can be wrong with the values that a user hands to this crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A number outside the interval that it has to lie in.
    #[error("{name} {value} must lie in {interval}")]
    OutOfRange {
        /// What the number is.
        name: &'static str,
        /// The number given.
        value: f64,
        /// Where it has to lie, for example `[0, 1]`.
        interval: &'static str,
    },
    /// A row whose last step says that it goes on, though nothing follows.
    #[error(
        "the last of {steps} steps continues into nothing: it must be terminated, or truncated \
         with the value of the state that it reached"
    )]
    Unfinished {
        /// The number of steps in the row.
        steps: usize,
    },
}

/// A number of [0, 1], the discount or λ of a trajectory.
pub(crate) fn check_unit<S: Float>(name: &'static str, value: S) -> Result<(), Error> {
    if value >= S::zero() && value <= S::one() {
        return Ok(());
    }
    Err(Error::OutOfRange {
        name,
        value: value.to_f64().unwrap_or(f64::NAN),
        interval: "[0, 1]",
    })
}
