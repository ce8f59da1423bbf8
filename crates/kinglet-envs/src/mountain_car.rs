//! A car too weak for its hill, with three actions.

use ndarray::{ArrayViewMut1, aview1};
use rand::Rng;

use crate::arithmetic::clip;
use crate::env::{End, Env, Step};
use crate::space::{Bounds, Discrete, Space};

/// A car in a valley, too weak to climb the hill to its goal without a run-up: push left (0), not
/// at all (1), or right (2).
///
/// ```text
/// vₜ₊₁ = clip(vₜ + force · (a − 1) − gravity · cos 3xₜ, ±max_speed)
/// xₜ₊₁ = clip(xₜ + vₜ₊₁, low, high),   with vₜ₊₁ = 0 at the left wall
/// ```
///
/// The state is (x, v) and is observed as it is. The reward is −1 in every step; the episode
/// terminates at the goal, if the car is fast enough there.
///
/// Equal to Gymnasium's `MountainCar-v0`.
///
/// # Panics
/// `step`, for an action other than 0, 1 and 2.
///
/// # Source
/// Moore 1990; Sutton and Barto 2018, example 10.1.
///
/// # Example
/// ```
/// use kinglet_envs::{Env, MountainCar};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// // At x = 0 the slope is −0.0025 and the push is 0.001.
/// let step = MountainCar::default().step(&[0.0, 0.0], &2, &mut rng);
/// assert!((step.next[0] + 0.0015).abs() < 1e-17);
/// assert_eq!(step.next[0], step.next[1]);
/// assert_eq!(step.reward, -1.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MountainCar {
    /// Size of the push.
    pub force: f64,
    /// Strength of the slope.
    pub gravity: f64,
    /// The left wall and the right end of the road.
    pub position: Bounds<1>,
    /// The largest |v|.
    pub max_speed: f64,
    /// Where the goal begins.
    pub goal_position: f64,
    /// The least velocity that counts at the goal.
    pub goal_velocity: f64,
    /// The first state is uniform on this box.
    pub start: Bounds<2>,
}

impl MountainCar {
    /// After how many steps Gymnasium truncates an episode.
    pub const TIME_LIMIT: usize = 200;
}

/// Gymnasium's values.
impl Default for MountainCar {
    fn default() -> Self {
        Self {
            force: 0.001,
            gravity: 0.0025,
            position: Bounds {
                low: [-1.2],
                high: [0.6],
            },
            max_speed: 0.07,
            goal_position: 0.5,
            goal_velocity: 0.0,
            start: Bounds {
                low: [-0.6, 0.0],
                high: [-0.4, 0.0],
            },
        }
    }
}

impl Env for MountainCar {
    type State = [f64; 2];
    type Actions = Discrete;

    fn actions(&self) -> Discrete {
        Discrete(3)
    }

    fn obs_dim(&self) -> usize {
        2
    }

    fn reset<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; 2] {
        self.start.sample(rng)
    }

    fn step<R: Rng + ?Sized>(&self, s: &[f64; 2], a: &usize, _rng: &mut R) -> Step<[f64; 2]> {
        assert!(*a < 3, "MountainCar has the actions 0, 1 and 2, not {a}");
        let [x, v] = *s;
        let v = v + ((*a as f64 - 1.0) * self.force + (3.0 * x).cos() * -self.gravity);
        let v = clip(v, -self.max_speed, self.max_speed);
        let [wall] = self.position.low;
        let x = clip(x + v, wall, self.position.high[0]);
        let v = if x == wall && v < 0.0 { 0.0 } else { v };
        let arrived = x >= self.goal_position && v >= self.goal_velocity;
        Step {
            next: [x, v],
            reward: -1.0,
            end: arrived.then_some(End::Terminated),
        }
    }

    fn observe(&self, s: &[f64; 2], mut out: ArrayViewMut1<'_, f64>) {
        out.assign(&aview1(s));
    }
}
