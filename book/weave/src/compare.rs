//! Whether a committed notebook is still what its chapter gives: sources to the letter, numbers
//! to eight digits, since libraries of elementary functions differ in the last ones.

use std::iter::Peekable;
use std::str::CharIndices;

use serde_json::Value;

/// The relative difference at which numbers count as different.
const RELATIVE: f64 = 1e-8;
/// The difference below which numbers count as equal, whatever their size.
const ABSOLUTE: f64 = 1e-12;
/// The same for the whole-numbered coordinates of a figure, in tenths of a pixel.
const COORDINATE: f64 = 1.0;

/// What differs between a committed notebook and a fresh one, in words; nothing, if it is fresh.
pub fn differences(committed: &str, fresh: &str) -> Vec<String> {
    let parsed = (serde_json::from_str(committed), serde_json::from_str(fresh));
    let (Ok(committed), Ok(fresh)): (Result<Value, _>, Result<Value, _>) = parsed else {
        return vec!["a notebook is not JSON".into()];
    };
    let (old, new) = (cells(&committed), cells(&fresh));
    let mut found = Vec::new();
    if old.len() != new.len() {
        found.push(format!(
            "{} cells are committed, {} woven",
            old.len(),
            new.len()
        ));
    }
    for (old, new) in old.iter().zip(new) {
        let name = new["id"].as_str().unwrap_or("?");
        found.extend(
            cell(old, new)
                .into_iter()
                .map(|what| format!("cell {name}: {what}")),
        );
    }
    if (&committed["metadata"], &committed["nbformat"]) != (&fresh["metadata"], &fresh["nbformat"])
    {
        found.push("the notebook's metadata differ".into());
    }
    found
}

fn cells(notebook: &Value) -> &[Value] {
    notebook["cells"].as_array().map_or(&[], Vec::as_slice)
}

fn cell(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for key in ["cell_type", "id", "metadata"] {
        if old[key] != new[key] {
            found.push(format!("its {key} is {}, woven {}", old[key], new[key]));
        }
    }
    let (was, is) = (joined(&old["source"]), joined(&new["source"]));
    let same = match new["cell_type"] == "code" {
        true => was == is,
        false => same_numbers(&was, &is, ABSOLUTE),
    };
    if !same {
        found.push(format!("its source is {was:?}, woven {is:?}"));
    }
    found.extend(outputs(&old["outputs"], &new["outputs"]));
    found
}

fn outputs(old: &Value, new: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (old, new) = (list(old), list(new));
    if old.len() != new.len() {
        return vec![format!(
            "{} outputs are committed, {} woven",
            old.len(),
            new.len()
        )];
    }
    let pairs = old.iter().zip(&new);
    pairs.flat_map(|(old, new)| output(old, new)).collect()
}

fn output(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for key in ["output_type", "name"] {
        if old[key] != new[key] {
            found.push(format!(
                "an output's {key} is {}, woven {}",
                old[key], new[key]
            ));
        }
    }
    let mut compare = |what: &str, old: &Value, new: &Value| {
        let (was, is) = (joined(old), joined(new));
        let slack = if what == "image/svg+xml" {
            COORDINATE
        } else {
            ABSOLUTE
        };
        if !same_numbers(&was, &is, slack) {
            found.push(format!(
                "{what} shows {}, woven {}",
                shortened(&was),
                shortened(&is)
            ));
        }
    };
    compare("the text", &old["text"], &new["text"]);
    let keys = |value: &Value| match value["data"].as_object() {
        Some(data) => data.keys().cloned().collect(),
        None => Vec::new(),
    };
    for mime in keys(old)
        .iter()
        .chain(keys(new).iter().filter(|k| old["data"].get(k).is_none()))
    {
        compare(mime, &old["data"][mime], &new["data"][mime]);
    }
    found
}

/// A text that Jupyter stores as one string or as a list of lines.
fn joined(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(200).collect();
    format!("{short:?}")
}

/// Whether two texts are equal but for the last digits of their numbers. `slack` is what whole
/// numbers may differ by.
pub(crate) fn same_numbers(a: &str, b: &str, slack: f64) -> bool {
    let (mut a, mut b) = (Tokens::new(a), Tokens::new(b));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(x), Some(y)) if close(x, y, slack) => {}
            _ => return false,
        }
    }
}

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Number { value: f64, whole: bool },
}

fn close(a: Token<'_>, b: Token<'_>, slack: f64) -> bool {
    match (a, b) {
        (Token::Number { value: x, whole: i }, Token::Number { value: y, whole: j }) => {
            let slack = if i && j { slack } else { ABSOLUTE };
            (x - y).abs() <= slack.max(RELATIVE * x.abs().max(y.abs()))
        }
        (a, b) => a == b,
    }
}

/// Cuts a text into numbers and what stands between them.
struct Tokens<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Tokens {
            text,
            chars: text.char_indices().peekable(),
        }
    }

    fn digits(&mut self) -> usize {
        let mut count = 0;
        while self.chars.next_if(|(_, c)| c.is_ascii_digit()).is_some() {
            count += 1;
        }
        count
    }

    /// The end of what has been read.
    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |&(at, _)| at)
    }

    /// Reads a number that starts here; its sign belongs to it.
    fn number(&mut self, start: usize) -> Option<Token<'a>> {
        let mut ahead = Tokens {
            text: self.text,
            chars: self.chars.clone(),
        };
        ahead.chars.next_if(|(_, c)| matches!(c, '-' | '−'));
        if ahead.digits() == 0 {
            return None;
        }
        let mut whole = true;
        let mut tail = Tokens {
            text: self.text,
            chars: ahead.chars.clone(),
        };
        if tail.chars.next_if(|(_, c)| *c == '.').is_some() && tail.digits() > 0 {
            whole = false;
            ahead.chars = tail.chars.clone();
        }
        tail.chars = ahead.chars.clone();
        if tail
            .chars
            .next_if(|(_, c)| matches!(c, 'e' | 'E'))
            .is_some()
        {
            tail.chars.next_if(|(_, c)| matches!(c, '-' | '+'));
            if tail.digits() > 0 {
                whole = false;
                ahead.chars = tail.chars;
            }
        }
        self.chars = ahead.chars;
        let mut text = self.text[start..self.at()].replace('−', "-");
        if let Some((power, length)) = power(&self.text[self.at()..]) {
            let end = self.at() + length;
            while self.chars.next_if(|&(at, _)| at < end).is_some() {}
            whole = false;
            text = format!("{text}e{power}");
        }
        let value = text.parse().ok()?;
        Some(Token::Number { value, whole })
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let &(start, _) = self.chars.peek()?;
        if let Some(number) = self.number(start) {
            return Some(number);
        }
        while let Some(&(_, c)) = self.chars.peek() {
            if c.is_ascii_digit() {
                break;
            }
            self.chars.next();
            let before_number = matches!(c, '-' | '−');
            if before_number
                || self
                    .chars
                    .peek()
                    .is_some_and(|(_, c)| matches!(c, '-' | '−'))
            {
                break;
            }
        }
        let end = self.at();
        Some(Token::Word(&self.text[start..end]))
    }
}

/// The exponent of ` × 10⁻¹⁶` or ` \times 10^{-16}` at the start of a text, and its length.
fn power(text: &str) -> Option<(String, usize)> {
    if let Some(rest) = text.strip_prefix(" × 10") {
        let raised: String = rest.chars().map_while(lowered).collect();
        let bytes: usize = rest
            .chars()
            .take(raised.chars().count())
            .map(char::len_utf8)
            .sum();
        return (!raised.is_empty()).then_some((raised, " × 10".len() + bytes));
    }
    let rest = text.strip_prefix(r" \times 10^{")?;
    let end = rest.find('}')?;
    Some((rest[..end].to_owned(), text.len() - rest.len() + end + 1))
}

fn lowered(c: char) -> Option<char> {
    let digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    match c {
        '⁻' => Some('-'),
        c => digits
            .chars()
            .position(|d| d == c)
            .and_then(|d| char::from_digit(d as u32, 10)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_to_eight_digits() {
        for (a, b) in [
            ("x = 0.123456789", "x = 0.1234567891"),
            ("-2.5e-17 left", "3.1e-17 left"),
            ("off by 2.2 × 10⁻¹⁶.", "off by 3.3 × 10⁻¹⁶."),
            (r"$2.2 \times 10^{-16}$", r"$0.0$"),
            ("−0.5", "−0.5000000001"),
            ("-0.0", "0.0"),
            ("a-b-3", "a-b-3.0"),
        ] {
            assert!(same_numbers(a, b, ABSOLUTE), "{a} / {b}");
        }
        for (a, b) in [
            ("0.1234567", "0.1234568"),
            ("0.5", "-0.5"),
            ("1e3", "1e4"),
            ("a 1", "b 1"),
            ("1 2", "1"),
            ("2.2 × 10⁻¹", "2.2 × 10⁻²"),
            ("1", "2"),
        ] {
            assert!(!same_numbers(a, b, ABSOLUTE), "{a} / {b}");
        }
    }

    #[test]
    fn a_figure_may_move_by_a_tenth_of_a_pixel() {
        let figure = |x| format!("<path d=\"M{x},20\"/><text>0.5</text>");
        assert!(same_numbers(&figure(100), &figure(101), COORDINATE));
        assert!(!same_numbers(&figure(100), &figure(102), COORDINATE));
        assert!(!same_numbers(
            "<text>0.5</text>",
            "<text>0.6</text>",
            COORDINATE
        ));
    }

    fn notebook(source: &str, output: &str) -> String {
        let cell = serde_json::json!({
            "cell_type": "code", "id": "a-1", "metadata": {}, "source": [source],
            "outputs": [{"output_type": "stream", "name": "stdout", "text": [output]}],
        });
        serde_json::json!({"cells": [cell], "metadata": {}, "nbformat": 4}).to_string()
    }

    #[test]
    fn a_stale_notebook_is_found() {
        let fresh = notebook("f(1.0)", "0.123456789");
        assert!(differences(&notebook("f(1.0)", "0.1234567891"), &fresh).is_empty());
        assert_eq!(
            differences(&notebook("f(1.0000000001)", "0.123456789"), &fresh).len(),
            1
        );
        assert_eq!(differences(&notebook("f(1.0)", "0.1234"), &fresh).len(), 1);
        assert_eq!(differences("{\"cells\": []}", &fresh).len(), 2);
    }
}
