//! Demonstrations as files: a line for each step.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::{Demonstration, Demonstrations, csv, indicated};
use crate::Error;
use crate::checkpoint::disk;

/// One step, as a line of a file says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    /// The episode that it belongs to; those of one episode follow each other.
    pub(super) episode: u64,
    /// What was done.
    pub(super) action: usize,
    /// The state, for its indicator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<usize>,
    /// What was observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) observation: Option<Vec<f64>>,
}

/// What is wrong, and in which line, from 1; 0 for the file as a whole.
pub(super) type Fault = (usize, String);

impl Demonstrations {
    /// Reads a file whose name ends in `.csv` or `.jsonl`, a line for each step, those of an episode one after the other.
    ///
    /// ```text
    /// episode,state,action          {"episode": 0, "state": 5, "action": 2}
    /// 0,5,2                         {"episode": 0, "observation": [0.5, -1.0], "action": 2}
    /// ```
    ///
    /// A state stands for its indicator. In its place a CSV file may have columns `observation_0`, `observation_1` and so
    /// on, as many as the observation has numbers.
    ///
    /// # Errors
    /// [`Error::Disk`]; [`Error::DemonstrationFile`], with the line, for what cannot be read or does not fit observations
    /// of so many numbers and so many actions.
    pub fn load(path: &Path, obs_dim: usize, n_actions: usize) -> Result<Self, Error> {
        let form = Form::of(path)?;
        let text = fs::read_to_string(path).map_err(|error| disk("read", path, error))?;
        let rows = match form {
            Form::Csv => csv::read(&text),
            Form::JsonLines => read_json(&text),
        };
        rows.and_then(|rows| assemble(rows, obs_dim, n_actions))
            .map_err(|fault| refused(path, fault))
    }

    /// Writes a file whose name ends in `.csv` or `.jsonl`, as [`load`](Self::load) reads it: with states where every
    /// observation is an indicator.
    ///
    /// # Errors
    /// [`Error::Disk`]; [`Error::DemonstrationFile`] for another name.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let rows = self.rows();
        let text = match Form::of(path)? {
            Form::Csv => csv::write(&rows),
            Form::JsonLines => write_json(&rows),
        };
        fs::write(path, text).map_err(|error| disk("write", path, error))
    }

    fn rows(&self) -> Vec<Row> {
        let mut all = self.episodes.iter().flat_map(|e| e.observations.rows());
        let of_states = all.all(|row| indicated(row).is_some());
        let episodes = self.episodes.iter().enumerate();
        let rows = episodes.flat_map(|(number, episode)| {
            let steps = episode.observations.outer_iter().zip(&episode.actions);
            steps.map(move |(row, &action)| Row {
                episode: number as u64,
                action,
                state: if of_states { indicated(row) } else { None },
                observation: (!of_states).then(|| row.to_vec()),
            })
        });
        rows.collect()
    }
}

/// How a file is written.
enum Form {
    Csv,
    JsonLines,
}

impl Form {
    fn of(path: &Path) -> Result<Self, Error> {
        match path.extension().and_then(|end| end.to_str()) {
            Some("csv") => Ok(Self::Csv),
            Some("jsonl") => Ok(Self::JsonLines),
            _ => Err(refused(
                path,
                (0, "its name must end in .csv or .jsonl".to_owned()),
            )),
        }
    }
}

fn refused(path: &Path, (line, reason): Fault) -> Error {
    let path = path.to_owned();
    Error::DemonstrationFile { path, line, reason }
}

/// The lines that hold something, numbered from 1.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let all = text.lines().enumerate().map(|(i, line)| (i + 1, line));
    all.filter(|(_, line)| !line.trim().is_empty())
}

fn read_json(text: &str) -> Result<Vec<(usize, Row)>, Fault> {
    let row = |(number, line)| match serde_json::from_str(line) {
        Ok(row) => Ok((number, row)),
        Err(error) => Err((number, error.to_string())),
    };
    lines(text).map(row).collect()
}

fn write_json(rows: &[Row]) -> String {
    let line = |row| serde_json::to_string(row).expect("a row is plain values") + "\n";
    rows.iter().map(line).collect()
}

/// The episodes of rows.
fn assemble(
    rows: Vec<(usize, Row)>,
    obs_dim: usize,
    n_actions: usize,
) -> Result<Demonstrations, Fault> {
    let (mut seen, mut last) = (HashSet::new(), None);
    let mut episodes: Vec<(Vec<f64>, Vec<usize>)> = Vec::new();
    for (line, row) in rows {
        let observation = row.observed(obs_dim).map_err(|reason| (line, reason))?;
        let (action, episode) = (row.action, row.episode);
        if action >= n_actions {
            let reason = format!("action is {action}: it must be below {n_actions}");
            return Err((line, reason));
        }
        if last != Some(episode) {
            if !seen.insert(episode) {
                let reason = format!(
                    "episode {episode} goes on after another: its steps must follow each other"
                );
                return Err((line, reason));
            }
            last = Some(episode);
            episodes.push((Vec::new(), Vec::new()));
        }
        if let Some((observations, actions)) = episodes.last_mut() {
            observations.extend(observation);
            actions.push(action);
        }
    }
    if episodes.is_empty() {
        return Err((0, "it holds no step".to_owned()));
    }
    let episodes = episodes.into_iter().map(|(observations, actions)| {
        let shape = (actions.len(), obs_dim);
        let observations = Array2::from_shape_vec(shape, observations);
        Demonstration {
            observations: observations.expect("a row for each action"),
            actions,
        }
    });
    Ok(Demonstrations {
        episodes: episodes.collect(),
    })
}

impl Row {
    /// The observation, or what is wrong with it.
    fn observed(&self, obs_dim: usize) -> Result<Vec<f64>, String> {
        let observation = match (&self.observation, self.state) {
            (Some(observation), None) => observation.clone(),
            (None, Some(state)) if state < obs_dim => {
                let indicator = |i| f64::from(u8::from(i == state));
                (0..obs_dim).map(indicator).collect()
            }
            (None, Some(state)) => {
                return Err(format!("state is {state}: it must be below {obs_dim}"));
            }
            (None, None) => return Err("neither a state nor an observation is given".to_owned()),
            (Some(_), Some(_)) => {
                return Err("both a state and an observation are given: one is enough".to_owned());
            }
        };
        let found = observation.len();
        if found != obs_dim {
            let reason = format!("the observation has {found} numbers: it must have {obs_dim}");
            return Err(reason);
        }
        match observation.iter().find(|x| !x.is_finite()) {
            Some(x) => Err(format!("the observation holds {x}: it must be finite")),
            None => Ok(observation),
        }
    }
}
