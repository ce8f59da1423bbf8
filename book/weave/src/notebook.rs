//! The chapter as a notebook (nbformat 4.5).

use std::{collections::HashMap, ops::Range};

use kinglet_display::Bundle;
use serde_json::{Value, json, ser::PrettyFormatter};

use crate::{
    Book, Cell, Chapter, Output, Run,
    book::slug,
    chapter::{Link, Target},
    page::{filled, numbers_in_prose},
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

fn within(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// A text as a list of lines, each with its newline, as Jupyter stores it.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// What changes between the chapter's Markdown and the notebook's.
fn edits(book: &Book, chapter: &Chapter, run: &Run) -> Vec<(Range<usize>, String)> {
    let mut edits: Vec<_> = numbers_in_prose(chapter, run).collect();
    edits.extend(
        chapter
            .links
            .iter()
            .filter_map(|link| linked(book, chapter, link)),
    );
    for formula in &chapter.formulas {
        edits.push((
            formula.range.clone(),
            formula_text(book, chapter, run, formula),
        ));
    }
    for demo in &chapter.demos {
        let page = format!("../book/html/{}.html", chapter.slug());
        let text = format!(
            "*Here the book has a live demo, “{}”: [open the page]({page}) once \
             `cargo xtask book` has built it.*",
            demo.name
        );
        edits.push((demo.range.clone(), text));
    }
    edits.extend(chapter.callouts.iter().filter_map(|callout| {
        let start = chapter.text[callout.range.clone()].find("[!")? + callout.range.start;
        let end = chapter.text[start..].find(']')? + start + 1;
        Some((start..end, format!("**{}**\n>", callout.name)))
    }));
    edits.extend(
        chapter
            .folds
            .iter()
            .filter(|fold| holds_cell(chapter, fold))
            .flat_map(|fold| unfolded(chapter, fold)),
    );
    edits.sort_by_key(|(range, _)| range.start);
    edits
}

fn holds_cell(chapter: &Chapter, fold: &Range<usize>) -> bool {
    chapter.cells.iter().any(|cell| within(&cell.range, fold))
}

/// A `<details>` that holds cells ends at the first of them in a notebook: its summary becomes
/// a line in bold, its cells are folded by Jupyter.
fn unfolded(chapter: &Chapter, fold: &Range<usize>) -> Vec<(Range<usize>, String)> {
    let text = &chapter.text[fold.clone()];
    let at = |offset: usize| fold.start + offset;
    let mut edits = Vec::new();
    if let Some(end) = text.find("</summary>") {
        let start = text
            .find("<summary>")
            .map_or(0, |start| start + "<summary>".len());
        let summary = text[start..end].trim();
        edits.push((
            at(0)..at(end + "</summary>".len()),
            format!("**{summary}**"),
        ));
    }
    if let Some(end) = text.rfind("</details>") {
        edits.push((at(end)..at(end + "</details>".len()), String::new()));
    }
    edits
}

/// A formula with its shorthands written out and anchors for its identifiers.
fn formula_text(
    book: &Book,
    chapter: &Chapter,
    run: &Run,
    formula: &crate::chapter::Formula,
) -> String {
    let latex = book.macros.expand(&filled(chapter, run, &formula.source));
    if !formula.display {
        return format!("${latex}$");
    }
    let quoted = chapter
        .callouts
        .iter()
        .any(|callout| within(&formula.range, &callout.range));
    let latex = if quoted {
        latex.replace('\n', "\n> ")
    } else {
        latex
    };
    let anchors = formula.ids.iter().map(|id| format!("<a id=\"{id}\"></a>"));
    let tag = match formula.ids.is_empty() {
        true => String::new(),
        false => format!(r"\tag{{{}}}", formula.ids.join(", ")),
    };
    format!("{}$${}{tag}$$", anchors.collect::<String>(), latex)
}

/// The edit that a link needs in a notebook, if it needs one.
fn linked(book: &Book, chapter: &Chapter, link: &Link) -> Option<(Range<usize>, String)> {
    let text = match &link.target {
        Target::Equation(id) => match book.equation(chapter, id)? {
            file if file == chapter.file => format!("[{id}](#{id})"),
            file => format!("[{id}]({}#{id})", notebook_of(book, file)),
        },
        Target::File(path) => format!("../{path}"),
        Target::Here(anchor) => format!("#{}", jupyter_anchor(book, &chapter.file, anchor)),
        Target::Page(file, None) => notebook_of(book, file),
        Target::Page(file, Some(anchor)) => {
            format!(
                "{}#{}",
                notebook_of(book, file),
                jupyter_anchor(book, file, anchor)
            )
        }
    };
    Some((link.range.clone(), text))
}

/// Where a page is, seen from the notebooks: chapters beside them, other pages in the book.
fn notebook_of(book: &Book, file: &str) -> String {
    match book.page(file).is_some_and(Chapter::is_chapter) {
        true => format!("{}.ipynb", file.trim_end_matches(".md")),
        false => format!("../book/src/{file}"),
    }
}

/// The anchor that Jupyter gives to the heading that has this one in the book.
fn jupyter_anchor(book: &Book, file: &str, anchor: &str) -> String {
    let heading = book.heading(file, anchor);
    heading.map_or(anchor.into(), |heading| heading.text.replace(' ', "-"))
}
