//! The command line.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use kinglet_derivations::Source;

const STATUS: &str = "\
Exit status: 0 if every entry holds, 1 if one fails or the output cannot be written,
2 for an unknown identifier or source, 130 if interrupted.";

/// Reinforcement learning as variational inference, reproduced number by number.
///
/// Without a command, `kinglet` reproduces the whole catalogue.
#[derive(Debug, Parser)]
#[command(name = "kinglet", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compute entries of the catalogue in independent ways and compare.
    Reproduce(Reproduce),
    /// Name what there is to choose from.
    List(List),
}

impl Default for Command {
    fn default() -> Self {
        Command::Reproduce(Reproduce::default())
    }
}

/// What `reproduce` is asked.
#[derive(Debug, Default, Args)]
#[command(after_help = STATUS)]
pub(crate) struct Reproduce {
    /// Identifiers such as DECK-01, in capitals or not; without any, all entries.
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,

    /// Only the entries of one source document.
    #[arg(long, ignore_case = true, value_parser = source_parser())]
    pub(crate) source: Option<Source>,

    /// Print one JSON object and nothing else.
    #[arg(long)]
    pub(crate) json: bool,

    /// Write a self-contained page with all numbers and figures, DIR/index.html.
    #[arg(long, value_name = "DIR")]
    pub(crate) report: Option<PathBuf>,
}

/// What `list` is asked.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// What is to be named.
    #[arg(value_enum)]
    pub(crate) what: Listed,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Listed {
    /// The environments.
    Envs,
}

fn source_parser() -> impl TypedValueParser<Value = Source> {
    PossibleValuesParser::new(["deck", "cs285", "xu", "virel", "mpo"]).map(|name| {
        let named = |source: &Source| source.prefix().eq_ignore_ascii_case(&name);
        Source::ALL
            .into_iter()
            .find(named)
            .expect("every possible value is a source")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_source_can_be_named() {
        for source in Source::ALL {
            let line = ["kinglet", "reproduce", "--source", source.prefix()];
            let Some(Command::Reproduce(args)) = Cli::parse_from(line).command else {
                panic!("no command");
            };
            assert_eq!(args.source, Some(source));
        }
    }
}
