//! The presets: for an algorithm and an environment, values that are known to work.

use kinglet_envs::EnvName;

/// Algorithm, environment, text; in the order of the program's lists.
pub(crate) const ALL: &[(&str, EnvName, &str)] = &[
    (
        "ppo",
        EnvName::CartPole,
        include_str!("../../presets/ppo/cartpole.toml"),
    ),
    (
        "ppo",
        EnvName::Pendulum,
        include_str!("../../presets/ppo/pendulum.toml"),
    ),
    (
        "ppo",
        EnvName::Acrobot,
        include_str!("../../presets/ppo/acrobot.toml"),
    ),
    (
        "ppo",
        EnvName::MountainCar,
        include_str!("../../presets/ppo/mountain-car.toml"),
    ),
    (
        "ppo",
        EnvName::MountainCarContinuous,
        include_str!("../../presets/ppo/mountain-car-continuous.toml"),
    ),
    (
        "trpo",
        EnvName::CartPole,
        include_str!("../../presets/trpo/cartpole.toml"),
    ),
    (
        "trpo",
        EnvName::Pendulum,
        include_str!("../../presets/trpo/pendulum.toml"),
    ),
    (
        "trpo",
        EnvName::Acrobot,
        include_str!("../../presets/trpo/acrobot.toml"),
    ),
    (
        "trpo",
        EnvName::MountainCar,
        include_str!("../../presets/trpo/mountain-car.toml"),
    ),
    (
        "trpo",
        EnvName::MountainCarContinuous,
        include_str!("../../presets/trpo/mountain-car-continuous.toml"),
    ),
];

/// The text of a preset.
pub(crate) fn find(algorithm: &str, environment: EnvName) -> Option<&'static str> {
    let here = |(a, e, _): &&(&str, EnvName, &str)| *a == algorithm && *e == environment;
    ALL.iter().find(here).map(|(.., text)| *text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Told, settings};

    #[test]
    fn every_preset_is_a_config_and_says_where_it_comes_from() {
        for (algorithm, environment, text) in ALL {
            let told = Told {
                environment: Some(*environment),
                ..Told::default()
            };
            let settings = settings(algorithm, &told).unwrap();
            assert_eq!(settings.config.algorithm.name(), *algorithm);
            assert!(settings.preset && text.starts_with("# "));
            // Every value of it holds.
            let origin = format!("# from preset {algorithm}/{environment}\n");
            let values = text.lines().filter(|line| line.contains(" = "));
            assert_eq!(settings.text.matches(&origin).count(), values.count());
        }
    }

    #[test]
    fn every_file_is_one_of_them() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("presets");
        let mut count = 0;
        for algorithm in folder.read_dir().unwrap() {
            for file in algorithm.unwrap().path().read_dir().unwrap() {
                let path = file.unwrap().path();
                let name = path.file_stem().unwrap().to_str().unwrap();
                let algorithm = path.parent().unwrap().file_name().unwrap();
                let found = find(algorithm.to_str().unwrap(), name.parse().unwrap());
                assert_eq!(found, Some(&*std::fs::read_to_string(&path).unwrap()));
                count += 1;
            }
        }
        assert_eq!(count, ALL.len());
    }
}
