//! What stands around the data of a chart: title, axes, reference lines.

/// Title, axes and description of a chart.
///
/// # Example
/// ```
/// use kinglet_plots::{Axes, Axis, Reference};
/// let axes = Axes {
///     references: vec![Reference::horizontal("exact", 0.987863)],
///     ..Axes::new("Buying", Axis::log("samples"), Axis::linear("P(buy | O)"), "It converges.")
/// };
/// assert_eq!(axes.references[0].value, 0.987863);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Axes {
    /// One line over the figure: what it shows.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The figure in a sentence or two, for who cannot see it.
    pub alt: String,
    /// Thin grey lines at values to compare with.
    pub references: Vec<Reference>,
}

impl Axes {
    /// Axes without reference lines.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis, alt: impl Into<String>) -> Self {
        Axes {
            title: title.into(),
            x,
            y,
            alt: alt.into(),
            references: Vec::new(),
        }
    }

    /// The values of the reference lines that run one way.
    pub(crate) fn references_along(&self, direction: Direction) -> impl Iterator<Item = f64> + '_ {
        let along = self
            .references
            .iter()
            .filter(move |r| r.direction == direction);
        along.map(|r| r.value)
    }
}

/// One axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The quantity, with its unit.
    pub label: String,
    /// How values become lengths.
    pub scale: Scale,
    /// Values that the axis must reach even if no datum does.
    pub include: Vec<f64>,
}

impl Axis {
    /// An axis on which equal differences have equal lengths.
    pub fn linear(label: impl Into<String>) -> Self {
        Axis {
            label: label.into(),
            scale: Scale::Linear,
            include: Vec::new(),
        }
    }

    /// An axis on which equal ratios have equal lengths.
    pub fn log(label: impl Into<String>) -> Self {
        Axis {
            scale: Scale::Log,
            ..Axis::linear(label)
        }
    }
}

/// How an axis turns values into lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences, equal lengths.
    Linear,
    /// Equal ratios, equal lengths; values above 0 only.
    Log,
}

/// A labelled line across the chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// What stands at the line.
    pub label: String,
    /// Where the line is.
    pub value: f64,
    /// Which way it runs.
    pub direction: Direction,
}

/// Which way a reference line runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// At a value of y.
    Horizontal,
    /// At a value of x.
    Vertical,
}

impl Reference {
    /// The line y = `value`.
    pub fn horizontal(label: impl Into<String>, value: f64) -> Self {
        Reference {
            label: label.into(),
            value,
            direction: Direction::Horizontal,
        }
    }

    /// The line x = `value`.
    pub fn vertical(label: impl Into<String>, value: f64) -> Self {
        Reference {
            label: label.into(),
            value,
            direction: Direction::Vertical,
        }
    }
}
