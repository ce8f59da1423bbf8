//! What can be wrong with a user's values.

/// What can be wrong with the values that a user hands to this crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A number that has to be finite and above zero.
    #[error("{name} is {value}; it must be a finite number above 0")]
    NotPositive {
        /// What the number is.
        name: &'static str,
        /// The number given.
        value: f64,
    },
    /// A number that has to be finite and not below zero.
    #[error("{name} is {value}; it must be a finite number, at least 0")]
    Negative {
        /// What the number is.
        name: &'static str,
        /// The number given.
        value: f64,
    },
    /// A number outside the interval that it has to lie in.
    #[error("{name} is {value}; it must lie in {interval}")]
    OutOfRange {
        /// What the number is.
        name: &'static str,
        /// The number given.
        value: f64,
        /// Where it has to lie, for example `(0, 1)`.
        interval: &'static str,
    },
    /// An array that holds an infinity or a NaN.
    #[error("element {index} of {name} is {value}; it must be finite")]
    NotFinite {
        /// What the array is.
        name: &'static str,
        /// The first place where it is not finite, in row-major order.
        index: usize,
        /// What stands there.
        value: f64,
    },
    /// A matrix that differs from its transpose.
    #[error("{name} is not symmetric: {above} at [{row}, {column}] and {below} across")]
    NotSymmetric {
        /// What the matrix is.
        name: &'static str,
        /// The row of the element above the diagonal.
        row: usize,
        /// Its column.
        column: usize,
        /// The element.
        above: f64,
        /// The one across the diagonal.
        below: f64,
    },
    /// A matrix that a Cholesky factorisation found not to be positive definite.
    #[error("{name} is not positive definite: pivot {pivot} is {value}; damping may help")]
    NotPositiveDefinite {
        /// What the matrix is.
        name: &'static str,
        /// The row at which the factorisation failed.
        pivot: usize,
        /// What stood under the root.
        value: f64,
    },
    /// A matrix that elimination found to have no inverse.
    #[error("{name} is singular: no pivot is left in column {pivot}; it must have an inverse")]
    Singular {
        /// What the matrix is.
        name: &'static str,
        /// The column without a pivot.
        pivot: usize,
    },
    /// A direction along which a product with the matrix shows no positive curvature.
    #[error(
        "the curvature is {value} at iteration {iteration}; it must be above 0, damping may help"
    )]
    Curvature {
        /// How many iterations were done before.
        iteration: usize,
        /// pᵀ A p.
        value: f64,
    },
    /// A row that holds a negative or undefined probability, or does not sum to one.
    #[error("row {row} of {name} is no distribution: its sum is {sum}, its least element {least}")]
    NotADistribution {
        /// What the array is.
        name: &'static str,
        /// The row (0 for a vector).
        row: usize,
        /// What the row sums to.
        sum: f64,
        /// Its least element.
        least: f64,
    },
}
