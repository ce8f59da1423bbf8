//! Killed at any moment and resumed, a run ends in the same bits.

use std::path::Path;
use std::time::Duration;

use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use crate::program::{OTHER, REPLAY, SMALL, assert_same, checkpoints, command, rows, well};

/// `kill -9` once so many rows are there, and a random moment has passed. Whether it was still running.
fn kill(folder: &Path, line: &str, run: &Path, row: usize, wait: Duration) -> bool {
    let mut child = command(folder, line).spawn().unwrap();
    while rows(run) < row && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
    std::thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

/// Ten runs are killed; every other one a second time, on its way to the end.
fn ten_kills(line: &str, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    well(folder.path(), &format!("train {line} --out whole"));
    let whole = folder.path().join("whole");
    let (mut rng, mut killed) = (Xoshiro256PlusPlus::seed_from_u64(seed), 0);
    for number in 0..10 {
        let name = format!("killed{number}");
        let run = folder.path().join(&name);
        let threads = 1 + number % 2;
        let begin = format!("train {line} --threads {threads} --out {name}");
        let resume = format!("train --resume {name} --threads {}", 3 - threads);
        let row = rng.random_range(0..28);
        let mut moment = || Duration::from_micros(rng.random_range(0..8000));
        killed += usize::from(kill(folder.path(), &begin, &run, row, moment()));
        if number % 2 == 0 && run.join("config.toml").exists() {
            kill(folder.path(), &resume, &run, row + 1, moment());
        }
        if run.join("config.toml").exists() {
            well(folder.path(), &resume);
        } else {
            well(folder.path(), &begin); // killed before there was anything to resume
        }
        assert_same(&whole, &run);
        assert_eq!(checkpoints(&run).len(), 3);
    }
    assert!(killed >= 7, "{killed} of 10 were still running");
}

#[test]
fn ppo_with_normalisers_and_lasting_noise() {
    ten_kills(SMALL, 1);
}

#[test]
fn trpo() {
    ten_kills(OTHER, 2);
}

#[test]
fn sac_with_its_replay() {
    ten_kills(REPLAY, 3);
    ten_kills(REPLAY, 4);
}
