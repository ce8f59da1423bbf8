//! Runs that come to their end.

use std::path::Path;

use crate::program::{OTHER, SMALL, assert_same, checkpoints, kinglet, rows, well};

#[test]
fn a_run_leaves_its_config_its_numbers_and_what_it_learnt() {
    let folder = tempfile::tempdir().unwrap();
    let out = well(folder.path(), &format!("train {SMALL}"));
    let name = "runs/ppo-pendulum-seed3";
    assert!(out.contains(&format!("{name}: 7680 steps")), "{out}");
    let run = folder.path().join(name);
    let config = std::fs::read_to_string(run.join("config.toml")).unwrap();
    let config: toml::Table = config.parse().unwrap();
    assert_eq!(config["rollout"]["steps"].as_integer(), Some(64));
    // 30 updates, all of 256 steps; pendulum ends after 200 steps, so that episodes end in some.
    let text = std::fs::read_to_string(run.join("metrics.csv")).unwrap();
    let cell = |row: &str, i: usize| row.split(',').nth(i).unwrap().to_owned();
    let steps: Vec<usize> = text
        .lines()
        .skip(1)
        .map(|row| cell(row, 0).parse().unwrap())
        .collect();
    assert!(steps.iter().copied().eq((1..=30).map(|i| 256 * i)));
    let episodes: f64 = text
        .lines()
        .skip(1)
        .map(|row| cell(row, 1).parse::<f64>().unwrap())
        .sum();
    assert_eq!(episodes, (4 * (7680 / 4 / 200)) as f64);
    assert_eq!(checkpoints(&run).len(), 3);
    let evaluated = well(folder.path(), &format!("eval {name} --episodes 7 --seed 5"));
    assert!(
        evaluated.contains("ppo on pendulum, seed 3, after 7680 steps"),
        "{evaluated}"
    );
    assert!(
        evaluated.contains("mean length          200.0"),
        "{evaluated}"
    );
    let again = well(
        folder.path(),
        &format!("eval {name} --episodes 7 --seed 5 --threads 1"),
    );
    assert_eq!(again, evaluated);
}

#[test]
fn a_folder_that_holds_a_run_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("train {OTHER} --out here --steps 512");
    well(folder.path(), &line.replace("--steps 7680", ""));
    let before = std::fs::read(folder.path().join("here/metrics.csv")).unwrap();
    let (status, _, error) = kinglet(
        folder.path(),
        &line
            .replace("--steps 7680", "")
            .replace("--seed 3", "--seed 4"),
    );
    assert_eq!(status, Some(2));
    assert!(
        error.contains("holds another run") && error.contains("--resume"),
        "{error}"
    );
    assert!(std::fs::read(folder.path().join("here/metrics.csv")).unwrap() == before);
    // What is done stays as it is.
    let (status, _, error) = kinglet(folder.path(), "train --resume here");
    assert_eq!(status, Some(0), "{error}");
    assert!(std::fs::read(folder.path().join("here/metrics.csv")).unwrap() == before);
    let (status, _, error) = kinglet(folder.path(), "train ppo --resume here");
    assert_eq!(status, Some(2));
    assert!(error.contains("trpo"), "{error}");
}

#[test]
fn threads_change_no_bit() {
    for line in [SMALL, OTHER] {
        let folder = tempfile::tempdir().unwrap();
        for threads in [1, 2, 8] {
            well(
                folder.path(),
                &format!("train {line} --out t{threads} --threads {threads}"),
            );
        }
        let run = |name: &str| folder.path().join(name);
        assert_same(&run("t1"), &run("t2"));
        assert_same(&run("t1"), &run("t8"));
    }
}

#[test]
fn seeds_side_by_side_are_the_seeds_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let line = OTHER.replace("--seed 3", "");
    let out = well(
        folder.path(),
        &format!("train {line} --seeds 2..5 --threads 2"),
    );
    assert_eq!(out.lines().count(), 3, "{out}");
    well(folder.path(), &format!("train {line} --seed 4 --out alone"));
    assert_same(
        &folder.path().join("runs/trpo-cartpole-seed4"),
        &folder.path().join("alone"),
    );
    let bytes = |seed: u64| {
        std::fs::read(
            folder
                .path()
                .join(format!("runs/trpo-cartpole-seed{seed}/metrics.csv")),
        )
    };
    assert!(bytes(2).unwrap() != bytes(3).unwrap());
    // One of them is there already: none begins.
    let (status, _, error) = kinglet(folder.path(), &format!("train {line} --seeds 4..7"));
    assert_eq!(status, Some(2), "{error}");
    assert!(!folder.path().join("runs/trpo-cartpole-seed5").exists());
}

/// A learning rate that grows until nothing is finite any more.
#[test]
fn a_run_that_diverges_says_where_and_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let rate = "{from=1e-4,to=1e38,along=\"exponential\"}";
    let line = format!("train {SMALL} --set algorithm.learning_rate={rate} --out bad");
    let (status, _, error) = kinglet(folder.path(), &line);
    assert_eq!(status, Some(1), "{error}");
    let run = folder.path().join("bad");
    let last = checkpoints(&run).pop().expect("a checkpoint from before");
    let last = last.strip_prefix(folder.path()).unwrap();
    for word in [
        "bad: ",
        "steps",
        &format!("last good checkpoint is {}", last.display()),
    ] {
        assert!(error.contains(word), "{error}");
    }
    assert!(
        ["inf", "NaN"].iter().any(|word| error.contains(word)),
        "{error}"
    );
    assert!(rows(&run) < 30);
    assert_finite(&run);
}

/// What stands in the table is finite.
fn assert_finite(run: &Path) {
    let text = std::fs::read_to_string(run.join("metrics.csv")).unwrap();
    let mut cells = text
        .lines()
        .skip(1)
        .flat_map(|row| row.split(','))
        .filter(|cell| !cell.is_empty());
    assert!(cells.all(|cell| cell.parse::<f64>().unwrap().is_finite()));
}
