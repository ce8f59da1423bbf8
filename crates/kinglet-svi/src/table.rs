//! A run as a table.

use std::fmt::{self, Display};

use crate::records::{Kind, Term};
use crate::{Scalar, Trace};

/// One line a site: its name, what the programs do there, the guide's law, the value, log p and log q; a divergence that
/// was asked for in closed form stands in place of the two. The last line holds the sums.
impl<S: Scalar> Display for Trace<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["site", "", "law", "value", "log p", "log q"].map(String::from);
        let mut rows = vec![head];
        rows.extend((0..self.draws.len()).map(|index| self.row_of_draw(index)));
        let alone = self
            .terms
            .iter()
            .filter(|term| matches!(term.kind, Kind::Observe | Kind::Factor));
        rows.extend(alone.map(row_of_term));
        let sums = [self.log_p().plain(), self.log_q().plain()].map(digits);
        let [log_p, log_q] = sums;
        rows.push(["", "sum", "", "", &log_p, &log_q].map(String::from));
        write_rows(f, &rows)
    }
}

impl<S: Scalar> Trace<S> {
    fn row_of_draw(&self, index: usize) -> [String; 6] {
        let draw = &self.draws[index];
        let own = draw.first..draw.first + draw.len;
        let law = self.laws[own.clone()].iter().map(ToString::to_string);
        let value = self.values[own].iter().map(|x| digits(x.plain()));
        let log_p = self
            .terms
            .iter()
            .find(|term| term.kind == Kind::Sample(index));
        [
            draw.name.to_string(),
            "sample".into(),
            law.collect::<Vec<_>>().join(" "),
            value.collect::<Vec<_>>().join(" "),
            log_p.map_or_else(String::new, |term| digits(term.log_p.plain())),
            digits(draw.log_q.plain()),
        ]
    }
}

fn row_of_term<S: Scalar>(term: &Term<S>) -> [String; 6] {
    let kind = match term.kind {
        Kind::Observe => "observe",
        _ => "factor",
    };
    let log_p = digits(term.log_p.plain());
    [&term.name.to_string(), kind, "", "", &log_p, ""].map(String::from)
}

/// Four digits behind the point, none for a whole number.
fn digits(x: f64) -> String {
    if x.fract() == 0.0 {
        format!("{x}")
    } else {
        format!("{x:.4}")
    }
}

fn write_rows(f: &mut fmt::Formatter<'_>, rows: &[[String; 6]]) -> fmt::Result {
    let length = |column: usize| rows.iter().map(move |row| row[column].chars().count());
    let widths: [usize; 6] = std::array::from_fn(|column| length(column).max().unwrap_or(0));
    for (number, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let cell = match column {
                0..=2 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            };
            line = line + &cell + "  ";
        }
        let end = if number + 1 < rows.len() { "\n" } else { "" };
        write!(f, "{}{end}", line.trim_end())?;
    }
    Ok(())
}
