//! The program `kinglet`: reproduces the catalogue's derivations and shows what came out.

mod args;
mod collect;
mod compare;
mod config;
mod error;
mod eval;
mod evaluation;
mod html;
mod json;
mod layout;
mod list;
mod number;
mod plain;
mod play;
mod pool;
mod report;
mod reproduce;
mod run_files;
mod run_report;
mod select;
mod text;
mod train;
mod trained;
mod whole_file;
mod work;

use std::io::Write;
use std::process::ExitCode;

use args::Command;
use clap::Parser;
use error::Error;

fn main() -> ExitCode {
    match run(args::Cli::parse().command.unwrap_or_default()) {
        Ok(status) => status,
        Err(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed too; there is nobody left to tell then.
            let _ = writeln!(std::io::stderr(), "kinglet: {error}");
            error.status()
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Error> {
    match command {
        Command::Reproduce(args) => reproduce::reproduce(&args),
        Command::Train(args) => train::train(&args),
        Command::Eval(args) => eval::eval(&args).map(|()| ExitCode::SUCCESS),
        Command::Play(args) => play::play(&args).map(|()| ExitCode::SUCCESS),
        Command::Compare(args) => compare::compare(&args),
        Command::List(args) => list::list(&args).map(|()| ExitCode::SUCCESS),
    }
}
