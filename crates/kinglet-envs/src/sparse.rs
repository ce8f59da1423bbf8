//! Dynamics stored entry by entry.

use ndarray::ArrayView3;

use crate::Error;

/// How far the sum of a distribution may be from one.
///
/// Adding k probabilities in double precision is off by at most k 2⁻⁵³, which stays below 1e-9
/// for nine million successors; a probability rounded to eight decimals is not let through.
pub(crate) const SUM_TOLERANCE: f64 = 1e-9;

/// Transition probabilities that store the successors of positive probability only.
///
/// ```text
/// p(s' | s, a),   row = s A + a
/// ```
///
/// A row lists its successors once each, in ascending order.
///
/// # Shapes
/// S A rows. An entry takes twelve bytes, a row eight more.
///
/// # Example
/// ```
/// use kinglet_envs::Sparse;
/// // Two states, one action: state 0 stays with probability .25, state 1 always does.
/// let sparse = Sparse::from_rows(2, 1, [vec![(1, 0.75), (0, 0.25)], vec![(1, 1.0)]])?;
/// assert_eq!(sparse.row(0), (&[0, 1][..], &[0.25, 0.75][..]));
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sparse {
    n_states: usize,
    n_actions: usize,
    /// Row i is `offset[i]..offset[i + 1]`.
    offset: Vec<usize>,
    next: Vec<u32>,
    probability: Vec<f64>,
}

impl Sparse {
    /// From the rows p(· | s, a) in the order of s A + a, each a list of (s', p) in any order.
    /// A successor named twice gets the sum; zeros are dropped.
    ///
    /// # Errors
    /// A probability that is negative or not finite, a successor out of range, a row that does
    /// not sum to one within 1e-9, a number of rows other than S A, too many states for 32 bits.
    pub fn from_rows<Rows>(n_states: usize, n_actions: usize, rows: Rows) -> Result<Self, Error>
    where
        Rows: IntoIterator<Item: IntoIterator<Item = (usize, f64)>>,
    {
        let n_rows = count_rows(n_states, n_actions)?;
        let mut sparse = Self {
            n_states,
            n_actions,
            offset: vec![0],
            next: Vec::new(),
            probability: Vec::new(),
        };
        let mut entries = Vec::new();
        let mut found = 0;
        for row in rows {
            if found < n_rows {
                entries.clear();
                entries.extend(row);
                sparse.push_row(&mut entries)?;
            }
            found += 1;
        }
        if found != n_rows {
            return Err(Error::Shape {
                what: "the list of transition rows",
                expected: vec![n_rows],
                found: vec![found],
            });
        }
        Ok(sparse)
    }

    /// From a table `[S, A, S']`.
    ///
    /// # Errors
    /// As [`from_rows`](Self::from_rows); the first and last axes must agree.
    pub fn from_dense(transition: ArrayView3<f64>) -> Result<Self, Error> {
        let (n_states, n_actions, n_next) = transition.dim();
        if n_next != n_states {
            return Err(Error::Shape {
                what: "the transition table",
                expected: vec![n_states, n_actions, n_states],
                found: vec![n_states, n_actions, n_next],
            });
        }
        let rows = transition.rows();
        let rows = rows
            .into_iter()
            .map(|row| row.into_iter().copied().enumerate());
        Self::from_rows(n_states, n_actions, rows)
    }

    /// Validates the entries of the next row and appends them.
    fn push_row(&mut self, entries: &mut [(usize, f64)]) -> Result<(), Error> {
        let row = self.offset.len() - 1;
        let (state, action) = (row / self.n_actions, row % self.n_actions);
        let start = self.next.len();
        entries.sort_unstable_by_key(|&(next, _)| next);
        let mut sum = 0.0;
        for &(next, value) in entries.iter() {
            if next >= self.n_states {
                let n_states = self.n_states;
                return Err(Error::Successor {
                    state,
                    action,
                    next,
                    n_states,
                });
            }
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::Probability {
                    state,
                    action,
                    next,
                    value,
                });
            }
            sum += value;
            if value > 0.0 {
                self.push_entry(start, next as u32, value);
            }
        }
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            return Err(Error::RowSum { state, action, sum });
        }
        self.offset.push(self.next.len());
        Ok(())
    }

    /// Appends one entry to the row that begins at `start`, merging it with an equal last one.
    fn push_entry(&mut self, start: usize, next: u32, value: f64) {
        if self.next[start..].last() == Some(&next) {
            *self.probability.last_mut().expect("as long as next") += value;
        } else {
            self.next.push(next);
            self.probability.push(value);
        }
    }

    /// S.
    pub fn n_states(&self) -> usize {
        self.n_states
    }

    /// A.
    pub fn n_actions(&self) -> usize {
        self.n_actions
    }

    /// The successors of row s A + a, ascending, and their probabilities, all positive.
    ///
    /// # Panics
    /// If `row` is not below S A.
    #[inline]
    pub fn row(&self, row: usize) -> (&[u32], &[f64]) {
        let range = self.offset[row]..self.offset[row + 1];
        (&self.next[range.clone()], &self.probability[range])
    }

    /// The law p(· | s, a): distinct successors, ascending, of positive probability.
    pub(crate) fn law(
        &self,
        state: usize,
        action: usize,
    ) -> impl Iterator<Item = (usize, f64)> + '_ {
        let (next, probability) = self.row(state * self.n_actions + action);
        let next = next.iter().map(|&next| next as usize);
        next.zip(probability.iter().copied())
    }
}

/// S A, if states can be numbered by 32 bits and rows by the machine.
pub(crate) fn count_rows(n_states: usize, n_actions: usize) -> Result<usize, Error> {
    if n_states == 0 || n_actions == 0 {
        return Err(Error::Empty {
            n_states,
            n_actions,
        });
    }
    let too_many = Error::TooManyStates {
        n_states,
        n_actions,
    };
    if n_states as u64 > u64::from(u32::MAX) {
        return Err(too_many);
    }
    n_states.checked_mul(n_actions).ok_or(too_many)
}
