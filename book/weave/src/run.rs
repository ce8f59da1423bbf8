//! What a chapter's program wrote when it ran.

use kinglet_display::{Bundle, Message, split_line};

use crate::{Chapter, Fault};

/// What the cells of a chapter displayed, and the numbers of its prose.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// For each cell, what it displayed, in order.
    pub cells: Vec<Vec<Output>>,
    /// For each number in prose, how it is written.
    pub numbers: Vec<String>,
}

/// One output of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Text that was printed.
    Text(String),
    /// A value that was shown, under a name where it may change.
    Display(Option<String>, Bundle),
    /// The cell's last expression, by `Debug`.
    Value(String),
}

/// Reads what the chapter's program wrote to standard output under `KINGLET_DISPLAY=1`.
///
/// # Errors
/// A cell that did not run to its end, or a number that was not computed.
pub fn read(chapter: &Chapter, stdout: &str) -> Result<Run, Fault> {
    let mut reading = Reading {
        run: Run {
            cells: vec![Vec::new(); chapter.cells.len()],
            numbers: vec![String::new(); chapter.numbers.len()],
        },
        ended: vec![false; chapter.cells.len()],
        known: vec![false; chapter.numbers.len()],
        cell: None,
    };
    for line in stdout.split_inclusive('\n') {
        match split_line(line.trim_end_matches('\n')) {
            (text, Some(message)) => {
                reading.text(text);
                reading.message(message);
            }
            (_, None) => reading.text(line),
        }
    }
    if let Some(index) = reading.ended.iter().position(|ended| !ended) {
        let line = chapter.cells[index].line;
        return Err(Fault::new(line, "the cell did not run to its end"));
    }
    if let Some(index) = reading.known.iter().position(|known| !known) {
        let number = &chapter.numbers[index];
        let message = format!("`{}` was not computed", number.source);
        return Err(Fault::new(number.line, message));
    }
    Ok(reading.run)
}

struct Reading {
    run: Run,
    ended: Vec<bool>,
    known: Vec<bool>,
    cell: Option<usize>,
}

impl Reading {
    fn outputs(&mut self) -> Option<&mut Vec<Output>> {
        self.cell.and_then(|index| self.run.cells.get_mut(index))
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(outputs) = self.outputs() {
            match outputs.last_mut() {
                Some(Output::Text(before)) => before.push_str(text),
                _ => outputs.push(Output::Text(text.into())),
            }
        }
    }

    fn message(&mut self, message: Message) {
        match message {
            Message::CellStart(index) => self.cell = Some(index),
            Message::CellEnd(index) => {
                self.cell = None;
                if let Some(ended) = self.ended.get_mut(index) {
                    *ended = true;
                }
            }
            Message::Show { id, bundle } => {
                if let Some(outputs) = self.outputs() {
                    outputs.push(Output::Display(id, bundle));
                }
            }
            Message::Update { id, bundle } => self.update(&id, &bundle),
            Message::Value { name, text } => self.value(&name, text),
            _ => {}
        }
    }

    fn update(&mut self, id: &str, bundle: &Bundle) {
        for output in self.run.cells.iter_mut().flatten() {
            if let Output::Display(Some(name), shown) = output
                && name == id
            {
                *shown = bundle.clone();
            }
        }
    }

    /// A number's value is named by its index; a cell's value has no name.
    fn value(&mut self, name: &str, text: String) {
        if name.is_empty() {
            if let Some(outputs) = self.outputs() {
                outputs.push(Output::Value(text));
            }
        } else if let Some(index) = name.parse::<usize>().ok().filter(|&i| i < self.known.len()) {
            self.known[index] = true;
            self.run.numbers[index] = text;
        }
    }
}

#[cfg(test)]
mod tests {
    use kinglet_display::encode;

    use super::*;

    fn value(name: &str, text: &str) -> Message {
        Message::Value {
            name: name.into(),
            text: text.into(),
        }
    }

    fn show(id: Option<&str>, text: &str) -> Message {
        Message::Show {
            id: id.map(Into::into),
            bundle: Bundle::text(text),
        }
    }

    #[test]
    fn outputs_come_in_order_and_updates_in_place() {
        let chapter =
            Chapter::parse("01-t.md", "# T\n\n```rust\nlet x = 1.5;\n```\n\n{{x:.1}}\n").unwrap();
        let update = Message::Update {
            id: "7".into(),
            bundle: Bundle::text("done"),
        };
        let stdout = [
            encode(&Message::CellStart(0)),
            "a".into(),
            format!("b{}", encode(&show(Some("7"), "begun"))),
            "c".into(),
            encode(&update),
            encode(&value("", "1.5")),
            encode(&Message::CellEnd(0)),
            encode(&value("0", "1.5")),
        ]
        .join("\n");
        let run = read(&chapter, &stdout).unwrap();
        let expected = [
            Output::Text("a\nb".into()),
            Output::Display(Some("7".into()), Bundle::text("done")),
            Output::Text("c\n".into()),
            Output::Value("1.5".into()),
        ];
        assert_eq!(run.cells, [expected]);
        assert_eq!(run.numbers, ["1.5"]);
    }

    #[test]
    fn what_is_missing_is_named_by_line() {
        let chapter =
            Chapter::parse("01-t.md", "# T\n\n```rust\nlet x = 1.5;\n```\n\n{{x:.1}}\n").unwrap();
        assert_eq!(read(&chapter, "").unwrap_err().line, 4);
        let stdout = [encode(&Message::CellStart(0)), encode(&Message::CellEnd(0))].join("\n");
        assert_eq!(read(&chapter, &stdout).unwrap_err().line, 7);
    }
}
