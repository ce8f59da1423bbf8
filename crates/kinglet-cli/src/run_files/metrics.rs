//! `metrics.csv`, read back.

use std::path::Path;

use super::Unreadable;

/// A table of numbers by step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Metrics {
    /// Steps done, increasing.
    pub(crate) steps: Vec<u64>,
    pub(crate) columns: Vec<Column>,
}

/// Numbers of one name, one for each step; none where the cell is empty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) values: Vec<Option<f64>>,
}

impl Metrics {
    /// Reads the text of a table. A last line without its end is one that is still being written; it is left out.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, Unreadable> {
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        let mut reader = csv::Reader::from_reader(whole.as_bytes());
        let header = reader.headers().map_err(|error| refused(path, &error))?;
        let mut table = Self::with_header(path, header)?;
        for row in reader.records() {
            let row = row.map_err(|error| refused(path, &error))?;
            let line = row.position().map_or(0, csv::Position::line);
            table.push(&row).map_err(|reason| Unreadable::Line {
                path: path.to_owned(),
                line,
                reason,
            })?;
        }
        Ok(table)
    }

    fn with_header(path: &Path, header: &csv::StringRecord) -> Result<Self, Unreadable> {
        let wrong = |reason: String| Unreadable::Line {
            path: path.to_owned(),
            line: 1,
            reason,
        };
        let mut names = header.iter();
        match names.next() {
            Some("step") => {}
            None => return Ok(Self::default()),
            Some(other) => {
                let reason = format!("the first column is {other:?}: it should be step");
                return Err(wrong(reason));
            }
        }
        let mut columns: Vec<Column> = Vec::new();
        for name in names {
            if columns.iter().any(|column| column.name == name) {
                return Err(wrong(format!("there are two columns {name:?}")));
            }
            columns.push(Column {
                name: name.to_owned(),
                values: Vec::new(),
            });
        }
        let steps = Vec::new();
        Ok(Self { steps, columns })
    }

    /// Adds a row of as many cells as there are columns.
    fn push(&mut self, row: &csv::StringRecord) -> Result<(), String> {
        let mut cells = row.iter();
        let cell = cells.next().unwrap_or_default();
        let step = cell.parse();
        let step: u64 =
            step.map_err(|_| format!("the step is {cell:?}: it should be a whole number"))?;
        if let Some(last) = self.steps.last()
            && step <= *last
        {
            return Err(format!(
                "the step {step} comes after the step {last}: steps should increase"
            ));
        }
        self.steps.push(step);
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            let value = number(cell).ok_or_else(|| {
                format!(
                    "{} is {cell:?}: it should be a finite number, or empty",
                    column.name
                )
            })?;
            column.values.push(value);
        }
        Ok(())
    }

    /// The numbers of a name, each with its step, without the empty cells.
    pub(crate) fn points(&self, name: &str) -> Vec<(f64, f64)> {
        let column = self.columns.iter().find(|column| column.name == name);
        let values = column.map_or(&[][..], |column| &column.values);
        let pairs = self.steps.iter().zip(values);
        pairs
            .filter_map(|(step, value)| Some((*step as f64, (*value)?)))
            .collect()
    }
}

/// The number of a cell, none of an empty one; nothing for what is no finite number.
fn number(cell: &str) -> Option<Option<f64>> {
    if cell.is_empty() {
        return Some(None);
    }
    let value: f64 = cell.parse().ok()?;
    value.is_finite().then_some(Some(value))
}

fn refused(path: &Path, error: &csv::Error) -> Unreadable {
    let line = error.position().map(csv::Position::line);
    let reason = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("it has {len} cells, and the first line has {expected_len}"),
        _ => error.to_string(),
    };
    let path = path.to_owned();
    match line {
        Some(line) => Unreadable::Line { path, line, reason },
        None => Unreadable::File { path, reason },
    }
}
