//! Where things are: the workspace, the compiled prelude, a kernel's own folder.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

/// The variable that names the folder of the workspace.
pub const WORKSPACE: &str = "KINGLET_WORKSPACE";

/// The workspace whose crates the cells use: `KINGLET_WORKSPACE`, else the one that this program
/// was built from.
///
/// # Errors
/// The workspace is not there any more.
pub fn workspace() -> Result<PathBuf> {
    let built_from = || {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .map(PathBuf::from)
    };
    let path = std::env::var_os(WORKSPACE)
        .map(PathBuf::from)
        .or_else(built_from)
        .context("the workspace is not known")?;
    ensure!(
        path.join("kernel/prelude/Cargo.toml").is_file(),
        "the sources of kinglet, which cells are compiled against, are not in {} any more: \
         run `kinglet-kernel --install` again from where they are now, or set {WORKSPACE}",
        path.display()
    );
    Ok(path)
}

/// The folder for what is compiled and fetched: `KINGLET_TOOLS`, or else `kinglet` in the user's
/// cache.
///
/// # Errors
/// There is no such folder, or its path holds a space, which evcxr cannot deal with.
pub fn tools() -> Result<PathBuf> {
    let cache = || {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(std::env::home_dir()?.join(".cache")));
        cache.map(|cache| cache.join("kinglet"))
    };
    let tools = std::env::var_os("KINGLET_TOOLS")
        .map(PathBuf::from)
        .or_else(cache)
        .context("there is no home folder: set KINGLET_TOOLS to a folder")?;
    ensure!(
        !tools.to_string_lossy().contains(char::is_whitespace),
        "cells cannot be compiled in {}: set KINGLET_TOOLS to a folder without a space in its path",
        tools.display()
    );
    fs::create_dir_all(&tools)
        .with_context(|| format!("{} cannot be made; set KINGLET_TOOLS", tools.display()))?;
    Ok(tools)
}

/// The folder in which this workspace's prelude is compiled and its kernels run.
///
/// # Errors
/// The folder cannot be made.
pub fn kernels(workspace: &Path) -> Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    workspace.hash(&mut hasher);
    let folder = tools()?.join(format!("kernel-{:016x}", hasher.finish()));
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Waits until no other kernel works on the shared folder, and keeps others away until dropped.
///
/// # Errors
/// The folder cannot be written.
pub fn lock(kernels: &Path) -> Result<File> {
    let file = File::create(kernels.join("lock"))?;
    file.lock()?;
    Ok(file)
}

/// The folder of one running kernel, removed when it ends.
#[derive(Debug)]
pub struct Session {
    /// The folder.
    pub folder: PathBuf,
    _lock: File,
}

impl Session {
    /// Makes `folder` below `kernels`, which must be locked. What kernels that were
    /// killed have left behind is removed.
    ///
    /// # Errors
    /// The folder cannot be written, or is another kernel's.
    pub fn new(kernels: &Path, folder: PathBuf) -> Result<Self> {
        for entry in fs::read_dir(kernels)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("session-") && is_abandoned(&path) {
                fs::remove_dir_all(&path)?;
            }
        }
        fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
        let lock = File::create(folder.join("lock"))?;
        lock.lock()?;
        Ok(Session {
            folder,
            _lock: lock,
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // What stays behind, the next kernel removes.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn is_abandoned(session: &Path) -> bool {
    File::open(session.join("lock")).map_or(true, |file| file.try_lock().is_ok())
}

/// Gives `to` the files of `from`, as links where their contents never change in place; `skip`
/// says of a file or folder that it stays behind.
///
/// # Errors
/// A file cannot be linked.
pub fn link_tree(from: &Path, to: &Path, skip: &impl Fn(&Path) -> bool) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if skip(&path) {
            continue;
        }
        if path.is_dir() {
            link_tree(&path, &target, skip)?;
        } else {
            match fs::hard_link(&path, &target) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                linked => linked.with_context(|| format!("linking {}", path.display()))?,
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_session_that_was_killed_leaves_nothing() {
        let kernels = TempDir::new().unwrap();
        let dead = kernels.path().join("session-dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join("lock"), "").unwrap();
        let folder = |name: &str| kernels.path().join(name);
        let alive = Session::new(kernels.path(), folder("session-1")).unwrap();
        assert!(!dead.exists());
        let other = Session::new(kernels.path(), folder("session-2")).unwrap();
        assert!(alive.folder.exists());
        assert!(Session::new(kernels.path(), folder("session-2")).is_err());
        drop(other);
        assert!(!folder("session-2").exists());
    }

    #[test]
    fn linked_files_keep_their_times() {
        let root = TempDir::new().unwrap();
        let (from, to) = (root.path().join("from"), root.path().join("to"));
        fs::create_dir_all(from.join("deps")).unwrap();
        fs::write(from.join("deps/a"), "a").unwrap();
        fs::write(from.join("lock"), "").unwrap();
        link_tree(&from, &to, &|path| path.ends_with("lock")).unwrap();
        let time = |path: &Path| {
            fs::metadata(path.join("deps/a"))
                .unwrap()
                .modified()
                .unwrap()
        };
        assert_eq!(time(&from), time(&to));
        assert!(!to.join("lock").exists());
    }
}
