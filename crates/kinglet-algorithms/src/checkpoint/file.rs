//! A checkpoint as the bytes of a file, and as a file.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use rand_xoshiro::Xoshiro256PlusPlus;
use safetensors::{SafeTensorError, SafeTensors};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Array, Checkpoint, LogMark};
use crate::Error;

/// The one key of the file's metadata.
const KEY: &str = "kinglet";
/// How the name of a temporary file begins, and how it ends.
pub(super) const ASIDE: [&str; 2] = [".checkpoint-", ".part"];
/// The version of the layout.
const VERSION: u32 = 1;
/// What stands in the digest's place while the digest is taken.
const BLANK: [u8; 64] = [b'0'; 64];

/// What is no array. The digest comes first, so that its place is the first in the file that reads like it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Header {
    sha256: String,
    version: u32,
    step: u64,
    config: Value,
    streams: BTreeMap<String, Vec<Xoshiro256PlusPlus>>,
    places: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replay: Option<LogMark>,
}

impl Checkpoint {
    /// Writes a file that is complete or not there, and gives the content's hash.
    ///
    /// The bytes go to a temporary file in the same folder, to the disk, and only then to the name: a file that had the
    /// name stays as it was if anything fails.
    ///
    /// # Errors
    /// [`Error::Disk`], as for a full disk; [`Error::NotWritable`] for arrays that no file can hold.
    pub fn save(&self, path: &Path) -> Result<String, Error> {
        let (bytes, hash) = encode(self)?;
        replace(path, |file| file.write_all(&bytes)).map_err(|error| disk("write", path, error))?;
        Ok(hash)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Disk`] if it cannot be read; [`Error::CutShort`], [`Error::Foreign`] or [`Error::Altered`] for what is
    /// not a checkpoint as it was written.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|error| disk("read", path, error))?;
        decode(&bytes, path)
    }
}

/// What the disk refused, and for which file.
pub(crate) fn disk(doing: &'static str, path: &Path, error: io::Error) -> Error {
    Error::Disk {
        doing,
        path: path.to_owned(),
        kind: error.kind(),
        reason: error.to_string(),
    }
}

/// The bytes of a file, and the digest that they carry.
pub(super) fn encode(checkpoint: &Checkpoint) -> Result<(Vec<u8>, String), Error> {
    let header = Header {
        sha256: String::from_utf8_lossy(&BLANK).into_owned(),
        version: VERSION,
        step: checkpoint.step,
        config: checkpoint.config.clone(),
        streams: checkpoint.streams.clone(),
        places: checkpoint.places.clone(),
        replay: checkpoint.replay.clone(),
    };
    let unwritable = |reason: String| Error::NotWritable { reason };
    let json = serde_json::to_string(&header).map_err(|error| unwritable(error.to_string()))?;
    let metadata = HashMap::from([(KEY.to_owned(), json)]);
    let mut bytes = safetensors::serialize(&checkpoint.arrays, Some(metadata))
        .map_err(|error| unwritable(error.to_string()))?;
    let digest = hexadecimal(&Sha256::digest(&bytes));
    let place = find(&bytes, &BLANK).expect("the header was just written");
    bytes[place..place + BLANK.len()].copy_from_slice(digest.as_bytes());
    Ok((bytes, digest))
}

/// The checkpoint that the bytes are, if they are as they were written.
fn decode(bytes: &[u8], path: &Path) -> Result<Checkpoint, Error> {
    let foreign = |reason: String| Error::Foreign {
        path: path.to_owned(),
        reason,
    };
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| match error {
        SafeTensorError::HeaderTooSmall
        | SafeTensorError::InvalidHeaderLength
        | SafeTensorError::MetadataIncompleteBuffer => Error::CutShort {
            path: path.to_owned(),
            length: bytes.len(),
        },
        error => foreign(error.to_string()),
    })?;
    let json = metadata
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get(KEY))
        .ok_or_else(|| foreign(format!("its metadata has no key {KEY:?}")))?;
    let header: Header = serde_json::from_str(json).map_err(|error| foreign(error.to_string()))?;
    if header.version != VERSION {
        let version = header.version;
        return Err(foreign(format!(
            "its layout is of version {version}, and this program reads {VERSION}"
        )));
    }
    verify(bytes, &header.sha256, path)?;
    let arrays = arrays(bytes).map_err(foreign)?;
    Ok(Checkpoint {
        step: header.step,
        config: header.config,
        streams: header.streams,
        places: header.places,
        replay: header.replay,
        arrays,
    })
}

/// Whether the bytes have the digest that they carry.
fn verify(bytes: &[u8], carried: &str, path: &Path) -> Result<(), Error> {
    let mut blank = bytes.to_vec();
    if let Some(place) = find(bytes, carried.as_bytes()) {
        blank[place..place + carried.len()].fill(b'0');
    }
    let found = hexadecimal(&Sha256::digest(&blank));
    if found == carried {
        return Ok(());
    }
    Err(Error::Altered {
        path: path.to_owned(),
        carried: carried.to_owned(),
        found,
    })
}

/// The arrays of a file.
fn arrays(bytes: &[u8]) -> Result<BTreeMap<String, Array>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    file.iter()
        .map(|(name, view)| match Array::read(&view) {
            Ok(array) => Ok((name.to_owned(), array)),
            Err(other) => Err(format!("its array {name:?} is of type {other}")),
        })
        .collect()
}

/// Where `needle` first stands.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len().max(1))
        .position(|window| window == needle)
}

/// A digest in lower-case hexadecimal.
pub(super) fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes to a temporary file beside `path`, and gives it the name when it is on the disk.
fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut aside = tempfile::Builder::new();
    aside.prefix(ASIDE[0]).suffix(ASIDE[1]);
    #[cfg(unix)]
    aside.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the umask, as any file
    let mut aside = aside.tempfile_in(folder)?;
    write(aside.as_file_mut())?;
    aside.as_file().sync_all()?;
    aside.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Brings the names in a folder to the disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
