//! What a user types wrong.

use crate::program::{kinglet, well};

/// Lines, and words that the answer has.
const WRONG: &[(&str, &[&str])] = &[
    (
        "train pppo --env cartpole",
        &["'pppo'", "'ppo'", "maxent-pg"],
    ),
    (
        "train ppo --env cartpol",
        &[
            "'cartpol'",
            "did you mean cartpole?",
            "mountain-car-continuous",
        ],
    ),
    (
        "train ppo --env mujoco/hoper",
        &["`mujoco/hoper`", "did you mean mujoco/hopper?"],
    ),
    #[cfg(not(feature = "mujoco"))]
    (
        "train ppo --env mujoco/hopper",
        &[
            "mujoco/hopper",
            "`cargo xtask mujoco`",
            "`--features mujoco`",
        ],
    ),
    ("train ppo", &["which environment?", "cartpole, pendulum"]),
    ("train", &["<ALGO>"]),
    ("train ppo --env cartpole --steps 0", &["'0'", "1.."]),
    ("train ppo --env cartpole --steps many", &["'many'"]),
    ("train ppo --env cartpole --threads 0", &["'0'"]),
    ("train ppo --env cartpole --seeds 3", &["A..B", "`3`"]),
    ("train ppo --env cartpole --seeds 5..5", &["holds no seed"]),
    (
        "train ppo --env cartpole --seed 1 --seeds 0..2",
        &["--seed", "--seeds"],
    ),
    (
        "train ppo --env cartpole --set advantage.discout=0.9",
        &[
            "--set advantage.discout=0.9: unknown key",
            "advantage.discount",
        ],
    ),
    (
        "train ppo --env cartpole --set advantage.discount=high",
        &["a number", "\"high\""],
    ),
    (
        "train ppo --env cartpole --set advantage.discount=1.5",
        &["advantage.discount", "from 0 to 1"],
    ),
    (
        "train ppo --env cartpole --set algorithm.kl_bound=0.1",
        &["unknown key `algorithm.kl_bound`", "clip_width"],
    ),
    (
        "train ppo --env cartpole --set algorithm.name=trpo",
        &["`trpo`", "`ppo`"],
    ),
    (
        "train mpo --env pendulum --preset revew",
        &[
            "--preset revew: mpo has no preset",
            "there is: review (mpo)",
        ],
    ),
    (
        "train ppo --env cartpole --preset review",
        &["ppo has no preset", "there is: review (mpo)"],
    ),
    (
        "train mpo --env pendulum --preset pendulum",
        &["--preset pendulum: mpo has no preset", "review (mpo)"],
    ),
    (
        "train --resume runs/none --preset review",
        &["--resume", "--preset"],
    ),
    (
        "train ppo --env cartpole --config none.toml",
        &["none.toml", "No such file"],
    ),
    (
        "train ppo --env cartpole --config bad.toml",
        &[
            "bad.toml, line 3",
            "policy.activation",
            "nearest: \"tanh\"",
            "silu",
        ],
    ),
    (
        "train ppo --env cartpole --out bad.toml",
        &["bad.toml", "no folder", "--out"],
    ),
    (
        "train ppo --env cartpole --set rollout.steps=1000000000000",
        &["rollout.steps", "at most"],
    ),
    (
        "train ppo --env cartpole --set policy.hidden=[1000000,1000000]",
        &["policy.hidden", "at most"],
    ),
    (
        "train ppo --env cartpole --resume runs/none",
        &["runs/none", "config.toml"],
    ),
    ("train --resume runs/none --seed 3", &["--resume", "--seed"]),
    ("eval runs/none", &["runs/none", "config.toml"]),
    ("eval", &["<DIR>"]),
    ("list environments", &["'environments'", "envs"]),
];

#[test]
fn what_cannot_be_asked_is_told_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("bad.toml"),
        "# mine\n[policy]\nactivation = \"tahn\"\n",
    )
    .unwrap();
    for (line, words) in WRONG {
        let (status, out, error) = kinglet(folder.path(), line);
        assert_eq!(
            (status, out.as_str()),
            (Some(2), ""),
            "kinglet {line}\n{error}"
        );
        for word in *words {
            assert!(error.contains(word), "kinglet {line}\n{error}");
        }
        assert!(!error.contains("panicked"), "{error}");
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 1);
}

#[test]
fn the_whole_config_is_a_config() {
    let folder = tempfile::tempdir().unwrap();
    let line = "train trpo --env acrobot --seed 7 --set advantage.temperature=0.25 --print-config";
    let printed = well(folder.path(), line);
    assert!(
        printed.contains("\ntemperature = 0.25 # from --set advantage.temperature=0.25\n"),
        "{printed}"
    );
    assert!(printed.contains("\n# γ, the discount"), "{printed}");
    std::fs::write(folder.path().join("all.toml"), &printed).unwrap();
    let again = well(folder.path(), "train trpo --config all.toml --print-config");
    let values = |text: &str| text.parse::<toml::Table>().unwrap();
    assert_eq!(values(&again), values(&printed));
    let (status, _, error) = kinglet(folder.path(), "train ppo --config all.toml --print-config");
    assert_eq!(status, Some(2));
    assert!(
        error.contains("`trpo`") && error.contains("`ppo`"),
        "{error}"
    );
    // A later word wins: file, then --set, then an option of its own.
    let line = "train trpo --config all.toml --set run.seed=8 --set rollout.steps=32 --steps 99 --print-config";
    let later = values(&well(folder.path(), line));
    let number = |section: &str, key: &str| later[section][key].as_integer();
    assert_eq!(
        (
            number("run", "seed"),
            number("rollout", "steps"),
            number("run", "steps")
        ),
        (Some(8), Some(32), Some(99))
    );
}

#[test]
fn a_preset_by_name_lies_between_that_of_the_environment_and_what_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let line =
        "train mpo --env pendulum --preset review --set algorithm.kl_bound=0.2 --print-config";
    let printed = well(folder.path(), line);
    for value in [
        "\nhidden = [100, 100] # from preset mpo/review\n",
        "\nhidden = [200, 200] # from preset mpo/review\n",
        "\nlearning_rate = 0.0005 # from preset mpo/review\n",
        "\ncovariance_kl_bound = 0.0001 # from preset mpo/review\n",
        "\nkl_bound = 0.2 # from --set algorithm.kl_bound=0.2\n",
        "\nsequence = 2 # from preset mpo/pendulum\n",
    ] {
        assert!(printed.contains(value), "{value} in {printed}");
    }
    let listed = well(folder.path(), "list presets");
    let named = |line: &str| line.starts_with("mpo        --preset review ");
    assert_eq!(
        listed.lines().filter(|line| named(line)).count(),
        1,
        "{listed}"
    );
}

#[test]
fn where_there_is_no_preset_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let presets = well(folder.path(), "list presets");
    let listed = |algorithm: &str, environment: &str| {
        let mut lines = presets.lines().map(str::split_whitespace);
        lines.any(|mut words| words.next() == Some(algorithm) && words.next() == Some(environment))
    };
    assert!(listed("ppo", "direction"));
    for algorithm in kinglet_algorithms::Algorithm::NAMES {
        let line = format!(
            "train {algorithm} --env direction --steps 16 --set rollout.steps=2 --out {algorithm}"
        );
        let (status, _, error) = kinglet(folder.path(), &line);
        if ["soft-q", "irl"].contains(&algorithm) {
            assert!(error.contains("discrete set"), "{error}"); // not this environment's actions
            continue;
        }
        assert_eq!(status, Some(0), "{error}");
        let told = error.contains(&format!("no preset for {algorithm} on direction"));
        assert_eq!(told, !listed(algorithm, "direction"), "{error}");
    }
}
