//! Renders the book: runs the chapters, weaves their pages, renders formulae, calls mdBook, and
//! leaves the result in `book/html`.

mod formulas;
mod pages;

use std::{env, path::Path, process::ExitCode};

use anyhow::{Result, anyhow};
use kinglet_weave::Book;

fn main() -> ExitCode {
    match render() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn render() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let book = Book::load(root)?;
    let name = format!("kinglet-book{}", env::consts::EXE_SUFFIX);
    let program = env::current_exe()?.with_file_name(name);
    let runs = book.run(&program).map_err(|what| anyhow!("{what}"))?;
    pages::press(root, &book, &runs, &root.join("html"))
}
