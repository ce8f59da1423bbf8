//! One quantity, computed in several ways.

use kinglet_objectives::Estimate;
use serde::Serialize;

/// How far two exact computations of one number may lie apart.
pub const EXACT: f64 = 1e-12;

/// How far an optimiser may end from the closed form.
pub const OPTIMISED: f64 = 1e-6;

/// How many standard errors an estimate may lie away from the exact value.
pub const SIGMAS: f64 = 4.0;

/// One quantity, the ways in which it was computed, and how far they lie apart.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was computed, or the relation that was tried.
    pub quantity: String,
    /// What each way gave.
    pub values: Vec<Value>,
    /// The largest distance between two of the values; for a relation `a ≤ b`, by how much it is
    /// violated.
    pub difference: f64,
    /// The largest `difference` that is accepted.
    pub tolerance: f64,
}

/// What one way of computing a quantity gave.
#[derive(Clone, Debug, Serialize)]
pub struct Value {
    /// How it was computed.
    pub method: String,
    /// The number.
    pub value: f64,
    /// The standard error of a Monte Carlo estimate; nothing for an exact number.
    pub standard_error: Option<f64>,
}

impl Check {
    /// Exact computations of one number: they may differ by [`EXACT`].
    ///
    /// ```
    /// use kinglet_derivations::Check;
    ///
    /// let check = Check::exact("ln 4", [("ln", 4.0_f64.ln()), ("2 ln 2", 2.0 * 2.0_f64.ln())]);
    /// assert!(check.holds());
    /// ```
    pub fn exact<const N: usize>(quantity: impl Into<String>, values: [(&str, f64); N]) -> Check {
        Check::within(quantity, EXACT, values)
    }

    /// Computations of one number that may differ by `tolerance`.
    pub fn within<const N: usize>(
        quantity: impl Into<String>,
        tolerance: f64,
        values: [(&str, f64); N],
    ) -> Check {
        let values = values.map(|(method, value)| exact_value(method, value));
        Check {
            quantity: quantity.into(),
            difference: spread(&values),
            values: values.into(),
            tolerance,
        }
    }

    /// The relation `smaller ≤ larger`, up to [`EXACT`].
    pub fn at_most(
        quantity: impl Into<String>,
        smaller: (&str, f64),
        larger: (&str, f64),
    ) -> Check {
        let excess = smaller.1 - larger.1;
        Check {
            quantity: quantity.into(),
            values: vec![
                exact_value(smaller.0, smaller.1),
                exact_value(larger.0, larger.1),
            ],
            // `max` would swallow a NaN.
            difference: if excess < 0.0 { 0.0 } else { excess },
            tolerance: EXACT,
        }
    }

    /// A Monte Carlo estimate beside the exact value: they may differ by [`SIGMAS`] standard
    /// errors.
    pub fn monte_carlo(
        quantity: impl Into<String>,
        exact: (&str, f64),
        estimate: (&str, Estimate),
    ) -> Check {
        let Estimate {
            mean,
            standard_error,
        } = estimate.1;
        Check {
            quantity: quantity.into(),
            values: vec![
                exact_value(exact.0, exact.1),
                Value {
                    method: estimate.0.into(),
                    value: mean,
                    standard_error: Some(standard_error),
                },
            ],
            difference: (mean - exact.1).abs(),
            tolerance: SIGMAS * standard_error,
        }
    }

    /// Whether the difference is within the tolerance. A NaN never is.
    pub fn holds(&self) -> bool {
        self.difference <= self.tolerance
    }
}

fn exact_value(method: &str, value: f64) -> Value {
    Value {
        method: method.into(),
        value,
        standard_error: None,
    }
}

/// The largest distance between two of the values; NaN as soon as one of them is.
fn spread(values: &[Value]) -> f64 {
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for v in values {
        if v.value.is_nan() {
            return f64::NAN;
        }
        least = least.min(v.value);
        most = most.max(v.value);
    }
    most - least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_the_largest_of_all_pairs() {
        let check = Check::exact("x", [("a", 1.0), ("b", -2.0), ("c", 0.5)]);
        assert_eq!(check.difference, 3.0);
        assert!(!check.holds());
        assert!(Check::within("x", 3.0, [("a", 1.0), ("b", -2.0)]).holds());
    }

    #[test]
    fn a_value_that_is_not_a_number_never_holds() {
        for nan_first in [
            [f64::NAN, 1.0, 1.0],
            [1.0, f64::NAN, 1.0],
            [1.0, 1.0, f64::NAN],
        ] {
            let [a, b, c] = nan_first;
            assert!(!Check::within("x", 1e9, [("a", a), ("b", b), ("c", c)]).holds());
        }
        assert!(!Check::at_most("x ≤ y", ("x", f64::NAN), ("y", 1.0)).holds());
        assert!(!Check::exact("x", [("a", f64::INFINITY), ("b", f64::INFINITY)]).holds());
        let estimate = Estimate {
            mean: f64::NAN,
            standard_error: 1.0,
        };
        assert!(!Check::monte_carlo("x", ("a", 0.0), ("b", estimate)).holds());
    }

    #[test]
    fn a_relation_is_violated_by_its_excess() {
        assert_eq!(
            Check::at_most("x ≤ y", ("x", 1.0), ("y", 3.0)).difference,
            0.0
        );
        let violated = Check::at_most("x ≤ y", ("x", 3.0), ("y", 1.0));
        assert_eq!(violated.difference, 2.0);
        assert!(!violated.holds());
    }

    #[test]
    fn an_estimate_may_lie_four_standard_errors_away() {
        let at = |mean| Estimate {
            mean,
            standard_error: 0.5,
        };
        assert!(Check::monte_carlo("x", ("exact", 1.0), ("sampled", at(2.9))).holds());
        assert!(!Check::monte_carlo("x", ("exact", 1.0), ("sampled", at(3.1))).holds());
    }
}
