//! Policies as tables.

use crate::Error;
use crate::tabular::{SUM_TOLERANCE, Tabular};
use ndarray::{Array2, ArrayView2, s};

/// Every row of a policy is a distribution over the model's actions.
pub(crate) fn check_policy(
    name: &'static str,
    policy: ArrayView2<'_, f64>,
    model: &Tabular<'_>,
) -> Result<(), Error> {
    assert_eq!(
        policy.dim(),
        model.reward.dim(),
        "{name} and reward do not match in shape"
    );
    for (state, row) in policy.rows().into_iter().enumerate() {
        let sum = row.sum();
        if !(row.iter().all(|&p| p >= 0.0) && (sum - 1.0).abs() <= SUM_TOLERANCE) {
            let row = row.to_vec();
            return Err(Error::PolicyRow {
                name,
                state,
                row,
                sum,
            });
        }
    }
    Ok(())
}

/// min(c μ, π) for every state and action: μ times the clipped ratio, and 0 where μ never acts so.
pub(crate) fn clipped(
    policy: ArrayView2<'_, f64>,
    behaviour: ArrayView2<'_, f64>,
    most: f64,
) -> Array2<f64> {
    let mut weight = behaviour.to_owned();
    weight.zip_mut_with(&policy, |mu, &pi| {
        if *mu > 0.0 {
            *mu = pi.min(most * *mu);
        }
    });
    weight
}

/// Σₐ w(s, a) P(s'|s, a): `[S, S]`.
pub(crate) fn state_transition(model: &Tabular<'_>, weight: ArrayView2<'_, f64>) -> Array2<f64> {
    let (states, actions) = weight.dim();
    let mut p = Array2::zeros((states, states));
    for state in 0..states {
        for action in 0..actions {
            p.row_mut(state).scaled_add(
                weight[[state, action]],
                &model.transition.slice(s![state, action, ..]),
            );
        }
    }
    p
}

/// P(s'|s, a) w(s', a'), over pairs: `[S·A, S·A]`.
pub(crate) fn pair_transition(model: &Tabular<'_>, weight: ArrayView2<'_, f64>) -> Array2<f64> {
    let (states, actions) = weight.dim();
    let pairs = states * actions;
    Array2::from_shape_fn((pairs, pairs), |(from, to)| {
        let (state, action) = (to / actions, to % actions);
        model.transition[[from / actions, from % actions, state]] * weight[[state, action]]
    })
}
