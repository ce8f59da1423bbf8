//! Files that are never seen half written.

use std::fs;
use std::io;
use std::path::Path;

use crate::error::Error;

/// Writes a file aside and renames it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |reason: io::Error| Error::Disk {
        path: path.to_owned(),
        reason,
    };
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = folder.join(format!(".{name}.{}", std::process::id()));
    let written = fs::write(&aside, bytes).and_then(|()| fs::rename(&aside, path));
    written.map_err(|cause| {
        // It may never have been there.
        let _ = fs::remove_file(&aside);
        failed(cause)
    })
}
