//! What is drawn from a replay.

use kinglet_envs::End;
use kinglet_nn::Scalar;
use ndarray::ArrayView2;

/// B sequences of at most L steps: step t of sequence b is row b L + t. A sequence that ended sooner repeats its last row;
/// how many of its rows count stands in [`lengths`](Self::lengths).
///
/// Made once and filled again and again, it no longer allocates once it has seen its largest size.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Minibatch<S> {
    /// B.
    pub sequences: usize,
    /// L.
    pub length: usize,
    /// Numbers of an observation.
    pub obs_dim: usize,
    /// Numbers of an action.
    pub n_action: usize,
    /// s, `[B L, obs_dim]` row by row.
    pub observations: Vec<S>,
    /// s′, `[B L, obs_dim]` row by row; behind a termination it means nothing.
    pub next_observations: Vec<S>,
    /// a as the policy stores it, `[B L, n_action]` row by row.
    pub actions: Vec<S>,
    /// ln π(a|s) of the policy that acted, `[B L]`.
    pub log_probs: Vec<S>,
    /// r, `[B L]`.
    pub rewards: Vec<S>,
    /// Whether and how the episode ended with the step, `[B L]`.
    pub ends: Vec<Option<End>>,
    /// How many steps each sequence has, `[B]`, from 1 to L.
    pub lengths: Vec<usize>,
}

impl<S: Scalar> Minibatch<S> {
    /// B L.
    pub fn rows(&self) -> usize {
        self.rewards.len()
    }

    /// s.
    ///
    /// # Shapes
    /// Returns `[B L, obs_dim]`.
    pub fn observations(&self) -> ArrayView2<'_, S> {
        let shape = (self.rows(), self.obs_dim);
        ArrayView2::from_shape(shape, &self.observations).expect("whole rows")
    }

    /// s′.
    ///
    /// # Shapes
    /// Returns `[B L, obs_dim]`.
    pub fn next_observations(&self) -> ArrayView2<'_, S> {
        let shape = (self.rows(), self.obs_dim);
        ArrayView2::from_shape(shape, &self.next_observations).expect("whole rows")
    }

    /// Whether the value behind row `row` counts: 1, or 0 behind a termination.
    pub fn goes_on(&self, row: usize) -> S {
        match self.ends[row] {
            Some(End::Terminated) => S::zero(),
            Some(End::Truncated) | None => S::one(),
        }
    }

    /// Room for so many sequences of so many steps.
    pub(super) fn reserve(
        &mut self,
        sequences: usize,
        length: usize,
        obs_dim: usize,
        n_action: usize,
    ) {
        assert!(length > 0, "a sequence has at least one step");
        let rows = sequences * length;
        (self.sequences, self.length) = (sequences, length);
        (self.obs_dim, self.n_action) = (obs_dim, n_action);
        for (column, width) in [
            (&mut self.observations, obs_dim),
            (&mut self.next_observations, obs_dim),
            (&mut self.actions, n_action),
            (&mut self.log_probs, 1),
            (&mut self.rewards, 1),
        ] {
            column.resize(rows * width, S::zero());
        }
        self.ends.resize(rows, None);
        self.lengths.resize(sequences, 0);
    }
}
