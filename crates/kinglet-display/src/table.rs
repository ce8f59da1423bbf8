//! A table of numbers and words.

use std::fmt::Write;

use crate::{Bundle, Show, bundle::escape_html, show};

/// One cell of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words, set to the left.
    Text(String),
    /// A whole number, set to the right.
    Count(i64),
    /// A number, set to the right with the table's digits after the point.
    Number(f64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.into())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Cell::Number(value)
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Cell::Count(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<i32> for Cell {
    fn from(value: i32) -> Self {
        Cell::Count(value.into())
    }
}

/// A table with a header row, drawn as HTML and as aligned text.
///
/// # Example
/// ```
/// use kinglet_display::{Show, Table};
/// let mut table = Table::new(&["action", "probability"]);
/// table.digits = 3;
/// table.push(["safe".into(), 0.25.into()]);
/// table.push(["buy".into(), 0.75.into()]);
/// let text = "action  probability\nsafe          0.250\nbuy           0.750";
/// assert_eq!(table.bundle().get("text/plain"), Some(text));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<Cell>>,
    /// The digits after the decimal point; 6 in a new table.
    pub digits: usize,
}

impl Table {
    /// A table without rows.
    pub fn new(header: &[&str]) -> Self {
        Table {
            header: header.iter().map(|&name| name.into()).collect(),
            rows: Vec::new(),
            digits: 6,
        }
    }

    /// Adds a row at the end.
    ///
    /// # Panics
    /// Where the row has more or fewer cells than the header.
    pub fn push<const N: usize>(&mut self, row: [Cell; N]) {
        self.push_row(row.into());
    }

    /// Adds a row whose length is known at run time only.
    ///
    /// # Panics
    /// Where the row has more or fewer cells than the header.
    pub fn push_row(&mut self, row: Vec<Cell>) {
        let (cells, columns) = (row.len(), self.header.len());
        assert_eq!(cells, columns, "a row of {cells} cells, {columns} columns");
        self.rows.push(row);
    }

    /// Displays the table as the value of a cell.
    pub fn evcxr_display(&self) {
        show(self);
    }

    fn text(&self, cell: &Cell) -> String {
        match cell {
            Cell::Text(text) => text.clone(),
            Cell::Count(value) => value.to_string(),
            Cell::Number(value) => format!("{value:.*}", self.digits),
        }
    }

    fn right(&self, column: usize) -> bool {
        !self
            .rows
            .iter()
            .any(|row| matches!(row.get(column), Some(Cell::Text(_))))
    }

    fn plain(&self) -> String {
        let body = self
            .rows
            .iter()
            .map(|row| row.iter().map(|c| self.text(c)).collect());
        let lines: Vec<Vec<String>> = std::iter::once(self.header.clone()).chain(body).collect();
        let width = |column: usize| {
            let widths = lines.iter().filter_map(|line| line.get(column));
            widths.map(|text| text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        let padded = |line: &Vec<String>| {
            let cells = line.iter().zip(&widths).enumerate();
            let cells = cells.map(|(column, (text, &width))| match self.right(column) {
                true => format!("{text:>width$}"),
                false => format!("{text:<width$}"),
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
        };
        lines.iter().map(padded).collect::<Vec<_>>().join("\n")
    }

    fn html(&self) -> String {
        let style = |column| match self.right(column) {
            true => " style=\"text-align: right\"",
            false => " style=\"text-align: left\"",
        };
        let mut out = String::from("<table><thead><tr>");
        for (column, name) in self.header.iter().enumerate() {
            let _ = write!(out, "<th{}>{}</th>", style(column), escape_html(name));
        }
        out += "</tr></thead><tbody>";
        for row in &self.rows {
            out += "<tr>";
            for (column, cell) in row.iter().enumerate() {
                let text = escape_html(&self.text(cell));
                let _ = write!(out, "<td{}>{text}</td>", style(column));
            }
            out += "</tr>";
        }
        out + "</tbody></table>"
    }
}

impl Show for Table {
    fn bundle(&self) -> Bundle {
        Bundle::text(self.plain()).with("text/html", self.html())
    }
}
