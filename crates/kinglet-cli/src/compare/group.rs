//! Runs that differ in their seed alone.

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::{Table, Value};

use crate::run_files::Run;

/// Runs of one algorithm, environment and config.
#[derive(Clone, Debug)]
pub(crate) struct Group<'a> {
    /// The algorithm, with what tells its config from others where there are several.
    pub(crate) label: String,
    pub(crate) algorithm: &'a str,
    pub(crate) runs: Vec<&'a Run>,
}

/// Two runs that are one: same config, same seed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} and {} are the same run: {algorithm} on {environment} with the same config and seed {seed}", one.display(), other.display())]
pub(crate) struct Twice {
    one: PathBuf,
    other: PathBuf,
    algorithm: String,
    environment: String,
    seed: i64,
}

/// The environments in the order of the runs, each with its groups.
pub(crate) fn by_environment(runs: &[Run]) -> Result<Vec<(&str, Vec<Group<'_>>)>, Twice> {
    let mut environments: Vec<(&str, Vec<Group<'_>>)> = Vec::new();
    for run in runs {
        let name = run.environment.as_str();
        let at = environments.iter().position(|(other, _)| *other == name);
        let at = at.unwrap_or_else(|| {
            environments.push((name, Vec::new()));
            environments.len() - 1
        });
        add(&mut environments[at].1, run)?;
    }
    for (_, groups) in &mut environments {
        name(groups);
    }
    Ok(environments)
}

fn add<'a>(groups: &mut Vec<Group<'a>>, run: &'a Run) -> Result<(), Twice> {
    let same = |group: &&mut Group<'_>| group.runs[0].config == run.config;
    let Some(group) = groups.iter_mut().find(same) else {
        groups.push(Group {
            label: run.algorithm.clone(),
            algorithm: &run.algorithm,
            runs: vec![run],
        });
        return Ok(());
    };
    if let Some(twin) = group.runs.iter().find(|other| other.seed == run.seed) {
        return Err(Twice {
            one: twin.folder.clone(),
            other: run.folder.clone(),
            algorithm: run.algorithm.clone(),
            environment: run.environment.clone(),
            seed: run.seed,
        });
    }
    group.runs.push(run);
    Ok(())
}

/// Adds to the labels of groups of one algorithm what differs between their configs.
fn name(groups: &mut [Group<'_>]) {
    let flat: Vec<_> = groups.iter().map(|g| flat(&g.runs[0].config)).collect();
    let algorithms: Vec<_> = groups.iter().map(|group| group.algorithm).collect();
    for (i, group) in groups.iter_mut().enumerate() {
        let rivals = (0..flat.len()).filter(|j| algorithms[*j] == algorithms[i]);
        let rivals: Vec<_> = rivals.map(|j| &flat[j]).collect();
        let keys = rivals.iter().flat_map(|config| config.keys());
        let differs = |key: &&String| rivals.iter().any(|r| r.get(*key) != flat[i].get(*key));
        let mut keys: Vec<_> = keys.filter(differs).collect();
        keys.sort();
        keys.dedup();
        let told = keys.into_iter().map(|key| match flat[i].get(key) {
            Some(value) => format!("{} {value}", short(key)),
            None => format!("no {}", short(key)),
        });
        let told: Vec<_> = told.collect();
        if !told.is_empty() {
            group.label = format!("{}, {}", group.algorithm, told.join(", "));
        }
    }
}

/// The last word of a key with points.
fn short(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// Every value of a config by its key with points.
fn flat(table: &Table) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (key, value) in table {
        match value {
            Value::Table(table) => {
                let below = flat(table);
                all.extend(below.into_iter().map(|(k, v)| (format!("{key}.{k}"), v)));
            }
            value => {
                all.insert(key.clone(), value.to_string());
            }
        }
    }
    all
}
