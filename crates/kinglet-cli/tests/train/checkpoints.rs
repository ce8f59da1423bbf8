//! Checkpoints that are damaged, or another run's.

use std::fs;
use std::path::Path;

use crate::program::{OTHER, REPLAY, assert_same, checkpoints, kinglet, rows, well};

/// A run, and a copy of it whose newest checkpoint was changed so.
fn damaged(folder: &Path, change: impl Fn(&mut Vec<u8>)) {
    well(folder, &format!("train {OTHER} --out whole"));
    copy(&folder.join("whole"), &folder.join("copy"));
    let newest = checkpoints(&folder.join("copy")).pop().unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    change(&mut bytes);
    fs::write(newest, bytes).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Refused with the reason; taken from the one before if asked.
fn assert_refused(folder: &Path, word: &str) {
    for line in ["eval copy", "train --resume copy"] {
        let (status, _, error) = kinglet(folder, line);
        assert_eq!(status, Some(1), "{error}");
        assert!(
            error.contains(word) && error.contains("checkpoint-"),
            "{error}"
        );
    }
    let (status, out, error) = kinglet(folder, "eval copy --newest-good --episodes 2");
    assert_eq!(status, Some(0), "{error}");
    assert!(
        out.contains("after 7168 steps") && error.contains(word),
        "{out}{error}"
    );
    well(folder, "train --resume copy --newest-good");
    assert_same(&folder.join("whole"), &folder.join("copy"));
    assert_eq!(rows(&folder.join("copy")), 30);
}

#[test]
fn one_that_was_cut_short() {
    let folder = tempfile::tempdir().unwrap();
    damaged(folder.path(), |bytes| bytes.truncate(bytes.len() - 5));
    assert_refused(folder.path(), "no whole checkpoint");
}

#[test]
fn one_that_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    damaged(folder.path(), |bytes| *bytes.last_mut().unwrap() ^= 1);
    assert_refused(folder.path(), "was changed after it was written");
}

#[test]
fn one_whose_replay_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    well(at, &format!("train {REPLAY} --out whole"));
    copy(&at.join("whole"), &at.join("copy"));
    let files = fs::read_dir(at.join("copy/checkpoints")).unwrap();
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "rows"));
    assert!((8..=20).contains(&files.len()), "{files:?}");
    let newest = files.iter().max().unwrap();
    let mut bytes = fs::read(newest).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(newest, bytes).unwrap();
    // What acts needs no replay; what goes on does.
    let out = well(at, "eval copy --episodes 2");
    assert!(out.contains("after 7680 steps"), "{out}");
    let (status, _, error) = kinglet(at, "train --resume copy");
    assert_eq!(status, Some(1), "{error}");
    let name = newest.file_name().unwrap().to_str().unwrap();
    let told = format!("{name} does not hold the rows that the checkpoint needs: it has SHA-256");
    assert!(error.contains(&told), "{error}");
    well(at, "train --resume copy --newest-good");
    assert_same(&at.join("whole"), &at.join("copy"));
    assert_eq!(rows(&at.join("copy")), 30);
}

#[test]
fn one_of_another_program() {
    let folder = tempfile::tempdir().unwrap();
    damaged(folder.path(), |bytes| {
        *bytes = [&2u64.to_le_bytes()[..], b"{}"].concat()
    });
    assert_refused(folder.path(), "no checkpoint that can be read here");
}

#[test]
fn one_of_another_run() {
    let folder = tempfile::tempdir().unwrap();
    let short = OTHER.replace("--steps 7680", "--steps 512");
    well(folder.path(), &format!("train {short} --out run"));
    let ours = checkpoints(&folder.path().join("run")).pop().unwrap();
    for (changed, word) in [
        (short.replace("--seed 3", "--seed 4"), "its seed is 4"),
        (
            format!("{short} --set advantage.discount=0.5"),
            "its config is not that",
        ),
        (
            "trpo --config run/config.toml --env acrobot".into(),
            "its environment is acrobot",
        ),
    ] {
        let other = folder.path().join("other");
        well(folder.path(), &format!("train {changed} --out other"));
        fs::copy(checkpoints(&other).pop().unwrap(), &ours).unwrap();
        fs::remove_dir_all(other).unwrap();
        for line in ["eval run", "train --resume run"] {
            let (status, _, error) = kinglet(folder.path(), line);
            assert_eq!(status, Some(1), "{error}");
            assert!(
                error.contains(word) && !error.contains("panicked"),
                "{error}"
            );
        }
    }
}
