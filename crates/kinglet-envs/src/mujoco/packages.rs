//! Where the packages are whose models are read.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::Error;

/// A Python package that has models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    /// `gymnasium`, at the version 1.4.0.
    Gymnasium,
    /// `dm_control`, at the version 1.0.50.
    DmControl,
}

impl Package {
    fn name(self) -> &'static str {
        match self {
            Self::Gymnasium => "gymnasium",
            Self::DmControl => "dm_control",
        }
    }

    /// The variable that tells its folder.
    fn variable(self) -> &'static str {
        match self {
            Self::Gymnasium => "KINGLET_GYMNASIUM",
            Self::DmControl => "KINGLET_DM_CONTROL",
        }
    }
}

/// The folder of an installed package: what its variable says (`KINGLET_GYMNASIUM`, `KINGLET_DM_CONTROL`), else what a
/// Python answers: that of `KINGLET_PYTHON`, else the one that `cargo xtask mujoco` has made.
///
/// # Errors
/// [`Error::Package`] where it is not there.
pub fn package_folder(package: Package) -> Result<PathBuf, Error> {
    if let Some(folder) = env::var_os(package.variable()) {
        let folder = PathBuf::from(folder);
        return if folder.is_dir() {
            Ok(folder)
        } else {
            let reason = format!(
                "{} says {}, which is no folder",
                package.variable(),
                folder.display()
            );
            Err(missing(package, reason))
        };
    }
    /// What each Python has answered: a process takes longer to begin than most models to be read.
    static FOUND: Mutex<Vec<(PathBuf, Package, PathBuf)>> = Mutex::new(Vec::new());
    let python = python();
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let same = |(of, what, _): &&(PathBuf, Package, PathBuf)| *of == python && *what == package;
    if let Some((.., folder)) = found.iter().find(same) {
        return Ok(folder.clone());
    }
    let folder = ask(&python, package)?;
    found.push((python, package, folder.clone()));
    Ok(folder)
}

fn ask(python: &Path, package: Package) -> Result<PathBuf, Error> {
    let name = package.name();
    // Found, not imported: that would take seconds.
    let program = format!(
        "import importlib.util as u; print(u.find_spec('{name}').submodule_search_locations[0])"
    );
    let answer = Command::new(python).args(["-c", &program]).output();
    let answer =
        answer.map_err(|error| missing(package, format!("{}: {error}", python.display())))?;
    let folder = PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim_end());
    if answer.status.success() && folder.is_dir() {
        Ok(folder)
    } else {
        Err(missing(
            package,
            format!("{} does not have it", python.display()),
        ))
    }
}

/// The Python that is asked: of `KINGLET_PYTHON`, else the one that `cargo xtask mujoco` has made, else `python3`.
pub fn python() -> PathBuf {
    let made = || {
        option_env!("KINGLET_MUJOCO_FOLDER")
            .map(|folder| PathBuf::from(folder).join("venv/bin/python"))
    };
    let told = env::var_os("KINGLET_PYTHON").map(PathBuf::from);
    told.or_else(made).unwrap_or_else(|| "python3".into())
}

fn missing(package: Package, reason: String) -> Error {
    Error::Package {
        package: package.name(),
        reason,
    }
}
