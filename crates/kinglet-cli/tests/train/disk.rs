//! A disk that is full.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::program::{OTHER, assert_same, checkpoints, command, rows, well};

/// The program where no file may grow beyond so many bytes, as on a disk that is full from there on.
fn confined(folder: &Path, line: &str, kibibytes: u64) -> (Option<i32>, String) {
    let program = command(folder, line);
    let mut shell = Command::new("bash");
    let script = format!("trap '' XFSZ; ulimit -f {kibibytes}; exec \"$0\" \"$@\"");
    shell
        .args(["-c", &script])
        .arg(program.get_program())
        .args(program.get_args());
    let output = shell.current_dir(folder).output().expect("bash starts");
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// The files of a run's checkpoints, with what is in them.
fn contents(run: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = checkpoints(run).into_iter();
    paths
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

/// The tables have room, a checkpoint has not.
#[test]
fn a_full_disk_loses_no_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let line = OTHER.replace("hidden=[16]", "hidden=[64,64]");
    well(folder.path(), &format!("train {line} --out whole"));
    let run = folder.path().join("full");
    let mut child = command(folder.path(), &format!("train {line} --out full"))
        .spawn()
        .unwrap();
    while rows(&run) < 8 {
        std::thread::sleep(Duration::from_micros(200));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = contents(&run);
    assert!(!before.is_empty() && before.iter().all(|(_, bytes)| bytes.len() > 30_000));

    let (status, error) = confined(folder.path(), "train --resume full", 30);
    assert_eq!(status, Some(1), "{error}");
    let newest = before
        .last()
        .unwrap()
        .0
        .strip_prefix(folder.path())
        .unwrap();
    let told = format!("the last good checkpoint is {}", newest.display());
    assert!(
        error.contains("full: could not") && error.contains(&told),
        "{error}"
    );
    assert!(contents(&run) == before);
    well(folder.path(), "train --resume full");
    assert_same(&folder.path().join("whole"), &run);
}

/// A table that ends in the middle of a row.
#[test]
fn a_row_without_room_is_written_once_there_is_some() {
    let folder = tempfile::tempdir().unwrap();
    well(folder.path(), &format!("train {OTHER} --out whole"));
    let (status, error) = confined(folder.path(), &format!("train {OTHER} --out full"), 5);
    assert_eq!(status, Some(1), "{error}");
    let run = folder.path().join("full");
    assert!(
        error.contains("full: could not write ") && error.contains("the last good checkpoint"),
        "{error}"
    );
    assert!((1..30).contains(&rows(&run)));
    well(folder.path(), "train --resume full");
    assert_same(&folder.path().join("whole"), &run);
}
