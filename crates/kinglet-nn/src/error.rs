//! What can be wrong with a user's values.

/// What can be wrong with the values that a user hands to this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A network of no layer.
    #[error("{sizes:?} are no sizes of a network: at least its inputs and outputs are needed")]
    TooFewSizes {
        /// The sizes given.
        sizes: Vec<usize>,
    },
    /// A layer of no unit.
    #[error("size {position} of {sizes:?} is 0: every layer needs a unit")]
    EmptyLayer {
        /// Which of the sizes, from 0.
        position: usize,
        /// The sizes given.
        sizes: Vec<usize>,
    },
    /// More parameters than can be counted.
    #[error("a network of sizes {sizes:?} has more parameters than memory has places")]
    TooLarge {
        /// The sizes given.
        sizes: Vec<usize>,
    },
}
