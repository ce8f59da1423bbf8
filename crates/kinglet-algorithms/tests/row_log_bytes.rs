//! What saving rows writes, as the system counts it; alone in its process.
#![cfg(target_os = "linux")]

use kinglet_algorithms::{Checkpoint, Checkpoints, RowLog};

/// How many bytes this process has written and read.
fn bytes() -> [u64; 2] {
    let counts = std::fs::read_to_string("/proc/self/io").unwrap();
    ["wchar: ", "rchar: "].map(|name| {
        let line = counts.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().parse().unwrap()
    })
}

#[test]
fn a_save_writes_the_new_rows_and_little_else_however_many_there_are() {
    const ROW: u64 = 200;
    const NEW: u64 = 1000;
    let folder = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints {
        folder: folder.path().to_owned(),
        keep: 3,
    };
    let mut log = RowLog::new(folder.path(), ROW as usize, 50_000);
    for written in (NEW..=120 * NEW).step_by(NEW as usize) {
        let before = bytes();
        let encode = |k: u64, bytes: &mut Vec<u8>| bytes.extend([k as u8; ROW as usize]);
        let replay = Some(log.save(written, encode).unwrap());
        let checkpoint = Checkpoint {
            step: written,
            replay,
            ..Checkpoint::default()
        };
        checkpoints.save(&checkpoint).unwrap();
        let after = bytes();
        let [wrote, read] = [0, 1].map(|i| after[i] - before[i]);
        // Beside the rows: the checkpoint's file, and what is read to know which files are needed.
        assert!(
            (NEW * ROW..NEW * ROW + 5_000).contains(&wrote),
            "{wrote} bytes at {written}"
        );
        assert!(read < 20_000, "{read} bytes were read at {written}");
    }
}
