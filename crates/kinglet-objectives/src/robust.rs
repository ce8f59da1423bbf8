//! The entropy bonus as robustness against a change of the rewards.

use crate::Error;
use crate::max_entropy::entropy;
use crate::problem::{check_positive, check_row};
use crate::soft::log_sum_exp;
use ndarray::{Array1, ArrayView1, Zip};

/// The worst reward that an adversary may put in place of `reward`. Catalogue: CS285-10.
///
/// ```text
/// E_π[r] + α H(π) = min { E_π[r̃] : α log Σₐ exp((r − r̃) / α) ≤ 0 },   r̃ = r − α log π
/// ```
///
/// A policy's maximum-entropy value is what it earns for certain, whatever the adversary of the
/// rewards does within the [`perturbation`] it is allowed. An action of probability 0 gets an
/// infinite reward, which costs the adversary nothing. Nothing is said here about changed dynamics.
///
/// # Shapes
/// `reward`, `policy`: `[A]`. Returns `[A]`. Units: reward.
/// # Errors
/// [`Error::NotPositive`] for the temperature; [`Error::PolicyRow`].
/// # Panics
/// When the shapes differ.
/// # Source
/// Eysenbach 2022, section 4.
/// # Example
/// ```
/// use kinglet_objectives::{perturbation, robust_value, worst_reward};
/// use ndarray::{Array1, array};
/// let (reward, policy) = (array![1.0, 0.0], array![0.75, 0.25]);
/// let worst: Array1<f64> = worst_reward(reward.view(), policy.view(), 1.0)?;
/// assert!((worst.dot(&policy) - robust_value(reward.view(), policy.view(), 1.0)?).abs() < 1e-15);
/// assert!(perturbation(reward.view(), worst.view(), 1.0)?.abs() < 1e-15);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn worst_reward(
    reward: ArrayView1<'_, f64>,
    policy: ArrayView1<'_, f64>,
    temperature: f64,
) -> Result<Array1<f64>, Error> {
    check(reward, policy, temperature)?;
    Ok(Zip::from(reward)
        .and(policy)
        .map_collect(|r, p| r - temperature * p.ln()))
}

/// What a policy earns against the worst reward: its maximum-entropy value. Catalogue: CS285-10.
///
/// ```text
/// E_π[r] + α H(π)
/// ```
///
/// # Shapes
/// `reward`, `policy`: `[A]`. Units: reward.
/// # Errors
/// As [`worst_reward`].
/// # Panics
/// When the shapes differ.
/// # Source
/// Eysenbach 2022, section 4.
pub fn robust_value(
    reward: ArrayView1<'_, f64>,
    policy: ArrayView1<'_, f64>,
    temperature: f64,
) -> Result<f64, Error> {
    check(reward, policy, temperature)?;
    Ok(policy.dot(&reward) + temperature * entropy(policy))
}

/// How far an adversary went: at most 0 for a reward that it may put in place. Catalogue: CS285-10.
///
/// ```text
/// α log Σₐ exp((r − r̃) / α)
/// ```
///
/// # Shapes
/// `reward`, `perturbed`: `[A]`. Units: reward.
/// # Errors
/// [`Error::NotPositive`] for the temperature.
/// # Panics
/// When the shapes differ.
/// # Source
/// Eysenbach 2022, section 4.
pub fn perturbation(
    reward: ArrayView1<'_, f64>,
    perturbed: ArrayView1<'_, f64>,
    temperature: f64,
) -> Result<f64, Error> {
    check_positive("temperature", temperature)?;
    assert_eq!(
        reward.dim(),
        perturbed.dim(),
        "shapes of the reward (left), the perturbed (right)"
    );
    Ok(log_sum_exp(
        reward.iter().zip(perturbed).map(|(r, other)| r - other),
        temperature,
    ))
}

fn check(
    reward: ArrayView1<'_, f64>,
    policy: ArrayView1<'_, f64>,
    temperature: f64,
) -> Result<(), Error> {
    check_positive("temperature", temperature)?;
    assert_eq!(
        reward.dim(),
        policy.dim(),
        "shapes of the reward (left), the policy (right)"
    );
    check_row(policy, || "one state".to_owned())
}
