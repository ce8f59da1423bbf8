//! Rewards as one slice.

use kinglet_envs::Rewards;
use std::borrow::Cow;

/// The rewards of a problem in the order of states, then actions: borrowed where they lie so.
#[derive(Debug)]
pub(super) enum FlatRewards<'a> {
    /// r(s), `[S]`.
    State(Cow<'a, [f64]>),
    /// r(s, a), `[S A]`.
    StateAction(Cow<'a, [f64]>),
}

impl<'a> FlatRewards<'a> {
    pub(super) fn new(rewards: &'a Rewards) -> Self {
        match rewards {
            Rewards::State(r) => Self::State(flat(r.as_slice(), || r.iter().copied().collect())),
            Rewards::StateAction(r) => {
                Self::StateAction(flat(r.as_slice(), || r.iter().copied().collect()))
            }
        }
    }
}

fn flat<'a>(lies_so: Option<&'a [f64]>, copy: impl Fn() -> Vec<f64>) -> Cow<'a, [f64]> {
    lies_so.map_or_else(|| Cow::Owned(copy()), Cow::Borrowed)
}
