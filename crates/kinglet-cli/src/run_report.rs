//! The page of a run.

mod figures;
mod page;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::run_files::Run;
use crate::{evaluation, whole_file};

/// The page's name in the run's folder.
const REPORT: &str = "report.html";

/// Evaluates a run that has come to its end, and writes its page. Gives the page's path.
pub(crate) fn finish(folder: &Path, threads: usize) -> Result<PathBuf, Error> {
    let mut run = Run::open(folder)?;
    evaluation::ensure(&mut run, threads)?;
    write(&run)
}

/// Writes the page of a run that has stopped before its end. Gives its path.
pub(crate) fn stop(folder: &Path) -> Result<PathBuf, Error> {
    write(&Run::open(folder)?)
}

fn write(run: &Run) -> Result<PathBuf, Error> {
    let path = run.folder.join(REPORT);
    whole_file::write(&path, page::page(run)?.as_bytes())?;
    Ok(path)
}
