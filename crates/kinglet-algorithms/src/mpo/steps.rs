//! The steps of a minibatch's sequences, without what fills them up.

use std::ops::Range;

use kinglet_envs::End;
use kinglet_nn::Scalar;
use ndarray::ArrayView2;

use crate::Minibatch;
use crate::critics::rows;

/// The T steps of some sequences, one sequence behind the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps<S> {
    obs_dim: usize,
    /// s, `[T, obs_dim]`.
    observations: Vec<S>,
    /// s′, or s itself where nothing follows, `[T, obs_dim]`.
    next: Vec<S>,
    /// `[T, n_action]`.
    pub(super) actions: Vec<S>,
    /// ln b(a|s) of the policy that acted, `[T]`.
    pub(super) log_probs: Vec<S>,
    pub(super) rewards: Vec<S>,
    /// γ, or 0 behind a termination, `[T]`.
    pub(super) discounts: Vec<S>,
    /// Whether the next row is the step after this one, `[T]`.
    pub(super) continues: Vec<bool>,
}

impl<S: Scalar> Steps<S> {
    /// T.
    pub(super) fn len(&self) -> usize {
        self.rewards.len()
    }

    /// s, `[T, obs_dim]`.
    pub(super) fn observations(&self) -> ArrayView2<'_, S> {
        rows(&self.observations, self.obs_dim)
    }

    /// s′, or s itself where nothing follows, `[T, obs_dim]`.
    pub(super) fn next(&self) -> ArrayView2<'_, S> {
        rows(&self.next, self.obs_dim)
    }

    /// Takes up the steps of these sequences.
    pub(super) fn gather(
        &mut self,
        minibatch: &Minibatch<S>,
        sequences: Range<usize>,
        discount: S,
    ) {
        self.obs_dim = minibatch.obs_dim;
        for column in [
            &mut self.observations,
            &mut self.next,
            &mut self.actions,
            &mut self.log_probs,
            &mut self.rewards,
            &mut self.discounts,
        ] {
            column.clear();
        }
        self.continues.clear();
        let (n, m) = (minibatch.obs_dim, minibatch.n_action);
        for sequence in sequences {
            let (first, steps) = (sequence * minibatch.length, minibatch.lengths[sequence]);
            let own = first..first + steps;
            let all = |column: &mut Vec<S>, from: &[S], width: usize| {
                column.extend_from_slice(&from[own.start * width..own.end * width]);
            };
            all(&mut self.observations, &minibatch.observations, n);
            all(&mut self.actions, &minibatch.actions, m);
            all(&mut self.log_probs, &minibatch.log_probs, 1);
            all(&mut self.rewards, &minibatch.rewards, 1);
            for row in own.clone() {
                let from = match minibatch.ends[row] {
                    Some(End::Terminated) => &minibatch.observations,
                    Some(End::Truncated) | None => &minibatch.next_observations,
                };
                self.next.extend_from_slice(&from[row * n..(row + 1) * n]);
                self.discounts.push(discount * minibatch.goes_on(row));
                self.continues.push(row + 1 < own.end);
            }
        }
    }
}
