//! One set of points of a chart, with how sure they are.

use std::borrow::Borrow;

use crate::axes::Scale;
use crate::error::{Error, check_finite, check_length, check_not_negative};

/// Labelled points (x, y), joined by a line or not, with a standard error or not.
///
/// Values come from anything that yields numbers: a `Vec`, an ndarray, an iterator.
///
/// # Example
/// ```
/// use kinglet_plots::Series;
/// let squares = Series::line("x²", [0.0, 1.0, 2.0], [0.0, 1.0, 2.0].map(|x| x * x));
/// assert_eq!(squares.y, [0.0, 1.0, 4.0]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The name, shown at the line's end or in the legend.
    pub label: String,
    /// Horizontal positions.
    pub x: Vec<f64>,
    /// Vertical positions.
    pub y: Vec<f64>,
    /// How sure `y` is.
    pub spread: Spread,
    /// How the points are drawn.
    pub mark: Mark,
}

/// How sure a series' values are: a standard error or an interval for each point.
#[derive(Debug, Clone, PartialEq)]
pub enum Spread {
    /// Exact, or unknown.
    None,
    /// A shaded band of ± one standard error.
    Band(Vec<f64>),
    /// A bar of ± one standard error at each point.
    Bars(Vec<f64>),
    /// A shaded band between two bounds, which need not lie evenly about the line.
    Between {
        /// The lower bounds.
        low: Vec<f64>,
        /// The upper bounds.
        high: Vec<f64>,
    },
}

/// How a series' points are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A line through the points, in their order.
    Line,
    /// A disc at each point.
    Points,
    /// Both.
    LineAndPoints,
}

impl Series {
    /// A line without error.
    pub fn line<X, Y>(label: impl Into<String>, x: X, y: Y) -> Self
    where
        X: IntoIterator<Item: Borrow<f64>>,
        Y: IntoIterator<Item: Borrow<f64>>,
    {
        Series {
            label: label.into(),
            x: numbers(x),
            y: numbers(y),
            spread: Spread::None,
            mark: Mark::Line,
        }
    }

    /// Points that no line joins.
    pub fn points<X, Y>(label: impl Into<String>, x: X, y: Y) -> Self
    where
        X: IntoIterator<Item: Borrow<f64>>,
        Y: IntoIterator<Item: Borrow<f64>>,
    {
        Series {
            mark: Mark::Points,
            ..Series::line(label, x, y)
        }
    }

    /// A line of means in a band of ± one standard error.
    pub fn with_band<X, Y, E>(label: impl Into<String>, x: X, mean: Y, standard_error: E) -> Self
    where
        X: IntoIterator<Item: Borrow<f64>>,
        Y: IntoIterator<Item: Borrow<f64>>,
        E: IntoIterator<Item: Borrow<f64>>,
    {
        Series {
            spread: Spread::Band(numbers(standard_error)),
            ..Series::line(label, x, mean)
        }
    }

    /// A line in a band from `low` to `high`, such as the ends of a bootstrap's interval.
    ///
    /// ```
    /// use kinglet_plots::{Axes, Axis, Series, lines};
    /// # fn main() -> Result<(), kinglet_plots::Error> {
    /// let returns = Series::between("ppo", [0.0, 1.0], [20.0, 400.0], [18.0, 250.0], [23.0, 480.0]);
    /// let axes = Axes::new("It learns", Axis::linear("steps"), Axis::linear("return"), "It rises.");
    /// assert!(lines(&axes, &[returns])?.svg().contains("<polygon"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn between<X, Y, L, H>(label: impl Into<String>, x: X, y: Y, low: L, high: H) -> Self
    where
        X: IntoIterator<Item: Borrow<f64>>,
        Y: IntoIterator<Item: Borrow<f64>>,
        L: IntoIterator<Item: Borrow<f64>>,
        H: IntoIterator<Item: Borrow<f64>>,
    {
        Series {
            spread: Spread::Between {
                low: numbers(low),
                high: numbers(high),
            },
            ..Series::line(label, x, y)
        }
    }

    /// Points at means, each with a bar of ± one standard error.
    pub fn with_error_bars<X, Y, E>(
        label: impl Into<String>,
        x: X,
        mean: Y,
        standard_error: E,
    ) -> Self
    where
        X: IntoIterator<Item: Borrow<f64>>,
        Y: IntoIterator<Item: Borrow<f64>>,
        E: IntoIterator<Item: Borrow<f64>>,
    {
        Series {
            spread: Spread::Bars(numbers(standard_error)),
            ..Series::points(label, x, mean)
        }
    }

    /// The ends of the band or bar at each point, where there is one.
    pub(crate) fn ends(&self) -> Option<Vec<(f64, f64)>> {
        match &self.spread {
            Spread::None => None,
            Spread::Band(errors) | Spread::Bars(errors) => {
                let both = self.y.iter().zip(errors);
                Some(both.map(|(y, e)| (y - e, y + e)).collect())
            }
            Spread::Between { low, high } => {
                Some(low.iter().copied().zip(high.iter().copied()).collect())
            }
        }
    }

    /// Every value that the vertical axis must reach.
    pub(crate) fn reach(&self, scale: Scale) -> Vec<f64> {
        let mut reach = self.y.clone();
        let ends = self.ends().unwrap_or_default();
        let both = ends.into_iter().flat_map(|(low, high)| [low, high]);
        reach.extend(both.filter(|v| scale == Scale::Linear || *v > 0.0));
        reach
    }

    pub(crate) fn check(&self, x: Scale, y: Scale) -> Result<(), Error> {
        let what = |axis| format!("{axis} of series {:?}", self.label);
        if self.x.is_empty() {
            return Err(Error::Empty { what: what("x") });
        }
        check_length(&what("y"), self.y.len(), self.x.len())?;
        check_on_axis(&what("x"), &self.x, x)?;
        check_on_axis(&what("y"), &self.y, y)?;
        match &self.spread {
            Spread::None => Ok(()),
            Spread::Band(errors) | Spread::Bars(errors) => {
                check_length(&what("standard error"), errors.len(), self.x.len())?;
                check_not_negative(&what("standard error"), errors)
            }
            Spread::Between { low, high } => {
                check_length(&what("low"), low.len(), self.x.len())?;
                check_length(&what("high"), high.len(), self.x.len())?;
                check_finite(&what("low"), low)?;
                check_finite(&what("high"), high)?;
                let gaps: Vec<f64> = high.iter().zip(low).map(|(h, l)| h - l).collect();
                check_not_negative(&what("high − low"), &gaps)
            }
        }
    }
}

pub(crate) fn numbers(values: impl IntoIterator<Item: Borrow<f64>>) -> Vec<f64> {
    values.into_iter().map(|value| *value.borrow()).collect()
}

/// Refuses values that an axis cannot show.
pub(crate) fn check_on_axis(what: &str, values: &[f64], scale: Scale) -> Result<(), Error> {
    check_finite(what, values)?;
    let bad = values.iter().position(|value| *value <= 0.0);
    match (scale, bad) {
        (Scale::Log, Some(index)) => Err(Error::NotPositive {
            what: what.to_owned(),
            index,
            value: values[index],
        }),
        _ => Ok(()),
    }
}
