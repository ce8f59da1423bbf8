//! `cargo xtask mutants`: sabotages the mathematics, one small change at a time (a flipped sign, a
//! swapped operator, a constant for a result), and reports the share that some test of the crate
//! notices. The changes are made in a copy; cargo-mutants makes and runs them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use duct::cmd;
use serde::Deserialize;

use crate::report::Step;
use crate::workspace;

/// The crates whose tests must notice sabotage.
const MATHEMATICS: [&str; 4] = [
    "kinglet-objectives",
    "kinglet-critics",
    "kinglet-trust-region",
    "kinglet-distributions",
];

/// The version that the options below were written for.
const VERSION: &str = "27.1.0";

/// What cargo-mutants writes when it is done (the fields that are read here).
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
struct Outcomes {
    caught: usize,
    missed: usize,
    timeout: usize,
    unviable: usize,
}

impl Outcomes {
    /// The share of the changes that compiled and were noticed. A test that runs for ever notices.
    fn share(&self) -> f64 {
        let noticed = self.caught + self.timeout;
        noticed as f64 / (noticed + self.missed) as f64
    }
}

/// Sabotages `crates` (the mathematics, if none is named), one change in `one_in`, and prints a
/// table of what was noticed and the list of what was not.
///
/// # Errors
/// A crate that does not exist, or cargo-mutants cannot be had or does not finish.
pub(crate) fn run(crates: &[String], one_in: usize) -> Result<()> {
    let known = workspace::crates()?;
    if let Some(unknown) = crates.iter().find(|name| !known.contains(name)) {
        bail!(
            "there is no crate `{unknown}`; the crates are {}",
            known.join(", ")
        );
    }
    let chosen: Vec<&str> = match crates {
        [] => MATHEMATICS.to_vec(),
        named => named.iter().map(String::as_str).collect(),
    };
    let mut setup = Step::open(1, chosen.len() + 1, "mutants", "finding cargo-mutants")?;
    let program = program(&mut setup)?;
    let folder = workspace::target().join("mutants");
    let mut rows = Vec::new();
    for (index, name) in chosen.iter().enumerate() {
        let mut step = Step::open(index + 2, chosen.len() + 1, name, "changing and testing")?;
        rows.push((*name, sabotage(&mut step, &program, &folder, name, one_in)?));
    }
    print(&rows, &folder)
}

/// Changes one crate, and returns what its tests noticed.
fn sabotage(
    step: &mut Step,
    program: &Path,
    folder: &Path,
    name: &str,
    one_in: usize,
) -> Result<Outcomes> {
    let out = folder.join(name);
    std::fs::create_dir_all(&out)?;
    let shard = format!("0/{one_in}");
    // Status 2 says that some change went unnoticed: a result, not a failure.
    // The copy builds into a folder of its own: ours would be taken for its.
    step.attempt(
        cmd!(
            program,
            "mutants",
            "--package",
            name,
            "--shard",
            shard,
            "--sharding",
            "round-robin",
            "--output",
            &out,
            "--no-times",
            "--colors",
            "never",
            "--",
            "--tests"
        )
        .env_remove("CARGO_TARGET_DIR"),
    )?;
    let report = out.join("mutants.out/outcomes.json");
    let text = std::fs::read(&report)
        .with_context(|| format!("cargo-mutants left no {}", report.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// The table, and what was missed.
fn print(rows: &[(&str, Outcomes)], folder: &Path) -> Result<()> {
    println!("{:<24} caught  missed  unviable  share", "crate");
    for (name, outcomes) in rows {
        println!(
            "{name:<24} {:>6}  {:>6}  {:>8}  {:>4.0} %",
            outcomes.caught + outcomes.timeout,
            outcomes.missed,
            outcomes.unviable,
            100.0 * outcomes.share()
        );
    }
    for (name, _) in rows {
        let missed = folder.join(name).join("mutants.out/missed.txt");
        for line in std::fs::read_to_string(missed)?.lines() {
            println!("missed: {line}");
        }
    }
    Ok(())
}

/// cargo-mutants' program, built into the folder of tools on first use.
fn program(step: &mut Step) -> Result<PathBuf> {
    let root = workspace::tools()?.join(format!("cargo-mutants-{VERSION}"));
    let program = root.join("bin/cargo-mutants");
    if !program.exists() {
        step.say(&format!("building cargo-mutants {VERSION}, some minutes"));
        step.run(cmd!(
            "cargo",
            "install",
            "cargo-mutants",
            "--locked",
            "--version",
            VERSION,
            "--root",
            &root
        ))?;
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_counts_what_compiled() {
        let outcomes: Outcomes = serde_json::from_str(
            r#"{"outcomes": [], "total_mutants": 15, "caught": 7, "missed": 2, "timeout": 1, "unviable": 5}"#,
        )
        .unwrap();
        assert_eq!(outcomes.share(), 0.8);
    }

    #[test]
    fn an_unknown_crate_is_refused_with_the_known_ones() {
        let error = run(&["kinglet-object".to_owned()], 1)
            .unwrap_err()
            .to_string();
        assert!(error.contains("kinglet-object`") && error.contains("kinglet-objectives"));
    }
}
