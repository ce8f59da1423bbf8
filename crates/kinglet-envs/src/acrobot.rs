//! A two-link pendulum that is to be swung up by its middle joint.

use std::f64::consts::PI;

use ndarray::{ArrayViewMut1, aview1};
use rand::Rng;

use crate::arithmetic::{clip, square};
use crate::env::{End, Env, Step};
use crate::space::{Bounds, Discrete, Space};

/// Two links hanging from a fixed joint, driven by a torque at the joint between them, to be swung
/// up: torque −1 (0), 0 (1) or +1 (2).
///
/// ```text
/// d₁ = m₁ c₁² + m₂ (l₁² + c₂² + 2 l₁ c₂ cos θ₂) + 2I,   d₂ = m₂ (c₂² + l₁ c₂ cos θ₂) + I
/// φ₂ = m₂ c₂ g cos(θ₁ + θ₂ − π/2)
/// φ₁ = −m₂ l₁ c₂ θ̇₂² sin θ₂ − 2 m₂ l₁ c₂ θ̇₁ θ̇₂ sin θ₂ + (m₁ c₁ + m₂ l₁) g cos(θ₁ − π/2) + φ₂
/// θ̈₂ = (τ + d₂/d₁ φ₁ − m₂ l₁ c₂ θ̇₁² sin θ₂ − φ₂) / (m₂ c₂² + I − d₂²/d₁)
/// θ̈₁ = −(d₂ θ̈₂ + φ₁) / d₁
/// ```
///
/// One Runge-Kutta step of fourth order takes `dt`; then angles are wrapped to [−π, π] and speeds
/// clipped. The state is (θ₁, θ₂, θ̇₁, θ̇₂), θ₁ = 0 hanging down and θ₂ relative to the first link;
/// it is observed as (cos θ₁, sin θ₁, cos θ₂, sin θ₂, θ̇₁, θ̇₂). The episode terminates when the tip
/// is higher than one link above the fixed joint, −cos θ₁ − cos(θ₁ + θ₂) > 1, with the reward 0;
/// every other step has the reward −1.
///
/// Equal to Gymnasium's `Acrobot-v1` with the equations of the book and no noise in the torque.
///
/// # Panics
/// `step`, for an action other than 0, 1 and 2.
///
/// # Source
/// Sutton and Barto 1998, section 11.3 (masses, lengths and equations); Sutton 1996.
///
/// # Example
/// ```
/// use kinglet_envs::{Acrobot, Env};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// // Standing on its head, both links up, it is in balance but for the last bits of π, and done.
/// let step = Acrobot::default().step(&[std::f64::consts::PI, 0.0, 0.0, 0.0], &1, &mut rng);
/// assert!((step.next[0].abs() - std::f64::consts::PI).abs() < 1e-14);
/// assert!(step.next[1..].iter().all(|x| x.abs() < 1e-14));
/// assert_eq!((step.reward, step.end), (0.0, Some(kinglet_envs::End::Terminated)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Acrobot {
    /// Acceleration of gravity g.
    pub gravity: f64,
    /// Masses of the links m₁ and m₂.
    pub masses: [f64; 2],
    /// Length of the first link l₁. The second one's does not matter for the motion.
    pub length: f64,
    /// Centres of mass, from each link's joint, c₁ and c₂.
    pub centres: [f64; 2],
    /// Moment of inertia of each link I.
    pub inertia: f64,
    /// The torques of the three actions.
    pub torques: [f64; 3],
    /// Seconds in a step.
    pub dt: f64,
    /// The largest |θ̇₁| and |θ̇₂|.
    pub max_speeds: [f64; 2],
    /// The first state is uniform on this box, rounded to single precision.
    pub start: Bounds<4>,
}

impl Acrobot {
    /// After how many steps Gymnasium truncates an episode.
    pub const TIME_LIMIT: usize = 500;

    /// The time derivative of the state under a torque τ.
    fn derivative(&self, [theta1, theta2, speed1, speed2]: [f64; 4], torque: f64) -> [f64; 4] {
        let ([m1, m2], [c1, c2]) = (self.masses, self.centres);
        let (l1, i, g) = (self.length, self.inertia, self.gravity);
        let (sin2, cos2) = (theta2.sin(), theta2.cos());

        let d1 = m1 * (c1 * c1) + m2 * (l1 * l1 + c2 * c2 + 2.0 * l1 * c2 * cos2) + i + i;
        let d2 = m2 * (c2 * c2 + l1 * c2 * cos2) + i;
        let phi2 = m2 * c2 * g * (theta1 + theta2 - PI / 2.0).cos();
        let phi1 = -m2 * l1 * c2 * square(speed2) * sin2
            - 2.0 * m2 * l1 * c2 * speed2 * speed1 * sin2
            + (m1 * c1 + m2 * l1) * g * (theta1 - PI / 2.0).cos()
            + phi2;
        let acc2 = (torque + d2 / d1 * phi1 - m2 * l1 * c2 * square(speed1) * sin2 - phi2)
            / (m2 * (c2 * c2) + i - square(d2) / d1);
        let acc1 = -(d2 * acc2 + phi1) / d1;
        [speed1, speed2, acc1, acc2]
    }

    /// One Runge-Kutta step of fourth order.
    fn integrate(&self, s: [f64; 4], torque: f64) -> [f64; 4] {
        let (dt, half) = (self.dt, self.dt / 2.0);
        let ahead = |h: f64, k: [f64; 4]| std::array::from_fn(|i| s[i] + h * k[i]);
        let k1 = self.derivative(s, torque);
        let k2 = self.derivative(ahead(half, k1), torque);
        let k3 = self.derivative(ahead(half, k2), torque);
        let k4 = self.derivative(ahead(dt, k3), torque);
        std::array::from_fn(|i| s[i] + dt / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]))
    }
}

/// An angle taken to [−π, π] by whole turns, one after the other as Gymnasium does it.
fn wrap(mut angle: f64) -> f64 {
    const TURN: f64 = 2.0 * PI;
    if angle.abs() > 1e3 * TURN {
        // Only constants far from the usual ones lead here; turn by turn might never end.
        return (angle + PI).rem_euclid(TURN) - PI;
    }
    while angle > PI {
        angle -= TURN;
    }
    while angle < -PI {
        angle += TURN;
    }
    angle
}

/// Gymnasium's values.
impl Default for Acrobot {
    fn default() -> Self {
        Self {
            gravity: 9.8,
            masses: [1.0, 1.0],
            length: 1.0,
            centres: [0.5, 0.5],
            inertia: 1.0,
            torques: [-1.0, 0.0, 1.0],
            dt: 0.2,
            max_speeds: [4.0 * PI, 9.0 * PI],
            start: Bounds {
                low: [-0.1; 4],
                high: [0.1; 4],
            },
        }
    }
}

impl Env for Acrobot {
    type State = [f64; 4];
    type Actions = Discrete;

    fn actions(&self) -> Discrete {
        Discrete(3)
    }

    fn obs_dim(&self) -> usize {
        6
    }

    fn reset<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; 4] {
        self.start.sample(rng).map(|x| f64::from(x as f32))
    }

    fn step<R: Rng + ?Sized>(&self, s: &[f64; 4], a: &usize, _rng: &mut R) -> Step<[f64; 4]> {
        assert!(*a < 3, "Acrobot has the actions 0, 1 and 2, not {a}");
        let [theta1, theta2, speed1, speed2] = self.integrate(*s, self.torques[*a]);
        let [max1, max2] = self.max_speeds;
        let next = [
            wrap(theta1),
            wrap(theta2),
            clip(speed1, -max1, max1),
            clip(speed2, -max2, max2),
        ];
        let up = -next[0].cos() - (next[1] + next[0]).cos() > 1.0;
        Step {
            next,
            reward: if up { 0.0 } else { -1.0 },
            end: up.then_some(End::Terminated),
        }
    }

    fn observe(&self, s: &[f64; 4], mut out: ArrayViewMut1<'_, f64>) {
        let [theta1, theta2, speed1, speed2] = *s;
        let (sin1, cos1) = theta1.sin_cos();
        let (sin2, cos2) = theta2.sin_cos();
        out.assign(&aview1(&[cos1, sin1, cos2, sin2, speed1, speed2]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    /// Kinetic and potential energy of two links, from positions: an origin of the equations of
    /// motion that the equations themselves do not mention.
    fn energy(env: &Acrobot, [theta1, theta2, speed1, speed2]: [f64; 4]) -> f64 {
        let ([m1, m2], [c1, c2], l1) = (env.masses, env.centres, env.length);
        let (both, turn) = (theta1 + theta2, speed1 + speed2);
        let v1 = c1 * speed1;
        let v2 = [
            l1 * speed1 * theta1.cos() + c2 * turn * both.cos(),
            l1 * speed1 * theta1.sin() + c2 * turn * both.sin(),
        ];
        let kinetic = m1 * v1 * v1
            + m2 * (v2[0] * v2[0] + v2[1] * v2[1])
            + env.inertia * (speed1 * speed1 + turn * turn);
        let heights = [-c1 * theta1.cos(), -l1 * theta1.cos() - c2 * both.cos()];
        kinetic / 2.0 + env.gravity * (m1 * heights[0] + m2 * heights[1])
    }

    /// The change of energy after two seconds without torque.
    fn drift(dt: f64) -> f64 {
        let env = Acrobot {
            masses: [1.2, 0.8],
            length: 1.1,
            centres: [0.6, 0.4],
            inertia: 0.5,
            dt,
            ..Acrobot::default()
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let start = [1.0, -0.5, 0.3, 0.7];
        let steps = (2.0 / dt).round() as usize;
        let last = (0..steps).fold(start, |s, _| env.step(&s, &1, &mut rng).next);
        (energy(&env, last) - energy(&env, start)).abs()
    }

    #[test]
    fn energy_is_kept_to_the_order_of_the_integrator() {
        let errors = [0.1, 0.05, 0.025, 0.0125].map(drift);
        for pair in errors.windows(2) {
            let order = (pair[0] / pair[1]).log2();
            assert!(order > 3.7, "order {order}, errors {errors:?}");
        }
        assert!(errors[3] < 1e-6, "{errors:?}");
    }

    #[test]
    fn wrapping_takes_whole_turns_and_comes_to_an_end() {
        for angle in [-3.0, 0.0, 2.5] {
            for turns in [-2000.0, -3.0, -1.0, 1.0, 3.0, 2000.0] {
                let wrapped = wrap(angle + turns * 2.0 * PI);
                assert!(
                    (wrapped - angle).abs() < 1e-11,
                    "{angle}, {turns}: {wrapped}"
                );
            }
        }
        assert_eq!(wrap(PI), PI);
        assert!(wrap(f64::INFINITY).is_nan() && wrap(f64::NAN).is_nan());
        assert!(wrap(1e300).abs() <= PI);
    }
}
