//! A finished figure, and two of them side by side.

use kinglet_display::{Bundle, Show};

use crate::axes::Axes;
use crate::bars::{Bars, paint_bars};
use crate::error::Error;
use crate::grid::Grid;
use crate::grid_paint::paint_grid;
use crate::lines::paint_lines;
use crate::series::Series;
use crate::svg::{Painted, Size, document};

/// Width and height of a chart that stands alone, and of one beside another.
const ALONE: Size = (620.0, 380.0);
const BESIDE: Size = (400.0, 340.0);

/// A figure, drawn: one SVG document with its description.
///
/// Notebooks and chapters show it as an image; where there is no picture, its description is text.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    panels: Vec<Panel>,
    svg: String,
    alt: String,
}

/// What one panel shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Panel {
    Lines(Axes, Vec<Series>),
    Bars(Axes, Vec<String>, Vec<Bars>),
    Grid(Grid),
}

impl Panel {
    fn title(&self) -> &str {
        match self {
            Panel::Lines(axes, _) | Panel::Bars(axes, _, _) => &axes.title,
            Panel::Grid(grid) => &grid.title,
        }
    }

    fn alt(&self) -> &str {
        match self {
            Panel::Lines(axes, _) | Panel::Bars(axes, _, _) => &axes.alt,
            Panel::Grid(grid) => &grid.alt,
        }
    }

    fn paint(&self, size: Size) -> Result<Painted, Error> {
        if self.alt().trim().is_empty() {
            return Err(Error::NoAltText);
        }
        match self {
            Panel::Lines(axes, series) => paint_lines(axes, series, size),
            Panel::Bars(axes, categories, bars) => paint_bars(axes, categories, bars, size),
            Panel::Grid(grid) => paint_grid(grid, size.0),
        }
    }
}

impl Figure {
    /// A figure of one panel.
    pub(crate) fn of(panel: Panel) -> Result<Self, Error> {
        let painted = panel.paint(ALONE)?;
        Ok(Figure {
            svg: document(&[painted], panel.title(), panel.alt()),
            alt: panel.alt().to_owned(),
            panels: vec![panel],
        })
    }

    /// The same figure, drawn as small as one of two that stand side by side: for pages that hold many.
    ///
    /// # Errors
    /// As when it was drawn.
    ///
    /// ```
    /// use kinglet_plots::{Axes, Axis, Series, lines};
    /// # fn main() -> Result<(), kinglet_plots::Error> {
    /// let axes = Axes::new("It rises", Axis::linear("x"), Axis::linear("y"), "A line.");
    /// let figure = lines(&axes, &[Series::line("", [0.0, 1.0], [0.0, 1.0])])?;
    /// assert!(figure.svg().contains("width=\"620\"") && figure.small()?.svg().contains("width=\"400\""));
    /// # Ok(())
    /// # }
    /// ```
    pub fn small(&self) -> Result<Self, Error> {
        Self::side_by_side(self.panels.clone(), self.alt.clone())
    }

    /// Panels beside each other.
    fn side_by_side(panels: Vec<Panel>, alt: String) -> Result<Self, Error> {
        let painted = panels.iter().map(|panel| panel.paint(BESIDE));
        let painted = painted.collect::<Result<Vec<_>, _>>()?;
        let titles: Vec<&str> = panels.iter().map(Panel::title).collect();
        Ok(Figure {
            svg: document(&painted, &titles.join(" | "), &alt),
            alt,
            panels,
        })
    }

    /// The SVG document: scales with its viewBox, carries its own white ground and description.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The figure in words.
    pub fn alt(&self) -> &str {
        &self.alt
    }

    /// Shows the figure as a notebook cell's result.
    pub fn evcxr_display(&self) {
        kinglet_display::show(self);
    }
}

impl Show for Figure {
    fn bundle(&self) -> Bundle {
        Bundle::text(self.alt.as_str()).with("image/svg+xml", self.svg.as_str())
    }
}

/// Two figures as the panels of one, in the same style; one that has panels already keeps them.
///
/// # Errors
/// Those of the two figures, which are drawn again at a panel's size.
///
/// # Example
/// ```
/// use kinglet_plots::{Axes, Axis, Series, beside, lines};
/// # fn main() -> Result<(), kinglet_plots::Error> {
/// let axes = |name: &str| Axes::new(name, Axis::linear("x"), Axis::linear("y"), "A line.");
/// let left = lines(&axes("rises"), &[Series::line("", [0.0, 1.0], [0.0, 1.0])])?;
/// let right = lines(&axes("falls"), &[Series::line("", [0.0, 1.0], [1.0, 0.0])])?;
/// assert_eq!(beside(&left, &right)?.alt(), "Left: A line. Right: A line.");
/// # Ok(())
/// # }
/// ```
pub fn beside(left: &Figure, right: &Figure) -> Result<Figure, Error> {
    let panels: Vec<Panel> = left.panels.iter().chain(&right.panels).cloned().collect();
    let last = panels.len() - 1;
    let place = |i: usize| match i {
        0 => "Left",
        i if i == last => "Right",
        _ => "Middle",
    };
    let each = panels.iter().enumerate();
    let alts: Vec<_> = each
        .map(|(i, panel)| format!("{}: {}", place(i), panel.alt()))
        .collect();
    let alt = alts.join(" ");
    Figure::side_by_side(panels, alt)
}
