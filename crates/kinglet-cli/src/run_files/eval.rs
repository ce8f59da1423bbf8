//! `eval.json`: what the episodes of an evaluation returned.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Unreadable;

/// An evaluation of a run's policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Evaluation {
    /// The steps that the run had done.
    pub(crate) step: u64,
    /// What the episodes' random numbers came from.
    pub(crate) seed: u64,
    /// The undiscounted return of each episode.
    pub(crate) returns: Vec<f64>,
}

impl Evaluation {
    /// The mean return.
    pub(crate) fn mean(&self) -> f64 {
        self.returns.iter().sum::<f64>() / self.returns.len() as f64
    }

    /// The standard error of the mean; none of a single episode.
    pub(crate) fn standard_error(&self) -> Option<f64> {
        let (count, mean) = (self.returns.len() as f64, self.mean());
        let squares: f64 = self.returns.iter().map(|x| (x - mean).powi(2)).sum();
        let error = (squares / (count - 1.0) / count).sqrt();
        (self.returns.len() > 1).then_some(error)
    }
}

/// The evaluation in a file; none if there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Evaluation>, Unreadable> {
    let Some(text) = super::read(path)? else {
        return Ok(None);
    };
    let evaluation: Evaluation = serde_json::from_str(&text).map_err(|error| Unreadable::Line {
        path: path.to_owned(),
        line: error.line() as u64,
        reason: error.to_string(),
    })?;
    if evaluation.returns.is_empty() {
        return Err(Unreadable::File {
            path: path.to_owned(),
            reason: "it has no returns: at least one episode is needed".into(),
        });
    }
    Ok(Some(evaluation))
}
