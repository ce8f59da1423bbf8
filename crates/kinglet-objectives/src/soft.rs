//! The soft maximum and the policy that attains it.

use crate::Error;
use ndarray::{Array1, ArrayView1};

/// The soft maximum: the log-sum-exp of `q` at a temperature. Catalogue: CS285-09.
///
/// ```text
/// soft max_α q = α log Σₐ exp(qₐ / α) = max_π { E_π[q] + α H(π) },   max q at α = 0
/// ```
///
/// It lies between max q and max q + α log A. At temperature 0 it is the maximum, bit for bit, and
/// a tiny temperature is as safe as a large one: exponents never exceed 0.
///
/// # Shapes
/// `q`: `[A]`. Units: those of `q`, a reward.
/// # Errors
/// [`Error::Temperature`] when it is negative, infinite or NaN.
/// # Panics
/// When `q` is empty.
/// # Source
/// Haarnoja 2017, theorem 1.
/// # Example
/// ```
/// use kinglet_objectives::soft_max;
/// use ndarray::array;
/// let q = array![1.0, 1.0];
/// assert!((soft_max(q.view(), 0.5)? - (1.0 + 0.5 * 2f64.ln())).abs() < 1e-15);
/// assert_eq!(soft_max(q.view(), 0.0)?, 1.0);
/// assert!(soft_max(q.view(), -1.0).is_err());
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn soft_max(q: ArrayView1<'_, f64>, temperature: f64) -> Result<f64, Error> {
    check_temperature(temperature)?;
    assert!(
        !q.is_empty(),
        "the soft maximum of no values: q has shape [0]"
    );
    Ok(log_sum_exp(q.iter().copied(), temperature))
}

/// The Boltzmann policy, which attains the soft maximum. Catalogue: CS285-06, CS285-07.
///
/// ```text
/// π(a) = exp((qₐ − soft max_α q) / α)
/// ```
///
/// At temperature 0 it shares the probability equally among the largest values.
///
/// # Shapes
/// `q`: `[A]`. Returns `[A]`.
/// # Errors
/// [`Error::Temperature`] when it is negative, infinite or NaN.
/// # Panics
/// When `q` is empty.
/// # Source
/// Haarnoja 2017, theorem 1.
/// # Example
/// ```
/// use kinglet_objectives::boltzmann;
/// use ndarray::array;
/// let q = array![3f64.ln(), 0.0];
/// assert!((boltzmann(q.view(), 1.0)?[0] - 0.75).abs() < 1e-15);
/// assert_eq!(boltzmann(q.view(), 0.0)?, array![1.0, 0.0]);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn boltzmann(q: ArrayView1<'_, f64>, temperature: f64) -> Result<Array1<f64>, Error> {
    check_temperature(temperature)?;
    assert!(
        !q.is_empty(),
        "the Boltzmann policy of no values: q has shape [0]"
    );
    let mut policy = q.to_owned();
    normalise(
        policy
            .as_slice_mut()
            .expect("an owned vector is contiguous"),
        temperature,
    );
    Ok(policy)
}

/// A temperature has to be finite and not negative.
pub(crate) fn check_temperature(temperature: f64) -> Result<(), Error> {
    if temperature.is_finite() && temperature >= 0.0 {
        Ok(())
    } else {
        Err(Error::Temperature { value: temperature })
    }
}

/// α log Σ exp(x/α), around the largest x; the largest x itself at temperature 0.
pub(crate) fn log_sum_exp(values: impl Iterator<Item = f64> + Clone, temperature: f64) -> f64 {
    weighted_log_sum_exp(values.map(|x| (x, 1.0)), temperature)
}

/// α log Σ w exp(x/α) over pairs (x, w) with w > 0; the largest x itself at temperature 0.
pub(crate) fn weighted_log_sum_exp(
    pairs: impl Iterator<Item = (f64, f64)> + Clone,
    temperature: f64,
) -> f64 {
    let largest = pairs.clone().fold(f64::NEG_INFINITY, |m, (x, _)| m.max(x));
    if temperature == 0.0 || largest.is_infinite() {
        return largest;
    }
    let sum: f64 = pairs
        .map(|(x, w)| w * ((x - largest) / temperature).exp())
        .sum();
    largest + temperature * sum.ln()
}

/// Turns values into their Boltzmann policy, in place.
pub(crate) fn normalise(values: &mut [f64], temperature: f64) {
    let largest = values.iter().fold(f64::NEG_INFINITY, |m, &x| m.max(x));
    for x in values.iter_mut() {
        *x = tilt(*x - largest, temperature);
    }
    let sum: f64 = values.iter().sum();
    values.iter_mut().for_each(|x| *x /= sum);
}

/// exp(x/α) for x ≤ 0; at temperature 0 its limit, the indicator of x = 0.
pub(crate) fn tilt(below_largest: f64, temperature: f64) -> f64 {
    if below_largest == 0.0 {
        1.0
    } else {
        (below_largest / temperature).exp()
    }
}
