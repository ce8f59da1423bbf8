//! MPO's E-step over a parametric policy: a gradient instead of a closed form.

use crate::Error;
use crate::mpo_e_step::{check_states, check_table};
use crate::soft::check_temperature;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

/// The gradient of MPO's E-step by the logits of its policy. Catalogue: MPO-12.
///
/// ```text
/// J(φ) = E_μ[ E_q[Q(s, a)] − α KL(q_φ ‖ π) ],   q_φ(a | s) ∝ exp φ(s, a)
/// ∂J/∂φ(s, a) = μ(s) q(a | s) ( A(s, a) − E_q[A(s, ·)] ),   A = Q − α log(q / π)
/// ```
///
/// At q = π the divergence has no slope and this is the policy gradient, whatever α. A price (or a
/// bound, whose multiplier is then α) keeps the steps that follow near π: a trust-region method.
///
/// # Shapes
/// `q` (Q), `prior` (π), `candidate` (q_φ): `[S, A]`; `states` (μ): `[S]`. Returns `[S, A]`.
/// Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::PolicyRow`]; [`Error::NoDistribution`] for the states.
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, on the parametric E-step.
/// # Example
/// ```
/// use kinglet_objectives::mpo_parametric_gradient;
/// use ndarray::array;
/// let (q, prior, states) = (array![[1.0, 0.0]], array![[0.25, 0.75]], array![1.0]);
/// let (q, prior) = (q.view(), prior.view());
/// let gradient = mpo_parametric_gradient(q, prior, states.view(), prior, 5.0)?;
/// assert_eq!(gradient, array![[0.1875, -0.1875]]); // ¼ (1 − ¼), ¾ (0 − ¼)
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn mpo_parametric_gradient(
    q: ArrayView2<'_, f64>,
    prior: ArrayView2<'_, f64>,
    states: ArrayView1<'_, f64>,
    candidate: ArrayView2<'_, f64>,
    temperature: f64,
) -> Result<Array2<f64>, Error> {
    check_temperature(temperature)?;
    check_table(q, prior)?;
    check_table(q, candidate)?;
    check_states(states, q.nrows())?;
    let mut gradient = Array2::zeros(q.dim());
    for (s, mut row) in gradient.rows_mut().into_iter().enumerate() {
        let advantage = priced(q.row(s), prior.row(s), candidate.row(s), temperature);
        let mean = candidate.row(s).dot(&advantage);
        row.assign(&((advantage - mean) * candidate.row(s) * states[s]));
    }
    Ok(gradient)
}

/// Q − α log(q / π), and 0 for an action that q never takes.
fn priced(
    q: ArrayView1<'_, f64>,
    prior: ArrayView1<'_, f64>,
    candidate: ArrayView1<'_, f64>,
    temperature: f64,
) -> Array1<f64> {
    Array1::from_shape_fn(q.len(), |a| {
        if candidate[a] == 0.0 {
            0.0
        } else if temperature == 0.0 {
            q[a]
        } else {
            q[a] - temperature * (candidate[a] / prior[a]).ln()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mpo_e_step, mpo_e_step_objective, soft_policy};
    use ndarray::array;

    fn tables() -> (Array2<f64>, Array2<f64>, Array1<f64>) {
        (
            array![[1.0, -0.5, 2.0], [0.0, 4.0, -1.0]],
            array![[0.4, 0.5, 0.1], [0.25, 0.05, 0.7]],
            array![0.3, 0.7],
        )
    }

    #[test]
    fn mpo_12_the_gradient_is_that_of_the_objective() {
        let (q, prior, states) = tables();
        let logits = array![[0.3, -0.2, 0.9], [-0.4, 0.1, 0.6]];
        for temperature in [0.0, 0.7, 3.0] {
            let at = |logits: &Array2<f64>| {
                let policy = soft_policy(logits.view(), 1.0).unwrap();
                let (q, prior) = (q.view(), prior.view());
                mpo_e_step_objective(q, prior, states.view(), policy.view(), temperature).unwrap()
            };
            let policy = soft_policy(logits.view(), 1.0).unwrap();
            let (q, prior) = (q.view(), prior.view());
            let gradient =
                mpo_parametric_gradient(q, prior, states.view(), policy.view(), temperature);
            for (index, slope) in gradient.unwrap().indexed_iter() {
                let moved = |step: f64| {
                    let mut logits = logits.clone();
                    logits[index] += step;
                    at(&logits)
                };
                let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((slope - difference).abs() < 1e-9, "{index:?}");
            }
        }
    }

    #[test]
    fn mpo_12_at_the_prior_it_is_the_policy_gradient_at_any_price() {
        let (q, prior, states) = tables();
        let v = (&q * &prior).sum_axis(ndarray::Axis(1));
        for temperature in [0.0, 1.0, 50.0] {
            let (q, prior) = (q.view(), prior.view());
            let gradient =
                mpo_parametric_gradient(q, prior, states.view(), prior, temperature).unwrap();
            for ((s, a), slope) in gradient.indexed_iter() {
                let policy_gradient = states[s] * prior[[s, a]] * (q[[s, a]] - v[s]);
                assert!((slope - policy_gradient).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn mpo_12_ascent_ends_at_the_closed_form() {
        let (q, prior, states) = tables();
        let (q, prior) = (q.view(), prior.view());
        let mut logits = prior.mapv(f64::ln);
        for _ in 0..3000 {
            let policy = soft_policy(logits.view(), 1.0).unwrap();
            let gradient = mpo_parametric_gradient(q, prior, states.view(), policy.view(), 2.0);
            logits.scaled_add(2.0, &gradient.unwrap());
        }
        let found = soft_policy(logits.view(), 1.0).unwrap();
        let closed = mpo_e_step(q, prior, 2.0).unwrap().policy;
        assert!((found - closed).iter().all(|off| off.abs() < 1e-9));
    }

    #[test]
    fn an_action_never_taken_has_no_slope() {
        let (q, prior) = (array![[9.0, 1.0, 0.0]], array![[0.0, 0.5, 0.5]]);
        let (q, prior) = (q.view(), prior.view());
        let gradient = mpo_parametric_gradient(q, prior, array![1.0].view(), prior, 1.0).unwrap();
        assert_eq!(gradient, array![[0.0, 0.25, -0.25]]);
    }
}
