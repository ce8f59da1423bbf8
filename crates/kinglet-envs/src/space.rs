//! Action spaces: what an environment can be told to do.

use std::fmt::{self, Debug, Display};

use rand::{Rng, RngExt};

use crate::Actions;

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

    /// The same set for whoever knows actions as rows of numbers.
    fn describe(&self) -> Actions;

    /// The action that a row of numbers stands for: an index as one number, a vector as itself. `None` where it stands
    /// for none, a fraction for an index say.
    ///
    /// # Panics
    /// If the row is not as long as [`describe`](Self::describe) says.
    fn read(&self, row: &[f64]) -> Option<Self::Action>;

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

    fn describe(&self) -> Actions {
        Actions::Discrete(self.0)
    }

    fn read(&self, row: &[f64]) -> Option<usize> {
        check(row, 1);
        let index = row[0] as usize; // NaN to 0, the rest to the nearest: told apart by the way back
        (index as f64 == row[0] && index < self.0).then_some(index)
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

    fn describe(&self) -> Actions {
        let (low, high) = (self.low.to_vec(), self.high.to_vec());
        Actions::Box { low, high }
    }

    fn read(&self, row: &[f64]) -> Option<[f64; D]> {
        check(row, D);
        let action = row.try_into().ok()?;
        self.admits(&action).then_some(action)
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

/// # Panics
/// If the row has another length.
fn check(row: &[f64], length: usize) {
    let found = row.len();
    assert_eq!(
        found, length,
        "numbers of an action (left), expected (right)"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_an_index_only_where_it_is_one() {
        for (row, index) in [(0.0, Some(0)), (2.0, Some(2)), (-0.0, Some(0))] {
            assert_eq!(Discrete(3).read(&[row]), index);
        }
        for row in [3.0, -1.0, 0.5, f64::NAN, f64::INFINITY] {
            assert_eq!(Discrete(3).read(&[row]), None, "{row}");
        }
    }

    #[test]
    fn a_row_is_a_vector_where_it_is_finite() {
        let bounds = Bounds {
            low: [-1.0; 2],
            high: [1.0; 2],
        };
        assert_eq!(bounds.read(&[5.0, -0.5]), Some([5.0, -0.5]));
        assert_eq!(bounds.read(&[0.0, f64::NAN]), None);
    }

    #[test]
    #[should_panic(expected = "numbers of an action")]
    fn a_row_of_another_length_panics() {
        Discrete(2).read(&[0.0, 1.0]);
    }
}
