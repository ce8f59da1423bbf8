//! Soft policy iteration: evaluate, improve, repeat.

use crate::backup::improve;
use crate::contraction::contract;
use crate::evaluation::{StationaryPolicyValues, change, check_dense, solve_policy};
use crate::problem::{check_positive, discounted};
use crate::soft::check_temperature;
use crate::{Error, Finish, Progress};
use kinglet_envs::TabularMdp;
use ndarray::{Array1, Array2};
use std::ops::ControlFlow;

/// Where soft policy iteration came to. Made by [`soft_policy_iteration`].
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyIteration {
    /// Q(s, a) of the last policy evaluated, `[S, A]`, in units of reward.
    pub q: Array2<f64>,
    /// Its values V(s), `[S]`, in units of reward.
    pub v: Array1<f64>,
    /// The policy that improves on it, `[S, A]`.
    pub policy: Array2<f64>,
    /// V(s) of each policy evaluated, the uniform one first; no entry ever falls.
    pub history: Vec<Array1<f64>>,
    /// The largest change of V in the last round.
    pub residual: f64,
    /// Why the iteration ended.
    pub finish: Finish,
}

/// Soft policy iteration of a discounted problem, from the uniform policy. Catalogue: CS285-09.
///
/// ```text
/// evaluate: Q^π by a linear solve,   improve: π ← exp((Q^π − V) / α)
/// ```
///
/// Each policy is at least as good as the one before, in every state, and the limit is that of
/// [`soft_value_iteration`](crate::soft_value_iteration). Ends when no value changes by more than
/// the tolerance.
///
/// # Shapes
/// `q`, `policy` `[S, A]`, `v` `[S]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsDiscount`]; [`Error::NotPositive`] for the tolerance;
/// [`Error::TooManyStates`] for the linear solve.
/// # Source
/// Haarnoja 2018, theorem 1.
/// # Example
/// ```
/// use kinglet_objectives::soft_policy_iteration;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// use std::ops::ControlFlow;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 3f64.ln()]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let best = soft_policy_iteration(&mdp, 1.0, 1e-12, &mut |_| ControlFlow::Continue(()))?;
/// assert!((best.v[0] - 2.0 * 4f64.ln()).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn soft_policy_iteration(
    mdp: &TabularMdp,
    temperature: f64,
    tolerance: f64,
    progress: &mut impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<PolicyIteration, Error> {
    check_temperature(temperature)?;
    let discount = discounted(mdp)?;
    check_positive("tolerance", tolerance)?;
    check_dense(mdp)?;
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    let uniform = Array2::from_elem((n_states, n_actions), 1.0 / n_actions as f64);
    let mut values = solve_policy(mdp, uniform.view(), temperature);
    let mut history = vec![values.v.clone()];
    let mut policy = improve(values.q.view(), temperature);
    let run = contract(discount, tolerance, progress, || {
        let better = solve_policy(mdp, policy.view(), temperature);
        let residual = change(values.v.view(), better.v.view());
        values = better;
        history.push(values.v.clone());
        policy = improve(values.q.view(), temperature);
        residual
    });
    let StationaryPolicyValues { q, v, .. } = values;
    Ok(PolicyIteration {
        q,
        v,
        policy,
        history,
        residual: run.residual,
        finish: run.finish,
    })
}
