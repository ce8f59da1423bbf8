//! Retrace(λ) in expectation.

use crate::Error;
use crate::error::check_unit;
use crate::linear_solve::{identity_minus, solve, solve_vector};
use crate::policy::{check_policy, clipped, pair_transition};
use crate::tabular::Tabular;
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// The mean of [`retrace`](crate::retrace) in every state and action. Catalogue: MPO-17.
///
/// ```text
/// R q = q + (I − γ P_cμ)⁻¹ (r + γ P_π q − q),   (cμ)(s, a) = λ min(μ, π)
/// ```
///
/// The action values of π are its only fixed point, whatever the behaviour μ.
///
/// # Shapes
/// `policy` (π), `behaviour` (μ), `q`: `[S, A]`. Returns `[S, A]`. Units: reward.
/// # Errors
/// [`Error::OutOfRange`] for a λ outside [0, 1]; [`Error::PolicyRow`] for a row that is no
/// distribution; [`Error::Singular`] where the sum has no end.
/// # Panics
/// When the shapes do not match.
/// # Source
/// Munos 2016, its general operator with the traces of Retrace(λ).
/// # Example
/// ```
/// use kinglet_critics::{Tabular, retrace_operator};
/// use ndarray::array;
/// let (transition, reward) = (array![[[0.5]]], array![[1.0]]);
/// let model = Tabular::new(transition.view(), reward.view(), 1.0)?;
/// let (only, q) = (array![[1.0]], array![[6.0]]);
/// let at = |lambda| retrace_operator(&model, only.view(), only.view(), q.view(), lambda);
/// assert_eq!(at(0.0)?, array![[4.0]]); // one step
/// assert_eq!(at(1.0)?, array![[2.0]]); // all of them
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn retrace_operator(
    model: &Tabular<'_>,
    policy: ArrayView2<'_, f64>,
    behaviour: ArrayView2<'_, f64>,
    q: ArrayView2<'_, f64>,
    lambda: f64,
) -> Result<Array2<f64>, Error> {
    check(model, policy, behaviour, lambda)?;
    assert_eq!(
        q.dim(),
        model.reward.dim(),
        "q and reward do not match in shape"
    );
    let v = (&policy * &q).sum_axis(Axis(1));
    let error: Array1<f64> = (model.action_values(v.view()) - q).into_iter().collect();
    let trace = pair_transition(model, (clipped(policy, behaviour, 1.0) * lambda).view());
    let excess = solve_vector(identity_minus(model.discount, trace.view()), error)?;
    let excess = excess
        .into_shape_with_order(q.dim())
        .expect("there is one error for each state and action");
    Ok(excess + q)
}

/// What one sweep of Retrace(λ) makes of an error in the action values. Catalogue: MPO-17.
///
/// ```text
/// R q − q_π = M (q − q_π),   M = γ (I − γ P_cμ)⁻¹ (P_π − P_cμ)
/// ```
///
/// No entry is negative and no row sums to more than γ, since cμ ≤ π: Retrace contracts, for
/// every pair of policies.
///
/// # Shapes
/// `policy` (π), `behaviour` (μ): `[S, A]`. Returns `[S·A, S·A]`, pairs in the order of `q`.
/// # Errors
/// As [`retrace_operator`].
/// # Panics
/// When the shapes do not match.
/// # Source
/// Munos 2016, lemma 1.
/// # Example
/// ```
/// use kinglet_critics::{Tabular, retrace_contraction};
/// use ndarray::array;
/// let (transition, reward) = (array![[[1.0]]], array![[1.0]]);
/// let model = Tabular::new(transition.view(), reward.view(), 0.5)?;
/// let at = |lambda| retrace_contraction(&model, array![[1.0]].view(), array![[1.0]].view(), lambda);
/// assert_eq!(at(0.0)?, array![[0.5]]);
/// assert_eq!(at(1.0)?, array![[0.0]]);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn retrace_contraction(
    model: &Tabular<'_>,
    policy: ArrayView2<'_, f64>,
    behaviour: ArrayView2<'_, f64>,
    lambda: f64,
) -> Result<Array2<f64>, Error> {
    check(model, policy, behaviour, lambda)?;
    let trace = pair_transition(model, (clipped(policy, behaviour, 1.0) * lambda).view());
    let cut = (pair_transition(model, policy) - &trace) * model.discount;
    solve(identity_minus(model.discount, trace.view()), cut)
}

fn check(
    model: &Tabular<'_>,
    policy: ArrayView2<'_, f64>,
    behaviour: ArrayView2<'_, f64>,
    lambda: f64,
) -> Result<(), Error> {
    check_unit("λ", lambda)?;
    check_policy("policy", policy, model)?;
    check_policy("behaviour", behaviour, model)
}
