//! A car too weak for its hill, with a force.

use ndarray::{ArrayViewMut1, aview1};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::arithmetic::clip;
use crate::env::{End, Env, Step};
use crate::space::{Bounds, Space};

/// The mountain car with a push of any size: reach the goal, and push as little as possible.
///
/// ```text
/// vₜ₊₁ = clip(vₜ + power · clip(a, ±1) − gravity · cos 3xₜ, ±max_speed)
/// xₜ₊₁ = clip(xₜ + vₜ₊₁, low, high),   with vₜ₊₁ = 0 at the left wall
/// rₜ   = 100 · [goal reached] − 0.1 a²
/// ```
///
/// It is the action *before* clipping that costs. The state is observed as (x, v); the episode
/// terminates at the goal, if the car is fast enough there.
///
/// Equal to Gymnasium's `MountainCarContinuous-v0`, which draws a start in double precision, holds
/// every later state in single precision, and computes a step in the precision of the state it
/// starts from; see [`CarState`]. Its actions have single precision, so the action is rounded to
/// it. NaN as an action gives NaN as a state.
///
/// # Source
/// Moore 1990; Gymnasium 1.4.0, `classic_control/continuous_mountain_car.py`.
///
/// # Example
/// ```
/// use kinglet_envs::{CarState, Env, MountainCarContinuous};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// // At x = 0 the slope is −0.0025; an action of 2 pushes like 1, 0.0015, and costs 0.1 · 2².
/// let s = CarState::start(0.0, 0.0);
/// let step = MountainCarContinuous::default().step(&s, &[2.0], &mut rng);
/// assert!((step.next.velocity + 0.001).abs() < 1e-10);
/// assert_eq!(step.reward, -0.4);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MountainCarContinuous {
    /// The velocity that an action of 1 adds.
    pub power: f64,
    /// Strength of the slope.
    pub gravity: f64,
    /// The left wall and the right end of the road.
    pub position: Bounds<1>,
    /// The largest |v|.
    pub max_speed: f64,
    /// The largest |a| that counts.
    pub max_action: f64,
    /// Where the goal begins.
    pub goal_position: f64,
    /// The least velocity that counts at the goal.
    pub goal_velocity: f64,
    /// The first position and velocity are uniform on this box.
    pub start: Bounds<2>,
}

/// Position, velocity and their precision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CarState {
    /// The position x.
    pub position: f64,
    /// The velocity v.
    pub velocity: f64,
    /// What the next step is computed in.
    pub precision: Precision,
}

/// The precision of a [`CarState`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Of the first state of an episode.
    Double,
    /// Of every state after a step.
    Single,
}

impl Precision {
    fn round(self, x: f64) -> f64 {
        match self {
            Self::Double => x,
            Self::Single => f64::from(x as f32),
        }
    }
}

impl CarState {
    /// The first state of an episode.
    pub fn start(position: f64, velocity: f64) -> Self {
        Self {
            position,
            velocity,
            precision: Precision::Double,
        }
    }
}

impl MountainCarContinuous {
    /// After how many steps Gymnasium truncates an episode.
    pub const TIME_LIMIT: usize = 999;

    /// What the step adds to the velocity. The sum has the precision of the action, single, unless
    /// the bound takes its place, which is a double.
    fn acceleration(&self, action: f32, position: f64, precision: Precision) -> f64 {
        let action = f64::from(action);
        let slope = self.gravity * precision.round(3.0 * position).cos();
        let force = clip(action, -self.max_action, self.max_action);
        if force != action {
            return force * self.power - slope;
        }
        let push = action as f32 * self.power as f32;
        f64::from(push - slope as f32)
    }
}

/// Gymnasium's values.
impl Default for MountainCarContinuous {
    fn default() -> Self {
        Self {
            power: 0.0015,
            gravity: 0.0025,
            position: Bounds {
                low: [-1.2],
                high: [0.6],
            },
            max_speed: 0.07,
            max_action: 1.0,
            goal_position: 0.45,
            goal_velocity: 0.0,
            start: Bounds {
                low: [-0.6, 0.0],
                high: [-0.4, 0.0],
            },
        }
    }
}

impl Env for MountainCarContinuous {
    type State = CarState;
    type Actions = Bounds<1>;

    fn actions(&self) -> Bounds<1> {
        Bounds {
            low: [-self.max_action],
            high: [self.max_action],
        }
    }

    fn obs_dim(&self) -> usize {
        2
    }

    fn reset<R: Rng + ?Sized>(&self, rng: &mut R) -> CarState {
        let [position, velocity] = self.start.sample(rng);
        CarState::start(position, velocity)
    }

    fn step<R: Rng + ?Sized>(&self, s: &CarState, a: &[f64; 1], _rng: &mut R) -> Step<CarState> {
        let action = a[0] as f32;
        // Sums and comparisons of singles, done in double and rounded, are those of singles.
        let round = |x| s.precision.round(x);
        let (wall, road_end) = (round(self.position.low[0]), round(self.position.high[0]));
        let top_speed = round(self.max_speed);

        let push = round(self.acceleration(action, s.position, s.precision));
        let v = clip(round(s.velocity + push), -top_speed, top_speed);
        let x = clip(round(s.position + v), wall, road_end);
        let v = if x == wall && v < 0.0 { 0.0 } else { v };

        let arrived = x >= round(self.goal_position) && v >= round(self.goal_velocity);
        let prize = if arrived { 100.0 } else { 0.0 };
        Step {
            next: CarState {
                position: Precision::Single.round(x),
                velocity: Precision::Single.round(v),
                precision: Precision::Single,
            },
            reward: prize - f64::from(action) * f64::from(action) * 0.1,
            end: arrived.then_some(End::Terminated),
        }
    }

    fn observe(&self, s: &CarState, mut out: ArrayViewMut1<'_, f64>) {
        out.assign(&aview1(&[s.position, s.velocity]));
    }
}
