//! What rust-analyzer reads of the standard library: a view of its sources, in the kernel's own
//! folder.
//!
//! Shown the sources themselves, rust-analyzer asks cargo for the packages that the standard
//! library depends on, and without a network ends up knowing none of its types. The view holds
//! links to the crates alone, without their manifests; rust-analyzer then joins them by itself.
//! While evcxr starts, the view is empty, so that the sources are read once and not twice.

use std::{fs, os::unix::fs::symlink, path::Path};

use anyhow::{Context, Result};

/// The crates whose types and traits cells meet.
const CRATES: [&str; 4] = ["core", "alloc", "std", "proc_macro"];

/// A view that looks like the standard library's sources and holds none of them.
///
/// # Errors
/// The folder cannot be made.
pub fn empty(view: &Path) -> Result<()> {
    fs::create_dir_all(view.join("core")).with_context(|| format!("making {}", view.display()))
}

/// Shows the crates of `library` in an empty view.
///
/// # Errors
/// A link cannot be made.
pub fn fill(view: &Path, library: &Path) -> Result<()> {
    fs::remove_dir(view.join("core"))?;
    for name in CRATES {
        symlink(library.join(name), view.join(name))
            .with_context(|| format!("linking {}", library.join(name).display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_filled_without_the_manifest() {
        let root = tempfile::TempDir::new().unwrap();
        let (library, view) = (root.path().join("library"), root.path().join("view"));
        for name in CRATES {
            fs::create_dir_all(library.join(name).join("src")).unwrap();
            fs::write(library.join(name).join("src/lib.rs"), name).unwrap();
        }
        fs::write(library.join("Cargo.toml"), "").unwrap();
        empty(&view).unwrap();
        assert!(!view.join("core/src/lib.rs").exists());
        fill(&view, &library).unwrap();
        assert_eq!(
            fs::read_to_string(view.join("core/src/lib.rs")).unwrap(),
            "core"
        );
        assert!(!view.join("Cargo.toml").exists());
    }
}
