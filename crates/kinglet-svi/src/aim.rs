//! The environment of the deck's figures 2 and 3, and its policy.

use std::cell::Cell;

use kinglet_distributions::Normal;
use kinglet_envs::{Bounds, End, Env, Step};
use kinglet_nn::{Activation, Mlp};
use ndarray::ArrayViewMut1;
use rand::{Rng, RngExt};

use crate::control::Policy;
use crate::direction::{DIRECTION, SIDE};
use crate::spread::Spread;
use crate::{Constraint, Error, How, Name, Scalar, Trace};

/// A, row by row.
pub(crate) const SLOPE: [f64; 4] = [1.0, 0.5, -0.5, 1.0];

/// M x + y for a matrix row by row.
fn affine<S: Scalar>(m: &[S; 4], x: [S; 2], y: [S; 2]) -> [S; 2] {
    [
        m[0] * x[0] + m[1] * x[1] + y[0],
        m[2] * x[0] + m[3] * x[1] + y[1],
    ]
}

/// Point where the state says, for as long as it lasts. It adds up what it gave.
#[derive(Debug)]
pub(crate) struct Aim {
    temperature: f64,
    total: Cell<f64>,
    episodes: Cell<f64>,
}

impl Aim {
    pub(crate) fn new(temperature: f64) -> Self {
        Self {
            temperature,
            total: Cell::new(0.0),
            episodes: Cell::new(0.0),
        }
    }

    /// The mean reward of an episode so far.
    pub(crate) fn reward(&self) -> f64 {
        self.total.get() / self.episodes.get()
    }
}

impl Env for Aim {
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
        self.episodes.set(self.episodes.get() + 1.0);
        std::array::from_fn(|_| rng.random_range(-1.0..1.0))
    }

    fn step<R: Rng + ?Sized>(&self, s: &[f64; 2], a: &[f64; 2], rng: &mut R) -> Step<[f64; 2]> {
        let [x, y] = affine(&SLOPE, *s, DIRECTION);
        let reward = -(a[0] - x).powi(2) - (a[1] - y).powi(2);
        self.total.set(self.total.get() + reward);
        Step {
            next: std::array::from_fn(|_| rng.random_range(-1.0..1.0)),
            reward: reward / self.temperature,
            end: rng.random_bool(0.1).then_some(End::Terminated),
        }
    }

    fn observe(&self, s: &[f64; 2], mut out: ArrayViewMut1<'_, f64>) {
        out[0] = s[0];
        out[1] = s[1];
    }
}

/// a ~ N(W s + b, σ² I) with a critic beside it.
#[derive(Clone, Debug)]
pub(crate) struct LinearNormal {
    spread: Spread,
    start: f64,
    critic: Mlp,
}

impl LinearNormal {
    pub(crate) fn new(spread: Spread, start: f64) -> Result<Self, Error> {
        Ok(Self {
            spread,
            start,
            critic: Mlp::new(&[2, 16, 1], Activation::Tanh)?,
        })
    }

    fn std<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<S, Error> {
        let constraint = match self.spread {
            Spread::Fixed => return Ok(S::constant(self.start)),
            Spread::Raw => Constraint::Real,
            Spread::Log => Constraint::Positive,
        };
        let [std] = trace.param("scale", constraint, [self.start])?;
        Ok(std)
    }
}

impl Policy<Aim> for LinearNormal {
    fn act<S: Scalar>(
        &self,
        trace: &mut Trace<S>,
        site: Name,
        _: &Aim,
        state: &[f64; 2],
        _: usize,
    ) -> Result<[f64; 2], Error> {
        let s = state.map(S::constant);
        let w = trace.param("W", Constraint::Real, [0.0; 4])?;
        let b = trace.param("b", Constraint::Real, [0.0; 2])?;
        let std = self.std(trace)?;
        let block = trace.network("critic", &self.critic)?;
        let mut value = [S::zero()];
        trace.call(&self.critic, &block, &s, &mut value);
        let how = How {
            prediction: Some(value[0]),
            ..How::default()
        };
        let [x, y] = affine(&w, s, b);
        let laws = [Normal::new(x, std)?, Normal::new(y, std)?];
        Ok(trace.sample_by(site, laws, how)?.map(S::look))
    }
}
