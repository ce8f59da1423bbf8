//! Where the cells of a grid lie, and what fits into them.

use crate::grid::Grid;
use crate::number::fixed;
use crate::style::*;
use crate::svg::Size;

pub(crate) const PAD: f64 = 10.0;
pub(crate) const ROW: f64 = 20.0;
const LARGEST_CELL: f64 = 66.0;
const NARROWEST: f64 = 340.0;
const BAR: f64 = 30.0;

/// Where cells lie on the canvas, in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) size: Size,
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) cell: f64,
    pub(crate) columns: usize,
    pub(crate) decimals: usize,
    pub(crate) numbers: bool,
    /// Whether any cell has arrows; numbers then make room for them.
    pub(crate) policy: bool,
}

impl Layout {
    pub(crate) fn of(grid: &Grid, width: f64) -> Self {
        let policy = grid.cells.iter().any(|cell| !cell.policy.is_empty());
        let names = grid
            .row_names
            .iter()
            .map(|name| text_width(name, TEXT_SIZE));
        let left = PAD + names.fold(-6.0, f64::max) + 6.0;
        let cell = ((width - left - PAD) / grid.columns as f64).min(LARGEST_CELL);
        let decimals = decimals(grid);
        let texts = grid
            .cells
            .iter()
            .filter_map(|c| c.value)
            .map(|v| fixed(v, decimals));
        let widest = texts
            .map(|t| text_width(&t, SMALL_SIZE))
            .fold(0.0, f64::max);
        let numbers = widest + 4.0 <= cell && cell >= if policy { 44.0 } else { 18.0 };
        let used = (left + grid.columns as f64 * cell + PAD).max(NARROWEST.min(width));
        let names_above = if grid.column_names.is_empty() {
            0.0
        } else {
            ROW
        };
        let top = captions(grid, used).len() as f64 * ROW + 16.0 + names_above;
        let mut layout = Layout {
            size: (used, 0.0),
            left,
            top,
            cell,
            columns: grid.columns,
            decimals,
            numbers,
            policy,
        };
        let bar = if layout.needs_bar(grid) { BAR } else { 0.0 };
        layout.size.1 = top + grid.rows() as f64 * cell + PAD + bar;
        layout
    }

    /// Whether colours stand without numbers, so that a bar must explain them.
    pub(crate) fn needs_bar(&self, grid: &Grid) -> bool {
        !self.numbers && grid.cells.iter().any(|cell| cell.value.is_some())
    }

    pub(crate) fn corner(&self, index: usize) -> (f64, f64) {
        let (row, column) = (index / self.columns, index % self.columns);
        (
            self.left + column as f64 * self.cell,
            self.top + row as f64 * self.cell,
        )
    }

    pub(crate) fn middle(&self, index: usize) -> (f64, f64) {
        let (x, y) = self.corner(index);
        (x + self.cell / 2.0, y + self.cell / 2.0)
    }

    /// Where a cell's arrows start and the path passes: its middle, or a little off it where a
    /// number stands in the upper left corner.
    pub(crate) fn heart(&self, index: usize) -> (f64, f64) {
        let (x, y) = self.middle(index);
        if self.policy && self.numbers {
            return (x + 0.07 * self.cell, y + 0.1 * self.cell);
        }
        (x, y)
    }

    pub(crate) fn rectangle(&self, index: usize, inset: f64) -> [(i32, i32); 2] {
        let (x, y) = self.corner(index);
        let far = self.cell - inset;
        [(px(x + inset), px(y + inset)), (px(x + far), px(y + far))]
    }
}

/// As many decimals as three digits of the largest value need, at most 3.
fn decimals(grid: &Grid) -> usize {
    let (low, high) = grid.extremes();
    let largest = low.abs().max(high.abs());
    let whole = grid
        .cells
        .iter()
        .filter_map(|c| c.value)
        .all(|v| v.fract() == 0.0);
    match largest {
        _ if whole => 0,
        l if l < 1.0 => 3,
        l if l < 10.0 => 2,
        l if l < 100.0 => 1,
        _ => 0,
    }
}

/// The lines of text over the grid; the title's come first.
pub(crate) fn captions(grid: &Grid, width: f64) -> Vec<(String, bool)> {
    let title = wrap(&grid.title, TITLE_SIZE, width - 2.0 * PAD);
    let key = wrap(&grid.key, TEXT_SIZE, width - 2.0 * PAD);
    let title = title.into_iter().map(|line| (line, true));
    title
        .chain(key.into_iter().map(|line| (line, false)))
        .collect()
}
