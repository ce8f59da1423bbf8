//! What follows a step.

use crate::Error;
use ndarray::ArrayView1;
use num_traits::Float;

/// What follows a step: the next step of the same episode, or one of the two ways to end.
///
/// Only termination ends the return. An episode that is cut, by a time limit or because the
/// rollout is over, would have gone on: the value of the state in which it was cut stands for the
/// rest. A row may hold several episodes, one behind the other; nothing passes from one to the
/// next.
///
/// ```text
///              v(sₜ₊₁) as it enters step t    what step t+1 adds to step t
/// Continues    v[t+1]                         everything
/// Terminated   0                              nothing
/// Truncated    the value that it carries      nothing
/// ```
///
/// # Example
/// ```
/// use kinglet_critics::{Next, discounted_returns};
/// use ndarray::array;
/// let r = array![1.0, 1.0, 1.0, 1.0];
/// // Two episodes of two steps: the first was over, the second would have brought 8 more.
/// let next = [Next::Continues, Next::Terminated, Next::Continues, Next::Truncated(8.0)];
/// assert_eq!(discounted_returns(r.view(), &next, 0.5)?, array![1.5, 1.0, 3.5, 5.0]);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next<S = f64> {
    /// The next entry of the row is the next step of this episode.
    Continues,
    /// The problem itself ended the episode: nothing more is to come.
    Terminated,
    /// The episode was cut in a state of this value.
    Truncated(S),
}

impl<S: Float> Next<S> {
    /// A row that is one episode: all its steps but the last continue.
    ///
    /// # Example
    /// ```
    /// use kinglet_critics::Next;
    /// let row = Next::episode(3, Next::Truncated(0.5));
    /// assert_eq!(row, [Next::Continues, Next::Continues, Next::Truncated(0.5)]);
    /// ```
    pub fn episode(steps: usize, end: Self) -> Vec<Self> {
        let mut row = vec![Self::Continues; steps];
        if let Some(last) = row.last_mut() {
            *last = end;
        }
        row
    }

    /// v(sₜ₊₁), where `v_tp1` is the row's next value.
    fn value(self, v_tp1: Option<S>) -> S {
        match self {
            Self::Continues => v_tp1.expect("a row that was checked does not end in Continues"),
            Self::Terminated => S::zero(),
            Self::Truncated(value) => value,
        }
    }
}

/// v(sₜ₊₁) for every step of a row, where `v` holds v(sₜ).
pub(crate) fn next_values<'a, S: Float>(
    v: ArrayView1<'a, S>,
    next: &'a [Next<S>],
) -> impl Iterator<Item = S> + 'a {
    (0..next.len()).map(move |t| next[t].value(v.get(t + 1).copied()))
}

/// xₜ = dₜ + kₜ xₜ₊₁ from the back, where an end lets nothing through.
pub(crate) fn accumulate<S: Float>(d: &mut [S], next: &[Next<S>], k: impl Fn(usize) -> S) {
    for t in (0..d.len().saturating_sub(1)).rev() {
        if next[t] == Next::Continues {
            d[t] = d[t] + k(t) * d[t + 1];
        }
    }
}

/// Every array of a row is as long as `next`, and its last step does not continue.
///
/// # Panics
/// When a length differs.
pub(crate) fn check_row<S: Float>(
    next: &[Next<S>],
    arrays: &[(&str, ArrayView1<'_, S>)],
) -> Result<(), Error> {
    let steps = next.len();
    for (name, array) in arrays {
        let length = array.len();
        assert_eq!(
            length, steps,
            "{name} has shape [{length}] and next has shape [{steps}]"
        );
    }
    match next.last() {
        Some(Next::Continues) => Err(Error::Unfinished { steps }),
        _ => Ok(()),
    }
}
