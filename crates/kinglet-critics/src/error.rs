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
    /// A row of transitions that holds a negative or undefined probability, or exceeds one.
    #[error(
        "the transitions from state {state} by action {action} are no probabilities: they sum to \
         {sum}, where at most 1 is right"
    )]
    TransitionRow {
        /// The state of the row.
        state: usize,
        /// The action of the row.
        action: usize,
        /// What the row sums to.
        sum: f64,
    },
    /// A row of a policy that holds a negative or undefined probability, or does not sum to one.
    #[error("the {name}'s row for state {state} is no distribution: it is {row:?}, its sum {sum}")]
    PolicyRow {
        /// Which policy it is.
        name: &'static str,
        /// The state of the row.
        state: usize,
        /// The row.
        row: Vec<f64>,
        /// What it sums to.
        sum: f64,
    },
    /// A state in which the behaviour never does what the policy does.
    #[error("in state {state} the behaviour takes no action that the policy takes")]
    NoOverlap {
        /// The state.
        state: usize,
    },
    /// Fewer samples than a formula needs.
    #[error("{samples} samples are too few: at least {needed} are needed")]
    TooFewSamples {
        /// The number of samples given.
        samples: usize,
        /// The least number that is right.
        needed: usize,
    },
    /// A feature that the others already hold.
    #[error(
        "feature {feature} is a sum of multiples of other features on these samples: leave it out, \
         or give a ridge above 0"
    )]
    Dependent {
        /// The position of the feature.
        feature: usize,
    },
    /// A linear system without a unique solution.
    #[error(
        "the system of {unknowns} unknowns has no unique solution: a return needs a discount below \
         1 or an end that is reached"
    )]
    Singular {
        /// The number of unknowns.
        unknowns: usize,
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
