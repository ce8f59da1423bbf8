//! The chapter as a notebook (nbformat 4.5).

use std::{collections::HashMap, ops::Range};

use kinglet_display::Bundle;
use serde_json::{Value, json, ser::PrettyFormatter};

use crate::{
    Book, Cell, Chapter, Output, Run,
    book::slug,
    notebook_prose::{edits, within},
    text::replaced,
};

/// Weaves a notebook, as the text of its file; `run` is what the chapter's program wrote.
pub fn notebook(book: &Book, chapter: &Chapter, run: &Run) -> String {
    let mut writer = Writer {
        book,
        chapter,
        edits: edits(book, chapter, run),
        section: slug(&chapter.title),
        counts: HashMap::new(),
        cells: Vec::new(),
    };
    let mut at = 0;
    for (index, cell) in chapter.cells.iter().enumerate() {
        writer.prose(at..cell.range.start);
        let outputs = run.cells.get(index).map_or(&[][..], Vec::as_slice);
        writer.code(index, cell, outputs);
        at = cell.range.end;
    }
    writer.prose(at..chapter.text.len());
    // Keys stand in alphabetical order, as Jupyter writes them.
    let notebook = json!({
        "cells": writer.cells,
        "metadata": {
            "kernelspec": {"display_name": "Rust (kinglet)", "language": "rust", "name": "kinglet"},
            // As the kernel says it of itself, lest Jupyter should change the file on opening it.
            "language_info": {
                "codemirror_mode": "rust",
                "file_extension": ".rs",
                "mimetype": "text/rust",
                "name": "rust",
                "pygments_lexer": "rust",
                "version": env!("CARGO_PKG_RUST_VERSION"),
            },
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    });
    written(&notebook)
}

/// The JSON as Jupyter writes it: one space of indentation, a newline at the end.
fn written(notebook: &Value) -> String {
    let mut bytes = Vec::new();
    let formatter = PrettyFormatter::with_indent(b" ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    serde::Serialize::serialize(notebook, &mut serializer).expect("a value has a JSON text");
    String::from_utf8(bytes).expect("JSON is UTF-8") + "\n"
}

struct Writer<'a> {
    book: &'a Book,
    chapter: &'a Chapter,
    edits: Vec<(Range<usize>, String)>,
    /// The section that the cells belong to, and the number of cells that each has.
    section: String,
    counts: HashMap<String, usize>,
    cells: Vec<Value>,
}

impl Writer<'_> {
    /// Adds the prose between two cells, one Markdown cell a section.
    fn prose(&mut self, range: Range<usize>) {
        let mut start = range.start;
        let chapter = self.chapter;
        let headings = chapter.headings.iter().filter(|h| range.contains(&h.start));
        for heading in headings {
            self.markdown(start..heading.start);
            start = heading.start;
            self.section = slug(&heading.text);
        }
        self.markdown(start..range.end);
    }

    fn markdown(&mut self, range: Range<usize>) {
        let edits: Vec<_> = self
            .edits
            .iter()
            .filter(|(r, _)| within(r, &range))
            .collect();
        let local: Vec<_> = edits
            .iter()
            .map(|(r, text)| (r.start - range.start..r.end - range.start, text.clone()))
            .collect();
        let text = replaced(&self.chapter.text[range], &local);
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let cell = json!({
            "cell_type": "markdown",
            "id": self.id(),
            "metadata": {},
            "source": lines(text),
        });
        self.cells.push(cell);
    }

    fn code(&mut self, index: usize, cell: &Cell, outputs: &[Output]) {
        let folded = self
            .chapter
            .folds
            .iter()
            .any(|fold| within(&cell.range, fold));
        let metadata = match folded {
            true => json!({"jupyter": {"outputs_hidden": true, "source_hidden": true}}),
            false => json!({}),
        };
        let count = index + 1;
        let last = outputs.len().wrapping_sub(1);
        let output = |(place, output)| {
            let is_value = place == last && cell.displayed().is_some();
            self.output(output, count, is_value)
        };
        let outputs: Vec<Value> = outputs.iter().enumerate().map(output).collect();
        let cell = json!({
            "cell_type": "code",
            "execution_count": count,
            "id": self.id(),
            "metadata": metadata,
            "outputs": outputs,
            "source": lines(cell.code.trim_end_matches('\n')),
        });
        self.cells.push(cell);
    }

    /// An output; a display that is the value of its cell is numbered as one.
    fn output(&self, output: &Output, count: usize, is_value: bool) -> Value {
        match output {
            Output::Text(text) => {
                json!({"name": "stdout", "output_type": "stream", "text": lines(text)})
            }
            Output::Value(text) => json!({
                "data": {"text/plain": lines(text)},
                "execution_count": count,
                "metadata": {},
                "output_type": "execute_result",
            }),
            Output::Display(None, bundle) if is_value => json!({
                "data": self.data(bundle),
                "execution_count": count,
                "metadata": {},
                "output_type": "execute_result",
            }),
            Output::Display(_, bundle) => json!({
                "data": self.data(bundle),
                "metadata": {},
                "output_type": "display_data",
            }),
        }
    }

    fn data(&self, bundle: &Bundle) -> Value {
        let mut pairs: Vec<_> = bundle.data.iter().collect();
        pairs.sort();
        let pairs = pairs.into_iter().map(|(mime, content)| {
            let content = match mime.as_str() {
                "text/latex" => self.book.macros.expand(content),
                _ => content.clone(),
            };
            (mime.clone(), Value::from(lines(&content)))
        });
        Value::Object(pairs.collect())
    }

    /// The name of the next cell: its section and its number in it.
    fn id(&mut self) -> String {
        let ascii = self
            .section
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-');
        let section: String = ascii.take(48).collect();
        let count = self.counts.entry(section.clone()).or_insert(0);
        *count += 1;
        format!("{section}-{count}")
    }
}

/// A text as a list of lines, each with its newline, as Jupyter stores it.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}
