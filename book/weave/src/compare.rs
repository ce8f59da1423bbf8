//! Whether a committed notebook is still what its chapter gives: sources to the letter, numbers
//! to eight digits, since libraries of elementary functions differ in the last ones.

use serde_json::Value;

use crate::digits::{ABSOLUTE, COORDINATE, same_numbers};

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

#[cfg(test)]
mod tests {
    use super::*;

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
