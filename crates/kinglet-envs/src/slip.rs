//! Dynamics of a successor table and a slip.

use crate::sparse::count_rows;
use crate::{Error, Sparse};

/// Transitions of a walker that slips: each action has one successor, and now and then another
/// action than the one meant is carried out.
///
/// ```text
/// p(s' | s, a) = (1 − slip) [s' = next(s, a)] + slip / A · #{b : s' = next(s, b)}
/// ```
///
/// With probability `slip` the action carried out is uniform over all A actions, the one meant
/// among them. Four bytes a row, and a sweep over values reads each successor once.
///
/// # Example
/// ```
/// use kinglet_envs::{Slip, Transitions};
/// // Two states, actions "stay" and "switch".
/// let slip = Slip::new(2, vec![0, 1, 1, 0], 0.2)?;
/// let law: Vec<_> = Transitions::Slip(slip).successors(0, 0).collect();
/// assert_eq!(law, [(0, 0.9), (1, 0.1)]);
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Slip {
    n_actions: usize,
    successor: Vec<u32>,
    slip: f64,
}

impl Slip {
    /// From the table next(s, a), row s A + a, and the slip.
    ///
    /// # Errors
    /// A slip outside [0, 1], a successor that is no state, a table whose length is no multiple
    /// of A, too many states for 32 bits.
    pub fn new(n_actions: usize, successor: Vec<u32>, slip: f64) -> Result<Self, Error> {
        let n_states = successor.len().checked_div(n_actions).unwrap_or(0);
        let n_rows = count_rows(n_states, n_actions)?;
        if n_rows != successor.len() {
            return Err(Error::Shape {
                what: "the successor table",
                expected: vec![n_rows],
                found: vec![successor.len()],
            });
        }
        if let Some(row) = successor.iter().position(|&next| next as usize >= n_states) {
            let (state, action) = (row / n_actions, row % n_actions);
            let next = successor[row] as usize;
            return Err(Error::Successor {
                state,
                action,
                next,
                n_states,
            });
        }
        if !(0.0..=1.0).contains(&slip) {
            return Err(Error::Slip { value: slip });
        }
        Ok(Self {
            n_actions,
            successor,
            slip,
        })
    }

    /// S.
    pub fn n_states(&self) -> usize {
        self.successor.len() / self.n_actions
    }

    /// A.
    pub fn n_actions(&self) -> usize {
        self.n_actions
    }

    /// The probability that a uniformly random action is carried out.
    pub fn slip(&self) -> f64 {
        self.slip
    }

    /// The table next(s, a), `[S A]`.
    pub fn successor(&self) -> &[u32] {
        &self.successor
    }

    /// The successors of all A actions in `state`, `[A]`.
    #[inline]
    pub fn successors_of(&self, state: usize) -> &[u32] {
        &self.successor[state * self.n_actions..][..self.n_actions]
    }

    /// The law p(· | s, a): distinct successors, ascending, of positive probability.
    pub(crate) fn law(
        &self,
        state: usize,
        action: usize,
    ) -> impl Iterator<Item = (usize, f64)> + '_ {
        let row = self.successors_of(state);
        let meant = row[action];
        let above = |last: Option<u32>| {
            row.iter()
                .copied()
                .filter(move |&next| Some(next) > last)
                .min()
        };
        std::iter::successors(above(None), move |&last| above(Some(last)))
            .map(move |next| (next as usize, self.probability(row, meant, next)))
            .filter(|&(_, probability)| probability > 0.0)
    }

    fn probability(&self, row: &[u32], meant: u32, next: u32) -> f64 {
        let ways = row.iter().filter(|&&other| other == next).count() as f64;
        let slipped = self.slip * ways / self.n_actions as f64;
        if next == meant {
            1.0 - self.slip + slipped
        } else {
            slipped
        }
    }

    /// The same transitions, entry by entry.
    pub fn to_sparse(&self) -> Sparse {
        let rows = (0..self.successor.len())
            .map(|row| self.law(row / self.n_actions, row % self.n_actions));
        Sparse::from_rows(self.n_states(), self.n_actions, rows).expect("a slip's rows are laws")
    }
}
