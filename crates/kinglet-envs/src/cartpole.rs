//! A pole that is to be balanced on a cart.

use ndarray::{ArrayViewMut1, aview1};
use rand::Rng;

use crate::env::{End, Env, Step};
use crate::space::{Bounds, Discrete, Space};

/// A pole hinged on a cart, to be kept upright by pushing the cart left (0) or right (1).
///
/// ```text
/// temp = (F + mₚ l θ̇² sin θ) / M
/// θ̈    = (g sin θ − cos θ · temp) / (l (4/3 − mₚ cos² θ / M))
/// ẍ    = temp − mₚ l θ̈ cos θ / M
/// ```
///
/// with M the mass of cart and pole, l half the pole's length and F = ±`force`; one explicit Euler
/// step of `dt`. The state is (x, ẋ, θ, θ̇) and is observed as it is. The reward is 1 in every step,
/// the last one included; the episode terminates once |x| or |θ| passes its limit.
///
/// Equal to Gymnasium's `CartPole-v1` with its standard reward. After termination Gymnasium pays 0
/// for further steps; here the dynamics have no memory, and [`Episode`](crate::Episode) refuses
/// such steps.
///
/// # Panics
/// `step`, for an action other than 0 and 1.
///
/// # Source
/// Barto, Sutton and Anderson 1983, with the equations of Florian 2007, (23) and (24), without
/// friction.
///
/// # Example
/// ```
/// use kinglet_envs::{CartPole, Env};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// // From rest and upright: temp = 10 / 1.1, θ̈ = −temp / (0.5 (4/3 − 0.1 / 1.1)).
/// let [x, x_dot, theta, theta_dot] = CartPole::default().step(&[0.0; 4], &1, &mut rng).next;
/// let temp = 10.0 / 1.1;
/// let theta_acc = -temp / (0.5 * (4.0 / 3.0 - 0.1 / 1.1));
/// assert_eq!([x, theta], [0.0, 0.0]);
/// assert!((theta_dot - 0.02 * theta_acc).abs() < 1e-15);
/// assert!((x_dot - 0.02 * (temp - 0.05 * theta_acc / 1.1)).abs() < 1e-15);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CartPole {
    /// Acceleration of gravity g.
    pub gravity: f64,
    /// Mass of the cart.
    pub mass_cart: f64,
    /// Mass of the pole mₚ.
    pub mass_pole: f64,
    /// Half the length of the pole l.
    pub half_length: f64,
    /// Size of the push F.
    pub force: f64,
    /// Seconds in a step.
    pub dt: f64,
    /// The pole has fallen at a larger |θ|.
    pub angle_limit: f64,
    /// The cart has left the track at a larger |x|.
    pub position_limit: f64,
    /// The first state is uniform on this box.
    pub start: Bounds<4>,
}

impl CartPole {
    /// After how many steps Gymnasium truncates an episode.
    pub const TIME_LIMIT: usize = 500;

    /// The accelerations (ẍ, θ̈) under the force F.
    fn accelerations(&self, theta: f64, theta_dot: f64, force: f64) -> (f64, f64) {
        let (sin, cos) = (theta.sin(), theta.cos());
        let total_mass = self.mass_pole + self.mass_cart;
        let pole_moment = self.mass_pole * self.half_length;
        let temp = (force + pole_moment * (theta_dot * theta_dot) * sin) / total_mass;
        let theta_acc = (self.gravity * sin - cos * temp)
            / (self.half_length * (4.0 / 3.0 - self.mass_pole * (cos * cos) / total_mass));
        let x_acc = temp - pole_moment * theta_acc * cos / total_mass;
        (x_acc, theta_acc)
    }
}

/// Gymnasium's values.
impl Default for CartPole {
    fn default() -> Self {
        Self {
            gravity: 9.8,
            mass_cart: 1.0,
            mass_pole: 0.1,
            half_length: 0.5,
            force: 10.0,
            dt: 0.02,
            angle_limit: 12.0 * 2.0 * std::f64::consts::PI / 360.0,
            position_limit: 2.4,
            start: Bounds {
                low: [-0.05; 4],
                high: [0.05; 4],
            },
        }
    }
}

impl Env for CartPole {
    type State = [f64; 4];
    type Actions = Discrete;

    fn actions(&self) -> Discrete {
        Discrete(2)
    }

    fn obs_dim(&self) -> usize {
        4
    }

    fn reset<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; 4] {
        self.start.sample(rng)
    }

    fn step<R: Rng + ?Sized>(&self, s: &[f64; 4], a: &usize, _rng: &mut R) -> Step<[f64; 4]> {
        assert!(*a < 2, "CartPole has the actions 0 and 1, not {a}");
        let [x, x_dot, theta, theta_dot] = *s;
        let force = if *a == 1 { self.force } else { -self.force };
        let (x_acc, theta_acc) = self.accelerations(theta, theta_dot, force);
        let next = [
            x + self.dt * x_dot,
            x_dot + self.dt * x_acc,
            theta + self.dt * theta_dot,
            theta_dot + self.dt * theta_acc,
        ];
        let fell = next[0].abs() > self.position_limit || next[2].abs() > self.angle_limit;
        Step {
            next,
            reward: 1.0,
            end: fell.then_some(End::Terminated),
        }
    }

    fn observe(&self, s: &[f64; 4], mut out: ArrayViewMut1<'_, f64>) {
        out.assign(&aview1(s));
    }
}
