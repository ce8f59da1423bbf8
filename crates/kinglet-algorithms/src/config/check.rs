//! Whether a number is one that training can begin with.

use super::Rate;
use crate::Error;

/// How many samples a rollout, and how many weights a layer may have: more fit no memory that this is made for.
pub(super) const MOST: u32 = 1 << 24;

/// # Errors
/// [`Error::Setting`] for 0.
pub(crate) fn at_least_one(key: &str, value: usize) -> Result<(), Error> {
    within(key, value as f64, 1.0, f64::MAX, "at least 1")
}

/// # Errors
/// [`Error::Setting`] for a number outside 0 to 1, or NaN.
pub(crate) fn fraction(key: &str, value: f64) -> Result<(), Error> {
    within(key, value, 0.0, 1.0, "a number from 0 to 1")
}

/// # Errors
/// [`Error::Setting`] for a learning rate that is negative or not finite, somewhere along the run.
pub(crate) fn rate(key: &str, value: Rate) -> Result<(), Error> {
    value.check(key)
}

/// # Errors
/// [`Error::Setting`] for a number that is 0, negative, NaN, or infinite.
pub(crate) fn positive(key: &str, value: f64) -> Result<(), Error> {
    within(
        key,
        value,
        f64::MIN_POSITIVE,
        f64::MAX,
        "a finite number above 0",
    )
}

/// # Errors
/// [`Error::Setting`] for a number that is 0, negative or NaN; infinity stands for no limit.
pub(crate) fn above_zero(key: &str, value: f64) -> Result<(), Error> {
    let (low, high) = (f64::MIN_POSITIVE, f64::INFINITY);
    within(
        key,
        value,
        low,
        high,
        "a number above 0, or inf for no limit",
    )
}

/// # Errors
/// [`Error::Setting`] for a number that is negative, NaN, or infinite.
pub(crate) fn not_negative(key: &str, value: f64) -> Result<(), Error> {
    within(key, value, 0.0, f64::MAX, "a finite number from 0 on")
}

/// # Errors
/// [`Error::Setting`] for NaN or infinity.
pub(crate) fn finite(key: &str, value: f64) -> Result<(), Error> {
    within(key, value, f64::MIN, f64::MAX, "a finite number")
}

/// # Errors
/// [`Error::Setting`] for a number outside the bounds, or NaN.
pub(crate) fn within(
    key: &str,
    value: f64,
    low: f64,
    high: f64,
    wanted: &'static str,
) -> Result<(), Error> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::Setting {
        key: key.to_owned(),
        value,
        wanted,
    })
}
