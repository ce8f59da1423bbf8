//! The acrobot.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use kinglet_envs::Acrobot;

use super::canvas::{Canvas, Point, View, plus};
use super::color::*;
use super::picture::Picture;

/// The links are drawn of length 1, as the height that ends an episode is counted.
impl Picture for Acrobot {
    fn view(&self) -> View {
        View {
            low: [-2.2, -2.2],
            high: [2.2, 2.2],
            pixels: 420,
        }
    }

    fn seconds(&self) -> f64 {
        self.dt
    }

    fn paint(&self, canvas: &mut Canvas, state: &[f64; 4], action: Option<&usize>) {
        let [theta1, theta2, ..] = *state;
        let (joint, tip) = joints(theta1, theta2);
        canvas.dashes(&[[-2.2, 1.0], [2.2, 1.0]], 2.0, GOAL);
        canvas.line(&[[0.0, 0.0], joint], 20.0, BODY);
        canvas.line(&[joint, tip], 20.0, LIMB);
        for center in [[0.0, 0.0], joint] {
            canvas.disc(center, 0.06, WHITE);
        }
        let torque = action.map_or(0.0, |action| self.torques[*action]);
        if torque != 0.0 {
            let (middle, sweep) = (outside(theta1, theta2), 0.9 * torque.signum());
            canvas.arc_arrow(joint, 0.42, [middle - sweep, middle + sweep], ACTION);
        }
    }
}

/// The direction, from the middle joint, that is farthest from both links.
fn outside(theta1: f64, theta2: f64) -> f64 {
    let (to_pivot, to_tip) = (theta1 + FRAC_PI_2, theta1 + theta2 - FRAC_PI_2);
    let gap = (to_pivot - to_tip).rem_euclid(TAU);
    let middle = to_tip + gap / 2.0;
    if gap < PI { middle + PI } else { middle }
}

/// The middle joint and the tip; angles turn to the left from hanging down, the second from the first link.
fn joints(theta1: f64, theta2: f64) -> (Point, Point) {
    let both = theta1 + theta2;
    let joint = [theta1.sin(), -theta1.cos()];
    (joint, plus(joint, [both.sin(), -both.cos()]))
}
