//! V-trace in expectation.

use crate::Error;
use crate::clip::check_clip;
use crate::linear_solve::{identity_minus, solve_vector};
use crate::policy::{check_policy, clipped, state_transition};
use crate::tabular::Tabular;
use crate::v_trace::VTrace;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// The mean of [`v_trace`](crate::v_trace)'s values in every state.
///
/// ```text
/// R v = v + (I − γ P_cμ)⁻¹ E_ρμ δ,   (cμ)(s, a) = λ min(c̄ μ, π),   (ρμ)(s, a) = min(ρ̄ μ, π)
/// ```
///
/// Its fixed point is the value of [`v_trace_policy`], whatever c̄ and λ.
///
/// # Shapes
/// `policy` (π), `behaviour` (μ): `[S, A]`; `v`: `[S]`. Returns `[S]`. Units: reward.
/// # Errors
/// [`Error::OutOfRange`] for a λ outside [0, 1] or a clip that is not above 0;
/// [`Error::PolicyRow`] for a row that is no distribution; [`Error::Singular`] where the sum has
/// no end.
/// # Panics
/// When the shapes do not match.
/// # Source
/// Espeholt 2018, appendix A.
/// # Example
/// ```
/// use kinglet_critics::{Tabular, VTrace, v_trace_operator};
/// use ndarray::array;
/// let (transition, reward) = (array![[[0.5]]], array![[1.0]]);
/// let model = Tabular::new(transition.view(), reward.view(), 1.0)?;
/// let (only, v) = (array![[1.0]], array![6.0]);
/// let settings = VTrace::default();
/// let values = v_trace_operator(&model, only.view(), only.view(), v.view(), settings)?;
/// assert_eq!(values, array![2.0]);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn v_trace_operator(
    model: &Tabular<'_>,
    policy: ArrayView2<'_, f64>,
    behaviour: ArrayView2<'_, f64>,
    v: ArrayView1<'_, f64>,
    settings: VTrace,
) -> Result<Array1<f64>, Error> {
    settings.check()?;
    check_policy("policy", policy, model)?;
    check_policy("behaviour", behaviour, model)?;
    let rho = clipped(policy, behaviour, settings.ratio_clip);
    let error = (rho * model.advantages(v)).sum_axis(Axis(1));
    let trace = clipped(policy, behaviour, settings.trace_clip) * settings.lambda;
    let p = state_transition(model, trace.view());
    Ok(solve_vector(identity_minus(model.discount, p.view()), error)? + v)
}

/// The policy whose values V-trace estimates.
///
/// ```text
/// π_ρ̄(a|s) = min(ρ̄ μ(a|s), π(a|s)) / Σ_b min(ρ̄ μ(b|s), π(b|s))
/// ```
///
/// # Shapes
/// `policy` (π), `behaviour` (μ): `[S, A]`. Returns `[S, A]`.
/// # Errors
/// [`Error::OutOfRange`] for a clip that is not above 0; [`Error::NoOverlap`] where μ never does
/// what π does.
/// # Panics
/// When the shapes do not match.
/// # Source
/// Espeholt 2018, eq. (3).
/// # Example
/// ```
/// use kinglet_critics::v_trace_policy;
/// use ndarray::array;
/// let (policy, behaviour) = (array![[0.75, 0.25]], array![[0.25, 0.75]]);
/// let clipped = v_trace_policy(policy.view(), behaviour.view(), 1.0)?;
/// assert_eq!(clipped, array![[0.5, 0.5]]);
/// assert_eq!(v_trace_policy(policy.view(), behaviour.view(), f64::INFINITY)?, policy);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn v_trace_policy(
    policy: ArrayView2<'_, f64>,
    behaviour: ArrayView2<'_, f64>,
    ratio_clip: f64,
) -> Result<Array2<f64>, Error> {
    check_clip("ratio clip", ratio_clip)?;
    assert_eq!(
        policy.dim(),
        behaviour.dim(),
        "policy and behaviour do not match in shape"
    );
    let mut weight = clipped(policy, behaviour, ratio_clip);
    for (state, mut row) in weight.rows_mut().into_iter().enumerate() {
        let sum = row.sum();
        if sum <= 0.0 {
            return Err(Error::NoOverlap { state });
        }
        row.mapv_inplace(|w| w / sum);
    }
    Ok(weight)
}
