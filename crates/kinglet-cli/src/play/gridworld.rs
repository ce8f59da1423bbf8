//! The walk on a map.

use kinglet_envs::{Cell, Gridworld};

use super::canvas::{Canvas, Point, View, plus};
use super::color::*;
use super::picture::Picture;

/// A cell is a unit wide; the first row's cells lie between −1 and 0.
impl Picture for Gridworld {
    fn view(&self) -> View {
        let (rows, columns) = self.cells.dim();
        View {
            low: [-0.3, -0.3 - rows as f64],
            high: [0.3 + columns as f64, 0.3],
            pixels: (60 * columns as u32).clamp(240, 600),
        }
    }

    /// Four steps a second can be followed by eye.
    fn seconds(&self) -> f64 {
        0.25
    }

    fn paint(&self, canvas: &mut Canvas, state: &usize, action: Option<&usize>) {
        for ((row, column), cell) in self.cells.indexed_iter() {
            let color = match cell {
                Cell::Wall => SOFT_INK,
                Cell::Cliff => FAINT,
                Cell::Goal => GOAL,
                Cell::Free | Cell::Start => GROUND,
            };
            canvas.block(middle((row, column)), [0.88, 0.88], 0.0, color);
        }
        let here = middle(self.cell(*state));
        canvas.disc(here, 0.28, BODY);
        if let Some(action) = action {
            let (down, right) = self.rules.moves.list()[*action].offset();
            let [x, y] = [right as f64, -down as f64];
            let from = plus(here, [0.2 * x, 0.2 * y]);
            canvas.arrow(from, plus(here, [0.75 * x, 0.75 * y]), ACTION);
        }
    }
}

/// The middle of a cell.
fn middle((row, column): (usize, usize)) -> Point {
    [column as f64 + 0.5, -(row as f64) - 0.5]
}
