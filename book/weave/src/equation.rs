//! The identifiers that displayed equations carry: `$$ … $$ {#DECK-01 #CS285-04}`.

use std::collections::HashMap;

use crate::{Fault, chapter::Formula};

/// Whether `text` has the form of the catalogue's identifiers, such as `CS285-04`.
pub(crate) fn is_id(text: &str) -> bool {
    let Some((source, number)) = text.split_once('-') else {
        return false;
    };
    source.starts_with(|c: char| c.is_ascii_uppercase())
        && source
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && number.len() == 2
        && number.chars().all(|c| c.is_ascii_digit())
}

/// The identifiers that follow a formula, and the bytes that they take.
///
/// # Errors
/// What is wrong with them, in words.
pub(crate) fn label(after: &str) -> Result<Option<(usize, Vec<String>)>, String> {
    let body = after.trim_start_matches([' ', '\t']);
    let Some(body) = body.strip_prefix('{').filter(|body| body.starts_with('#')) else {
        return Ok(None);
    };
    let length = body
        .find('}')
        .ok_or("the equation's identifiers lack their closing brace")?;
    let words = body[..length].split_whitespace();
    let ids: Result<Vec<String>, String> = words.map(identifier).collect();
    let taken = after.len() - body.len() + length + 1;
    Ok(Some((taken, ids?)))
}

fn identifier(word: &str) -> Result<String, String> {
    word.strip_prefix('#')
        .filter(|id| is_id(id))
        .map(str::to_owned)
        .ok_or_else(|| format!("`{word}` is no identifier: write it as #DECK-01"))
}

/// A fault for each identifier that a page displays twice.
pub(crate) fn repeated(formulas: &[Formula]) -> Vec<Fault> {
    let mut first = HashMap::new();
    let mut faults = Vec::new();
    for formula in formulas {
        for id in &formula.ids {
            if let Some(line) = first.insert(id, formula.line) {
                let message = format!("{id} already stands on the equation of line {line}");
                faults.push(Fault::new(formula.line, message));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_one_form() {
        assert!(is_id("DECK-01") && is_id("CS285-17"));
        for other in ["DECK", "DECK-1", "deck-01", "-01", "DECK-001", "285-01"] {
            assert!(!is_id(other), "{other}");
        }
    }

    #[test]
    fn a_label_follows_its_formula() {
        let (length, ids) = label(" {#DECK-01 #CS285-04}.").unwrap().unwrap();
        assert_eq!(
            (length, ids),
            (21, vec!["DECK-01".into(), "CS285-04".into()])
        );
        assert_eq!(label(", where"), Ok(None));
        assert_eq!(label("\n{#DECK-01}"), Ok(None));
        assert!(label(" {#deck}").is_err() && label(" {#DECK-01").is_err());
    }
}
