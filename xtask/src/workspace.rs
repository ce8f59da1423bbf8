//! Where things are: the workspace's root, its crates, the folder of fetched tools.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in a folder of the workspace")
}

/// Cargo's output folder of the workspace.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The folder that holds what the tasks fetch (Python environments, Rust sources), outside the
/// clone so that several clones share it: `$KINGLET_TOOLS`, else `kinglet` in the user's cache.
pub(crate) fn tools() -> Result<PathBuf> {
    let cache = || {
        std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
            .map(|cache| cache.join("kinglet"))
    };
    let folder = std::env::var_os("KINGLET_TOOLS")
        .map(PathBuf::from)
        .or_else(cache)
        .context("no home folder: set KINGLET_TOOLS to a folder for fetched tools")?;
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be created; set KINGLET_TOOLS", folder.display()))?;
    Ok(folder)
}

/// Eight hexadecimal digits that change with the contents of a file: the key of what is set up
/// from it.
pub(crate) fn fingerprint(file: &Path) -> Result<String> {
    let text = std::fs::read(file).with_context(|| format!("{} is missing", file.display()))?;
    Ok(Sha256::digest(text)
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// The crates below `crates/`, by package name (the folder's), sorted.
pub(crate) fn crates() -> Result<Vec<String>> {
    let mut names: Vec<String> = std::fs::read_dir(root().join("crates"))?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| name.starts_with("kinglet"))
        .collect();
    names.sort();
    Ok(names)
}

/// The files below `folder` with one of `extensions`, sorted, without build outputs.
pub(crate) fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let skipped = ["target", "node_modules", "html", ".git"];
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_entry(|entry| !skipped.contains(&entry.file_name().to_string_lossy().as_ref()))
        .filter_map(|entry| Some(entry.ok()?.into_path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|e| extensions.contains(&e.to_string_lossy().as_ref()))
        })
        .collect();
    found.sort();
    found
}
