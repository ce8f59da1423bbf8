//! The car and its hill.

use kinglet_envs::{CarState, MountainCar, MountainCarContinuous};

use super::canvas::{Canvas, Point, View, plus, turned};
use super::color::*;
use super::picture::Picture;

/// Frames of 1/30 s, as Gymnasium shows it: the problem itself knows no seconds.
const SECONDS: f64 = 1.0 / 30.0;
/// How much ground is seen beyond the ends of the road.
const EDGE: f64 = 0.1;
const WHEEL: f64 = 0.026;
const CAR: Point = [0.15, 0.055];

impl Picture for MountainCar {
    fn view(&self) -> View {
        view(self.position.low[0], self.position.high[0])
    }

    fn seconds(&self) -> f64 {
        SECONDS
    }

    fn paint(&self, canvas: &mut Canvas, [x, _]: &[f64; 2], action: Option<&usize>) {
        let push = action.map_or(0.0, |action| *action as f64 - 1.0);
        let ends = [self.position.low[0], self.position.high[0]];
        paint(canvas, ends, self.goal_position, *x, push);
    }
}

impl Picture for MountainCarContinuous {
    fn view(&self) -> View {
        view(self.position.low[0], self.position.high[0])
    }

    fn seconds(&self) -> f64 {
        SECONDS
    }

    fn paint(&self, canvas: &mut Canvas, state: &CarState, action: Option<&[f64; 1]>) {
        let limit = self.max_action;
        let push = action.map_or(0.0, |[a]| a.clamp(-limit, limit) / limit);
        let ends = [self.position.low[0], self.position.high[0]];
        paint(canvas, ends, self.goal_position, state.position, push);
    }
}

fn view(left: f64, right: f64) -> View {
    View {
        low: [left - EDGE, -0.02],
        high: [right + EDGE, 1.28],
        pixels: 600,
    }
}

/// The road's height over x, as Gymnasium draws it: its slope is that of the dynamics, cos 3x.
fn height(x: f64) -> f64 {
    0.45 * (3.0 * x).sin() + 0.55
}

/// The angle at which the road climbs.
fn slope(x: f64) -> f64 {
    (1.35 * (3.0 * x).cos()).atan()
}

/// The hill between the ends of the road, the flag, the car, and its push from −1 to 1.
fn paint(canvas: &mut Canvas, ends: [f64; 2], goal: f64, x: f64, push: f64) {
    hill(canvas, ends);
    let foot = [goal, height(goal)];
    let [near, middle, top] = [0.16, 0.205, 0.25].map(|up| plus(foot, [0.0, up]));
    canvas.line(&[foot, top], 3.0, INK);
    canvas.fill(&[near, plus(middle, [0.1, 0.0]), top], GOAL);
    car(canvas, x, push);
}

/// The ground from edge to edge, and the wall where the road ends.
fn hill(canvas: &mut Canvas, [left, right]: [f64; 2]) {
    let [from, to] = [left - EDGE, right + EDGE];
    let steps = 120;
    let place = |i: i32| {
        let x = from + (to - from) * f64::from(i) / f64::from(steps);
        [x, height(x)]
    };
    let road: Vec<Point> = (0..=steps).map(place).collect();
    let ground = [[to, -0.1], [from, -0.1]];
    canvas.fill(&[&road[..], &ground].concat(), GROUND);
    canvas.line(&road, 2.5, FAINT);
    let foot = [left, height(left)];
    canvas.line(&[foot, plus(foot, [0.0, 0.2])], 5.0, SOFT_INK);
}

fn car(canvas: &mut Canvas, x: f64, push: f64) {
    let angle = slope(x);
    let part = |along, up| plus([x, height(x)], turned([along, up], angle));
    let (middle, above) = (1.6 * WHEEL + CAR[1] / 2.0, 0.175);
    canvas.arrow(part(-0.1 * push, above), part(0.1 * push, above), ACTION);
    canvas.block(part(0.0, middle), CAR, angle, BODY);
    canvas.block(
        part(-0.005, middle + 0.75 * CAR[1]),
        [0.45 * CAR[0], 0.6 * CAR[1]],
        angle,
        BODY,
    );
    for wheel in [-0.045, 0.045] {
        canvas.disc(part(wheel, WHEEL), WHEEL, INK);
    }
}
