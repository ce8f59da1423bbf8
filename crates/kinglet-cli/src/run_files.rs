//! What a run left in its folder.

mod eval;
mod metrics;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::train::folder::{CHECKPOINTS, CONFIG};
use crate::train::metrics::NAME as METRICS;

pub(crate) use eval::Evaluation;
pub(crate) use metrics::{Column, Metrics};

/// The name of the evaluation's file.
pub(crate) const EVAL: &str = "eval.json";

/// How far below a folder runs are looked for.
const DEPTH: usize = 3;

/// A run, as its files tell it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) folder: PathBuf,
    pub(crate) algorithm: String,
    pub(crate) environment: String,
    pub(crate) seed: i64,
    /// How many steps it was to take.
    pub(crate) steps: i64,
    /// The whole config, as it was written.
    pub(crate) text: String,
    /// What runs have in common that differ in their seed alone.
    pub(crate) config: Table,
    pub(crate) metrics: Metrics,
    /// The evaluation of its policy, if there was one.
    pub(crate) evaluation: Option<Evaluation>,
}

/// Why a folder's files say nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("{} holds no run: neither it nor a folder in it has a {CONFIG} and a {METRICS}", folder.display())]
    NoRun { folder: PathBuf },
    #[error("{} is no folder", folder.display())]
    NoFolder { folder: PathBuf },
    #[error("cannot read {}: {cause}", path.display())]
    Disk { path: PathBuf, cause: io::Error },
    #[error("{}, line {line}: {reason}", path.display())]
    Line {
        path: PathBuf,
        line: u64,
        reason: String,
    },
    #[error("{}: {reason}", path.display())]
    File { path: PathBuf, reason: String },
}

impl Run {
    /// Reads a run's folder. There may be no metrics yet, and no evaluation.
    pub(crate) fn open(folder: &Path) -> Result<Self, Unreadable> {
        let path = folder.join(CONFIG);
        let Some(text) = read(&path)? else {
            return Err(no_run(folder));
        };
        let mut config: Table =
            toml::from_str(&text).map_err(|error| not_toml(&path, &text, &error))?;
        let lacks = |key: &str, what: &str| Unreadable::File {
            path: path.clone(),
            reason: format!("it has no {key}, which names {what}"),
        };
        let algorithm = config.get("algorithm").and_then(|table| table.get("name"));
        let algorithm = algorithm.and_then(Value::as_str);
        let algorithm = algorithm.ok_or_else(|| lacks("algorithm.name", "the algorithm"))?;
        let algorithm = algorithm.to_owned();
        let run = config.get_mut("run").and_then(Value::as_table_mut);
        let run = run.ok_or_else(|| lacks("[run]", "environment, seed and steps"))?;
        let environment = run.get("environment").and_then(Value::as_str);
        let environment = environment.ok_or_else(|| lacks("run.environment", "the environment"))?;
        let environment = environment.to_owned();
        let whole = |key: &str| run.get(key).and_then(Value::as_integer);
        let seed = whole("seed").ok_or_else(|| lacks("run.seed", "the seed"))?;
        let steps = whole("steps").ok_or_else(|| lacks("run.steps", "the number of steps"))?;
        for key in ["seed", "checkpoint_every", "keep_checkpoints"] {
            run.remove(key);
        }
        Ok(Run {
            metrics: metrics(folder)?,
            evaluation: eval::read(&folder.join(EVAL))?,
            folder: folder.to_owned(),
            algorithm,
            environment,
            seed,
            steps,
            text,
            config,
        })
    }
}

fn metrics(folder: &Path) -> Result<Metrics, Unreadable> {
    let path = folder.join(METRICS);
    match read(&path)? {
        Some(text) => Metrics::parse(&path, &text),
        None => Ok(Metrics::default()),
    }
}

/// The folders of runs at or below a folder, in the order of their names.
pub(crate) fn find(folder: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    if !folder.is_dir() {
        let folder = folder.to_owned();
        return Err(Unreadable::NoFolder { folder });
    }
    let mut found = Vec::new();
    gather(folder, DEPTH, &mut found)?;
    if found.is_empty() {
        return Err(no_run(folder));
    }
    Ok(found)
}

fn gather(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Unreadable> {
    if is_run(folder) {
        found.push(folder.to_owned());
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    let disk = |cause| Unreadable::Disk {
        path: folder.to_owned(),
        cause,
    };
    let mut below = Vec::new();
    for entry in fs::read_dir(folder).map_err(disk)? {
        let entry = entry.map_err(disk)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type().map_err(disk)?.is_dir() && !hidden {
            below.push(entry.path());
        }
    }
    below.sort_by_cached_key(|path| natural(path));
    below
        .iter()
        .try_for_each(|path| gather(path, depth - 1, found))
}

/// Whether a folder is a run's: other programs have a `config.toml`, too.
fn is_run(folder: &Path) -> bool {
    let began = folder.join(METRICS).is_file() || folder.join(CHECKPOINTS).is_dir();
    began && folder.join(CONFIG).is_file()
}

/// What paths are sorted by: `seed-9` stands before `seed-10`.
fn natural(path: &Path) -> Vec<(usize, String)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut parts: Vec<(usize, String)> = Vec::new();
    let mut digits = None;
    for c in name.chars() {
        if digits != Some(c.is_ascii_digit()) {
            digits = Some(c.is_ascii_digit());
            parts.push((0, String::new()));
        }
        if let Some((length, part)) = parts.last_mut() {
            part.push(c);
            *length = if c.is_ascii_digit() { part.len() } else { 0 };
        }
    }
    parts
}

fn no_run(folder: &Path) -> Unreadable {
    let folder = folder.to_owned();
    Unreadable::NoRun { folder }
}

/// The text of a file; none if it is not there.
fn read(path: &Path) -> Result<Option<String>, Unreadable> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Unreadable::Disk {
            path: path.to_owned(),
            cause,
        }),
    }
}

fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> Unreadable {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.as_bytes().iter().take(start);
    Unreadable::Line {
        path: path.to_owned(),
        line: 1 + before.filter(|byte| **byte == b'\n').count() as u64,
        reason: error.message().to_owned(),
    }
}

#[cfg(test)]
pub(crate) mod tests;
