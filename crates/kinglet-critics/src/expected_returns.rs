//! λ-returns and generalised advantages, in expectation.

use crate::Error;
use crate::error::check_unit;
use crate::linear_solve::{identity_minus, solve_vector};
use crate::policy::{check_policy, state_transition};
use crate::tabular::Tabular;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// The mean of [`gae`](crate::gae) in every state and action. Catalogue: XU-11.
///
/// ```text
/// Â = δ + γλ P (I − γλ P_π)⁻¹ E_π δ,   δ(s, a) = r(s, a) + γ Σ P(s'|s, a) v(s') − v(s)
/// ```
///
/// It is the advantage for every λ where `v` is true; where it is not, λ = 1 gives q − v, and a
/// smaller λ something else.
///
/// # Shapes
/// `policy`: `[S, A]`; `v`: `[S]`. Returns `[S, A]`. Units: reward.
/// # Errors
/// [`Error::OutOfRange`] for a λ outside [0, 1]; [`Error::PolicyRow`] for a row that is no
/// distribution; [`Error::Singular`] where the sum has no end.
/// # Panics
/// When the shapes do not match.
/// # Source
/// Schulman 2016, eq. (16), summed over all continuations.
/// # Example
/// ```
/// use kinglet_critics::{Tabular, expected_gae};
/// use ndarray::array;
/// let (transition, reward) = (array![[[0.5]]], array![[1.0]]); // worth 2
/// let model = Tabular::new(transition.view(), reward.view(), 1.0)?;
/// let at = |lambda| expected_gae(&model, array![[1.0]].view(), array![0.0].view(), lambda);
/// assert_eq!(at(0.0)?, array![[1.0]]); // one reward
/// assert_eq!(at(1.0)?, array![[2.0]]); // all of them
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn expected_gae(
    model: &Tabular<'_>,
    policy: ArrayView2<'_, f64>,
    v: ArrayView1<'_, f64>,
    lambda: f64,
) -> Result<Array2<f64>, Error> {
    check_unit("λ", lambda)?;
    check_policy("policy", policy, model)?;
    let delta = model.advantages(v);
    let mean = (&policy * &delta).sum_axis(Axis(1));
    let passed_on = model.discount * lambda;
    let p = state_transition(model, policy);
    let later = solve_vector(identity_minus(passed_on, p.view()), mean)?;
    Ok(delta + passed_on * model.expect(later.view()))
}

/// The mean of [`lambda_returns`](crate::lambda_returns) in every state: one exact sweep of TD(λ).
/// Catalogue: XU-11.
///
/// ```text
/// T_λ v = v + (I − γλ P_π)⁻¹ (r_π + γ P_π v − v)
/// ```
///
/// It draws values to those of the policy by at least γ (1 − λ) / (1 − γλ) a sweep: at λ = 1 at
/// once.
///
/// # Shapes
/// `policy`: `[S, A]`; `v`: `[S]`. Returns `[S]`. Units: reward.
/// # Errors
/// As [`expected_gae`].
/// # Panics
/// When the shapes do not match.
/// # Source
/// Tsitsiklis & Van Roy 1997, the operator T^(λ).
/// # Example
/// ```
/// use kinglet_critics::{Tabular, expected_lambda_returns};
/// use ndarray::array;
/// let (transition, reward) = (array![[[0.5]]], array![[1.0]]);
/// let model = Tabular::new(transition.view(), reward.view(), 1.0)?;
/// let v = expected_lambda_returns(&model, array![[1.0]].view(), array![6.0].view(), 1.0)?;
/// assert_eq!(v, array![2.0]);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn expected_lambda_returns(
    model: &Tabular<'_>,
    policy: ArrayView2<'_, f64>,
    v: ArrayView1<'_, f64>,
    lambda: f64,
) -> Result<Array1<f64>, Error> {
    let advantage = expected_gae(model, policy, v, lambda)?;
    Ok((&policy * &advantage).sum_axis(Axis(1)) + v)
}
