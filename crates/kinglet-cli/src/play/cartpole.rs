//! The cart and its pole.

use kinglet_envs::CartPole;

use super::canvas::{Canvas, Point, View, plus};
use super::color::*;
use super::picture::Picture;

const WHEEL: f64 = 0.08;
const CART: Point = [0.66, 0.24];

impl Picture for CartPole {
    fn view(&self) -> View {
        let side = self.position_limit + CART[0] / 2.0 + 0.05;
        let top = hinge(0.0)[1] + 2.0 * self.half_length + 0.2;
        View {
            low: [-side, -0.3],
            high: [side, top],
            pixels: 600,
        }
    }

    fn seconds(&self) -> f64 {
        self.dt
    }

    fn paint(&self, canvas: &mut Canvas, [x, _, theta, _]: &[f64; 4], action: Option<&usize>) {
        let (x, side) = (*x, self.position_limit);
        let reach = 2.0 * self.half_length;
        let corner = |angle| tip(x, angle, 1.12 * reach);
        let limits = [corner(-self.angle_limit), corner(self.angle_limit)];
        canvas.fill(&[hinge(x), limits[0], limits[1]], GROUND);
        let edge = self.view().high[0];
        canvas.line(&[[-edge, 0.0], [edge, 0.0]], 2.0, FAINT);
        for end in [-side, side] {
            canvas.line(&[[end, 0.0], [end, -0.14]], 2.0, SOFT_INK);
        }
        let middle = hinge(x)[1] - CART[1] / 2.0;
        if let Some(action) = action {
            let push = if *action == 1 { 1.0 } else { -1.0 };
            let from = [x + push * (CART[0] / 2.0 + 0.06), middle];
            canvas.arrow(from, plus(from, [0.36 * push, 0.0]), ACTION);
        }
        for wheel in [-0.19, 0.19] {
            canvas.disc([x + wheel, WHEEL], WHEEL, INK);
        }
        canvas.block([x, middle + 0.01], CART, 0.0, BODY);
        canvas.line(&[hinge(x), tip(x, *theta, reach)], 11.0, LIMB);
        canvas.disc(hinge(x), 0.035, INK);
    }
}

/// The cart's top, where the pole is hinged.
fn hinge(x: f64) -> Point {
    [x, 2.0 * WHEEL + CART[1]]
}

/// The end of a pole of that length, which leans to the right by θ.
fn tip(x: f64, theta: f64, length: f64) -> Point {
    plus(hinge(x), [length * theta.sin(), length * theta.cos()])
}
