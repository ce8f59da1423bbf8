//! Calls the program in a folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A run of a second or less that has everything to keep: an optimiser, normalisers, noise that lasts, environments in
/// the middle of an episode. 30 updates, a checkpoint after every second.
pub(crate) const SMALL: &str = "ppo --env pendulum --steps 7680 --seed 3 --set run.checkpoint_every=500 \
    --set rollout.environments=4 --set rollout.steps=64 --set rollout.normalise_rewards=true \
    --set rollout.normalise_observations=true --set policy.hidden=[16] --set critic.hidden=[16] --set algorithm.epochs=3";

/// The same, of another kind.
pub(crate) const OTHER: &str = "trpo --env cartpole --steps 7680 --seed 3 --set run.checkpoint_every=500 \
    --set rollout.environments=4 --set rollout.steps=64 --set policy.hidden=[16] --set critic.hidden=[16]";

/// The same, with a replay that wraps around.
pub(crate) const REPLAY: &str = "sac --env pendulum --steps 7680 --seed 3 --set run.checkpoint_every=500 \
    --set rollout.environments=4 --set rollout.steps=64 --set policy.hidden=[16] --set critic.hidden=[16] \
    --set replay.capacity=1000 --set replay.warmup=100 --set replay.every=8 --set replay.updates=1 \
    --set replay.batch=32";

pub(crate) fn command(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinglet"));
    command.args(line.split_whitespace()).current_dir(folder);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The exit status, standard output and standard error.
pub(crate) fn kinglet(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command(folder, line).output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("what it says is UTF-8");
    (status.code(), text(stdout), text(stderr))
}

/// What it prints where all is well.
pub(crate) fn well(folder: &Path, line: &str) -> String {
    let (status, out, error) = kinglet(folder, line);
    assert_eq!(status, Some(0), "kinglet {line}\n{error}");
    out
}

/// The checkpoints of a run's folder, from the oldest.
pub(crate) fn checkpoints(run: &Path) -> Vec<PathBuf> {
    let entries = run
        .join("checkpoints")
        .read_dir()
        .expect("the folder of checkpoints");
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "safetensors"));
    paths.sort();
    paths
}

/// Asserts that two runs came to the same bits: their last checkpoints, and every number on the way.
pub(crate) fn assert_same(one: &Path, other: &Path) {
    let name = |path: &PathBuf| path.file_name().unwrap().to_owned();
    let (left, right) = (checkpoints(one), checkpoints(other));
    assert_eq!(left.last().map(name), right.last().map(name));
    for file in [left.last().unwrap(), &one.join("metrics.csv")] {
        let same = std::fs::read(file).unwrap()
            == std::fs::read(other.join(file.strip_prefix(one).unwrap())).unwrap();
        assert!(same, "{} of {}", file.display(), other.display());
    }
    let digest = |path: &Path| {
        kinglet_algorithms::Checkpoint::load(path)
            .unwrap()
            .hash()
            .unwrap()
    };
    assert_eq!(digest(left.last().unwrap()), digest(right.last().unwrap()));
}

pub(crate) fn rows(run: &Path) -> usize {
    let text = std::fs::read_to_string(run.join("metrics.csv")).unwrap_or_default();
    text.matches('\n').count().saturating_sub(1)
}
