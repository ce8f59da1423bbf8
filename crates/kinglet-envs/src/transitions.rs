//! The dynamics of a tabular problem, however they are stored.

use rand::{Rng, RngExt};

use crate::{Slip, Sparse};

/// The dynamics p(s' | s, a) of a tabular problem. Valid by construction.
#[derive(Clone, Debug, PartialEq)]
pub enum Transitions {
    /// Any dynamics, entry by entry.
    Sparse(Sparse),
    /// One successor an action, and a slip.
    Slip(Slip),
}

impl Transitions {
    /// S.
    pub fn n_states(&self) -> usize {
        match self {
            Self::Sparse(sparse) => sparse.n_states(),
            Self::Slip(slip) => slip.n_states(),
        }
    }

    /// A.
    pub fn n_actions(&self) -> usize {
        match self {
            Self::Sparse(sparse) => sparse.n_actions(),
            Self::Slip(slip) => slip.n_actions(),
        }
    }

    /// The law p(· | s, a): distinct successors, ascending, of positive probability.
    ///
    /// # Panics
    /// If `state` or `action` is out of range.
    pub fn successors(
        &self,
        state: usize,
        action: usize,
    ) -> impl Iterator<Item = (usize, f64)> + '_ {
        assert!(
            state < self.n_states() && action < self.n_actions(),
            "(s, a) = ({state}, {action}) in a problem of shape [{}, {}]",
            self.n_states(),
            self.n_actions()
        );
        let (sparse, slip) = match self {
            Self::Sparse(sparse) => (Some(sparse.law(state, action)), None),
            Self::Slip(slip) => (None, Some(slip.law(state, action))),
        };
        sparse
            .into_iter()
            .flatten()
            .chain(slip.into_iter().flatten())
    }

    /// Draws s' ~ p(· | s, a).
    ///
    /// # Panics
    /// If `state` or `action` is out of range.
    pub fn sample<R: Rng + ?Sized>(&self, state: usize, action: usize, rng: &mut R) -> usize {
        match self {
            Self::Sparse(_) => draw(self.successors(state, action), rng),
            Self::Slip(slip) => {
                let slips = rng.random::<f64>() < slip.slip();
                let carried_out = if slips {
                    rng.random_range(0..slip.n_actions())
                } else {
                    action
                };
                slip.successors_of(state)[carried_out] as usize
            }
        }
    }

    /// The same dynamics, entry by entry.
    pub fn to_sparse(&self) -> Sparse {
        match self {
            Self::Sparse(sparse) => sparse.clone(),
            Self::Slip(slip) => slip.to_sparse(),
        }
    }
}

/// Draws from a law of positive probabilities by inverting its distribution function.
pub(crate) fn draw<R: Rng + ?Sized>(law: impl Iterator<Item = (usize, f64)>, rng: &mut R) -> usize {
    let mut remaining = rng.random::<f64>();
    let mut drawn = None;
    for (value, probability) in law {
        drawn = Some(value);
        if remaining < probability {
            break;
        }
        remaining -= probability;
    }
    drawn.expect("a law has at least one value")
}
