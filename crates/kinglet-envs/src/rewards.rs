//! Rewards by state, or by state and action.

use ndarray::{Array1, Array2};

use crate::Error;

/// The rewards of a tabular problem, all finite.
#[derive(Clone, Debug, PartialEq)]
pub enum Rewards {
    /// r(s), `[S]`: received at every step spent in s, whatever the action.
    State(Array1<f64>),
    /// r(s, a), `[S, A]`: received for taking a in s.
    StateAction(Array2<f64>),
}

impl Rewards {
    pub(crate) fn get(&self, state: usize, action: usize) -> f64 {
        match self {
            Self::State(reward) => reward[state],
            Self::StateAction(reward) => reward[[state, action]],
        }
    }

    pub(crate) fn validate(&self, n_states: usize, n_actions: usize) -> Result<(), Error> {
        let (expected, found) = match self {
            Self::State(reward) => (vec![n_states], reward.shape()),
            Self::StateAction(reward) => (vec![n_states, n_actions], reward.shape()),
        };
        if found != expected {
            let (what, found) = ("the reward table", found.to_vec());
            return Err(Error::Shape {
                what,
                expected,
                found,
            });
        }
        let wrong = match self {
            Self::State(reward) => (reward.indexed_iter())
                .map(|(state, &value)| (state, None, value))
                .find(|&(.., value)| !value.is_finite()),
            Self::StateAction(reward) => (reward.indexed_iter())
                .map(|((state, action), &value)| (state, Some(action), value))
                .find(|&(.., value)| !value.is_finite()),
        };
        wrong.map_or(Ok(()), |(state, action, value)| {
            Err(Error::Reward {
                state,
                action,
                value,
            })
        })
    }
}
