//! The plane of the direction task.

use kinglet_envs::Direction;

use super::canvas::{Canvas, View};
use super::color::*;
use super::picture::Picture;

/// The target with room about it; an action farther away leaves the picture.
impl Picture for Direction {
    fn view(&self) -> View {
        let [x, y] = self.target.map(f64::abs);
        let side = 2.0 * x.max(y).max(0.5);
        View {
            low: [-side; 2],
            high: [side; 2],
            pixels: 400,
        }
    }

    fn seconds(&self) -> f64 {
        1.0
    }

    fn paint(&self, canvas: &mut Canvas, _state: &usize, action: Option<&[f64; 2]>) {
        let side = self.view().high[0];
        canvas.line(&[[-side, 0.0], [side, 0.0]], 1.5, FAINT);
        canvas.line(&[[0.0, -side], [0.0, side]], 1.5, FAINT);
        canvas.disc(self.target, 0.06 * side, GOAL);
        if let Some(action) = action {
            canvas.arrow([0.0, 0.0], *action, ACTION);
        }
    }
}
