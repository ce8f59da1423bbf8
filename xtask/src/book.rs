//! `cargo xtask book`: weaves the chapters, renders formulae and pages, checks what came out.

mod formulas;
mod press;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use duct::cmd;

use crate::notebooks::{self, Woven};
use crate::report::{Count, Step};
use crate::{setup, workspace};

/// Builds the book into `book/html`, and opens it where that is wished.
///
/// # Errors
/// Whatever is wrong with a chapter, by file and line.
pub(crate) fn build(open: bool) -> Result<()> {
    let mut step = Step::open(1, 1, "book", "weaving and rendering the book")?;
    let outcome = make(&mut step).map(|_| Count::passed(1));
    if step.close("book", &outcome).failed > 0 {
        bail!("the book was not built");
    }
    let index = folder().join("index.html");
    println!("{}", index.display());
    if open { show(&index) } else { Ok(()) }
}

/// The book's build, its links, and its pages in Chromium.
pub(crate) fn check(step: &mut Step) -> Result<Count> {
    let woven = make(step)?;
    let tests = workspace::root().join("book/tests");
    let node = setup::node(step, &tests)?;
    let chromium = setup::chromium(step)?;
    step.say("following every link of the built book");
    step.run(cmd!(&node, tests.join("links.mjs"), folder()))?;
    step.say("opening every page, in light and dark, on a desk and on a phone");
    let pictures = workspace::target().join("xtask/pages");
    step.run(cmd!(&node, tests.join("pages.mjs"), folder(), pictures).env("CHROMIUM", chromium))?;
    Ok(Count::passed(2 + woven.book.pages.len()))
}

/// Weaves the chapters and renders the pages.
fn make(step: &mut Step) -> Result<Woven> {
    let woven = notebooks::woven(step)?;
    step.say("rendering formulae and pages");
    press::press(&workspace::root().join("book"), &woven, &folder())?;
    Ok(woven)
}

/// Where the pages go.
fn folder() -> PathBuf {
    workspace::root().join("book/html")
}

/// Opens a page in the browser that the system prefers.
fn show(page: &Path) -> Result<()> {
    let opener = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let opened = cmd!(opener, page).stdout_null().stderr_null().unchecked().run();
    opened.with_context(|| format!("there is no `{opener}`: open {} yourself", page.display()))?;
    Ok(())
}
