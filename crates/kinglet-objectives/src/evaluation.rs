//! Soft policy evaluation: what a policy is worth, its entropy included.

use crate::backup::action_values;
use crate::contraction::contract;
use crate::linear_solve::solve;
use crate::max_entropy::entropy;
use crate::problem::{check_policy, check_positive, check_stationary, discounted};
use crate::soft::check_temperature;
use crate::{Error, Finish, Progress};
use kinglet_envs::TabularMdp;
use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2, ArrayView3, Axis};
use std::ops::ControlFlow;

/// The most states that [`evaluate_soft_policy`] solves for at once.
pub const DENSE_LIMIT: usize = 4096;

/// The values of a policy over a finite horizon. Made by [`evaluate_soft_policy_finite`].
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyValues {
    /// Qₜ(s, a), `[T, S, A]`, in units of reward.
    pub q: Array3<f64>,
    /// Vₜ(s), `[T, S]`, in units of reward.
    pub v: Array2<f64>,
}

/// The values of a policy that does not depend on time. Made by [`evaluate_soft_policy`].
#[derive(Debug, Clone, PartialEq)]
pub struct StationaryPolicyValues {
    /// Q(s, a), `[S, A]`, in units of reward.
    pub q: Array2<f64>,
    /// V(s), `[S]`, in units of reward.
    pub v: Array1<f64>,
    /// The largest change in the last sweep; of a linear solve, max |r + γ P V − V|.
    pub residual: f64,
    /// Why the evaluation ended.
    pub finish: Finish,
}

/// Soft policy evaluation over a finite horizon, backwards. Catalogue: DECK-08, CS285-07.
///
/// ```text
/// Qₜ(s, a) = r(s, a) + E[Vₜ₊₁(s′)],   Vₜ(s) = E_π[Qₜ(s, a)] + α H(π(· | s))
/// ```
///
/// E[V₁(s₁)] is the [`elbo`](crate::elbo), computed backwards.
///
/// # Shapes
/// `policy`: `[T, S, A]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsFiniteHorizon`]; [`Error::PolicyRow`].
/// # Panics
/// When the policy has another shape.
/// # Source
/// Haarnoja 2018, eqs. (2), (3).
/// # Example
/// ```
/// use kinglet_objectives::evaluate_soft_policy_finite;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::{Array3, array};
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[1.0, 2.0]].view(), array![1.0].view(),
///     Horizon::Finite(3),
/// )?;
/// let uniform = Array3::from_elem((3, 1, 2), 0.5);
/// let values = evaluate_soft_policy_finite(&mdp, uniform.view(), 1.0)?;
/// assert!((values.v[[0, 0]] - 3.0 * (1.5 + 2f64.ln())).abs() < 1e-14);
/// assert!((values.q[[1, 0, 1]] - (2.0 + 1.5 + 2f64.ln())).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn evaluate_soft_policy_finite(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    temperature: f64,
) -> Result<PolicyValues, Error> {
    check_temperature(temperature)?;
    let steps = check_policy(mdp, policy)?;
    let mut q = Array3::zeros(policy.dim());
    let mut v = Array2::zeros((steps, mdp.n_states()));
    let mut ahead = Array1::zeros(mdp.n_states());
    for t in (0..steps).rev() {
        let q_t = action_values(mdp, ahead.view());
        ahead = policy_values(q_t.view(), policy.index_axis(Axis(0), t), temperature);
        v.row_mut(t).assign(&ahead);
        q.index_axis_mut(Axis(0), t).assign(&q_t);
    }
    Ok(PolicyValues { q, v })
}

/// Soft policy evaluation of a discounted problem, by one linear solve. Catalogue: CS285-09.
///
/// ```text
/// (I − γ P_π) V = r_π,   r_π(s) = E_π[r(s, a)] + α H(π(· | s))
/// ```
///
/// # Shapes
/// `policy`: `[S, A]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsDiscount`]; [`Error::PolicyRow`];
/// [`Error::TooManyStates`] above [`DENSE_LIMIT`], where
/// [`evaluate_soft_policy_iteratively`] is the way.
/// # Panics
/// When the policy has another shape.
/// # Source
/// Haarnoja 2018, lemma 1.
/// # Example
/// ```
/// use kinglet_objectives::evaluate_soft_policy;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[1.0, 2.0]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let values = evaluate_soft_policy(&mdp, array![[0.5, 0.5]].view(), 1.0)?;
/// assert!((values.v[0] - 2.0 * (1.5 + 2f64.ln())).abs() < 1e-14); // V = 1.5 + log 2 + V / 2
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn evaluate_soft_policy(
    mdp: &TabularMdp,
    policy: ArrayView2<'_, f64>,
    temperature: f64,
) -> Result<StationaryPolicyValues, Error> {
    check_temperature(temperature)?;
    discounted(mdp)?;
    check_dense(mdp)?;
    check_stationary(mdp, policy)?;
    Ok(solve_policy(mdp, policy, temperature))
}

/// The linear solve of [`evaluate_soft_policy`], of arguments that have been checked.
pub(crate) fn solve_policy(
    mdp: &TabularMdp,
    policy: ArrayView2<'_, f64>,
    temperature: f64,
) -> StationaryPolicyValues {
    let mut system = Array2::eye(mdp.n_states());
    for ((s, a), &weight) in policy.indexed_iter() {
        for (next, p) in mdp.successors(s, a) {
            system[[s, next]] -= mdp.discount() * weight * p;
        }
    }
    let nothing = Array1::zeros(mdp.n_states());
    let gain = policy_values(
        action_values(mdp, nothing.view()).view(),
        policy,
        temperature,
    );
    let v = solve(system, gain);
    let q = action_values(mdp, v.view());
    let residual = change(
        v.view(),
        policy_values(q.view(), policy, temperature).view(),
    );
    StationaryPolicyValues {
        q,
        v,
        residual,
        finish: Finish::Converged,
    }
}

/// Soft policy evaluation of a discounted problem, by sweeps from V = 0. Catalogue: CS285-09.
///
/// ```text
/// V ← E_π[r(s, a) + γ E[V(s′)]] + α H(π(· | s)),   until max |V′ − V| < tolerance
/// ```
///
/// For problems too large for [`evaluate_soft_policy`]: no table of S² numbers.
///
/// # Shapes
/// `policy`: `[S, A]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsDiscount`]; [`Error::PolicyRow`];
/// [`Error::NotPositive`] for the tolerance.
/// # Panics
/// When the policy has another shape.
/// # Source
/// Haarnoja 2018, lemma 1.
pub fn evaluate_soft_policy_iteratively(
    mdp: &TabularMdp,
    policy: ArrayView2<'_, f64>,
    temperature: f64,
    tolerance: f64,
    progress: &mut impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<StationaryPolicyValues, Error> {
    check_temperature(temperature)?;
    let discount = discounted(mdp)?;
    check_positive("tolerance", tolerance)?;
    check_stationary(mdp, policy)?;
    let mut v = Array1::zeros(mdp.n_states());
    let mut q = action_values(mdp, v.view());
    let run = contract(discount, tolerance, progress, || {
        let next = policy_values(q.view(), policy, temperature);
        let residual = change(v.view(), next.view());
        v = next;
        q = action_values(mdp, v.view());
        residual
    });
    Ok(StationaryPolicyValues {
        q,
        v,
        residual: run.residual,
        finish: run.finish,
    })
}

/// A dense solve has to fit.
pub(crate) fn check_dense(mdp: &TabularMdp) -> Result<(), Error> {
    match mdp.n_states() {
        states if states > DENSE_LIMIT => Err(Error::TooManyStates {
            states,
            limit: DENSE_LIMIT,
        }),
        _ => Ok(()),
    }
}

/// E_π[Q(s, a)] + α H(π(· | s)) for each state.
pub(crate) fn policy_values(
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    temperature: f64,
) -> Array1<f64> {
    let rows = q.outer_iter().zip(policy.outer_iter());
    rows.map(|(q, policy)| policy.dot(&q) + temperature * entropy(policy))
        .collect()
}

/// max |w − v|.
pub(crate) fn change(v: ArrayView1<'_, f64>, w: ArrayView1<'_, f64>) -> f64 {
    v.iter().zip(w).fold(0.0, |m, (v, w)| m.max((w - v).abs()))
}
