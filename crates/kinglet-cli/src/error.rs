//! What can go wrong, and the exit status that it gives.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("unknown entry `{id}`; the nearest: {}", nearest.join(", "))]
    UnknownEntry {
        id: String,
        nearest: Vec<&'static str>,
    },
    #[error("`{id}` is not an entry of {source_name}")]
    OtherSource {
        id: &'static str,
        source_name: &'static str,
    },
    #[error("cannot write the report to {}: {cause}", path.display())]
    Report { path: PathBuf, cause: io::Error },
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    #[error("cannot listen for interrupts: {0}")]
    Interrupts(#[from] ctrlc::Error),
}

impl Error {
    /// Whoever read the output has stopped reading, as `head` does. That is no failure.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Error::Output(e) if e.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(crate) fn status(&self) -> ExitCode {
        match self {
            Error::UnknownEntry { .. } | Error::OtherSource { .. } => ExitCode::from(2),
            Error::Report { .. } | Error::Output(_) | Error::Interrupts(_) => ExitCode::FAILURE,
        }
    }
}
