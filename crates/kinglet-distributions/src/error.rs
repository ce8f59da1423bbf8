//! What can be wrong with the numbers that a distribution is made from.

/// Parameters that make no distribution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A scale that is 0, negative, infinite or NaN.
    #[error("{name} is {value}; it must be positive and finite")]
    NotPositive {
        /// The parameter.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A parameter that is infinite or NaN.
    #[error("{name} is {value}; it must be finite")]
    NotFinite {
        /// The parameter.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A logit that is +∞ or NaN (−∞ is a probability of zero).
    #[error("logit {index} is {value}; it must be finite, or -inf for a probability of zero")]
    NotALogit {
        /// The category.
        index: usize,
        /// What was given.
        value: f64,
    },
    /// A probability that is negative, infinite or NaN.
    #[error("probability {index} is {value}; it must be between 0 and 1")]
    NotAProbability {
        /// The category.
        index: usize,
        /// What was given.
        value: f64,
    },
    /// Probabilities that do not sum to one.
    #[error("the probabilities sum to {sum}; they must sum to 1")]
    NotNormalised {
        /// What they sum to.
        sum: f64,
    },
    /// No category, or none that can occur.
    #[error("none of the {categories} categories can occur; at least one must")]
    Impossible {
        /// How many categories were given.
        categories: usize,
    },
    /// A number that is negative, infinite or NaN.
    #[error("{name} is {value}; it must be at least 0 and finite")]
    Negative {
        /// The parameter.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A scale, a weight or a matrix that maps something to 0: no bijection.
    #[error("the {name} is singular; a bijection needs one that is not")]
    Singular {
        /// The parameter.
        name: &'static str,
    },
}
