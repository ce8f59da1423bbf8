//! A whole config as TOML, with what each key means.

use std::fmt::{Arguments, Write};

use toml::{Table, Value};

use super::check::expected;
use super::merge::{Merged, keys};
use super::schema::{Key, Node};

/// Columns of a comment.
const WIDTH: usize = 100;

/// The whole config: a file that says the same again, each key under its documentation.
pub(crate) fn print(merged: &Merged, schema: &Node) -> String {
    let mut printer = Printer {
        merged,
        out: String::new(),
    };
    printer.table("", keys(schema, &merged.table), &merged.table);
    printer.out
}

struct Printer<'a> {
    merged: &'a Merged,
    out: String,
}

impl Printer<'_> {
    /// The entries, then the tables below.
    fn table(&mut self, at: &str, keys: &[Key], table: &Table) {
        let of = |name: &str| keys.iter().find(|key| key.name == name);
        let (tables, entries): (Vec<_>, Vec<_>) = table
            .iter()
            .partition(|(name, value)| value.is_table() && of(name).is_some_and(is_section));
        for (name, value) in entries {
            self.entry(at, name, value, of(name));
        }
        for key in keys.iter().filter(|key| !table.contains_key(&key.name)) {
            self.comment(&key.doc);
            self.line(format_args!(
                "# {} is not set: {}",
                key.name,
                expected(&key.node)
            ));
        }
        for (name, value) in tables {
            if let (Some(key), Value::Table(table)) = (of(name), value) {
                self.section(at, key, table);
            }
        }
    }

    fn section(&mut self, at: &str, key: &Key, table: &Table) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.comment(&key.doc);
        if let Node::Tagged { tag, variants } = &key.node {
            let word = table.get(tag).and_then(Value::as_str);
            let variant = variants
                .iter()
                .find(|variant| Some(variant.word.as_str()) == word);
            self.comment(variant.map_or("", |variant| &variant.doc));
        }
        let path = join(at, &key.name);
        self.line(format_args!("[{path}]"));
        self.table(&path, keys(&key.node, table), table);
    }

    fn entry(&mut self, at: &str, name: &str, value: &Value, key: Option<&Key>) {
        if let Some(key) = key {
            self.comment(&key.doc);
            if let Node::Words(_) = &key.node {
                self.comment(&format!(
                    "Allowed: {}.",
                    expected(&key.node).trim_start_matches("one of ")
                ));
            }
        }
        match self.merged.origins.get(&join(at, name)) {
            None => self.line(format_args!("{name} = {value}")),
            Some(origin) => {
                let origin = one_line(&origin.to_string());
                self.line(format_args!("{name} = {value} # from {origin}"));
            }
        }
    }

    fn line(&mut self, text: Arguments) {
        writeln!(self.out, "{text}").expect("a text can be written to");
    }

    /// The paragraphs as comment lines, each word where it fits; what is fenced stays as it is.
    fn comment(&mut self, doc: &str) {
        let mut fenced = false;
        for line in unwrapped(doc) {
            if line.starts_with("```") {
                fenced = !fenced;
            } else if fenced {
                self.line(format_args!("#     {line}"));
            } else {
                self.paragraph(&line);
            }
        }
    }

    fn paragraph(&mut self, text: &str) {
        let mut line = String::from("#");
        for word in text.split_whitespace() {
            let columns = line.chars().count() + 1 + word.chars().count();
            if columns > WIDTH && line.len() > 1 {
                self.line(format_args!("{line}"));
                line = String::from("#");
            }
            line.push(' ');
            line.push_str(word);
        }
        if line.len() > 1 {
            self.line(format_args!("{line}"));
        }
    }
}

/// A table that may have a head of its own, since it is always one.
fn is_section(key: &Key) -> bool {
    matches!(key.node, Node::Table(_) | Node::Tagged { .. })
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() {
        name.to_owned()
    } else {
        format!("{at}.{name}")
    }
}

/// What a user typed may hold line breaks.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines of a doc, those of a paragraph as one.
fn unwrapped(doc: &str) -> Vec<String> {
    let (mut lines, mut fenced, mut open) = (Vec::<String>::new(), false, false);
    for line in doc.lines() {
        let fence = line.starts_with("```");
        let flows = !fence && !fenced && !line.trim().is_empty();
        match lines.last_mut() {
            Some(last) if flows && open => {
                last.push(' ');
                last.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
        (open, fenced) = (flows, fenced != fence);
    }
    lines
}
