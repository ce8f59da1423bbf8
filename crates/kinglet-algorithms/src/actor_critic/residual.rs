//! How wrong the critics still are.

use std::ops::Range;

use kinglet_nn::Scalar;
use ndarray::s;

use super::shard::{Networks, Shard};
use crate::critics::{Regression, index, rows};

impl<S: Scalar> Shard<S> {
    /// The share of the mean of δ′ δ″, δ = r + γ Q(s′, a′) − Q(s, a), Q = minₖ qₖ, of two actions a′ and a″ at each s′.
    ///
    /// The actions are independent, and of a discrete one the mean is taken, so that what they differ by adds nothing.
    /// There is one s′ to a row, and what the rows differ by in it does add: γ² Var V(s′).
    pub(super) fn measure_residual(
        &mut self,
        networks: &Networks<'_, S>,
        own: Range<usize>,
        fits: &mut [Regression<S>],
    ) {
        let params = networks.agent.critic_params();
        self.value_next(networks, params, 0, own.clone(), fits);
        self.other_values.clone_from(&self.next_values);
        if networks.input.is_some() {
            self.value_next(networks, params, 1, own.clone(), fits);
        }
        self.value_taken(networks, own.clone(), fits);
        self.residual = S::zero();
        let values = self.next_values.iter().zip(&self.other_values);
        for (row, ((one, other), q)) in own.zip(values.zip(&self.column)) {
            let (reward, minibatch) = (networks.minibatch.rewards[row], networks.minibatch);
            let discount = networks.discount * minibatch.goes_on(row);
            let error = |value: S| reward + discount * value - *q;
            self.residual += networks.share() * error(*one) * error(*other);
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
