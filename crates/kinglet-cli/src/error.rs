//! What can go wrong, and the exit status that it gives.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kinglet_algorithms::Algorithm;

use crate::config::Wrong;
use crate::run_files::Unreadable;
use crate::train::folder::Unfit;
use crate::{compare, play};

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
    #[error(transparent)]
    RunFiles(#[from] Unreadable),
    #[error("cannot compare: {0}")]
    Compare(#[from] compare::Refused),
    #[error(transparent)]
    Play(#[from] play::Refused),
    #[error("cannot draw: {0}")]
    Figure(#[from] kinglet_plots::Error),
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    #[error("cannot listen for interrupts: {0}")]
    Interrupts(#[from] ctrlc::Error),
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    #[error("which algorithm? {}", Algorithm::NAMES.join(", "))]
    NoAlgorithm,
    #[error(transparent)]
    Config(#[from] Wrong),
    #[error("{0}")]
    Setting(kinglet_algorithms::Error),
    #[error(transparent)]
    Folder(#[from] Unfit),
    #[error("{} holds a run of {found}, not of {asked}", folder.display())]
    NotThatRun {
        folder: PathBuf,
        found: String,
        asked: String,
    },
    #[error("{} has no checkpoint yet: go on with it by `kinglet train --resume {}`", .0.display(), .0.display())]
    NotTrained(PathBuf),
    #[error("{0}")]
    Checkpoint(kinglet_algorithms::Error),
    #[error("the checkpoint of step {step} is of another run: {differs}")]
    OtherRun { step: u64, differs: String },
    #[error("{}: {cause}; {}", folder.display(), last_good(good.as_deref()))]
    Failed {
        folder: PathBuf,
        cause: String,
        good: Option<PathBuf>,
    },
    #[error("an episode: {0}")]
    Evaluation(kinglet_algorithms::Error),
    #[error("cannot write {}: {reason}", path.display())]
    Disk { path: PathBuf, reason: io::Error },
}

impl Error {
    /// Whoever read the output has stopped reading, as `head` does. That is no failure.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Error::Output(e) if e.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(crate) fn status(&self) -> ExitCode {
        match self {
            Error::UnknownEntry { .. }
            | Error::OtherSource { .. }
            | Error::NoAlgorithm
            | Error::Config(_)
            | Error::Setting(_)
            | Error::NotThatRun { .. }
            | Error::NotTrained(_)
            | Error::RunFiles(_)
            | Error::Compare(_)
            | Error::Play(_) => ExitCode::from(2),
            Error::Folder(unfit) if !matches!(unfit, Unfit::Disk { .. }) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

/// What is left of a run.
fn last_good(path: Option<&Path>) -> String {
    match path {
        Some(path) => format!("the last good checkpoint is {}", path.display()),
        None => "there is no checkpoint".into(),
    }
}

/// Says something on standard error. It may be closed; there is nobody left to tell then.
pub(crate) fn note(what: fmt::Arguments) {
    let _ = writeln!(io::stderr(), "kinglet: {what}");
}
