//! The checkpoints of one run, in one folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Checkpoint;
use super::file::{ASIDE, disk};
use super::log::first_row;
use crate::Error;

/// The checkpoints of one run, in one folder, of which the newest few are kept.
///
/// # Example
/// ```
/// use kinglet_algorithms::{Checkpoint, Checkpoints};
///
/// let folder = tempfile::tempdir()?;
/// let checkpoints = Checkpoints { folder: folder.path().into(), keep: 2 };
/// for step in [1000, 2000, 3000] {
///     checkpoints.save(&Checkpoint { step, ..Checkpoint::default() })?;
/// }
/// assert_eq!(checkpoints.newest()?.checkpoint.step, 3000);
/// assert_eq!(checkpoints.paths()?.len(), 2);
///
/// std::fs::write(&checkpoints.paths()?[0], "not a checkpoint")?;
/// assert!(checkpoints.newest().is_err()); // and it says why
/// assert_eq!(checkpoints.newest_good()?.checkpoint.step, 2000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoints {
    /// Where they stand.
    pub folder: PathBuf,
    /// How many are kept. With two, one that is damaged still has one before it; with 0, one is kept nevertheless.
    pub keep: usize,
}

/// A checkpoint that was found, and what was newer but no good.
#[derive(Debug)]
pub struct Found {
    /// Where it stands.
    pub path: PathBuf,
    /// What it holds.
    pub checkpoint: Checkpoint,
    /// Why each newer one was refused, from the newest.
    pub refused: Vec<Error>,
}

impl Checkpoints {
    /// Writes a checkpoint under its step's name, then removes the oldest beyond those to be kept, and what a process
    /// that was killed while it wrote has left. One process at a time saves in a folder.
    ///
    /// If it has a replay buffer, the files of rows that no checkpoint needs any more are removed, too; while one that is
    /// kept cannot be read, none is.
    ///
    /// # Errors
    /// As [`Checkpoint::save`]; then every checkpoint that was there still is.
    pub fn save(&self, checkpoint: &Checkpoint) -> Result<PathBuf, Error> {
        let path = self.folder.join(file_name(checkpoint.step));
        checkpoint.save(&path)?;
        let surplus = self.paths()?.into_iter().skip(self.keep.max(1));
        for old in surplus.chain(self.left_aside()?).filter(|old| *old != path) {
            remove(&old)?;
        }
        if checkpoint.replay.is_some() {
            self.remove_rows()?;
        }
        Ok(path)
    }

    /// Removes the files of rows that no checkpoint needs, unless it cannot be known which.
    fn remove_rows(&self) -> Result<(), Error> {
        let mut needed = BTreeSet::new();
        for path in self.paths()? {
            let Ok(checkpoint) = Checkpoint::load(&path) else {
                return Ok(());
            };
            let files = checkpoint.replay.into_iter().flat_map(|mark| mark.files);
            needed.extend(files.map(|file| file.first));
        }
        for name in self.names()? {
            if first_row(&name).is_some_and(|first| !needed.contains(&first)) {
                remove(&self.folder.join(name))?;
            }
        }
        Ok(())
    }

    /// The temporary files in the folder.
    fn left_aside(&self) -> Result<Vec<PathBuf>, Error> {
        let [begin, end] = ASIDE;
        let mut names = self.names()?;
        names.retain(|name| name.starts_with(begin) && name.ends_with(end));
        Ok(names.iter().map(|name| self.folder.join(name)).collect())
    }

    /// The names in the folder that are text.
    fn names(&self) -> Result<Vec<String>, Error> {
        let unreadable = |error| disk("read", &self.folder, error);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(unreadable)? {
            names.extend(entry.map_err(unreadable)?.file_name().into_string());
        }
        Ok(names)
    }

    /// The files, from the newest step to the oldest; others in the folder are passed over.
    ///
    /// # Errors
    /// [`Error::Disk`] if the folder cannot be read.
    pub fn paths(&self) -> Result<Vec<PathBuf>, Error> {
        let mut steps: Vec<_> = self
            .names()?
            .iter()
            .filter_map(|name| step_of(name))
            .collect();
        steps.sort_unstable_by(|a, b| b.cmp(a));
        let path = |step| self.folder.join(file_name(step));
        Ok(steps.into_iter().map(path).collect())
    }

    /// The newest checkpoint, which has to be good.
    ///
    /// # Errors
    /// [`Error::NoCheckpoint`] if there is none; else as [`Checkpoint::load`].
    pub fn newest(&self) -> Result<Found, Error> {
        let mut paths = self.paths()?.into_iter();
        let path = paths.next().ok_or_else(|| self.none(Vec::new()))?;
        Ok(Found {
            checkpoint: Checkpoint::load(&path)?,
            path,
            refused: Vec::new(),
        })
    }

    /// The newest checkpoint that is good, and why the newer ones are not.
    ///
    /// # Errors
    /// [`Error::NoCheckpoint`], with every reason, if none is good.
    pub fn newest_good(&self) -> Result<Found, Error> {
        self.newest_that(Checkpoint::load)
    }

    /// The newest checkpoint that is good together with the rows of its replay buffer, all of which are read, and why the
    /// newer ones are not. Without a replay buffer it is the [`newest_good`](Self::newest_good).
    ///
    /// # Errors
    /// [`Error::NoCheckpoint`], with every reason, if none is good.
    pub fn newest_with_replay(&self) -> Result<Found, Error> {
        self.newest_that(|path| {
            let checkpoint = Checkpoint::load(path)?;
            if let Some(mark) = &checkpoint.replay {
                mark.check(&self.folder)?;
            }
            Ok(checkpoint)
        })
    }

    /// The newest that can be loaded so.
    fn newest_that(
        &self,
        load: impl Fn(&Path) -> Result<Checkpoint, Error>,
    ) -> Result<Found, Error> {
        let mut refused = Vec::new();
        for path in self.paths()? {
            match load(&path) {
                Ok(checkpoint) => {
                    return Ok(Found {
                        path,
                        checkpoint,
                        refused,
                    });
                }
                Err(error) => refused.push(error),
            }
        }
        Err(self.none(refused))
    }

    /// That no checkpoint is there, or none that is good.
    fn none(&self, refused: Vec<Error>) -> Error {
        Error::NoCheckpoint {
            folder: self.folder.clone(),
            refused,
        }
    }
}

fn remove(path: &Path) -> Result<(), Error> {
    std::fs::remove_file(path).map_err(|error| disk("remove", path, error))
}

/// The name of a step's file. It sorts as the steps do.
fn file_name(step: u64) -> String {
    format!("checkpoint-{step:020}.safetensors")
}

/// The step of a file of that name.
fn step_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("checkpoint-")?;
    let step = digits.strip_suffix(".safetensors")?.parse().ok()?;
    (file_name(step) == name).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(step: u64) -> Checkpoint {
        Checkpoint {
            step,
            ..Checkpoint::default()
        }
    }

    /// A folder with checkpoints at these steps, beside files that are none.
    fn folder(steps: &[u64]) -> (tempfile::TempDir, Checkpoints) {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "metrics.csv",
            ".checkpoint-a1.part",
            "checkpoint-7.safetensors",
        ] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let checkpoints = Checkpoints {
            folder: folder.path().to_owned(),
            keep: 3,
        };
        for &step in steps {
            checkpoints.save(&at(step)).unwrap();
        }
        (folder, checkpoints)
    }

    fn steps(checkpoints: &Checkpoints) -> Vec<u64> {
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        let paths = checkpoints.paths().unwrap();
        paths.iter().filter_map(|p| step_of(&name(p))).collect()
    }

    #[test]
    fn the_newest_steps_are_kept_in_the_order_of_their_numbers() {
        let (folder, checkpoints) = folder(&[9, 100, 20, u64::MAX, 30]);
        assert_eq!(steps(&checkpoints), [u64::MAX, 100, 30]);
        assert_eq!(checkpoints.newest().unwrap().checkpoint.step, u64::MAX);
        // Other files stay; what a killed process left aside does not.
        assert!(folder.path().join("metrics.csv").exists());
        assert!(folder.path().join("checkpoint-7.safetensors").exists());
        assert!(!folder.path().join(".checkpoint-a1.part").exists());
        // What was just written stays, even where newer ones fill the places.
        checkpoints.save(&at(1)).unwrap();
        assert_eq!(steps(&checkpoints), [u64::MAX, 100, 30, 1]);
    }

    #[test]
    fn one_is_kept_even_if_none_is_asked_for() {
        let (_folder, mut checkpoints) = folder(&[1, 2]);
        checkpoints.keep = 0;
        checkpoints.save(&at(3)).unwrap();
        assert_eq!(steps(&checkpoints), [3]);
    }

    #[test]
    fn damaged_ones_are_refused_and_passed_over_only_if_asked() {
        let (_folder, checkpoints) = folder(&[1, 2, 3]);
        let paths = checkpoints.paths().unwrap();
        let bytes = std::fs::read(&paths[0]).unwrap();
        std::fs::write(&paths[0], &bytes[..bytes.len() - 1]).unwrap();
        std::fs::write(&paths[1], "foreign text").unwrap();
        assert!(
            matches!(checkpoints.newest(), Err(Error::CutShort { path, .. }) if path == paths[0])
        );
        let found = checkpoints.newest_good().unwrap();
        assert_eq!((found.checkpoint, &found.path), (at(1), &paths[2]));
        assert!(matches!(
            found.refused.as_slice(),
            [Error::CutShort { .. }, Error::Foreign { .. }]
        ));
        std::fs::write(&paths[2], "").unwrap();
        assert!(matches!(
            checkpoints.newest_good(),
            Err(Error::NoCheckpoint { refused, .. }) if refused.len() == 3
        ));
    }

    #[test]
    fn a_failed_save_loses_no_checkpoint() {
        let (_folder, checkpoints) = folder(&[1, 2, 3]);
        // A folder of the file's name that cannot be replaced stands for a disk that refuses the write.
        let taken = checkpoints.folder.join(file_name(4)).join("inside");
        std::fs::create_dir_all(taken).unwrap();
        assert!(matches!(
            checkpoints.save(&at(4)),
            Err(Error::Disk { doing: "write", .. })
        ));
        assert_eq!(steps(&checkpoints), [4, 3, 2, 1]);
        assert_eq!(checkpoints.newest_good().unwrap().checkpoint, at(3));
    }

    #[test]
    fn an_empty_folder_says_so() {
        let (_folder, checkpoints) = folder(&[]);
        for found in [checkpoints.newest(), checkpoints.newest_good()] {
            assert!(
                matches!(found, Err(Error::NoCheckpoint { refused, .. }) if refused.is_empty())
            );
        }
    }
}
