//! Action spaces: what an environment can be told to do.

use std::fmt::{self, Debug, Display};

use rand::{Rng, RngExt};

/// The set of actions of an environment.
///
/// Its `Display` form completes the sentence "an action is …".
pub trait Space: Debug + Display {
    /// One action: an index, or a vector of numbers.
    type Action: Clone + Debug;

    /// Whether the dynamics have a meaning for this action.
    ///
    /// An index must be in range. A number must be finite, but may exceed its bounds: how far it
    /// counts is part of the dynamics, which clip it.
    fn admits(&self, action: &Self::Action) -> bool;

    /// An action drawn uniformly.
    ///
    /// # Panics
    /// If there is no action.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Self::Action;
}

/// The actions 0, 1, …, n − 1.
///
/// ```
/// use kinglet_envs::{Discrete, Space};
/// assert!(Discrete(2).admits(&1) && !Discrete(2).admits(&2));
/// assert_eq!(Discrete(2).to_string(), "an index below 2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discrete(
    /// How many actions there are.
    pub usize,
);

impl Space for Discrete {
    type Action = usize;

    fn admits(&self, action: &usize) -> bool {
        *action < self.0
    }

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> usize {
        rng.random_range(0..self.0)
    }
}

impl Display for Discrete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an index below {}", self.0)
    }
}

/// The box [low₁, high₁] × … × [low_D, high_D].
///
/// ```
/// use kinglet_envs::{Bounds, Space};
/// let torque = Bounds { low: [-2.0], high: [2.0] };
/// assert!(torque.admits(&[1.5]));
/// assert!(torque.admits(&[3.0])); // the dynamics clip it
/// assert!(!torque.admits(&[f64::NAN]));
/// ```
///
/// [`sample`](Space::sample) draws from the uniform law on the box; where low and high are equal it
/// gives that value. This is also how the environments draw their first states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds<const D: usize> {
    /// The least value of each component.
    pub low: [f64; D],
    /// The greatest value of each component.
    pub high: [f64; D],
}

impl<const D: usize> Space for Bounds<D> {
    type Action = [f64; D];

    fn admits(&self, action: &[f64; D]) -> bool {
        action.iter().all(|a| a.is_finite())
    }

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> [f64; D] {
        std::array::from_fn(|i| self.low[i] + (self.high[i] - self.low[i]) * rng.random::<f64>())
    }
}

impl<const D: usize> Display for Bounds<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{D} finite number(s) between {:?} and {:?}",
            self.low, self.high
        )
    }
}
