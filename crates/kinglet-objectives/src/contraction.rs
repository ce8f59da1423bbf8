//! Repeating a contraction until it stands still.

use crate::{Finish, Progress};
use std::ops::ControlFlow;

/// Sweeps granted beyond those that exact arithmetic needs.
const SLACK: u64 = 8;

/// How a repeated contraction ended.
pub(crate) struct Contraction {
    /// Sweeps done.
    pub(crate) sweeps: usize,
    /// The largest change in the last sweep.
    pub(crate) residual: f64,
    /// Why it ended.
    pub(crate) finish: Finish,
}

/// Repeats a sweep that contracts by γ and returns its largest change, until that falls below the
/// tolerance. With first change δ this takes at most 1 + log(tolerance / δ) / log γ sweeps; a
/// residual that is still above it then is rounding.
pub(crate) fn contract(
    discount: f64,
    tolerance: f64,
    progress: &mut impl FnMut(Progress) -> ControlFlow<()>,
    mut sweep: impl FnMut() -> f64,
) -> Contraction {
    let mut total = None;
    for done in 1.. {
        let residual = sweep();
        let needed = || {
            ((tolerance / residual).ln() / discount.ln())
                .max(0.0)
                .ceil() as u64
        };
        let total = *total.get_or_insert_with(|| needed().saturating_add(1));
        let stopped = progress(Progress {
            done,
            total: Some(total),
            residual,
        })
        .is_break();
        let finish = if residual < tolerance {
            Finish::Converged
        } else if !residual.is_finite() || done > total.saturating_add(SLACK) {
            Finish::RoundingLimit
        } else if stopped {
            Finish::Stopped
        } else {
            continue;
        };
        return Contraction {
            sweeps: done as usize,
            residual,
            finish,
        };
    }
    unreachable!("the range of sweeps has no end")
}
