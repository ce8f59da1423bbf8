//! `kinglet compare`.

mod curve;
mod figure;
mod group;
mod overall;
mod page;
mod score;
mod table;

#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use kinglet_plots::Figure;

use crate::args::Threads;
use crate::error::Error;
use crate::plain::plain;
use crate::run_files::{self, Run};
use crate::{evaluation, whole_file};
use group::Twice;
use overall::Overall;
use score::{Improvement, Scored};

/// What `compare` is asked.
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Folders of runs, or folders that hold such.
    #[arg(value_name = "DIR", required = true)]
    pub(crate) folders: Vec<PathBuf>,

    /// Draw the learning curves: FILE.svg, or FILE.html for a page with curves and tables.
    #[arg(long, value_name = "FILE", value_parser = drawable)]
    pub(crate) out: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) threads: Threads,
}

/// A path whose ending says what to draw.
fn drawable(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("svg" | "html") => Ok(path),
        _ => Err("it should end in .svg, for the curves, or in .html, for a page".into()),
    }
}

/// Why runs cannot be compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error(transparent)]
    Twice(#[from] Twice),
    #[error("no run has a finished episode in its metrics: there is no curve to draw")]
    NoCurve,
    #[error("the scores: {0}")]
    Scores(#[from] kinglet_algorithms::Error),
    #[error("the figure: {0}")]
    Figure(#[from] kinglet_plots::Error),
}

/// The groups of one environment, from the best to the worst, and how often one beats another.
#[derive(Debug)]
pub(crate) struct Compared<'a> {
    pub(crate) environment: &'a str,
    pub(crate) ranked: Vec<Scored<'a>>,
    pub(crate) improvements: Vec<Improvement>,
}

/// Reads the runs, prints a table for each environment, and draws.
pub(crate) fn compare(args: &Compare) -> Result<ExitCode, Error> {
    let runs = read(&args.folders, args.threads.count())?;
    let compared = compared(&runs)?;
    let mut out = io::stdout().lock();
    for (
        i,
        Compared {
            environment,
            ranked,
            improvements,
        },
    ) in compared.iter().enumerate()
    {
        if i > 0 {
            writeln!(out)?;
        }
        table::write(&mut out, environment, ranked, improvements)?;
    }
    let overall = overall::overall(&compared).map_err(Refused::Scores)?;
    if let Some(overall) = &overall {
        writeln!(out)?;
        table::write_overall(&mut out, overall)?;
    }
    if let Some(path) = &args.out {
        for path in draw(path, &compared, overall.as_ref())? {
            writeln!(io::stderr(), "written: {}", path.display())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The runs at or below the folders, evaluated; one that is named twice counts once.
fn read(folders: &[PathBuf], threads: usize) -> Result<Vec<Run>, Error> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in folders {
        for path in run_files::find(folder)? {
            let same = |other: &PathBuf| match (other.canonicalize(), path.canonicalize()) {
                (Ok(one), Ok(other)) => one == other,
                _ => *other == path,
            };
            if !paths.iter().any(same) {
                paths.push(path);
            }
        }
    }
    let runs = paths.iter().map(|path| {
        let mut run = Run::open(path)?;
        evaluation::ensure(&mut run, threads)?;
        Ok(run)
    });
    runs.collect()
}

fn compared(runs: &[Run]) -> Result<Vec<Compared<'_>>, Refused> {
    let groups = group::by_environment(runs)?;
    let compare = |(environment, groups)| {
        let ranked = score::ranked(groups)?;
        let tasks: Vec<_> = ranked.iter().map(|one| vec![one.scores.clone()]).collect();
        let improvements = score::pairs(&tasks)?;
        Ok(Compared {
            environment,
            ranked,
            improvements,
        })
    };
    groups.into_iter().map(compare).collect()
}

/// Writes the figures or the page, and gives the paths of the files.
fn draw(
    path: &Path,
    compared: &[Compared<'_>],
    overall: Option<&Overall<'_>>,
) -> Result<Vec<PathBuf>, Error> {
    let mut figures: Vec<(&str, Figure)> = Vec::new();
    for one in compared {
        let drawn = figure::figures(one.environment, &one.ranked)?;
        figures.extend(drawn.into_iter().map(|figure| (one.environment, figure)));
    }
    if path.extension().is_some_and(|ending| ending == "html") {
        whole_file::write(path, page::page(compared, overall, &figures).as_bytes())?;
        return Ok(vec![path.to_owned()]);
    }
    if figures.is_empty() {
        return Err(Refused::NoCurve.into());
    }
    let mut paths = Vec::new();
    for (i, (environment, figure)) in figures.iter().enumerate() {
        let nth = figures[..i]
            .iter()
            .filter(|(other, _)| other == environment)
            .count()
            + 1;
        let path = match figures.len() {
            1 => path.to_owned(),
            _ => beside(path, environment, nth),
        };
        whole_file::write(&path, figure.svg().as_bytes())?;
        paths.push(path);
    }
    Ok(paths)
}

/// `curves.svg` for one figure of several: `curves-cartpole.svg`, `curves-cartpole-2.svg`.
fn beside(path: &Path, environment: &str, nth: usize) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let environment = plain(environment);
    let name = match nth {
        1 => format!("{stem}-{environment}.svg"),
        _ => format!("{stem}-{environment}-{nth}.svg"),
    };
    path.with_file_name(name)
}
