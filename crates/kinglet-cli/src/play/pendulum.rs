//! The pendulum.

use std::f64::consts::{FRAC_PI_2, PI};

use kinglet_envs::Pendulum;

use super::canvas::{Canvas, Point, View};
use super::color::*;
use super::picture::Picture;

impl Picture for Pendulum {
    fn view(&self) -> View {
        let side = 1.3 * self.length;
        View {
            low: [-side, -side],
            high: [side, side],
            pixels: 400,
        }
    }

    fn seconds(&self) -> f64 {
        self.dt
    }

    fn paint(&self, canvas: &mut Canvas, [theta, _]: &[f64; 2], action: Option<&[f64; 1]>) {
        let up = [0.0, 1.22 * self.length];
        canvas.dashes(&[[0.0, 0.0], up], 2.0, GOAL);
        canvas.line(&[[0.0, 0.0], tip(*theta, self.length)], 26.0, BODY);
        canvas.disc([0.0, 0.0], 0.05 * self.length, WHITE);
        if let Some([torque]) = action {
            // A third of a turn for the largest torque, about the opposite of the rod.
            let share = torque.clamp(-self.max_torque, self.max_torque) / self.max_torque;
            let (middle, sweep) = (theta - FRAC_PI_2, share * PI / 3.0);
            let ends = [middle - sweep, middle + sweep];
            canvas.arc_arrow([0.0, 0.0], 0.33 * self.length, ends, ACTION);
        }
    }
}

/// The end of a rod of that length; θ turns to the left from upright.
fn tip(theta: f64, length: f64) -> Point {
    [-length * theta.sin(), length * theta.cos()]
}
