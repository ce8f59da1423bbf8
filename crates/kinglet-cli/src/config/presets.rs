//! The presets: for an algorithm and an environment, values that are known to work.

use kinglet_algorithms::Algorithm;
use kinglet_envs::EnvName;

/// Algorithm, environment and text of every file in the folder `presets`.
const FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/presets.rs"));

/// A preset's own name and its text: that of the environment, else that of all whose name begins as its does.
pub(crate) fn find(algorithm: &str, environment: EnvName) -> Option<(String, &'static str)> {
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
/// begins so.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, String, &'static str)> {
    Algorithm::NAMES.into_iter().flat_map(|algorithm| {
        let mut files: Vec<_> = FILES.iter().filter(|(of, ..)| *of == algorithm).collect();
        files.sort_by_key(|(_, name, _)| EnvName::all().position(|known| covers(name, known)));
        files.into_iter().map(move |(_, name, text)| {
            let one = EnvName::all().any(|known| known.as_str() == *name);
            let shown = if one {
                (*name).to_owned()
            } else {
                format!("{name}/…")
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
            let environment = EnvName::all().find(|known| covers(name, *known));
            let told = Told {
                environment,
                ..Told::default()
            };
            let settings = settings(algorithm, &told).unwrap();
            assert_eq!(settings.config.algorithm.name(), *algorithm);
            assert!(environment.is_some() && settings.preset && text.starts_with("# "));
            // Every value of it holds.
            let origin = format!("# from preset {algorithm}/{name}\n");
            let values = text.lines().filter(|line| line.contains(" = "));
            assert_eq!(settings.text.matches(&origin).count(), values.count());
        }
    }

    #[test]
    fn every_file_is_of_an_algorithm_and_an_environment() {
        assert_eq!(all().count(), FILES.len());
    }
}
