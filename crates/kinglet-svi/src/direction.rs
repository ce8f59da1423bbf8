//! The direction task: which way does the reward point?

use kinglet_distributions::{Normal, Uniform};
use kinglet_envs::{Bounds, End, Env, Step};
use ndarray::ArrayViewMut1;
use rand::{Rng, RngExt};

use crate::{Constraint, Error, Program, Scalar, Trace};

/// Where the reward is largest.
pub const DIRECTION: [f64; 2] = [1.0, -1.0];

/// σ of the guide.
pub const SPREAD: f64 = 0.5;

/// Half the side of the square that the prior is uniform on.
pub const SIDE: f64 = 100.0;

/// ln p(a) = −2 ln 200, anywhere in the square.
pub fn log_prior() -> f64 {
    -2.0 * (2.0 * SIDE).ln()
}

/// The ELBO of the guide N(W, σ²) in closed form. Catalogue: DECK-15.
///
/// ```text
/// ELBO = −‖W − d‖² − 2σ² + 2 (ln σ + ½ ln 2πe) − 2 ln 200
/// ```
///
/// The prior's edge lies 198 standard deviations away or more and is left out.
///
/// # Example
/// ```
/// use kinglet_svi::direction::{direction_elbo, log_evidence};
/// let best = direction_elbo([1.0, -1.0], 0.5f64.sqrt()); // the posterior itself
/// assert!((best - log_evidence()).abs() < 1e-14);
/// ```
pub fn direction_elbo<S: Scalar>(mean: [S; 2], std: S) -> S {
    let [dx, dy] = [0, 1].map(|i| mean[i] - S::constant(DIRECTION[i]));
    let half = S::constant(0.5);
    let entropy = std.ln() + half * S::constant((std::f64::consts::TAU).ln() + 1.0);
    let two = S::constant(2.0);
    S::constant(log_prior()) + two * entropy - (dx * dx + dy * dy) - two * std * std
}

/// ln p(O) = ln π − 2 ln 200. Catalogue: DECK-15.
pub fn log_evidence() -> f64 {
    std::f64::consts::PI.ln() + log_prior()
}

/// The model of the direction task. Catalogue: DECK-27.
///
/// ```text
/// a ~ U(−100, 100)²,   log p(O | a) = r = −‖a − (1, −1)‖²
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DirectionModel {
    /// Whether a derivative may pass through the reward.
    pub reward: Reward,
}

/// How a reward depends on the action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reward {
    /// By a formula that can be differentiated.
    #[default]
    Smooth,
    /// As a number from outside, `r.detach()`.
    Detached,
}

/// The guide of the direction task: a ~ N(W, ½²), W its only parameter. Catalogue: DECK-27.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DirectionGuide {
    /// W at first.
    pub start: [f64; 2],
}

impl Program for DirectionModel {
    #[inline]
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let square = Uniform::new(S::constant(-SIDE), S::constant(SIDE))?;
        let a = trace.sample("a", [square; 2])?;
        let dx = a[0] - S::constant(DIRECTION[0]);
        let dy = a[1] - S::constant(DIRECTION[1]);
        let r = -(dx * dx + dy * dy);
        trace.factor(
            "O",
            match self.reward {
                Reward::Smooth => r,
                Reward::Detached => r.detach(),
            },
        )
    }
}

impl Program for DirectionGuide {
    #[inline]
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let [x, y] = trace.param("W", Constraint::Real, self.start)?;
        let spread = S::constant(SPREAD);
        trace.sample("a", [Normal::new(x, spread)?, Normal::new(y, spread)?])?;
        Ok(())
    }
}

/// The simplified direction environment: at each step a target on the unit circle is shown, and the action should be that
/// target; the next target is another one, whatever the action. Catalogue: DECK-27.
///
/// ```text
/// s ~ uniform on the circle,   r = −‖a − s‖²,   the end with the same probability after each step
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pointing {
    /// The probability that a step is the last.
    pub ends: f64,
}

impl Env for Pointing {
    type State = [f64; 2];
    type Actions = Bounds<2>;

    fn actions(&self) -> Bounds<2> {
        Bounds {
            low: [-SIDE; 2],
            high: [SIDE; 2],
        }
    }

    fn obs_dim(&self) -> usize {
        2
    }

    fn reset<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; 2] {
        let angle = std::f64::consts::TAU * rng.random::<f64>();
        [angle.cos(), angle.sin()]
    }

    fn step<R: Rng + ?Sized>(&self, s: &[f64; 2], a: &[f64; 2], rng: &mut R) -> Step<[f64; 2]> {
        Step {
            next: self.reset(rng),
            reward: -((a[0] - s[0]).powi(2) + (a[1] - s[1]).powi(2)),
            end: (rng.random::<f64>() < self.ends).then_some(End::Terminated),
        }
    }

    fn observe(&self, s: &[f64; 2], mut out: ArrayViewMut1<'_, f64>) {
        out[0] = s[0];
        out[1] = s[1];
    }
}
