//! The hand-made row of episodes that the unit tests share.

use crate::Next;
use ndarray::{Array1, array};

/// Rewards, values and ends of one row.
pub(crate) struct Row {
    pub(crate) r: Array1<f64>,
    pub(crate) v: Array1<f64>,
    pub(crate) next: Vec<Next<f64>>,
}

/// Five episodes: terminated and truncated, long and of one step.
pub(crate) fn several_episodes() -> Row {
    let ends = [
        (4, Next::Terminated),
        (3, Next::Truncated(-1.75)),
        (1, Next::Terminated),
        (1, Next::Truncated(2.5)),
        (5, Next::Truncated(0.4)),
    ];
    let next = ends.map(|(steps, end)| Next::episode(steps, end)).concat();
    let r = array![
        0.3, -1.2, 0.7, 2.0, -0.4, 1.1, 0.0, 0.9, -2.2, 0.5, 0.6, -0.8, 1.4, -0.1
    ];
    let v = array![
        1.5, 0.2, -0.6, 1.0, 0.8, -1.3, 2.1, -0.7, 0.4, 1.9, -0.2, 0.3, -1.1, 0.05
    ];
    Row { r, v, next }
}

/// Where each episode of a row starts and stops, and the value behind its end.
pub(crate) fn spans(next: &[Next<f64>]) -> Vec<(usize, usize, f64)> {
    let mut start = 0;
    let mut spans = Vec::new();
    for (t, next) in next.iter().enumerate() {
        let last = match *next {
            Next::Continues => continue,
            Next::Terminated => 0.0,
            Next::Truncated(value) => value,
        };
        spans.push((start, t + 1, last));
        start = t + 1;
    }
    spans
}
