//! Demonstrations as comma-separated values.

use std::fmt::Write;
use std::str::FromStr;

use super::file::{Fault, Row, lines};

/// Where the columns of a file stand.
struct Columns {
    episode: usize,
    action: usize,
    state: Option<usize>,
    observation: Vec<usize>,
}

/// The rows of a text, each with its line.
pub(super) fn read(text: &str) -> Result<Vec<(usize, Row)>, Fault> {
    let mut lines = lines(text);
    let Some((_, header)) = lines.next() else {
        return Err((0, "it is empty".to_owned()));
    };
    let names: Vec<&str> = header.split(',').map(str::trim).collect();
    let columns = Columns::of(&names)?;
    let row = |(number, line): (usize, &str)| {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        if cells.len() != names.len() {
            let reason = format!("{} cells under {} names", cells.len(), names.len());
            return Err((number, reason));
        }
        let row = columns.row(&names, &cells);
        row.map(|row| (number, row))
            .map_err(|reason| (number, reason))
    };
    lines.map(row).collect()
}

/// The text of rows.
pub(super) fn write(rows: &[Row]) -> String {
    let first = rows.first().and_then(|row| row.observation.as_ref());
    let mut text = String::from("episode,action");
    match first {
        None => text.push_str(",state"),
        Some(numbers) => {
            (0..numbers.len()).for_each(|i| put(&mut text, format!("observation_{i}")))
        }
    }
    for row in rows {
        text.push('\n');
        text.push_str(&row.episode.to_string());
        put(&mut text, row.action);
        row.state.iter().for_each(|state| put(&mut text, state));
        let numbers = row.observation.iter().flatten();
        numbers.for_each(|x| put(&mut text, x));
    }
    text + "\n"
}

/// One more cell.
fn put(text: &mut String, cell: impl std::fmt::Display) {
    write!(text, ",{cell}").expect("a string takes what it is given");
}

impl Columns {
    fn of(names: &[&str]) -> Result<Self, Fault> {
        let find = |wanted: &str| names.iter().position(|name| *name == wanted);
        let numbered = |i: usize| find(&format!("observation_{i}"));
        let observation: Vec<usize> = (0..).map_while(numbered).collect();
        let state = find("state");
        let refused = || {
            let names = names.join(", ");
            let wanted = "episode, action, and state or observation_0, observation_1, …";
            (1, format!("its columns are {names}: they must be {wanted}"))
        };
        let episode = find("episode").ok_or_else(refused)?;
        let action = find("action").ok_or_else(refused)?;
        let known = 2 + usize::from(state.is_some()) + observation.len();
        if known != names.len() {
            return Err(refused());
        }
        Ok(Self {
            episode,
            action,
            state,
            observation,
        })
    }

    fn row(&self, names: &[&str], cells: &[&str]) -> Result<Row, String> {
        let whole = "a whole number from 0 on";
        let number = |&i: &usize| parse::<f64>(names[i], cells[i], "a number");
        let observation: Vec<f64> = self
            .observation
            .iter()
            .map(number)
            .collect::<Result<_, _>>()?;
        let state = self.state.map(|i| parse("state", cells[i], whole));
        Ok(Row {
            episode: parse("episode", cells[self.episode], whole)?,
            action: parse("action", cells[self.action], whole)?,
            state: state.transpose()?,
            observation: (!observation.is_empty()).then_some(observation),
        })
    }
}

fn parse<N: FromStr>(name: &str, cell: &str, wanted: &str) -> Result<N, String> {
    let refused = |_| format!("{name} is {cell:?}: it must be {wanted}");
    cell.parse().map_err(refused)
}
