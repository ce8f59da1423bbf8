//! One file of rows.
//!
//! It begins with four whole numbers of 8 bytes, little-endian: [`MAGIC`], [`VERSION`], the bytes of a row and the number
//! of its first row. The rows follow.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::FileMark;
use crate::Error;
use crate::checkpoint::file::{disk, hexadecimal};

/// What a file of rows begins with: `kingrows`.
const MAGIC: u64 = u64::from_le_bytes(*b"kingrows");
/// The version of the layout.
const VERSION: u64 = 1;
/// The bytes before the first row.
const HEADER: usize = 32;
/// How many bytes are read or written at once, about.
const CHUNK: usize = 1 << 16;

/// A file as far as it is known to hold rows.
#[derive(Clone, Debug)]
pub(super) struct RowFile {
    first: u64,
    rows: u64,
    /// Of the header and the rows.
    hash: Sha256,
}

impl RowFile {
    /// One that is to begin with this row.
    pub(super) fn new(first: u64) -> Self {
        Self {
            first,
            rows: 0,
            hash: Sha256::new(),
        }
    }

    /// The row after its last.
    pub(super) fn end(&self) -> u64 {
        self.first + self.rows
    }

    pub(super) fn mark(&self) -> FileMark {
        FileMark {
            first: self.first,
            rows: self.rows,
            sha256: hexadecimal(&self.hash.clone().finalize()),
        }
    }

    /// The file with rows up to `end` appended, in place of whatever followed, and on the disk.
    pub(super) fn extended(
        &self,
        folder: &Path,
        row_bytes: usize,
        end: u64,
        encode: &mut impl FnMut(u64, &mut Vec<u8>),
    ) -> Result<Self, Error> {
        let path = folder.join(file_name(self.first));
        let mut file = self.open(&path, row_bytes)?;
        let mut extended = self.clone();
        let mut bytes = Vec::with_capacity(CHUNK + row_bytes);
        if self.rows == 0 {
            for number in [MAGIC, VERSION, row_bytes as u64, self.first] {
                bytes.extend(number.to_le_bytes());
            }
        }
        for row in self.end()..end {
            let before = bytes.len();
            encode(row, &mut bytes);
            let found = bytes.len().wrapping_sub(before);
            assert_eq!(found, row_bytes, "the bytes of row {row}");
            if bytes.len() >= CHUNK || row + 1 == end {
                extended.hash.update(&bytes);
                file.write_all(&bytes)
                    .map_err(|error| disk("write", &path, error))?;
                bytes.clear();
            }
        }
        file.sync_all()
            .map_err(|error| disk("write", &path, error))?;
        extended.rows = end - self.first;
        Ok(extended)
    }

    /// The file cut back to its rows, to be written behind them.
    fn open(&self, path: &Path, row_bytes: usize) -> Result<File, Error> {
        let unwritable = |error| disk("write", path, error);
        let begins = self.rows == 0;
        let mut file = OpenOptions::new()
            .write(true)
            .create(begins)
            .truncate(begins)
            .open(path)
            .map_err(unwritable)?;
        if !begins {
            let length = length(&file, path, self.rows, row_bytes)?;
            file.set_len(length).map_err(unwritable)?;
        }
        file.seek(SeekFrom::End(0)).map_err(unwritable)?;
        Ok(file)
    }

    /// Reads what a checkpoint needs of a file, each row with its number.
    pub(super) fn read(
        mark: &FileMark,
        folder: &Path,
        row_bytes: usize,
        decode: &mut impl FnMut(u64, &[u8]),
    ) -> Result<Self, Error> {
        let path = folder.join(file_name(mark.first));
        let unreadable = |error| disk("read", &path, error);
        let mut file = File::open(&path).map_err(unreadable)?;
        length(&file, &path, mark.rows, row_bytes)?;
        let mut read = Self::new(mark.first);
        let mut header = [0; HEADER];
        file.read_exact(&mut header).map_err(unreadable)?;
        read.hash.update(header);
        let at_once = (CHUNK / row_bytes).max(1);
        let mut bytes = vec![0; at_once * row_bytes];
        while read.rows < mark.rows {
            let rows = (mark.rows - read.rows).min(at_once as u64) as usize;
            let bytes = &mut bytes[..rows * row_bytes];
            file.read_exact(bytes).map_err(unreadable)?;
            read.hash.update(&bytes);
            for row in bytes.chunks_exact(row_bytes) {
                decode(read.end(), row);
                read.rows += 1;
            }
        }
        let found = read.mark().sha256;
        if found == mark.sha256 {
            return Ok(read);
        }
        Err(Error::Rows {
            path,
            found: format!("SHA-256 {found}"),
            expected: mark.sha256.clone(),
        })
    }
}

/// The bytes up to the end of so many rows, which the file has to have.
fn length(file: &File, path: &Path, rows: u64, row_bytes: usize) -> Result<u64, Error> {
    let found = file
        .metadata()
        .map_err(|error| disk("read", path, error))?
        .len();
    let expected = rows
        .saturating_mul(row_bytes as u64)
        .saturating_add(HEADER as u64);
    if found >= expected {
        return Ok(expected);
    }
    Err(Error::Rows {
        path: path.to_owned(),
        found: format!("{found} bytes"),
        expected: format!("{expected} or more"),
    })
}

/// The name of the file that begins with this row. It sorts as the rows do.
fn file_name(first: u64) -> String {
    format!("replay-{first:020}.rows")
}

/// The first row of a file of that name.
pub(in crate::checkpoint) fn first_row(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("replay-")?;
    let first = digits.strip_suffix(".rows")?.parse().ok()?;
    (file_name(first) == name).then_some(first)
}
