//! Where the report's page goes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::collect::Done;
use crate::error::Error;
use crate::html;

/// The page `index.html` in a folder.
#[derive(Debug)]
pub(crate) struct Page {
    path: PathBuf,
}

impl Page {
    /// Makes the folder if it is missing, so that a path which cannot be written is known before
    /// the work starts.
    pub(crate) fn open(folder: &Path) -> Result<Page, Error> {
        let path = folder.join("index.html");
        fs::create_dir_all(folder).map_err(|cause| failed(folder, cause))?;
        Ok(Page { path })
    }

    /// Writes the page aside and renames it, so that no reader ever sees half of it. Returns its
    /// path.
    pub(crate) fn write(&self, done: &[Done]) -> Result<&Path, Error> {
        let aside = self
            .path
            .with_extension(format!("html.{}", std::process::id()));
        let written =
            fs::write(&aside, html::page(done)).and_then(|()| fs::rename(&aside, &self.path));
        written.map_err(|cause| {
            // It may never have been there.
            let _ = fs::remove_file(&aside);
            failed(&self.path, cause)
        })?;
        Ok(&self.path)
    }
}

fn failed(path: &Path, cause: io::Error) -> Error {
    let path = path.to_owned();
    Error::Report { path, cause }
}
