//! The environment as pure dynamics.

use std::fmt::Debug;

use ndarray::ArrayViewMut1;
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::space::Space;

/// An action of the environment `E`.
pub type Action<E> = <<E as Env>::Actions as Space>::Action;

/// A Markov decision process that one can sample: a law of the first state, and a law of the next
/// state and the reward given a state and an action.
///
/// ```text
/// s₁ ~ p(s₁),   sₜ₊₁, rₜ ~ p(sₜ₊₁, rₜ | sₜ, aₜ)
/// ```
///
/// The environment holds its constants only. The state is an argument and a result, so that it can
/// be stored, copied, branched from and run in parallel; randomness is an argument too. What
/// counts steps and ends an episode at its time limit is [`Episode`](crate::Episode).
pub trait Env {
    /// All that the future depends on.
    type State: Clone + Debug;
    /// The set of actions.
    type Actions: Space;

    /// The actions that can be taken, the same ones in every state.
    fn actions(&self) -> Self::Actions;

    /// How many numbers [`observe`](Self::observe) writes.
    fn obs_dim(&self) -> usize;

    /// Draws the first state of an episode.
    fn reset<R: Rng + ?Sized>(&self, rng: &mut R) -> Self::State;

    /// One step of the dynamics. It knows no time limit, so that `end` is never
    /// [`End::Truncated`].
    ///
    /// # Panics
    /// May panic, or give a state without meaning, for an action that [`Space::admits`] refuses.
    /// For actions from outside take [`Episode::step`](crate::Episode::step), which checks them.
    fn step<R: Rng + ?Sized>(
        &self,
        s: &Self::State,
        a: &Action<Self>,
        rng: &mut R,
    ) -> Step<Self::State>;

    /// Writes what an agent sees of a state.
    ///
    /// # Panics
    /// If `out` does not hold [`obs_dim`](Self::obs_dim) numbers.
    fn observe(&self, s: &Self::State, out: ArrayViewMut1<'_, f64>);
}

/// What one step gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step<S> {
    /// The next state sₜ₊₁, final if `end` is set.
    pub next: S,
    /// The reward rₜ.
    pub reward: f64,
    /// Whether and how the episode is over.
    pub end: Option<End>,
}

/// How an episode ends. Where both happen in one step, termination wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The problem is over: no reward can follow, the value of the final state is zero.
    Terminated,
    /// Only the watching is over, at a time limit: the final state still has its value, from which
    /// the return is to be bootstrapped.
    Truncated,
}
