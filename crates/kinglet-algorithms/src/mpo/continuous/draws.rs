//! Several actions in each state.

use kinglet_nn::Scalar;
use ndarray::ArrayView2;

use crate::ActionInput;

/// K actions u = μ + σ ξ in each of T states, and memory for what is found of them.
#[derive(Clone, Debug, Default)]
pub(in crate::mpo) struct Draws<S> {
    /// u, `[T, K, n_action]`.
    pub(in crate::mpo) actions: Vec<S>,
    /// What critics see of u, `[T, K, n_action]`.
    pub(super) seen: Vec<S>,
    /// What critics see of (s′, u), `[T K, inputs]`.
    pub(super) joined: Vec<S>,
    /// The first action of each state, `[T, n_action]`.
    pub(super) firsts: Vec<S>,
    /// The gradient by u, `[T, K, n_action]`.
    pub(super) d: Vec<S>,
    /// Which critic is the smallest, of the actions of a block, and the gradients through one critic.
    pub(super) smallest: Vec<usize>,
    pub(super) d_chosen: Vec<S>,
    pub(super) column: Vec<S>,
    stds: Vec<S>,
}

impl<S: Scalar> Draws<S> {
    /// The actions of this noise under these laws.
    ///
    /// # Shapes
    /// `laws`: (μ, ln σ), `[T, 2 n_action]`; `noise`: ξ, `[T, K, n_action]`; `actions`: K.
    pub(super) fn draw(
        &mut self,
        states: ArrayView2<'_, S>,
        laws: &[S],
        noise: &[S],
        actions: usize,
        input: &ActionInput,
    ) {
        let m = input.n_action();
        self.actions.clear();
        let rows = laws.chunks_exact(2 * m);
        for (law, noise) in rows.zip(noise.chunks_exact(actions * m)) {
            self.stds.clear();
            self.stds
                .extend(law[m..].iter().map(|log_std| log_std.exp()));
            for noise in noise.chunks_exact(m) {
                let each = law[..m].iter().zip(&self.stds).zip(noise);
                let each = each.map(|((mean, std), xi)| *mean + *std * *xi);
                self.actions.extend(each);
            }
        }
        self.seen.resize(self.actions.len(), S::zero());
        input.see(&self.actions, &mut self.seen);
        self.joined.clear();
        let seen = self.seen.chunks_exact(actions * m);
        for (state, seen) in states.outer_iter().zip(seen) {
            for seen in seen.chunks_exact(m) {
                self.joined.extend(state.iter().copied());
                self.joined.extend_from_slice(seen);
            }
        }
    }

    pub(super) fn first_of_each(&mut self, actions: usize, m: usize) {
        self.firsts.clear();
        for actions in self.actions.chunks_exact(actions * m) {
            self.firsts.extend_from_slice(&actions[..m]);
        }
    }

    /// The means of each state's actions under their weights, then the variances.
    ///
    /// # Shapes
    /// `weights`: `[T, K]`, of sum 1 in each state; `actions`: K; `out` becomes `[T, 2 n_action]`.
    pub(in crate::mpo) fn moments(
        &self,
        weights: &[f64],
        actions: usize,
        m: usize,
        out: &mut Vec<S>,
    ) {
        out.clear();
        let rows = weights.chunks_exact(actions);
        for (weights, actions) in rows.zip(self.actions.chunks_exact(actions * m)) {
            let first = out.len();
            out.resize(first + 2 * m, S::zero());
            let (means, variances) = out[first..].split_at_mut(m);
            for (weight, action) in weights.iter().zip(actions.chunks_exact(m)) {
                let weight = S::from_f64(*weight);
                for (mean, u) in means.iter_mut().zip(action) {
                    *mean += weight * *u;
                }
            }
            for (weight, action) in weights.iter().zip(actions.chunks_exact(m)) {
                let weight = S::from_f64(*weight);
                for ((variance, mean), u) in variances.iter_mut().zip(&*means).zip(action) {
                    *variance += weight * (*u - *mean) * (*u - *mean);
                }
            }
        }
    }
}
