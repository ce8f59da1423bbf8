//! What running an entry gives.

use std::error::Error;
use std::fmt::Display;

use kinglet_plots::Figure;
use serde::Serialize;

use crate::check::{Check, EXACT};

/// What running an entry gives: its numbers, and what was wrong as printed.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The quantities, each computed in several ways.
    pub checks: Vec<Check>,
    /// One element for each erratum of the entry.
    pub printed: Vec<Printed>,
    /// Conditions, readings and slips of the pen that change no number.
    pub notes: Vec<&'static str>,
    /// What is better seen than read.
    pub figures: Vec<Illustration>,
}

/// What a source prints where it is wrong.
#[derive(Clone, Debug, Serialize)]
pub struct Printed {
    /// The printed form.
    pub what: String,
    /// What it gives; nothing where there is nothing to compute.
    pub value: Option<f64>,
    /// How far that is from the right value.
    pub off_by: Option<f64>,
    /// What is wrong, and what would be right.
    pub note: String,
}

/// A figure and the sentence under it.
#[derive(Clone, Debug)]
pub struct Illustration {
    /// What it shows.
    pub caption: &'static str,
    /// The figure.
    pub figure: Figure,
}

/// Whether an entry was reproduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every check is within its tolerance, and every printed number is off by more than that.
    Holds,
    /// Something is not.
    Fails,
    /// There is nothing to compute.
    Prose,
}

impl Outcome {
    /// Whether the entry was reproduced: all checks hold, and what is printed wrong is shown to
    /// be wrong.
    ///
    /// ```
    /// use kinglet_derivations::{Check, Outcome, Verdict};
    ///
    /// let mut outcome = Outcome::default();
    /// assert_eq!(outcome.verdict(), Verdict::Prose);
    /// outcome.checks.push(Check::exact("1 + 1", [("added", 1.0 + 1.0), ("known", 2.0)]));
    /// assert_eq!(outcome.verdict(), Verdict::Holds);
    /// ```
    pub fn verdict(&self) -> Verdict {
        if self.checks.is_empty() && self.printed.is_empty() {
            Verdict::Prose
        } else if self.checks.iter().all(Check::holds) && self.printed.iter().all(Printed::holds) {
            Verdict::Holds
        } else {
            Verdict::Fails
        }
    }
}

/// What an entry computes, or why it could not.
pub(crate) type Computed = Result<Outcome, Box<dyn Error>>;

impl Outcome {
    /// The outcome of an entry that broke off: one check, which fails and says why.
    pub fn broke_off(why: impl Display) -> Outcome {
        let check = Check {
            quantity: format!("broke off: {why}"),
            values: Vec::new(),
            difference: f64::NAN,
            tolerance: 0.0,
        };
        Outcome {
            checks: vec![check],
            ..Outcome::default()
        }
    }

    pub(crate) fn of(computed: Computed) -> Outcome {
        computed.unwrap_or_else(Outcome::broke_off)
    }
}

impl Printed {
    /// A printed form that gives `value` where `right` is right.
    pub fn number(
        what: impl Into<String>,
        value: f64,
        right: f64,
        note: impl Into<String>,
    ) -> Printed {
        Printed {
            what: what.into(),
            value: Some(value),
            off_by: Some((value - right).abs()),
            note: note.into(),
        }
    }

    /// A misprint that gives nothing to compute.
    pub fn words(what: impl Into<String>, note: impl Into<String>) -> Printed {
        Printed {
            what: what.into(),
            value: None,
            off_by: None,
            note: note.into(),
        }
    }

    /// Whether the erratum is shown: the printed number is off by more than rounding. Words have
    /// nothing to show.
    pub fn holds(&self) -> bool {
        match (self.value, self.off_by) {
            (None, None) => true,
            (Some(value), Some(off_by)) => !value.is_nan() && off_by > EXACT,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(checks: Vec<Check>, printed: Vec<Printed>) -> Verdict {
        Outcome {
            checks,
            printed,
            ..Outcome::default()
        }
        .verdict()
    }

    #[test]
    fn the_verdict_needs_every_check() {
        let good = Check::exact("x", [("a", 1.0), ("b", 1.0)]);
        let bad = Check::exact("x", [("a", 1.0), ("b", 2.0)]);
        assert_eq!(with(vec![good.clone()], vec![]), Verdict::Holds);
        assert_eq!(with(vec![good, bad], vec![]), Verdict::Fails);
    }

    #[test]
    fn an_entry_that_breaks_off_fails() {
        let outcome = Outcome::of(Err("no such table".into()));
        assert_eq!(outcome.verdict(), Verdict::Fails);
        assert_eq!(outcome.checks[0].quantity, "broke off: no such table");
    }

    #[test]
    fn an_erratum_that_is_not_off_fails_the_entry() {
        let off = Printed::number("x", 2.0, 1.0, "");
        assert_eq!(off.off_by, Some(1.0));
        let right = Printed::number("x", 1.0, 1.0, "");
        let nan = Printed::number("x", f64::NAN, 1.0, "");
        assert_eq!(
            with(vec![], vec![off, Printed::words("y", "")]),
            Verdict::Holds
        );
        assert_eq!(with(vec![], vec![right]), Verdict::Fails);
        assert_eq!(with(vec![], vec![nan]), Verdict::Fails);
    }
}
