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
    /// An interval whose lower end is not below its upper end.
    #[error("the interval from {low} to {high} is empty; low must be below high")]
    EmptyInterval {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// A Dirichlet law of fewer than two probabilities.
    #[error("{coordinates} concentrations; there must be two or more")]
    TooFewCoordinates {
        /// How many were given.
        coordinates: usize,
    },
    /// A matrix that is no covariance.
    #[error("the pivot of row {row} is {pivot}; a positive definite matrix has positive ones only")]
    NotPositiveDefinite {
        /// The row at which the factorisation ends.
        row: usize,
        /// What is left on its diagonal.
        pivot: f64,
    },
    /// Too few degrees of freedom for a Wishart law.
    #[error(
        "{degrees} degrees of freedom in {dimension} dimensions; there must be more than {dimension} - 1"
    )]
    TooFewDegrees {
        /// What was given.
        degrees: f64,
        /// The dimension.
        dimension: usize,
    },
    /// A mixture that has not one weight for each component.
    #[error("{weights} weights for {components} components; there must be one for each")]
    Unpaired {
        /// How many weights.
        weights: usize,
        /// How many components.
        components: usize,
    },
    /// Too few samples for a standard error.
    #[error("{samples} samples have no standard error; draw two or more")]
    TooFewSamples {
        /// How many were asked for.
        samples: usize,
    },
}
