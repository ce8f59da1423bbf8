//! What every objective asks of a problem and of a policy before it starts.

use crate::Error;
use kinglet_envs::{Horizon, TabularMdp};
use ndarray::{ArrayView1, ArrayView2, ArrayView3};

/// How far a policy's row may sum from one.
const ROW_TOLERANCE: f64 = 1e-9;

/// The number of steps T of a finite horizon.
pub(crate) fn finite_horizon(mdp: &TabularMdp) -> Result<usize, Error> {
    match mdp.horizon() {
        Horizon::Finite(steps) => Ok(steps),
        Horizon::Discounted(discount) => Err(Error::NeedsFiniteHorizon { discount }),
    }
}

/// The discount γ of an infinite horizon.
pub(crate) fn discounted(mdp: &TabularMdp) -> Result<f64, Error> {
    match mdp.horizon() {
        Horizon::Finite(steps) => Err(Error::NeedsDiscount { steps }),
        Horizon::Discounted(discount) => Ok(discount),
    }
}

/// A number that has to be finite and above zero.
pub(crate) fn check_positive(name: &'static str, value: f64) -> Result<(), Error> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(Error::NotPositive { name, value })
    }
}

/// A number that has to be finite and not below zero.
pub(crate) fn check_not_negative(name: &'static str, value: f64) -> Result<(), Error> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(Error::OutOfRange {
        name,
        value,
        interval: "[0, ∞)",
    })
}

/// A number that has to lie in [0, 1].
pub(crate) fn check_unit(name: &'static str, value: f64) -> Result<(), Error> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::OutOfRange {
        name,
        value,
        interval: "[0, 1]",
    })
}

/// Numbers that have to be finite.
pub(crate) fn check_finite<'a>(
    name: &'static str,
    mut values: impl Iterator<Item = &'a f64>,
) -> Result<(), Error> {
    match values.find(|value| !value.is_finite()) {
        Some(&value) => Err(Error::NotFinite { name, value }),
        None => Ok(()),
    }
}

/// Checks a time-dependent policy `[T, S, A]`, and returns T.
pub(crate) fn check_policy(mdp: &TabularMdp, policy: ArrayView3<'_, f64>) -> Result<usize, Error> {
    let steps = finite_horizon(mdp)?;
    let shape = (steps, mdp.n_states(), mdp.n_actions());
    assert_eq!(
        policy.dim(),
        shape,
        "the policy's shape (left) is not [T, S, A] (right)"
    );
    for (t, rows) in policy.outer_iter().enumerate() {
        for (state, row) in rows.outer_iter().enumerate() {
            check_row(row, || format!("step {t}, state {state}"))?;
        }
    }
    Ok(steps)
}

/// Checks a stationary policy `[S, A]`.
pub(crate) fn check_stationary(mdp: &TabularMdp, policy: ArrayView2<'_, f64>) -> Result<(), Error> {
    let shape = (mdp.n_states(), mdp.n_actions());
    assert_eq!(
        policy.dim(),
        shape,
        "the policy's shape (left) is not [S, A] (right)"
    );
    check_rows(policy)
}

/// Checks one distribution over actions for each state.
pub(crate) fn check_rows(policy: ArrayView2<'_, f64>) -> Result<(), Error> {
    for (state, row) in policy.outer_iter().enumerate() {
        check_row(row, || format!("state {state}"))?;
    }
    Ok(())
}

/// Checks a distribution over anything else.
pub(crate) fn check_distribution(
    name: &'static str,
    probabilities: impl Iterator<Item = f64> + Clone,
) -> Result<(), Error> {
    let sum: f64 = probabilities.clone().sum();
    let least = probabilities.fold(f64::INFINITY, |m, p| if p >= m { m } else { p });
    if least >= 0.0 && (sum - 1.0).abs() <= ROW_TOLERANCE {
        return Ok(());
    }
    Err(Error::NoDistribution { name, least, sum })
}

/// Checks one distribution over actions.
pub(crate) fn check_row(row: ArrayView1<'_, f64>, place: impl Fn() -> String) -> Result<(), Error> {
    let sum = row.sum();
    if row.iter().all(|&p| p >= 0.0) && (sum - 1.0).abs() <= ROW_TOLERANCE {
        return Ok(());
    }
    Err(Error::PolicyRow {
        place: place(),
        row: row.to_vec(),
        sum,
    })
}

/// −p log p, and 0 at p = 0.
pub(crate) fn surprise(probability: f64) -> f64 {
    if probability == 0.0 {
        0.0
    } else {
        -probability * probability.ln()
    }
}
