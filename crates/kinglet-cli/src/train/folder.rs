//! A run's folder.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{events, metrics};

/// The file that makes a folder a run's: its whole config.
pub(crate) const CONFIG: &str = "config.toml";

/// The folder of the checkpoints in it.
pub(crate) const CHECKPOINTS: &str = "checkpoints";

/// How the name of a config begins while it is written.
const ASIDE: &str = ".config-";

/// A run's folder, which no other process trains in meanwhile.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// Locked as long as it is open.
    _config: File,
}

/// Why a folder is not one to train in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("{} holds another run: go on with it by --resume, or name another folder by --out", .0.display())]
    Taken(PathBuf),
    #[error("{} is not empty and holds no run: name another folder by --out", .0.display())]
    NotEmpty(PathBuf),
    #[error("{} holds no run: there is no {CONFIG} in it", .0.display())]
    NoRun(PathBuf),
    #[error("{} is no folder: name another by --out", .0.display())]
    NoFolder(PathBuf),
    #[error("another process is training in {}", .0.display())]
    Busy(PathBuf),
    #[error("cannot write in {}: {reason}", path.display())]
    Disk { path: PathBuf, reason: io::Error },
}

impl Folder {
    /// Makes a folder for a run that begins.
    pub(crate) fn create(path: &Path, config: &str) -> Result<Self, Unfit> {
        let disk = |reason| Unfit::Disk {
            path: path.to_owned(),
            reason,
        };
        fs::create_dir_all(path).map_err(disk)?;
        let left = vacant(path)?;
        for file in left {
            fs::remove_file(file).map_err(disk)?;
        }
        fs::create_dir(path.join(CHECKPOINTS))
            .or_else(there_already)
            .map_err(disk)?;
        let mut aside = tempfile::Builder::new()
            .prefix(ASIDE)
            .tempfile_in(path)
            .map_err(disk)?;
        aside
            .write_all(config.as_bytes())
            .and_then(|()| aside.as_file().sync_all())
            .map_err(disk)?;
        match aside.persist_noclobber(path.join(CONFIG)) {
            Ok(_) => Self::open(path),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Unfit::Taken(path.to_owned()))
            }
            Err(error) => Err(disk(error.error)),
        }
    }

    /// Opens the folder of a run that has begun.
    pub(crate) fn open(path: &Path) -> Result<Self, Unfit> {
        let path = path.to_owned();
        let config = match File::open(path.join(CONFIG)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Unfit::NoRun(path));
            }
            Err(reason) => return Err(Unfit::Disk { path, reason }),
        };
        match config.try_lock() {
            Ok(()) => Ok(Self {
                path,
                _config: config,
            }),
            Err(TryLockError::WouldBlock) => Err(Unfit::Busy(path)),
            Err(TryLockError::Error(reason)) => Err(Unfit::Disk { path, reason }),
        }
    }

    pub(crate) fn metrics(&self) -> PathBuf {
        self.path.join(metrics::NAME)
    }

    pub(crate) fn events(&self) -> PathBuf {
        self.path.join(events::NAME)
    }

    pub(crate) fn checkpoints(&self) -> PathBuf {
        self.path.join(CHECKPOINTS)
    }
}

fn there_already(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::AlreadyExists {
        Ok(())
    } else {
        Err(error)
    }
}

/// Whether a run can begin in a folder, there or not: it holds nothing, but for what one left that was killed before it
/// had begun. Gives those files.
pub(crate) fn vacant(path: &Path) -> Result<Vec<PathBuf>, Unfit> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(Unfit::NoFolder(path.to_owned()));
        }
        Err(reason) => {
            return Err(Unfit::Disk {
                path: path.to_owned(),
                reason,
            });
        }
    };
    let (mut left, mut other) = (Vec::new(), false);
    for entry in entries {
        let entry = entry.map_err(|reason| Unfit::Disk {
            path: path.to_owned(),
            reason,
        })?;
        let name = entry.file_name();
        if name == CONFIG {
            return Err(Unfit::Taken(path.to_owned()));
        }
        if name.to_string_lossy().starts_with(ASIDE) {
            left.push(entry.path());
        } else {
            let empty = fs::read_dir(entry.path()).is_ok_and(|mut within| within.next().is_none());
            other |= !(name == CHECKPOINTS && empty);
        }
    }
    if other {
        Err(Unfit::NotEmpty(path.to_owned()))
    } else {
        Ok(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_holds_anything_is_left_as_it_is() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("runs/one");
        let folder = Folder::create(&path, "first").unwrap();
        assert!(matches!(Folder::open(&path), Err(Unfit::Busy(_))));
        drop(folder);
        assert!(matches!(
            Folder::create(&path, "second"),
            Err(Unfit::Taken(_))
        ));
        assert_eq!(fs::read_to_string(path.join(CONFIG)).unwrap(), "first");
        assert!(Folder::open(&path).is_ok());

        let notes = root.path().join("notes");
        fs::create_dir(&notes).unwrap();
        fs::write(notes.join("note.txt"), "mine").unwrap();
        assert!(matches!(
            Folder::create(&notes, "third"),
            Err(Unfit::NotEmpty(_))
        ));
        assert!(matches!(Folder::open(&notes), Err(Unfit::NoRun(_))));
        assert_eq!(fs::read_dir(&notes).unwrap().count(), 1);
    }

    #[test]
    fn what_was_killed_before_it_began_is_no_run() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(CHECKPOINTS)).unwrap();
        fs::write(root.path().join(".config-a1b2"), "half").unwrap();
        Folder::create(root.path(), "whole").unwrap();
        let mut names: Vec<_> = fs::read_dir(root.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, [CHECKPOINTS, CONFIG]);
    }
}
