//! What can be wrong with a figure's data.

/// The reason why a figure cannot be drawn.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing to draw.
    #[error("{what} is empty: a figure needs at least one value")]
    Empty {
        /// What is empty.
        what: String,
    },
    /// A value is NaN or infinite.
    #[error("{what}[{index}] is {value}: a figure needs finite values")]
    NotFinite {
        /// Which data.
        what: String,
        /// The first position at fault.
        index: usize,
        /// The value there.
        value: f64,
    },
    /// A logarithmic axis was given a value that has no logarithm.
    #[error("{what}[{index}] is {value}: a logarithmic axis needs values above 0")]
    NotPositive {
        /// Which data.
        what: String,
        /// The first position at fault.
        index: usize,
        /// The value there.
        value: f64,
    },
    /// A standard error or a probability is below zero.
    #[error("{what}[{index}] is {value}: it must be at least 0")]
    Negative {
        /// Which data.
        what: String,
        /// The first position at fault.
        index: usize,
        /// The value there.
        value: f64,
    },
    /// A probability is above one.
    #[error("{what}[{index}] is {value}: a probability is at most 1")]
    AboveOne {
        /// Which data.
        what: String,
        /// The first position at fault.
        index: usize,
        /// The value there.
        value: f64,
    },
    /// Two lists that belong together have different lengths.
    #[error("{what} has {got} values where {expected} are needed")]
    Length {
        /// Which data.
        what: String,
        /// How many values it has.
        got: usize,
        /// How many it needs.
        expected: usize,
    },
    /// An index points outside the figure.
    #[error("{what}[{index}] is {value}, but there are {len} cells")]
    OutOfRange {
        /// Which data.
        what: String,
        /// The position at fault.
        index: usize,
        /// The value there.
        value: usize,
        /// The first value that is too large.
        len: usize,
    },
    /// The values span more than a double can measure.
    #[error("the {axis} axis would reach from {low} to {high}: too wide to draw")]
    TooWide {
        /// `x`, `y` or `value`.
        axis: &'static str,
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
    },
    /// Eight colours can be told apart, no more.
    #[error("{got} series: at most {limit} colours can be told apart, so draw several figures")]
    TooManySeries {
        /// How many there are.
        got: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A grid with so many cells is no figure.
    #[error("{got} cells: a figure shows at most {limit}")]
    TooManyCells {
        /// How many there are.
        got: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Bars stand on zero, which a logarithmic axis does not have.
    #[error("bars stand on zero, which a logarithmic axis does not have: use a linear axis")]
    LogarithmicBars,
    /// A figure without words is nothing to a reader who cannot see it.
    #[error("the alternative text is empty: say in a sentence what the figure shows")]
    NoAltText,
    /// The drawing library refused.
    #[error("plotters could not draw: {0}")]
    Drawing(String),
}

impl<E: std::error::Error + Send + Sync> From<plotters::drawing::DrawingAreaErrorKind<E>>
    for Error
{
    fn from(error: plotters::drawing::DrawingAreaErrorKind<E>) -> Self {
        Error::Drawing(error.to_string())
    }
}

/// Refuses the first value that is NaN or infinite.
pub(crate) fn check_finite(what: &str, values: &[f64]) -> Result<(), Error> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(Error::NotFinite {
            what: what.to_owned(),
            index,
            value: values[index],
        }),
        None => Ok(()),
    }
}

/// Refuses the first value that is negative, NaN or infinite.
pub(crate) fn check_not_negative(what: &str, values: &[f64]) -> Result<(), Error> {
    check_finite(what, values)?;
    match values.iter().position(|value| *value < 0.0) {
        Some(index) => Err(Error::Negative {
            what: what.to_owned(),
            index,
            value: values[index],
        }),
        None => Ok(()),
    }
}

/// Refuses a list of the wrong length.
pub(crate) fn check_length(what: &str, got: usize, expected: usize) -> Result<(), Error> {
    if got == expected {
        return Ok(());
    }
    Err(Error::Length {
        what: what.to_owned(),
        got,
        expected,
    })
}
