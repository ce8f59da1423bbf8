//! How long loops report, and how they are stopped.

/// Where a long loop stands. The loop hands it to a callback, which answers whether to go on.
///
/// # Example
/// ```
/// use kinglet_objectives::Progress;
/// use std::ops::ControlFlow;
/// let mut ten_at_most = |progress: Progress| match progress.done {
///     0..10 => ControlFlow::Continue(()),
///     _ => ControlFlow::Break(()),
/// };
/// let there = Progress { done: 10, total: Some(100), residual: 0.5 };
/// assert!(ten_at_most(there).is_break());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Sweeps, rounds or steps done.
    pub done: u64,
    /// How many it will take at most, where that is known.
    pub total: Option<u64>,
    /// The largest change in the last round, in units of reward.
    pub residual: f64,
}

/// Why a long loop ended. Its result holds what was reached in each case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The goal was reached: the tolerance, or the number of steps asked for.
    Converged,
    /// The residual no longer falls: rounding is larger than the tolerance asked for.
    RoundingLimit,
    /// The progress callback asked to stop.
    Stopped,
}
