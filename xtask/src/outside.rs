//! The programs that stand in the READMEs of crates, each built and run as a project outside the workspace.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use duct::cmd;

use crate::report::{Count, Step};
use crate::workspace;

/// The crates whose README holds a program that needs this one crate and nothing else.
const CRATES: [&str; 2] = ["kinglet-critics", "kinglet-trust-region"];

/// A program has fewer lines.
const LINES: usize = 40;

/// A program and what it prints.
#[derive(Debug, PartialEq)]
struct Program<'a> {
    source: &'a str,
    output: &'a str,
}

/// Builds and runs every program; one check each.
pub(crate) fn step(step: &mut Step) -> Result<Count> {
    let mut count = Count::default();
    for name in CRATES {
        step.say(&format!("the program of {name}'s README"));
        count += match run(step, name) {
            Ok(()) => Count::passed(1),
            Err(error) => {
                step.say(&format!("{name}: {error:#}"));
                Count::failed(1)
            }
        };
    }
    step.say("the program of the workspace's README");
    count += match run_own(step) {
        Ok(()) => Count::passed(1),
        Err(error) => {
            step.say(&format!("README.md: {error:#}"));
            Count::failed(1)
        }
    };
    Ok(count)
}

/// The program of the workspace's README that trains, which checks itself: in release, for it takes some steps.
fn run_own(step: &mut Step) -> Result<()> {
    let readme = fs::read_to_string(workspace::root().join("README.md"))?;
    let begin = "```rust,no_run\n";
    let source = readme
        .find(&format!("{begin}// src/main.rs"))
        .and_then(|start| readme[start + begin.len()..].split_once("```"))
        .context("there is no fence that begins with `// src/main.rs`")?
        .0;
    let folder = tempfile::tempdir()?;
    write(folder.path(), "kinglet-algorithms", source)?;
    let manifest = folder.path().join("Cargo.toml");
    let more = format!(
        "\n[dependencies.kinglet-envs]\npath = {:?}\n\n[dependencies.ndarray]\nversion = \"0.17\"\n\n\
         [dependencies.rand]\nversion = \"0.10\"\ndefault-features = false\n\n\
         [dependencies.rand_xoshiro]\nversion = \"0.8\"\n",
        workspace::root().join("crates/kinglet-envs")
    );
    let text = fs::read_to_string(&manifest)?;
    fs::write(&manifest, text + &more)?;
    step.run(cmd!(
        "cargo",
        "run",
        "--quiet",
        "--release",
        "--manifest-path",
        &manifest,
        "--target-dir",
        workspace::target()
    ))?;
    Ok(())
}

fn run(step: &mut Step, name: &str) -> Result<()> {
    let readme = readme(name)?;
    let program = program(&readme)?;
    let folder = tempfile::tempdir()?;
    write(folder.path(), name, program.source)?;
    let manifest = folder.path().join("Cargo.toml");
    step.run(cmd!(
        "cargo",
        "fmt",
        "--check",
        "--manifest-path",
        &manifest
    ))
    .context("rustfmt would write the program otherwise")?;
    let output = step.run(cmd!(
        "cargo",
        "run",
        "--quiet",
        "--manifest-path",
        &manifest,
        "--target-dir",
        workspace::target()
    ))?;
    ensure!(
        output.trim() == program.output.trim(),
        "the program prints\n{output}and its README says\n{}",
        program.output
    );
    Ok(())
}

fn readme(name: &str) -> Result<String> {
    let path = workspace::root()
        .join("crates")
        .join(name)
        .join("README.md");
    fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))
}

/// The fence that begins with `// src/main.rs`, and the fence of text behind it.
fn program(readme: &str) -> Result<Program<'_>> {
    let (_, rest) = readme
        .split_once("```rust\n// src/main.rs")
        .context("there is no fence that begins with `// src/main.rs`")?;
    let start = readme.len() - rest.len() - "// src/main.rs".len();
    let length = readme[start..]
        .find("```")
        .context("the program's fence does not end")?;
    let source = &readme[start..start + length];
    let output = readme[start + length..]
        .split_once("```text\n")
        .and_then(|(_, text)| Some(text.split_once("```")?.0))
        .context("there is no fence of text with what the program prints")?;
    let lines = source.lines().count();
    ensure!(
        lines < LINES,
        "the program has {lines} lines; it must have fewer than {LINES}"
    );
    Ok(Program { source, output })
}

/// A project of one file. The lock file is the workspace's, so that nothing newer is fetched, and so is the profile, so
/// that what the workspace has built is not built again.
fn write(folder: &Path, name: &str, source: &str) -> Result<()> {
    let path = workspace::root().join("crates").join(name);
    let manifest = format!(
        "[package]\nname = \"outside-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{name} = {{ path = {path:?} }}\n\n\
         [profile.dev]\nopt-level = 1\ndebug = \"line-tables-only\"\n"
    );
    fs::create_dir(folder.join("src"))?;
    fs::write(folder.join("src/main.rs"), source)?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::copy(
        workspace::root().join("Cargo.lock"),
        folder.join("Cargo.lock"),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_its_fence_and_the_text_behind_it() {
        let readme = "# A\n```rust\nlet x = 1;\n```\n```rust\n// src/main.rs: b\nfn main() {}\n```\nprints\n\n\
                      ```text\nnothing\n```\n";
        let found = program(readme).unwrap();
        let source = "// src/main.rs: b\nfn main() {}\n";
        let output = "nothing\n";
        assert_eq!(found, Program { source, output });
    }

    #[test]
    fn a_long_program_and_one_that_does_not_say_what_it_prints_are_refused() {
        let of = |lines: usize, output: &str| {
            let source = "// src/main.rs\n".repeat(lines);
            program(&format!("```rust\n{source}```\n{output}"))
                .map(|found| found.source.len())
                .map_err(|error| error.to_string())
        };
        assert!(of(39, "```text\n1\n```\n").is_ok());
        assert!(
            of(40, "```text\n1\n```\n")
                .unwrap_err()
                .contains("40 lines")
        );
        assert!(of(39, "").unwrap_err().contains("prints"));
    }

    #[test]
    fn every_crate_named_has_such_a_program() {
        for name in CRATES {
            program(&readme(name).unwrap()).unwrap();
        }
    }
}
