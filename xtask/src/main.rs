//! The tasks of the workspace: `cargo xtask test | book | notebooks | lab | mujoco | tidy | demo | mutants | bench`.

mod bench;
mod book;
mod demo;
mod kernel;
mod lab;
mod mujoco;
mod mutants;
mod notebooks;
mod outside;
mod report;
mod setup;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::report::Count;

/// The tasks of the kinglet workspace.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run every test of every kind (or the steps named), setting up what they need.
    Test {
        /// The steps to run; all, if none is named.
        #[arg(value_name = "STEP")]
        steps: Vec<String>,
        /// Print the steps' names and stop.
        #[arg(long)]
        list: bool,
    },
    /// Build the book into book/html.
    Book {
        /// Open it in the browser.
        #[arg(long)]
        open: bool,
    },
    /// Weave the chapters into notebooks/*.ipynb.
    Notebooks,
    /// Open JupyterLab with the kinglet kernel and the notebooks.
    Lab {
        /// What is handed on to `jupyter lab`, such as --no-browser --port 8890.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Set up MuJoCo and Gymnasium for builds with the features mujoco and gymnasium.
    Mujoco {
        /// Add ale-py, Gymnasium's Atari games. It is under the GPL-2.0, which binds whoever passes on a program with it.
        #[arg(long)]
        atari: bool,
    },
    /// Check names, identifiers and equations.
    Tidy,
    /// Rebuild the live demos' WebAssembly.
    Demo,
    /// Sabotage the mathematics, one small change at a time, and count what the tests notice.
    Mutants {
        /// The crates to change; the four of mathematics, if none is named.
        #[arg(value_name = "CRATE")]
        crates: Vec<String>,
        /// Try one change in so many, evenly spread. All of them take hours.
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        one_in: u32,
    },
    /// Make a table of the README that takes long to make.
    #[command(subcommand)]
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a task; whether all is well.
fn run(task: Task) -> Result<bool> {
    match task {
        Task::Test { list: true, .. } => println!("{}", test::names().join("\n")),
        Task::Test { steps, .. } => {
            let Count { passed, failed } = test::run(&steps)?;
            println!("{passed} passed, {failed} failed");
            return Ok(failed == 0);
        }
        Task::Book { open } => book::build(open)?,
        Task::Notebooks => notebooks::weave()?,
        Task::Lab { options } => lab::run(&options)?,
        Task::Mujoco { atari } => mujoco::run(atari)?,
        Task::Tidy => return tidy_verdict(),
        Task::Demo => demo::build()?,
        Task::Bench(bench) => bench::run(&bench)?,
        Task::Mutants { crates, one_in } => mutants::run(&crates, one_in as usize)?,
    }
    Ok(true)
}

/// Prints what tidy finds; whether it found nothing.
fn tidy_verdict() -> Result<bool> {
    let (findings, summary) = tidy::check()?;
    for finding in &findings {
        println!("{finding}");
    }
    println!("{summary}");
    Ok(findings.is_empty())
}
