//! All that a run is told, from everywhere.

use std::path::{Path, PathBuf};

use kinglet_algorithms::{Algorithm, Config};
use kinglet_envs::EnvName;
use schemars::schema_for;
use toml::{Table, Value};

use super::layer::{Layer, Origin, Refused};
use super::merge::Merged;
use super::presets;
use super::print::print;
use super::run::Run;
use super::schema::{Key, Node};

/// Where a user's values for a run stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// A preset by a name of its own, over that of the environment.
    pub(crate) preset: Option<String>,
    /// A file of them.
    pub(crate) file: Option<PathBuf>,
    /// `key=value`, one after the other.
    pub(crate) sets: Vec<String>,
    pub(crate) environment: Option<EnvName>,
    pub(crate) steps: Option<u64>,
    pub(crate) seed: Option<u64>,
}

/// All that a run is told.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) run: Run,
    pub(crate) config: Config,
    /// The same as a file, with the documentation of every key and where its value comes from.
    pub(crate) text: String,
    /// Whether a preset holds.
    pub(crate) preset: bool,
}

/// What is wrong with what a user told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Wrong {
    #[error("cannot read {}: {reason}", path.display())]
    File {
        path: PathBuf,
        reason: std::io::Error,
    },
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("{}: it is for the algorithm `{found}`, and `{asked}` was asked for", path.display())]
    OtherAlgorithm {
        path: PathBuf,
        found: String,
        asked: String,
    },
    #[error(
        "--preset {asked}: {algorithm} has no preset of that name; there is: {}",
        presets::names()
    )]
    NoPreset { asked: String, algorithm: String },
    #[error("which environment? --env is one of {}", EnvName::BUILT_IN.map(EnvName::as_str).join(", "))]
    NoEnvironment,
    #[error("{origin}{key}: {reason}")]
    Value {
        origin: String,
        key: &'static str,
        reason: String,
    },
    #[error(transparent)]
    Config(#[from] kinglet_algorithms::Error),
}

/// Puts together what a run of the algorithm is told: its defaults, under the presets, under the file, under what was
/// typed.
pub(crate) fn settings(algorithm: &str, told: &Told) -> Result<Settings, Wrong> {
    let schema = schema();
    let layers = layers(algorithm, told, &schema)?;
    let environment = layers.iter().rev().find_map(environment);
    let environment = environment.ok_or(Wrong::NoEnvironment)?;
    let presets = presets::layers(algorithm, environment, told.preset.as_deref(), &schema)?;
    let has_preset = !presets.is_empty();
    let mut merged = Merged::new(defaults(algorithm, environment));
    for layer in presets.into_iter().chain(layers) {
        same_algorithm(&layer, algorithm)?;
        merged.lay(layer, &schema);
    }
    let (run, config) = typed_values(merged.table.clone())?;
    config.check()?;
    Ok(Settings {
        text: print(&merged, &schema),
        run,
        config,
        preset: has_preset,
    })
}

/// What a user told, the last word last.
fn layers(algorithm: &str, told: &Told, schema: &Node) -> Result<Vec<Layer>, Wrong> {
    let mut layers = Vec::new();
    if let Some(path) = &told.file {
        layers.push(Layer::file(path, &read_text(path)?, schema, algorithm)?);
    }
    for set in &told.sets {
        layers.push(Layer::set(set, schema, algorithm)?);
    }
    layers.extend(options(told));
    Ok(layers)
}

/// Reads the config of a run's folder, which names all there is.
pub(crate) fn of_folder(path: &Path) -> Result<(Run, Config), Wrong> {
    let text = read_text(path)?;
    let algorithm = text
        .parse::<Table>()
        .ok()
        .and_then(|table| algorithm(&table).map(str::to_owned));
    let layer = Layer::file(
        path,
        &text,
        &schema(),
        algorithm.as_deref().unwrap_or("ppo"),
    )?;
    let value = |error: Wrong| match error {
        Wrong::Value { key, reason, .. } => Wrong::Value {
            origin: format!("{}: ", path.display()),
            key,
            reason,
        },
        other => other,
    };
    typed_values(layer.table).map_err(value)
}

fn read_text(path: &Path) -> Result<String, Wrong> {
    std::fs::read_to_string(path).map_err(|reason| Wrong::File {
        path: path.to_owned(),
        reason,
    })
}

/// Everything that a config may hold.
pub(crate) fn schema() -> Node {
    let run = Key {
        name: "run".into(),
        doc: "What is trained on, for how long, and what is kept of it.".into(),
        node: Node::read(&schema_for!(Run).to_value()),
    };
    let mut keys = vec![run];
    if let Node::Table(rest) = Node::read(&schema_for!(Config).to_value()) {
        keys.extend(rest);
    }
    Node::Table(keys)
}

/// The config of an algorithm with its defaults.
///
/// # Panics
/// If there is no such algorithm.
fn defaults(algorithm: &str, environment: EnvName) -> Table {
    let named = Table::from_iter([("name".to_owned(), Value::from(algorithm))]);
    let algorithm: Algorithm = named.try_into().expect("an algorithm's name");
    let table = |value| Table::try_from(value).expect("tables of plain values");
    let run = Table::try_from(Run::on(environment)).expect("plain values");
    let mut all = Table::from_iter([("run".to_owned(), Value::Table(run))]);
    all.extend(table(Config::of(algorithm)));
    all
}

/// The values of options of their own, laid over all others.
fn options(told: &Told) -> Vec<Layer> {
    let environment = told
        .environment
        .map(|name| ("environment", "--env", Value::from(name.as_str())));
    let whole = |number: u64| Value::from(i64::try_from(number).unwrap_or(i64::MAX));
    let steps = told.steps.map(|steps| ("steps", "--steps", whole(steps)));
    let seed = told.seed.map(|seed| ("seed", "--seed", whole(seed)));
    let layer = |(key, option, value): (&str, &str, Value)| {
        let origin = Origin::Typed(format!("{option} {}", value.to_string().trim_matches('"')));
        let run = Table::from_iter([(key.to_owned(), value)]);
        let table = Table::from_iter([("run".to_owned(), Value::Table(run))]);
        Layer { origin, table }
    };
    environment
        .into_iter()
        .chain(steps)
        .chain(seed)
        .map(layer)
        .collect()
}

fn environment(layer: &Layer) -> Option<EnvName> {
    layer
        .table
        .get("run")?
        .get("environment")?
        .as_str()?
        .parse()
        .ok()
}

fn algorithm(table: &Table) -> Option<&str> {
    table.get("algorithm")?.get("name")?.as_str()
}

fn same_algorithm(layer: &Layer, asked: &str) -> Result<(), Wrong> {
    match algorithm(&layer.table) {
        Some(found) if found != asked => Err(Wrong::OtherAlgorithm {
            path: PathBuf::from(layer.origin.to_string()),
            found: found.to_owned(),
            asked: asked.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// The values as the types that they are of; the schema has been seen to fit.
fn typed_values(mut table: Table) -> Result<(Run, Config), Wrong> {
    let wrong = |key| {
        move |error: toml::de::Error| Wrong::Value {
            origin: String::new(),
            key,
            reason: error.message().to_owned(),
        }
    };
    let run = table.remove("run").unwrap_or(Value::Table(Table::new()));
    let run = run.try_into().map_err(wrong("[run]"))?;
    let config = table.try_into().map_err(wrong("the config"))?;
    Ok((run, config))
}

/// Every algorithm's name, and what the documentation says of it.
pub(crate) fn algorithms() -> Vec<(String, String)> {
    let schema = schema();
    match schema.key("algorithm").map(|key| &key.node) {
        Some(Node::Tagged { variants, .. }) => variants
            .iter()
            .map(|variant| (variant.word.clone(), variant.doc.clone()))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths of the keys without a word of documentation.
    fn undocumented(node: &Node, at: &str) -> Vec<String> {
        let below = |keys: &[Key]| -> Vec<String> {
            let each = keys.iter().flat_map(|key| {
                let path = format!("{at}.{}", key.name);
                let own = key.doc.trim().is_empty().then(|| path.clone());
                own.into_iter().chain(undocumented(&key.node, &path))
            });
            each.collect()
        };
        match node {
            Node::Table(keys) => below(keys),
            Node::Tagged { variants, .. } => variants
                .iter()
                .flat_map(|variant| below(&variant.keys))
                .collect(),
            Node::Either(nodes) => nodes
                .iter()
                .flat_map(|node| undocumented(node, at))
                .collect(),
            Node::Anything => vec![format!("{at}: what may stand there is not known")],
            _ => Vec::new(),
        }
    }

    #[test]
    fn every_key_is_documented() {
        assert_eq!(undocumented(&schema(), ""), Vec::<String>::new());
    }

    #[test]
    fn what_is_printed_of_any_algorithm_is_read_to_the_same() {
        let folder = tempfile::tempdir().unwrap();
        for algorithm in Algorithm::NAMES {
            let told = Told {
                environment: Some(EnvName::Gridworld),
                seed: Some(7),
                ..Told::default()
            };
            let first = settings(algorithm, &told).unwrap();
            let file = folder.path().join(algorithm);
            std::fs::write(&file, &first.text).unwrap();
            assert_eq!(
                of_folder(&file).unwrap(),
                (first.run.clone(), first.config.clone())
            );
            let told = Told {
                file: Some(file),
                ..Told::default()
            };
            let again = settings(algorithm, &told).unwrap();
            assert_eq!(
                (again.run, again.config),
                (first.run, first.config),
                "{algorithm}"
            );
        }
    }

    #[test]
    fn every_algorithm_is_named_with_a_word_on_it() {
        let named = algorithms();
        assert!(
            named
                .iter()
                .map(|(name, _)| name.as_str())
                .eq(Algorithm::NAMES)
        );
        assert!(named.iter().all(|(_, about)| about.len() > 10));
    }
}
