//! `cargo xtask test`: everything that must hold, step by step, with one count at the end.

use anyhow::{Result, bail};
use duct::cmd;
use regex::Regex;

use crate::report::{Count, Step};
use crate::{book, demo, mujoco, notebooks, outside, tidy, workspace};

/// A step of the test run.
struct Task {
    name: &'static str,
    about: &'static str,
    run: fn(&mut Step) -> Result<Count>,
}

/// Every step, cheap ones first.
const TASKS: &[Task] = &[
    Task {
        name: "format",
        about: "rustfmt leaves every file as it is",
        run: format,
    },
    Task {
        name: "tidy",
        about: "names, identifiers and equations agree",
        run: tidy::step,
    },
    Task {
        name: "clippy",
        about: "no warning in any target",
        run: clippy,
    },
    Task {
        name: "units",
        about: "unit and doc tests, each crate alone",
        run: units,
    },
    Task {
        name: "tools",
        about: "tests of weave, demos and tasks",
        run: tool_tests,
    },
    Task {
        name: "docs",
        about: "rustdoc without a warning",
        run: docs,
    },
    Task {
        name: "program",
        about: "kinglet reproduces the catalogue",
        run: program,
    },
    Task {
        name: "laws",
        about: "laws, rates and twins across the crates",
        run: laws,
    },
    Task {
        name: "alone",
        about: "each crate builds alone",
        run: alone,
    },
    Task {
        name: "outside",
        about: "the READMEs' programs, outside the workspace",
        run: outside::step,
    },
    Task {
        name: "chapters",
        about: "chapters as programs; notebooks fresh",
        run: notebooks::check,
    },
    Task {
        name: "kernel",
        about: "the Jupyter kernel",
        run: notebooks::kernel_tests,
    },
    Task {
        name: "notebooks",
        about: "notebooks through the real kernel",
        run: notebooks::run,
    },
    Task {
        name: "mujoco",
        about: "MuJoCo's tasks and Gymnasium's environments beside theirs",
        run: mujoco::test,
    },
    Task {
        name: "book",
        about: "the book's build, links and pages",
        run: book::check,
    },
    Task {
        name: "demo",
        about: "the live demos in node and Chromium",
        run: demo::check,
    },
];

/// The names of the steps.
pub(crate) fn names() -> Vec<&'static str> {
    TASKS.iter().map(|task| task.name).collect()
}

/// Runs the steps named by `only` (all, if none is named) and returns what they counted.
///
/// # Errors
/// A name that is no step.
pub(crate) fn run(only: &[String]) -> Result<Count> {
    if let Some(unknown) = only.iter().find(|name| !names().contains(&name.as_str())) {
        bail!(
            "there is no step `{unknown}`; the steps are {}",
            names().join(", ")
        );
    }
    let chosen: Vec<&Task> = TASKS
        .iter()
        .filter(|task| only.is_empty() || only.iter().any(|name| name == task.name))
        .collect();
    let mut total = Count::default();
    for (index, task) in chosen.iter().enumerate() {
        let mut step = Step::open(index + 1, chosen.len(), task.name, task.about)?;
        let outcome = (task.run)(&mut step);
        total += step.close(task.name, &outcome);
    }
    Ok(total)
}

fn format(step: &mut Step) -> Result<Count> {
    step.run(cmd!("cargo", "fmt", "--all", "--check"))?;
    Ok(Count::passed(1))
}

fn clippy(step: &mut Step) -> Result<Count> {
    step.run(cmd!(
        "cargo",
        "clippy",
        "--workspace",
        "--all-targets",
        "--features",
        "kinglet-book/press",
        "--quiet",
        "--",
        "-D",
        "warnings"
    ))?;
    Ok(Count::passed(1))
}

fn docs(step: &mut Step) -> Result<Count> {
    let mut arguments = vec!["doc".to_owned(), "--no-deps".into()];
    for name in workspace::crates()? {
        arguments.extend(["-p".into(), name]);
    }
    step.run(cmd("cargo", arguments).env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Count::passed(1))
}

/// Crate by crate, so that none leans on a feature that another one asks of a common dependency.
fn units(step: &mut Step) -> Result<Count> {
    let mut count = Count::default();
    for name in workspace::crates()? {
        step.say(&format!("cargo test -p {name}"));
        count += cargo_test(step, &["--no-fail-fast", "-p", &name]).unwrap_or_else(|error| {
            step.say(&format!("{name}: {error:#}"));
            Count::failed(1)
        });
    }
    Ok(count)
}

fn tool_tests(step: &mut Step) -> Result<Count> {
    let packages = [
        "-p",
        "kinglet-weave",
        "-p",
        "kinglet-demo-cliff",
        "-p",
        "xtask",
    ];
    cargo_test(step, &[&["--no-fail-fast"], &packages[..]].concat())
}

fn laws(step: &mut Step) -> Result<Count> {
    cargo_test(
        step,
        &["--release", "--no-fail-fast", "-p", "kinglet-tests"],
    )
}

fn program(step: &mut Step) -> Result<Count> {
    step.run(cmd!("cargo", "run", "--release", "--quiet"))?;
    let json = step.run(cmd!(
        "cargo",
        "run",
        "--release",
        "--quiet",
        "--",
        "reproduce",
        "--json"
    ))?;
    let report: serde_json::Value = serde_json::from_str(&json)?;
    let entries = report["entries"].as_array().map_or(&[][..], Vec::as_slice);
    let failed = entries
        .iter()
        .filter(|entry| entry["verdict"] == "fails")
        .count();
    if entries.is_empty() {
        bail!("the program's JSON holds no entry");
    }
    Ok(Count {
        passed: entries.len() - failed,
        failed,
    })
}

fn alone(step: &mut Step) -> Result<Count> {
    let mut count = Count::default();
    for name in workspace::crates()? {
        step.say(&format!("cargo build -p {name}"));
        let (_, ok) = step.attempt(cmd!("cargo", "build", "--quiet", "-p", &name))?;
        count += if ok {
            Count::passed(1)
        } else {
            Count::failed(1)
        };
    }
    Ok(count)
}

/// Runs `cargo test` and adds up its `test result` lines; a build that fails counts as a failure.
pub(crate) fn cargo_test(step: &mut Step, arguments: &[&str]) -> Result<Count> {
    let (output, ok) = step.attempt(cmd("cargo", [&["test"], arguments].concat()))?;
    let count = tally(&output);
    if !ok && count.failed == 0 {
        bail!("the tests could not be built or run");
    }
    if count.passed == 0 {
        bail!("no test ran");
    }
    Ok(count)
}

/// Adds up the `test result: ok. 3 passed; 0 failed` lines of `cargo test`.
fn tally(output: &str) -> Count {
    let line = Regex::new(r"(?m)^test result: \w+\. (\d+) passed; (\d+) failed")
        .expect("the expression is valid");
    let mut count = Count::default();
    for found in line.captures_iter(output) {
        let number = |group: usize| found[group].parse().unwrap_or(0);
        count += Count {
            passed: number(1),
            failed: number(2),
        };
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tally_adds_the_lines_of_several_binaries() {
        let output = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\
                      test result: FAILED. 3 passed; 1 failed; 0 ignored\nerror: test failed";
        assert_eq!(
            tally(output),
            Count {
                passed: 5,
                failed: 1
            }
        );
    }

    #[test]
    fn an_unknown_step_is_refused_with_the_known_ones() {
        let error = run(&["clipy".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("clipy") && error.contains("clippy"));
    }
}
