//! Rows against a ring that was never written to a disk.

use std::collections::BTreeSet;
use std::fs;

use rand::Rng;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use tempfile::{TempDir, tempdir};

use super::*;
use crate::{Checkpoint, Checkpoints};

const ROW: usize = 13;

/// Row k of a run, which is what it is however often the run was stopped.
fn row(k: u64) -> [u8; ROW] {
    let mut row = [0; ROW];
    Xoshiro256PlusPlus::seed_from_u64(k).fill_bytes(&mut row);
    row
}

/// A ring with the rows up to `written`; it encodes those that it still has, and counts them.
fn save(log: &mut RowLog, written: u64) -> (Result<LogMark, Error>, u64) {
    let (capacity, mut count) = (log.capacity, 0);
    let ring: Vec<_> = (written.saturating_sub(capacity)..written)
        .map(row)
        .collect();
    let saved = log.save(written, |k, bytes| {
        let oldest = written - ring.len() as u64;
        bytes.extend(ring[(k - oldest) as usize]);
        count += 1;
    });
    (saved, count)
}

/// Saves the rows and a checkpoint of them.
fn save_both(checkpoints: &Checkpoints, log: &mut RowLog, written: u64) -> LogMark {
    let mark = save(log, written).0.unwrap();
    let checkpoint = Checkpoint {
        step: written,
        replay: Some(mark.clone()),
        ..Checkpoint::default()
    };
    checkpoints.save(&checkpoint).unwrap();
    mark
}

/// A log at a mark, after the rows that came back were seen to be the newest, in their order.
fn restored(at: &RowLog, mark: &LogMark) -> Result<RowLog, Error> {
    let mut log = RowLog {
        rows_per_file: at.rows_per_file,
        ..RowLog::new(&at.folder, at.row_bytes, at.capacity)
    };
    let mut next = mark.written.saturating_sub(log.capacity);
    log.restore(mark, |k, bytes| {
        assert_eq!((k, bytes), (next, &row(next)[..]));
        next += 1;
    })?;
    assert_eq!(next, mark.written);
    Ok(log)
}

fn folder(keep: usize, capacity: u64, rows_per_file: u64) -> (TempDir, Checkpoints, RowLog) {
    let temporary = tempdir().unwrap();
    let checkpoints = Checkpoints {
        folder: temporary.path().to_owned(),
        keep,
    };
    let log = RowLog {
        rows_per_file,
        ..RowLog::new(temporary.path(), ROW, capacity)
    };
    (temporary, checkpoints, log)
}

/// The first rows of the files in a folder.
fn files(folder: &Path) -> BTreeSet<u64> {
    let names = fs::read_dir(folder).unwrap();
    names
        .filter_map(|entry| first_row(entry.unwrap().file_name().to_str()?))
        .collect()
}

/// The file in a folder that begins with this row.
fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("replay-{first:020}.rows"))
}

/// Adds bytes to a file, as a process does that is killed while it writes.
fn lengthen(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, [&bytes[..], b"half a row"].concat()).unwrap();
}

#[test]
fn what_was_saved_comes_back_to_the_bit_and_only_new_rows_are_written() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    for (capacity, rows_per_file, most, saves) in [
        (40, 5, 9, 40),
        (40, 7, 100, 20),
        (1, 1, 3, 10),
        (17, 40, 30, 20),
        (8000, 6000, 9000, 7),
    ] {
        let (_one, checkpoints, mut log) = folder(2, capacity, rows_per_file);
        let (_other, others, mut stopped) = folder(4, capacity, rows_per_file);
        let (mut written, mut newest) = (0, LogMark::default());
        for _ in 0..saves {
            let new = rng.next_u64() % (most + 1);
            written += new;
            let (saved, count) = save(&mut log, written);
            assert_eq!(count, new.min(capacity));
            newest = saved.unwrap();
            restored(&log, &newest).unwrap();
            save_both(&checkpoints, &mut log, written); // nothing is new
            // A run that is stopped after each checkpoint, and before it too, comes to the same.
            if new <= capacity {
                let mark = save_both(&others, &mut stopped, written - new / 2);
                stopped = restored(&stopped, &mark).unwrap();
            }
            let mark = save_both(&others, &mut stopped, written);
            stopped = restored(&stopped, &mark).unwrap();
            assert_eq!(stopped.mark(), newest);
            let kept = capacity + 2 * most; // those that the checkpoint before needs, too
            assert!(files(&log.folder).len() as u64 <= kept / rows_per_file + 2 + 2);
        }
        assert!(
            written > 3 * capacity,
            "{written} rows wrap around {capacity}"
        );
        for file in &newest.files {
            let [one, other] =
                [&log, &stopped].map(|l| fs::read(path(&l.folder, file.first)).unwrap());
            assert_eq!(one, other);
        }
    }
}

#[test]
fn a_run_that_was_killed_before_its_checkpoint_goes_on_from_the_one_before() {
    let (_folder, checkpoints, mut log) = folder(2, 30, 8);
    let (_whole, _, mut whole) = folder(2, 30, 8);
    let mark = save_both(&checkpoints, &mut log, 37);
    save(&mut log, 55).0.unwrap();
    for first in [32, 40, 48] {
        lengthen(&path(&log.folder, first));
    }
    fs::write(path(&log.folder, 56), "").unwrap(); // it had just begun this one
    let mut log = restored(&log, &mark).unwrap();
    assert_eq!(
        fs::metadata(path(&log.folder, 32)).unwrap().len(),
        32 + 8 * 13 + 10
    );
    for written in [37, 39, 50, 90] {
        save(&mut whole, written).0.unwrap();
        let mark = save_both(&checkpoints, &mut log, written);
        assert_eq!(mark, whole.mark());
        restored(&log, &mark).unwrap();
        assert!(files(&log.folder).iter().all(|first| *first < written));
    }
    let [one, other] = [&log, &whole].map(|l| fs::read(path(&l.folder, 32)).ok());
    assert!(one == other && one.is_some());
}

#[test]
fn a_checkpoint_before_a_damaged_one_has_its_rows_and_they_go_on_from_it() {
    let (_folder, checkpoints, mut log) = folder(3, 30, 8);
    for written in [20, 50, 70, 77] {
        save_both(&checkpoints, &mut log, written);
    }
    let damaged = checkpoints.paths().unwrap()[0].clone();
    fs::write(&damaged, "damaged").unwrap();
    let found = checkpoints.newest_with_replay().unwrap();
    assert_eq!((found.checkpoint.step, found.refused.len()), (70, 1));
    let mut log = restored(&log, found.checkpoint.replay.as_ref().unwrap()).unwrap();
    // As long as it is unknown what the damaged one needs, nothing is removed.
    let mark = save_both(&checkpoints, &mut log, 75);
    assert_eq!(files(&log.folder), [16, 24, 32, 40, 48, 56, 64, 72].into());
    restored(&log, &mark).unwrap();
    let found = checkpoints.newest_with_replay().unwrap();
    assert_eq!(found.checkpoint.step, 75);
    for written in [77, 90, 110] {
        let mark = save_both(&checkpoints, &mut log, written);
        restored(&log, &mark).unwrap();
    }
    assert_eq!(
        files(&log.folder),
        [40, 48, 56, 64, 72, 80, 88, 96, 104].into()
    );
}

#[test]
fn a_checkpoint_whose_rows_are_damaged_is_passed_over_only_where_they_are_needed() {
    let (_folder, checkpoints, mut log) = folder(2, 30, 8);
    save_both(&checkpoints, &mut log, 20);
    save_both(&checkpoints, &mut log, 50);
    let damaged = path(&log.folder, 40);
    fs::remove_file(&damaged).unwrap();
    assert_eq!(checkpoints.newest_good().unwrap().checkpoint.step, 50);
    let found = checkpoints.newest_with_replay().unwrap();
    assert_eq!(found.checkpoint.step, 20);
    assert!(matches!(&found.refused[..], [Error::Disk { path, .. }] if *path == damaged));
    let mut log = restored(&log, found.checkpoint.replay.as_ref().unwrap()).unwrap();
    save_both(&checkpoints, &mut log, 50);
    assert_eq!(
        checkpoints.newest_with_replay().unwrap().checkpoint.step,
        50
    );
}

#[test]
fn every_checkpoint_that_is_kept_has_its_files_and_no_other_file_is_kept() {
    let (folder, checkpoints, mut log) = folder(3, 20, 6);
    fs::write(folder.path().join("replay-7.rows"), "another program's").unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let mut written = 0;
    for _ in 0..30 {
        written += 1 + rng.next_u64() % 25;
        save_both(&checkpoints, &mut log, written);
        let mut needed = BTreeSet::new();
        for path in checkpoints.paths().unwrap() {
            let mark = Checkpoint::load(&path).unwrap().replay.unwrap();
            restored(&log, &mark).unwrap();
            needed.extend(mark.files.iter().map(|file| file.first));
        }
        assert_eq!(files(folder.path()), needed);
    }
    assert!(folder.path().join("replay-7.rows").exists());
    // A run without rows leaves them alone.
    for step in 1..5 {
        let step = written + step;
        checkpoints
            .save(&Checkpoint {
                step,
                ..Checkpoint::default()
            })
            .unwrap();
    }
    assert!(!files(folder.path()).is_empty());
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_refused_by_name() {
    let (folder, checkpoints, mut log) = folder(1, 12, 4);
    let mark = save_both(&checkpoints, &mut log, 18);
    let refused = |damaged: &Path| {
        let before = log.mark();
        let mut log = log.clone();
        let error = log.restore(&mark, |_, _| {}).unwrap_err();
        assert_eq!(log.mark(), before);
        assert_eq!(mark.check(folder.path()).unwrap_err(), error);
        assert!(
            error
                .to_string()
                .contains(damaged.file_name().unwrap().to_str().unwrap())
        );
        error
    };
    for file in &mark.files {
        let path = path(folder.path(), file.first);
        let bytes = fs::read(&path).unwrap();
        for place in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[place] ^= 1;
            fs::write(&path, altered).unwrap();
            let Error::Rows {
                found, expected, ..
            } = refused(&path)
            else {
                panic!("byte {place}")
            };
            assert!(expected == file.sha256 && found != expected);
            fs::write(&path, &bytes[..place]).unwrap();
            let Error::Rows {
                found, expected, ..
            } = refused(&path)
            else {
                panic!("{place} bytes")
            };
            let length = bytes.len();
            assert_eq!(
                [found, expected],
                [format!("{place} bytes"), format!("{length} or more")]
            );
        }
        fs::remove_file(&path).unwrap();
        assert!(matches!(
            refused(&path),
            Error::Disk {
                kind: std::io::ErrorKind::NotFound,
                ..
            }
        ));
        fs::write(&path, bytes).unwrap();
    }
    restored(&log, &mark).unwrap();
}

#[test]
fn a_mark_of_other_rows_is_refused() {
    let (folder, checkpoints, mut log) = folder(1, 12, 4);
    let mark = save_both(&checkpoints, &mut log, 18);
    let fails = |row_bytes: usize, capacity: u64, mark: &LogMark| {
        let mut other = RowLog::new(folder.path(), row_bytes, capacity);
        let error = other
            .restore(mark, |_, _| panic!("no row may come back"))
            .unwrap_err();
        assert!(matches!(error, Error::Incomplete { .. }), "{error}");
    };
    fails(ROW + 1, 12, &mark);
    fails(ROW, 15, &mark); // of which rows 3 is gone
    let mut gap = mark.clone();
    gap.files.remove(1);
    fails(ROW, 12, &gap);
    let mut absurd = mark.clone();
    absurd.files.last_mut().unwrap().rows = u64::MAX;
    fails(ROW, 12, &absurd);
    assert!(absurd.check(folder.path()).is_err());
    for files in [vec![], mark.files[..3].to_vec()] {
        fails(
            ROW,
            12,
            &LogMark {
                files,
                ..mark.clone()
            },
        );
    }
}

#[test]
fn a_save_that_fails_loses_no_row_and_can_be_done_again() {
    let (folder, checkpoints, mut log) = folder(2, 30, 8);
    let (_whole, _, mut whole) = self::folder(2, 30, 8);
    let mark = save_both(&checkpoints, &mut log, 21);
    // A folder of a file's name stands for a disk that refuses the write.
    let taken = path(folder.path(), 32);
    fs::create_dir(&taken).unwrap();
    for written in [45, 47] {
        let error = save(&mut log, written).0.unwrap_err();
        assert!(matches!(error, Error::Disk { doing: "write", path, .. } if path == taken));
        restored(&log, &mark).unwrap();
    }
    fs::remove_dir(&taken).unwrap();
    save(&mut whole, 21).0.unwrap();
    save(&mut whole, 47).0.unwrap();
    let mark = save_both(&checkpoints, &mut log, 47);
    assert_eq!(mark, whole.mark());
    restored(&log, &mark).unwrap();
    // A file that has lost rows meanwhile is not filled up with zeros.
    let last = path(folder.path(), 40);
    fs::write(&last, &fs::read(&last).unwrap()[..50]).unwrap();
    let error = save(&mut log, 50).0.unwrap_err();
    assert!(matches!(error, Error::Rows { path, .. } if path == last));
}
