//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use kinglet_algorithms::Algorithm;
use kinglet_derivations::Source;
use kinglet_envs::EnvName;

use crate::train::seeds::Seeds;

const STATUS: &str = "\
Exit status: 0 if every entry holds, 1 if one fails or the output cannot be written,
2 for an unknown identifier or source, 130 if interrupted.";

const TRAIN_STATUS: &str = "\
Exit status: 0 if every run came to its end, 1 if one failed, 2 for what cannot be asked,
130 if interrupted; each run then has a checkpoint, and says how to go on.";

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
    /// Train a policy, or several side by side.
    Train(Box<Train>),
    /// Play episodes with what a run has come to.
    Eval(Eval),
    /// Draw an episode of what a run has come to.
    Play(crate::play::Play),
    /// Hold runs against each other: scores with intervals, and learning curves.
    Compare(crate::compare::Compare),
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

/// What `train` is asked.
#[derive(Debug, Args)]
#[command(after_help = TRAIN_STATUS)]
pub(crate) struct Train {
    /// The algorithm.
    #[arg(value_name = "ALGO", value_parser = PossibleValuesParser::new(Algorithm::NAMES), required_unless_present = "resume")]
    pub(crate) algorithm: Option<String>,

    /// The environment.
    #[arg(long, value_name = "ENV", value_parser = environment_parser())]
    pub(crate) env: Option<EnvName>,

    /// A preset with a name of its own, laid over that of the environment; `kinglet list presets` names them.
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,

    /// A TOML file of settings, laid over the preset; what --print-config prints is one.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// A setting, laid over all others, for example advantage.discount=0.99; may be given several times.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,

    /// What every random number comes from.
    #[arg(long, value_name = "N", value_parser = number_parser(0), conflicts_with = "seeds")]
    pub(crate) seed: Option<u64>,

    /// Several runs side by side, with the seeds from A to B - 1.
    #[arg(long, value_name = "A..B")]
    pub(crate) seeds: Option<Seeds>,

    /// Steps to take, of all environments together.
    #[arg(long, value_name = "N", value_parser = number_parser(1))]
    pub(crate) steps: Option<u64>,

    #[command(flatten)]
    pub(crate) threads: Threads,

    /// The run's folder; with --seeds, the folder of their folders [default: runs/ALGO-ENV-seedN].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Go on with the run of a folder, from its newest checkpoint and with its own settings.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["preset", "config", "set", "seed", "seeds", "steps", "out", "print_config"])]
    pub(crate) resume: Option<PathBuf>,

    /// With --resume: where the newest checkpoint is damaged, go on from the one before it.
    #[arg(long, requires = "resume")]
    pub(crate) newest_good: bool,

    /// Print every setting that would hold, with what it means and where it comes from, and do nothing else.
    #[arg(long)]
    pub(crate) print_config: bool,
}

/// What `eval` is asked.
#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// The run's folder.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// How many episodes.
    #[arg(long, value_name = "N", default_value = "100")]
    pub(crate) episodes: NonZeroUsize,

    /// What every random number comes from.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) seed: u64,

    #[command(flatten)]
    pub(crate) threads: Threads,

    /// Where the newest checkpoint is damaged, take the one before it.
    #[arg(long)]
    pub(crate) newest_good: bool,
}

/// How many threads.
#[derive(Debug, Args)]
pub(crate) struct Threads {
    /// Threads to use; the result does not depend on it [default: as many as there are].
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

impl Threads {
    pub(crate) fn count(&self) -> usize {
        let all = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.threads.map_or_else(all, NonZeroUsize::get)
    }
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
    /// The algorithms.
    Algorithms,
    /// The environments.
    Envs,
    /// The pairs of algorithm and environment for which there are settings known to work, and the presets with names.
    Presets,
}

/// A number that a TOML file can hold.
fn number_parser(least: u64) -> impl TypedValueParser<Value = u64> {
    clap::value_parser!(u64).range(least..=i64::MAX as u64)
}

fn environment_parser() -> impl TypedValueParser<Value = EnvName> {
    clap::builder::StringValueParser::new().try_map(|name| {
        name.parse::<EnvName>()
            .map_err(|error| nearest(&name, &error))
    })
}

/// What is wrong with an environment's name, and which may have been meant.
fn nearest(name: &str, error: &kinglet_envs::Error) -> String {
    let distance = |known: &EnvName| strsim::damerau_levenshtein(name, known.as_str());
    let nearest = EnvName::all().min_by_key(distance);
    let nearest = nearest.filter(|known| 2 * distance(known) <= known.as_str().len());
    let meant = nearest.map_or(String::new(), |known| format!("; did you mean {known}?"));
    format!("{error}{meant} (`kinglet list envs` shows all)")
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
