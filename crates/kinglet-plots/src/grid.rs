//! Gridworlds and other matrices: what stands in each cell.

use std::borrow::Borrow;

use crate::error::{Error, check_finite, check_not_negative};
use crate::figure::{Figure, Panel};
use crate::ruler::measurable;
use crate::series::numbers;

/// A rectangle of cells, row by row from the top left.
///
/// # Example
/// ```
/// use kinglet_plots::{Arrow, Cell, Grid, Ground, grid};
/// # fn main() -> Result<(), kinglet_plots::Error> {
/// let start = Cell { policy: vec![(Arrow::Right, 0.9), (Arrow::Up, 0.1)], ..Cell::open(-1.5) };
/// let goal = Cell { ground: Ground::Goal, ..Cell::open(0.0) };
/// let world = Grid {
///     walk: vec![0, 1],
///     ..Grid::new("A short way", 2, vec![start, goal], "Two cells; the policy goes right.")
/// };
/// assert!(grid(&world)?.svg().contains("−1.5"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// One line over the figure: what it shows.
    pub title: String,
    /// What numbers, colours and arrows mean; a line under the title, or empty.
    pub key: String,
    /// Cells in a row.
    pub columns: usize,
    /// Cells, row by row from the top left.
    pub cells: Vec<Cell>,
    /// The cells of a path drawn over the grid, by index; or empty.
    pub walk: Vec<usize>,
    /// A name for each row, or none at all.
    pub row_names: Vec<String>,
    /// A name for each column, or none at all.
    pub column_names: Vec<String>,
    /// The values of the palest and the strongest colour, to give two grids the same colours; the
    /// cells' own extremes if it is `None`.
    pub range: Option<(f64, f64)>,
    /// The figure in a sentence or two, for who cannot see it.
    pub alt: String,
}

/// One cell of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// What the cell is.
    pub ground: Ground,
    /// Its colour and number.
    pub value: Option<f64>,
    /// Arrows as long as their probabilities.
    pub policy: Vec<(Arrow, f64)>,
}

impl Cell {
    /// A plain cell with a value and no arrows.
    pub fn open(value: f64) -> Self {
        Cell {
            ground: Ground::Open,
            value: Some(value),
            policy: Vec::new(),
        }
    }

    /// A cell without a value.
    pub fn bare(ground: Ground) -> Self {
        Cell {
            ground,
            value: None,
            policy: Vec::new(),
        }
    }
}

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Nothing special.
    Open,
    /// Where nobody can stand.
    Wall,
    /// Where one falls.
    Cliff,
    /// Where one starts.
    Start,
    /// Where one wants to be.
    Goal,
}

/// Which way an action leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrow {
    /// Nowhere: a disc.
    Stay,
    /// To the row above.
    Up,
    /// To the next column.
    Right,
    /// To the row below.
    Down,
    /// To the column before.
    Left,
}

impl Grid {
    /// A grid of cells without path, names or key.
    pub fn new(
        title: impl Into<String>,
        columns: usize,
        cells: Vec<Cell>,
        alt: impl Into<String>,
    ) -> Self {
        Grid {
            title: title.into(),
            key: String::new(),
            columns,
            cells,
            walk: Vec::new(),
            row_names: Vec::new(),
            column_names: Vec::new(),
            range: None,
            alt: alt.into(),
        }
    }

    /// A heat map: values row by row from the top left, as an ndarray iterates.
    pub fn heat_map(
        title: impl Into<String>,
        columns: usize,
        values: impl IntoIterator<Item: Borrow<f64>>,
        alt: impl Into<String>,
    ) -> Self {
        let cells = numbers(values).into_iter().map(Cell::open).collect();
        Grid::new(title, columns, cells, alt)
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.cells.len() / self.columns.max(1)
    }

    /// The least and the greatest value; 0 and 0 where there is none.
    pub(crate) fn extremes(&self) -> (f64, f64) {
        let values = self.cells.iter().filter_map(|cell| cell.value);
        let values = values.chain(self.range.iter().flat_map(|(low, high)| [*low, *high]));
        values
            .map(|v| (v, v))
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
            .unwrap_or((0.0, 0.0))
    }
}

/// Draws a gridworld or a heat map.
///
/// Colours run from orange below zero through white to blue above it; a number stands in each cell
/// that is large enough for it, otherwise a bar explains the colours.
///
/// # Errors
/// No cells, an incomplete row, more than 10 000 cells, a non-finite value, a policy that is no
/// probability, a path outside the grid, a wrong count of names, no alternative text.
pub fn grid(grid: &Grid) -> Result<Figure, Error> {
    Figure::of(Panel::Grid(grid.clone()))
}

const LIMIT: usize = 10_000;

/// Refuses a grid that cannot be drawn.
pub(crate) fn check(grid: &Grid) -> Result<(), Error> {
    let len = grid.cells.len();
    if len == 0 || grid.columns == 0 {
        return Err(Error::Empty {
            what: "the grid".to_owned(),
        });
    }
    if len > LIMIT {
        return Err(Error::TooManyCells {
            got: len,
            limit: LIMIT,
        });
    }
    let length = |what: &str, got, expected| crate::error::check_length(what, got, expected);
    length("the last row", (len - 1) % grid.columns + 1, grid.columns)?;
    for (what, names, expected) in [
        ("the list of row names", &grid.row_names, grid.rows()),
        ("the list of column names", &grid.column_names, grid.columns),
    ] {
        length(
            what,
            names.len(),
            if names.is_empty() { 0 } else { expected },
        )?;
    }
    let outside = grid.walk.iter().position(|cell| *cell >= len);
    if let Some(index) = outside {
        let (what, value) = ("the path".to_owned(), grid.walk[index]);
        return Err(Error::OutOfRange {
            what,
            index,
            value,
            len,
        });
    }
    check_numbers(grid)
}

fn check_numbers(grid: &Grid) -> Result<(), Error> {
    let (low, high) = grid.range.unwrap_or((0.0, 0.0));
    check_finite("the range of values", &[low, high])?;
    for (index, cell) in grid.cells.iter().enumerate() {
        check_finite(&format!("cell {index}: value"), cell.value.as_slice())?;
        let policy: Vec<f64> = cell.policy.iter().map(|(_, p)| *p).collect();
        let what = format!("cell {index}: policy");
        check_not_negative(&what, &policy)?;
        if let Some(index) = policy.iter().position(|p| *p > 1.0 + 1e-9) {
            return Err(Error::AboveOne {
                what,
                index,
                value: policy[index],
            });
        }
    }
    let (low, high) = grid.extremes();
    if !measurable(low, high) {
        return Err(Error::TooWide {
            axis: "value",
            low,
            high,
        });
    }
    Ok(())
}
