//! Rows on the disk, as the system sees it: bytes written, processes killed, a disk that refuses.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kinglet_algorithms::{Checkpoint, Checkpoints, Error, LogMark, RowLog};
use rand::Rng;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

const ROW: usize = 100;
const CAPACITY: u64 = 1000;
/// The environment variable that makes this program the process that writes, in the folder that it names.
const WRITER: &str = "KINGLET_ROW_LOG_WRITER";

/// Row k of a run, which is what it is however often the run was killed.
fn row(k: u64) -> [u8; ROW] {
    let mut row = [0; ROW];
    Xoshiro256PlusPlus::seed_from_u64(k).fill_bytes(&mut row);
    row
}

fn encode(k: u64, bytes: &mut Vec<u8>) {
    bytes.extend(row(k));
}

fn checkpoints(folder: &Path) -> Checkpoints {
    Checkpoints {
        folder: folder.to_owned(),
        keep: 2,
    }
}

/// The log at the newest checkpoint, whose rows are those of the run.
fn resume(folder: &Path) -> (RowLog, u64) {
    let mut log = RowLog::new(folder, ROW, CAPACITY);
    let Ok(found) = checkpoints(folder).newest() else {
        return (log, 0);
    };
    let mark = found.checkpoint.replay.expect("it was saved with rows");
    let mut next = mark.written.saturating_sub(CAPACITY);
    let same = |k: u64, bytes: &[u8]| {
        assert_eq!((k, bytes), (next, &row(k)[..]));
        next += 1;
    };
    log.restore(&mark, same).unwrap();
    assert_eq!((next, mark.written), (found.checkpoint.step, next));
    (log, next)
}

fn save(log: &mut RowLog, written: u64) -> Result<LogMark, Error> {
    let mark = log.save(written, encode)?;
    checkpoints(&log.folder).save(&Checkpoint {
        step: written,
        replay: Some(mark.clone()),
        ..Checkpoint::default()
    })?;
    Ok(mark)
}

/// What the writing process does: go on from the newest checkpoint until it is killed or the disk refuses.
#[test]
fn write_if_told_to() {
    let Some(folder) = std::env::var_os(WRITER) else {
        return;
    };
    let (mut log, mut written) = resume(Path::new(&folder));
    while written < 1_000_000 {
        written += 20 + written % 150;
        if let Err(error) = save(&mut log, written) {
            let refused = Path::new(&folder).join("refused");
            fs::create_dir(refused).unwrap();
            panic!("{error}");
        }
    }
}

/// Starts a process that writes in the folder, below a shell's settings.
fn writer(folder: &Path, settings: &str) -> Child {
    let program = std::env::current_exe().unwrap();
    let run = format!(
        "{settings} exec '{}' --exact write_if_told_to",
        program.display()
    );
    let mut command = Command::new("sh");
    command.args(["-c", &run]).env(WRITER, folder);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn a_run_that_is_killed_again_and_again_has_every_row() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let (mut kills, mut reached) = (0, 0);
    while kills < 20 || reached < 3 * CAPACITY {
        let mut child = writer(folder.path(), "");
        let patience = 20_000 + 2_000 * kills; // enough at last, on a slow disk
        std::thread::sleep(Duration::from_micros(patience + rng.next_u64() % 30_000));
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
        let before = reached;
        (_, reached) = resume(folder.path());
        assert!(reached >= before);
        kills += 1;
    }
    // An uninterrupted run comes to the same mark.
    let whole = tempfile::tempdir().unwrap();
    let mut log = RowLog::new(whole.path(), ROW, CAPACITY);
    let mut written = 0;
    while written < reached {
        written += 20 + written % 150;
        log.save(written, encode).unwrap();
    }
    let newest = checkpoints(folder.path()).newest().unwrap().checkpoint;
    assert_eq!(newest.replay, Some(log.save(written, encode).unwrap()));
}

#[test]
fn a_disk_that_refuses_in_the_middle_of_a_row_leaves_the_checkpoint_before() {
    let folder = tempfile::tempdir().unwrap();
    // No file may have more than four blocks of 512 bytes: a write beyond is done in part, then refused.
    let mut child = writer(folder.path(), "trap '' XFSZ; ulimit -f 4;");
    assert!(!child.wait().unwrap().success());
    assert!(folder.path().join("refused").exists());
    let (mut log, written) = resume(folder.path());
    assert!(written > 0);
    save(&mut log, written + 1500).unwrap();
    assert_eq!(resume(folder.path()).1, written + 1500);
}
