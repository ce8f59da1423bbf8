//! `cargo xtask tidy`: the catalogue's identifiers join book, code and tests; this holds them
//! together, and a few rules of the house that no compiler knows.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};
use regex::Regex;

use crate::report::{Count, Step};
use crate::workspace;

/// What is wrong, and where.
type Findings = Vec<String>;

/// The catalogue's entries, with the code and the tests that carry their identifier.
#[derive(Debug, Default)]
struct Trace {
    code: usize,
    tests: usize,
    book: usize,
}

/// The sources that the catalogue numbers, and how many entries each has.
const SOURCES: [(&str, usize); 5] = [
    ("DECK", 27),
    ("CS285", 17),
    ("XU", 27),
    ("VIREL", 15),
    ("MPO", 21),
];

/// Runs tidy as a step of the tests.
pub(crate) fn step(step: &mut Step) -> Result<Count> {
    let (findings, summary) = check()?;
    step.say(&summary);
    if !findings.is_empty() {
        for finding in &findings {
            step.say(finding);
        }
        bail!("{} findings: {}", findings.len(), findings[0]);
    }
    Ok(Count::passed(1))
}

/// Every finding, and a summary line.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn check() -> Result<(Findings, String)> {
    let root = workspace::root();
    let sources = read(&root.join("crates"), &["rs"])?;
    let chapters = read(&root.join("book/src"), &["md"])?;
    let mut findings = Findings::new();
    let catalogue = trace(&sources, &chapters, &mut findings);
    findings.extend(
        identifiers()
            .filter(|id| !catalogue.contains_key(id))
            .map(|id| format!("{id} has no entry in kinglet-derivations")),
    );
    for (path, text) in &chapters {
        findings.extend(
            kinglet_weave::lint(text)
                .into_iter()
                .map(|finding| format!("{path}:{finding}")),
        );
    }
    for (path, text) in sources.iter().chain(&read(&root.join("xtask"), &["rs"])?) {
        house_rules(path, text, &mut findings);
    }
    crate_rules(root, &mut findings)?;
    let unseen = catalogue.values().filter(|entry| entry.book == 0).count();
    let summary = format!(
        "{} entries with code and test; {unseen} not yet shown in the book",
        catalogue.len()
    );
    Ok((findings, summary))
}

/// Paths relative to the root and texts of the files below `folder`.
fn read(folder: &Path, extensions: &[&str]) -> Result<Vec<(String, String)>> {
    workspace::files(folder, extensions)
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(workspace::root()).unwrap_or(&path);
            Ok((name.display().to_string(), std::fs::read_to_string(&path)?))
        })
        .collect()
}

/// Every identifier that the catalogue has to have.
fn identifiers() -> impl Iterator<Item = String> {
    SOURCES
        .iter()
        .flat_map(|(source, n)| (1..=*n).map(move |number| format!("{source}-{number:02}")))
}

/// An identifier of the catalogue: the source and two digits.
fn identifier() -> Regex {
    Regex::new(r"\b(DECK|CS285|XU|VIREL|MPO)-(\d\d)\b").expect("the expression is valid")
}

/// Follows every entry through code, tests and book.
fn trace(
    sources: &[(String, String)],
    chapters: &[(String, String)],
    findings: &mut Findings,
) -> BTreeMap<String, Trace> {
    let entry =
        Regex::new(r#"id: "((?:DECK|CS285|XU|VIREL|MPO)-\d\d)""#).expect("the expression is valid");
    let mut catalogue: BTreeMap<String, Trace> = BTreeMap::new();
    for (path, text) in sources
        .iter()
        .filter(|(path, _)| path.contains("kinglet-derivations"))
    {
        for found in entry.captures_iter(text) {
            if catalogue
                .insert(found[1].to_owned(), Trace::default())
                .is_some()
            {
                findings.push(format!("{path}: the entry {} stands twice", &found[1]));
            }
        }
    }
    for (id, seen) in &mut catalogue {
        let test = format!("fn {}_", id.to_lowercase().replace('-', "_"));
        for (path, text) in sources {
            seen.tests += text.matches(&test).count();
            let outside = !path.contains("kinglet-derivations");
            seen.code += usize::from(outside && text.contains(id.as_str()));
        }
        if seen.tests == 0 {
            findings.push(format!(
                "{id} has no test (a function named `{}…`)",
                &test[3..]
            ));
        }
        if seen.code == 0 {
            findings.push(format!("{id} is named by no public function of the crates"));
        }
    }
    for (path, text) in chapters {
        for (number, line) in text.lines().enumerate() {
            for found in identifier().find_iter(line) {
                match catalogue.get_mut(found.as_str()) {
                    Some(seen) => seen.book += 1,
                    None => findings.push(format!(
                        "{path}:{}: {} is no entry of the catalogue",
                        number + 1,
                        found.as_str()
                    )),
                }
            }
        }
    }
    catalogue
}

/// Rules for a source file.
fn house_rules(path: &str, text: &str, findings: &mut Findings) {
    if !text.trim_start().starts_with("//!") && !text.trim_start().starts_with("#![doc") {
        findings.push(format!(
            "{path}:1: says nothing of what it holds (a `//!` line)"
        ));
    }
    // Spelled in two parts, so that this file passes its own check.
    let banned = [
        (concat!("to", "do!("), "a stub"),
        (concat!("unimplemented", "!("), "a stub"),
        (concat!("dbg", "!("), "a debugging aid"),
        (concat!("#[ig", "nore"), "an ignored test"),
    ];
    for (number, line) in text.lines().enumerate() {
        for (word, what) in banned.iter().filter(|(word, _)| line.contains(word)) {
            findings.push(format!("{path}:{}: `{word}` is {what}", number + 1));
        }
    }
}

/// Rules for a crate: its README is its documentation, its lints are the workspace's.
fn crate_rules(root: &Path, findings: &mut Findings) -> Result<()> {
    for name in workspace::crates()? {
        let folder = root.join("crates").join(&name);
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml"))?;
        for wanted in [
            "[lints]\nworkspace = true",
            "description = ",
            "license.workspace = true",
        ] {
            if !manifest.contains(wanted) {
                findings.push(format!("crates/{name}/Cargo.toml: lacks `{wanted}`"));
            }
        }
        let readme = std::fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        let lines = readme.lines().count();
        if lines < 20 {
            findings.push(format!(
                "crates/{name}/README.md: says too little ({lines} lines)"
            ));
        }
        let library = folder.join("src/lib.rs").exists();
        if library && !(readme.contains("```rust") && readme.contains("assert")) {
            findings.push(format!(
                "crates/{name}/README.md: has no example that asserts"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> (String, String) {
        (path.to_owned(), text.to_owned())
    }

    #[test]
    fn an_entry_without_code_or_test_is_found() {
        let entry = file("crates/kinglet-derivations/src/a.rs", r#"id: "DECK-05""#);
        let mut findings = Findings::new();
        trace(std::slice::from_ref(&entry), &[], &mut findings);
        assert_eq!(findings.len(), 2, "{findings:?}");

        let code = file("crates/kinglet-x/src/b.rs", "/// Catalogue: DECK-05.");
        let test = file("crates/kinglet-x/tests/c.rs", "fn deck_05_baseline() {}");
        let mut findings = Findings::new();
        trace(&[entry, code, test], &[], &mut findings);
        assert!(findings.is_empty(), "{findings:?}");
    }

    #[test]
    fn an_unknown_identifier_in_the_book_is_found_by_line() {
        let mut findings = Findings::new();
        trace(
            &[],
            &[file("book/src/01-x.md", "prose\nsee MPO-99")],
            &mut findings,
        );
        assert_eq!(
            findings,
            ["book/src/01-x.md:2: MPO-99 is no entry of the catalogue"]
        );
    }

    #[test]
    fn stubs_are_found_by_line() {
        let mut findings = Findings::new();
        let stub = format!("//! Doc.\nfn f() {{ {}) }}", concat!("to", "do!("));
        house_rules("x.rs", &stub, &mut findings);
        assert!(findings[0].starts_with("x.rs:2"), "{findings:?}");
    }
}
