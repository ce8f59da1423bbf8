//! Rows on the disk beside a run's checkpoints.

mod file;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::file::{disk, sync_folder};
use crate::Error;
use file::RowFile;

pub(super) use file::first_row;

/// The newest rows of a run, as of a replay buffer, on the disk beside its checkpoints.
///
/// Rows are numbered from the run's beginning. They lie in append-only files in the folder, so that a
/// [`save`](Self::save) writes only what is new, however many rows there are. What it gives back goes into
/// [`Checkpoint::replay`](crate::Checkpoint::replay): how far the files count for that checkpoint, and the SHA-256 of that
/// part of each. A file may go on behind it, with what a process that was killed wrote after its last checkpoint; the next
/// save cuts that off. [`Checkpoints::save`](crate::Checkpoints::save) removes files that no checkpoint needs any more.
///
/// # Example
/// ```
/// use kinglet_algorithms::{Checkpoint, Checkpoints, RowLog};
///
/// let folder = tempfile::tempdir()?;
/// let checkpoints = Checkpoints { folder: folder.path().into(), keep: 2 };
/// let mut ring = [0u64; 100]; // row k lies at k mod 100
/// let mut log = RowLog::new(folder.path(), 8, 100);
/// for written in [70, 140, 210] {
///     for k in written - 70..written {
///         ring[k as usize % 100] = k * k;
///     }
///     let encode = |k: u64, bytes: &mut Vec<u8>| bytes.extend(ring[k as usize % 100].to_le_bytes());
///     let replay = Some(log.save(written, encode)?); // 70 rows are written each time
///     checkpoints.save(&Checkpoint { step: written, replay, ..Checkpoint::default() })?;
/// }
///
/// let mark = checkpoints.newest()?.checkpoint.replay.expect("it was saved");
/// let (mut again, mut resumed) = ([0; 100], RowLog::new(folder.path(), 8, 100));
/// resumed.restore(&mark, |k, bytes| again[k as usize % 100] = u64::from_le_bytes(bytes.try_into().unwrap()))?;
/// assert_eq!(again, ring);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RowLog {
    /// Where the files lie: where the checkpoints do.
    pub folder: PathBuf,
    /// How many bytes a row has.
    pub row_bytes: usize,
    /// How many of the newest rows a checkpoint needs.
    pub capacity: u64,
    /// The most rows of a file; an eighth of the capacity at first. A file begins at each multiple of it.
    pub rows_per_file: u64,
    /// How many rows have ever been written; those before the oldest file are gone.
    written: u64,
    /// The files that the newest rows lie in, without a gap, from the oldest.
    files: Vec<RowFile>,
}

/// What a checkpoint remembers of a [`RowLog`]: which rows it needs, and how they are known to be what was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LogMark {
    /// How many rows had ever been written.
    pub written: u64,
    /// How many bytes a row has.
    pub row_bytes: usize,
    /// The files that the newest rows lie in, without a gap, from the oldest.
    pub files: Vec<FileMark>,
}

/// One file of rows as far as a checkpoint needs it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FileMark {
    /// The number of its first row.
    pub first: u64,
    /// How many of its rows count.
    pub rows: u64,
    /// The SHA-256 of its bytes as far as they count, in hexadecimal.
    pub sha256: String,
}

impl RowLog {
    /// A log without rows, for a buffer of so many. It touches no file yet.
    ///
    /// # Panics
    /// If a row has no bytes or the buffer no rows.
    pub fn new(folder: &Path, row_bytes: usize, capacity: u64) -> Self {
        assert!(
            row_bytes > 0 && capacity > 0,
            "{capacity} rows of {row_bytes} bytes"
        );
        Self {
            folder: folder.to_owned(),
            row_bytes,
            capacity,
            rows_per_file: (capacity / 8).max(1),
            written: 0,
            files: Vec::new(),
        }
    }

    /// Writes the rows that are new, up to `written` without it, to the disk, and gives what the checkpoint must remember.
    ///
    /// `encode` appends a row's bytes to a vector. How often a run is saved changes nothing in what its last checkpoint
    /// remembers, unless more rows are new than the capacity: then only the newest are written, in files that begin with the
    /// oldest of them.
    ///
    /// # Errors
    /// [`Error::Disk`], as for a full disk, or [`Error::Rows`] for a file that has become too short. Then what earlier
    /// checkpoints need is as it was, and to save again is to go on.
    ///
    /// # Panics
    /// If more rows have been written before, or a row has not as many bytes as it should.
    pub fn save(
        &mut self,
        written: u64,
        mut encode: impl FnMut(u64, &mut Vec<u8>),
    ) -> Result<LogMark, Error> {
        let before = self.written;
        assert!(
            before <= written,
            "{before} rows were written before, and now {written}"
        );
        let oldest = written.saturating_sub(self.capacity);
        if before < oldest {
            self.files.clear();
            self.written = oldest;
        }
        while self.written < written {
            let full = (self.written / self.rows_per_file + 1).saturating_mul(self.rows_per_file);
            self.append(full.min(written), &mut encode)?;
        }
        if before < written {
            sync_folder(&self.folder).map_err(|error| disk("write", &self.folder, error))?;
        }
        self.files.retain(|file| file.end() > oldest);
        Ok(self.mark())
    }

    /// Appends rows up to `end` without it, which one file takes.
    fn append(
        &mut self,
        end: u64,
        encode: &mut impl FnMut(u64, &mut Vec<u8>),
    ) -> Result<(), Error> {
        let begins = self.written.is_multiple_of(self.rows_per_file) || self.files.is_empty();
        if begins {
            self.files.push(RowFile::new(self.written));
        }
        let file = self
            .files
            .last_mut()
            .expect("one was pushed if there was none");
        match file.extended(&self.folder, self.row_bytes, end, encode) {
            Ok(extended) => *file = extended,
            Err(error) => {
                if begins {
                    self.files.pop();
                }
                return Err(error);
            }
        }
        self.written = end;
        Ok(())
    }

    fn mark(&self) -> LogMark {
        LogMark {
            written: self.written,
            row_bytes: self.row_bytes,
            files: self.files.iter().map(RowFile::mark).collect(),
        }
    }

    /// Goes to where a checkpoint was taken: reads the newest rows from the oldest of them, as many as the capacity, and
    /// appends behind them from now on. No file is changed before the next [`save`](Self::save).
    ///
    /// # Errors
    /// [`Error::Disk`] for a file that is missing or cannot be read, [`Error::Rows`] for one that is too short or was
    /// changed, [`Error::Incomplete`] for a checkpoint of other rows. Then the log is as it was, and what `decode` was given
    /// is worth nothing.
    pub fn restore(
        &mut self,
        mark: &LogMark,
        mut decode: impl FnMut(u64, &[u8]),
    ) -> Result<(), Error> {
        if mark.row_bytes != self.row_bytes {
            return Err(incomplete(format!(
                "its rows have {} bytes, not {}",
                mark.row_bytes, self.row_bytes
            )));
        }
        let oldest = mark.written.saturating_sub(self.capacity);
        self.files = mark.read(&self.folder, oldest, &mut decode)?;
        self.written = mark.written;
        Ok(())
    }
}

impl LogMark {
    /// Whether the files in the folder hold the rows, which are read to the last.
    ///
    /// # Errors
    /// As [`RowLog::restore`].
    pub fn check(&self, folder: &Path) -> Result<(), Error> {
        let oldest = self.files.first().map_or(self.written, |file| file.first);
        self.read(folder, oldest, &mut |_, _| {}).map(drop)
    }

    /// Reads the files, and hands over the rows from `oldest`.
    fn read(
        &self,
        folder: &Path,
        oldest: u64,
        decode: &mut impl FnMut(u64, &[u8]),
    ) -> Result<Vec<RowFile>, Error> {
        let begin = self.files.first().map_or(self.written, |file| file.first);
        let end = self.files.iter().try_fold(begin, |next, file| {
            (file.first == next).then(|| next.saturating_add(file.rows))
        });
        if begin > oldest || end != Some(self.written) || self.row_bytes == 0 {
            return Err(incomplete(format!(
                "its files do not hold the rows from {oldest} to {} without a gap",
                self.written
            )));
        }
        let mut newest = |row, bytes: &[u8]| {
            if row >= oldest {
                decode(row, bytes);
            }
        };
        let files = self.files.iter();
        files
            .map(|file| RowFile::read(file, folder, self.row_bytes, &mut newest))
            .collect()
    }
}

fn incomplete(reason: String) -> Error {
    Error::Incomplete { reason }
}

#[cfg(test)]
mod tests;
