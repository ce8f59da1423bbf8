//! The presets: for an algorithm and an environment, values that are known to work.

use kinglet_algorithms::Algorithm;
use kinglet_envs::EnvName;

use super::layer::Layer;
use super::schema::Node;
use super::settings::Wrong;

/// Algorithm, name and text of every file in the folder `presets`.
const FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/presets.rs"));

/// The preset of the environment, if there is one, and over it the one that is asked for by a name of its own.
pub(super) fn layers(
    algorithm: &str,
    environment: EnvName,
    asked: Option<&str>,
    schema: &Node,
) -> Result<Vec<Layer>, Wrong> {
    let mut found: Vec<_> = find(algorithm, environment).into_iter().collect();
    if let Some(asked) = asked {
        let own = named().find(|(of, name, _)| *of == algorithm && *name == asked);
        let (_, name, text) = own.ok_or_else(|| Wrong::NoPreset {
            asked: asked.to_owned(),
            algorithm: algorithm.to_owned(),
        })?;
        found.push((format!("{algorithm}/{name}"), text));
    }
    let layer = |(name, text): (String, &str)| Layer::preset(&name, text, schema, algorithm);
    Ok(found.into_iter().map(layer).collect::<Result<_, _>>()?)
}

/// What can be asked for by name, and of which algorithm.
pub(super) fn names() -> String {
    let names = named().map(|(algorithm, name, _)| format!("{name} ({algorithm})"));
    names.collect::<Vec<_>>().join(", ")
}

/// Every preset that is of no environment, but has a name of its own, for any.
fn named() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let own = |(_, name, _): &(&str, &str, &str)| !EnvName::all().any(|known| covers(name, known));
    FILES.iter().copied().filter(own)
}

/// A preset's own name and its text: that of the environment, else that of all whose name begins as its does.
fn find(algorithm: &str, environment: EnvName) -> Option<(String, &'static str)> {
    let environment = environment.as_str();
    let suite = environment.split_once('/').map(|(suite, _)| suite);
    [Some(environment), suite]
        .into_iter()
        .flatten()
        .find_map(|name| {
            let named = |(a, e, _): &&(&str, &str, &str)| *a == algorithm && *e == name;
            let (.., text) = FILES.iter().find(named)?;
            Some((format!("{algorithm}/{name}"), *text))
        })
}

/// Algorithm, environments and text of every preset, in the order of the program's lists; `mujoco/…` are all whose name
/// begins so, `--preset …` is any that is asked for so.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, String, &'static str)> {
    Algorithm::NAMES.into_iter().flat_map(|algorithm| {
        let mut files: Vec<_> = FILES.iter().filter(|(of, ..)| *of == algorithm).collect();
        let place = |name: &str| EnvName::all().position(|known| covers(name, known));
        files.sort_by_key(|(_, name, _)| place(name).unwrap_or(usize::MAX));
        files.into_iter().map(move |(_, name, text)| {
            let one = EnvName::all().any(|known| known.as_str() == *name);
            let shown = match place(name) {
                None => format!("--preset {name}"),
                Some(_) if one => (*name).to_owned(),
                Some(_) => format!("{name}/…"),
            };
            (algorithm, shown, *text)
        })
    })
}

/// Whether a preset's name is the environment's, or how it begins.
fn covers(name: &str, environment: EnvName) -> bool {
    let rest = environment.as_str().strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Told, settings};

    #[test]
    fn every_preset_is_a_config_and_says_where_it_comes_from() {
        for (algorithm, name, text) in FILES {
            let of = EnvName::all().find(|known| covers(name, *known));
            let told = Told {
                environment: Some(of.unwrap_or(EnvName::Pendulum)),
                preset: of.is_none().then(|| (*name).to_owned()),
                ..Told::default()
            };
            let settings = settings(algorithm, &told).unwrap();
            assert_eq!(settings.config.algorithm.name(), *algorithm);
            assert!(settings.preset && text.starts_with("# "));
            // Every value of it holds.
            let origin = format!("# from preset {algorithm}/{name}\n");
            let values = text.lines().filter(|line| line.contains(" = "));
            assert_eq!(settings.text.matches(&origin).count(), values.count());
        }
    }

    /// A file whose environment is misspelt would pass for a preset with a name of its own.
    #[test]
    fn what_is_of_no_environment_is_meant_to_be() {
        assert_eq!(names(), "review (mpo)");
    }

    #[test]
    fn every_file_is_of_an_algorithm() {
        assert_eq!(all().count(), FILES.len());
    }
}
