//! The presets: for an algorithm and an environment, values that are known to work.

use kinglet_algorithms::Algorithm;
use kinglet_envs::EnvName;

/// Algorithm, environment and text of every file in the folder `presets`.
const FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/presets.rs"));

/// The text of a preset.
pub(crate) fn find(algorithm: &str, environment: EnvName) -> Option<&'static str> {
    let named = |(a, e, _): &&(&str, &str, &str)| *a == algorithm && *e == environment.as_str();
    FILES.iter().find(named).map(|(.., text)| *text)
}

/// Algorithm, environment and text of every preset, in the order of the program's lists.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, EnvName, &'static str)> {
    let pairs = Algorithm::NAMES
        .into_iter()
        .flat_map(|algorithm| EnvName::ALL.map(|environment| (algorithm, environment)));
    pairs.filter_map(|(algorithm, environment)| {
        Some((algorithm, environment, find(algorithm, environment)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Told, settings};

    #[test]
    fn every_preset_is_a_config_and_says_where_it_comes_from() {
        for (algorithm, environment, text) in all() {
            let told = Told {
                environment: Some(environment),
                ..Told::default()
            };
            let settings = settings(algorithm, &told).unwrap();
            assert_eq!(settings.config.algorithm.name(), algorithm);
            assert!(settings.preset && text.starts_with("# "));
            // Every value of it holds.
            let origin = format!("# from preset {algorithm}/{environment}\n");
            let values = text.lines().filter(|line| line.contains(" = "));
            assert_eq!(settings.text.matches(&origin).count(), values.count());
        }
    }

    #[test]
    fn every_file_is_of_an_algorithm_and_an_environment() {
        assert_eq!(all().count(), FILES.len());
    }
}
