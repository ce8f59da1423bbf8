//! A temperature that falls.

use crate::Error;
use crate::problem::check_positive;

/// A temperature that falls by one factor at each step. Catalogue: XU-19.
///
/// ```text
/// αₖ = α₀ (α_K / α₀)^(k/K),  and α_K after step K
/// ```
///
/// As α falls, p ∝ p₀ e^(R/α) draws together at the best parameters, with a standard deviation of about √(α/−R″).
///
/// # Source
/// Xu 2018, section 2, which asks for a falling α and names no schedule; this one is ours.
/// # Example
/// ```
/// use kinglet_objectives::Annealing;
///
/// let annealing = Annealing { start: 1.0, end: 0.01, steps: 10 };
/// assert!((annealing.temperature(5)? - 0.1).abs() < 1e-15);
/// assert_eq!(annealing.temperature(99)?, 0.01);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Annealing {
    /// α at step 0.
    pub start: f64,
    /// α from step `steps` on.
    pub end: f64,
    /// How many steps it takes.
    pub steps: usize,
}

impl Annealing {
    /// α at a step.
    ///
    /// # Errors
    /// [`Error::NotPositive`] for a temperature that is not.
    pub fn temperature(&self, step: usize) -> Result<f64, Error> {
        check_positive("start", self.start)?;
        check_positive("end", self.end)?;
        if step >= self.steps {
            return Ok(self.end);
        }
        let share = step as f64 / self.steps as f64;
        Ok(self.start * (self.end / self.start).powf(share))
    }
}
