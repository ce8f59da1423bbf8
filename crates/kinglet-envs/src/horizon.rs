//! How far ahead a return looks.

use crate::Error;

/// How far ahead a return looks.
///
/// ```text
/// Finite(T):      r₁ + r₂ + … + r_T
/// Discounted(γ):  r₁ + γ r₂ + γ² r₃ + …
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Horizon {
    /// T ≥ 1 steps, undiscounted: a trajectory has T states and T actions.
    Finite(usize),
    /// Without end, discounted by 0 ≤ γ < 1.
    Discounted(f64),
}

impl Horizon {
    pub(crate) fn validate(self) -> Result<Self, Error> {
        match self {
            Self::Finite(0) => Err(Error::EmptyHorizon),
            Self::Discounted(value) if !(0.0..1.0).contains(&value) => {
                Err(Error::Discount { value })
            }
            _ => Ok(self),
        }
    }
}
