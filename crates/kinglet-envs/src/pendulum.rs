//! A pendulum that is to be swung up and held.

use std::f64::consts::PI;

use ndarray::{ArrayViewMut1, aview1};
use rand::Rng;

use crate::arithmetic::{clip, square_single};
use crate::env::{Env, Step};
use crate::space::{Bounds, Space};

/// A pendulum to be swung up and held upright by a torque too weak to lift it at once.
///
/// ```text
/// θ̇ₜ₊₁ = clip(θ̇ₜ + (3g/2l · sin θₜ + 3/(m l²) · u) dt, ±max_speed)
/// θₜ₊₁ = θₜ + θ̇ₜ₊₁ dt
/// rₜ   = −(θₜ² + 0.1 θ̇ₜ² + 0.001 u²),   θₜ taken to [−π, π)
/// ```
///
/// The state is (θ, θ̇) with θ = 0 upright; θ is not wrapped. It is observed as (cos θ, sin θ, θ̇).
/// The torque u is the action, clipped to ±`max_torque`. There is no termination.
///
/// Equal to Gymnasium's `Pendulum-v1`. Its actions have single precision, so the torque is rounded
/// to it, and so are the products that hold nothing but constants and the torque; the reward is
/// Gymnasium's within 1e-10. NaN as a torque gives NaN as a state.
///
/// # Source
/// Gymnasium 1.4.0, `classic_control/pendulum.py`.
///
/// # Example
/// ```
/// use kinglet_envs::{Env, Pendulum};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// // Upright and at rest, a torque of 3 counts as 2: θ̇ = 3 · 2 · 0.05, r = −0.001 · 2².
/// let step = Pendulum::default().step(&[0.0, 0.0], &[3.0], &mut rng);
/// assert!((step.next[1] - 0.3).abs() < 1e-15);
/// assert!((step.next[0] - 0.3 * 0.05).abs() < 1e-15);
/// assert!((step.reward + 0.004).abs() < 1e-9);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Pendulum {
    /// Acceleration of gravity g.
    pub gravity: f64,
    /// Mass m.
    pub mass: f64,
    /// Length l.
    pub length: f64,
    /// Seconds in a step.
    pub dt: f64,
    /// The largest |θ̇|.
    pub max_speed: f64,
    /// The largest |u|.
    pub max_torque: f64,
    /// The first state is uniform on this box.
    pub start: Bounds<2>,
}

impl Pendulum {
    /// After how many steps Gymnasium truncates an episode.
    pub const TIME_LIMIT: usize = 200;

    /// The torque that acts: clipped, in single precision.
    fn torque(&self, action: f64) -> f32 {
        clip(action, -self.max_torque, self.max_torque) as f32
    }
}

/// Gymnasium's values.
impl Default for Pendulum {
    fn default() -> Self {
        Self {
            gravity: 10.0,
            mass: 1.0,
            length: 1.0,
            dt: 0.05,
            max_speed: 8.0,
            max_torque: 2.0,
            start: Bounds {
                low: [-PI, -1.0],
                high: [PI, 1.0],
            },
        }
    }
}

impl Env for Pendulum {
    type State = [f64; 2];
    type Actions = Bounds<1>;

    fn actions(&self) -> Bounds<1> {
        Bounds {
            low: [-self.max_torque],
            high: [self.max_torque],
        }
    }

    fn obs_dim(&self) -> usize {
        3
    }

    fn reset<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; 2] {
        self.start.sample(rng)
    }

    fn step<R: Rng + ?Sized>(&self, s: &[f64; 2], a: &[f64; 1], _rng: &mut R) -> Step<[f64; 2]> {
        let [theta, speed] = *s;
        let u = self.torque(a[0]);
        let angle = (theta + PI).rem_euclid(2.0 * PI) - PI;
        let cost = angle * angle + 0.1 * (speed * speed) + f64::from(0.001 * square_single(u));

        let lift = (3.0 / (self.mass * (self.length * self.length))) as f32 * u;
        let fall = 3.0 * self.gravity / (2.0 * self.length) * theta.sin();
        let next_speed = speed + (fall + f64::from(lift)) * self.dt;
        let next_speed = clip(next_speed, -self.max_speed, self.max_speed);
        Step {
            next: [theta + next_speed * self.dt, next_speed],
            reward: -cost,
            end: None,
        }
    }

    fn observe(&self, s: &[f64; 2], mut out: ArrayViewMut1<'_, f64>) {
        let [theta, speed] = *s;
        out.assign(&aview1(&[theta.cos(), theta.sin(), speed]));
    }
}
