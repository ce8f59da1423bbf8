//! How wrong the critics still are.

use std::ops::Range;

use kinglet_nn::Scalar;
use ndarray::s;

use super::discrete;
use super::shard::{Networks, Shard};
use crate::ResidualEstimator;
use crate::critics::{Regression, index, rows};

impl<S: Scalar> Shard<S> {
    /// The share of the mean of δ′ δ″, δ = r + γ Q(s′, a′) − Q(s, a), Q = minₖ qₖ, of two actions a′ and a″ at each s′ that
    /// are independent or one and the same.
    ///
    /// Of a discrete action the mean is exact: that of δ where two are independent, that of δ² where they are one, larger by
    /// γ² Var Q(s′, ·). There is one s′ to a row, and what the rows differ by in it adds γ² Var V(s′) to either.
    pub(super) fn measure_residual(
        &mut self,
        estimator: ResidualEstimator,
        networks: &Networks<'_, S>,
        own: Range<usize>,
        fits: &mut [Regression<S>],
    ) {
        let params = networks.agent.critic_params();
        self.value_next(networks, params, 0, own.clone(), fits);
        self.other_values.clone_from(&self.next_values);
        self.spreads.clear();
        self.spreads.resize(own.len(), S::zero());
        match (estimator, networks.input) {
            (ResidualEstimator::TwoActions, Some(_)) => {
                self.value_next(networks, params, 1, own.clone(), fits);
            }
            (ResidualEstimator::OneSample, None) => discrete::spread(self),
            (ResidualEstimator::TwoActions, None) | (ResidualEstimator::OneSample, Some(_)) => {}
        }
        self.value_taken(networks, own.clone(), fits);
        self.residual = S::zero();
        for (i, row) in own.enumerate() {
            let (reward, minibatch) = (networks.minibatch.rewards[row], networks.minibatch);
            let discount = networks.discount * minibatch.goes_on(row);
            let error = |value: S| reward + discount * value - self.column[i];
            let (one, other) = (self.next_values[i], self.other_values[i]);
            let share = networks.share();
            self.residual +=
                share * error(one) * error(other) + share * discount * discount * self.spreads[i];
        }
    }

    /// minₖ qₖ(s, a) of what was done, in `column`.
    fn value_taken(
        &mut self,
        networks: &Networks<'_, S>,
        own: Range<usize>,
        fits: &mut [Regression<S>],
    ) {
        self.join_taken(networks, own.clone());
        let (agent, minibatch) = (networks.agent, networks.minibatch);
        let (critic, params) = (&agent.critic, agent.critic_params());
        let seen = minibatch.observations();
        self.column.clear();
        self.column.resize(own.len(), S::infinity());
        for (k, fit) in fits.iter_mut().enumerate() {
            let x = match networks.input {
                Some(_) => rows(&self.joined, critic.n_inputs()),
                None => seen.slice(s![own.clone(), ..]),
            };
            let q = critic.forward(networks.critic(params, k), x, &mut fit.cache);
            for ((row, q), least) in own.clone().zip(q.outer_iter()).zip(&mut self.column) {
                let output = match networks.input {
                    Some(_) => 0,
                    None => index(minibatch.actions[row]),
                };
                *least = least.min(q[output]);
            }
        }
    }
}
