//! Clipped importance ratios.

use crate::Error;
use num_traits::Float;

/// min(c, ρ), where a ratio that is NaN stays visible.
pub(crate) fn clip<S: Float>(ratio: S, most: S) -> S {
    if ratio > most { most } else { ratio }
}

/// A clip of importance ratios: above 0, or ∞ for none.
pub(crate) fn check_clip<S: Float>(name: &'static str, value: S) -> Result<(), Error> {
    if value > S::zero() {
        return Ok(());
    }
    Err(Error::OutOfRange {
        name,
        value: value.to_f64().unwrap_or(f64::NAN),
        interval: "(0, ∞]",
    })
}
