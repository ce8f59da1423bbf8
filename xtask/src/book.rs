//! `cargo xtask book`: weaves the chapters, renders formulae and pages, checks what came out.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use duct::cmd;

use crate::notebooks::{built, in_markdown, loaded};
use crate::report::{Count, Step};
use crate::test::cargo_test;
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
    let mut count = cargo_test(
        step,
        &["-p", "kinglet-book", "--features", "press", "--bins"],
    )?;
    make(step)?;
    let tests = workspace::root().join("book/tests");
    let node = setup::node(step, &tests)?;
    let chromium = setup::chromium(step)?;
    step.say("following every link of the built book");
    step.run(cmd!(&node, tests.join("links.mjs"), folder()))?;
    step.say("opening every page, in light and dark, on a desk and on a phone");
    let pictures = workspace::target().join("xtask/pages");
    let script = tests.join("pages.mjs");
    let output = step.run(cmd!(&node, script, folder(), pictures).env("CHROMIUM", chromium))?;
    let opened = output
        .lines()
        .filter(|line| line.ends_with(" opened"))
        .count();
    count += Count::passed(1 + opened);
    Ok(count)
}

/// Weaves the chapters and renders the pages.
fn make(step: &mut Step) -> Result<()> {
    loaded()?;
    step.say("compiling the chapters, KaTeX and mdBook");
    let arguments = [
        "build",
        "--quiet",
        "-p",
        "kinglet-book",
        "--features",
        "press",
        "--bins",
    ];
    let (output, compiled) = step.attempt(cmd("cargo", arguments))?;
    if !compiled {
        bail!("the book does not compile\n{}", in_markdown(&output));
    }
    step.say("running the chapters, rendering formulae and pages");
    let (output, pressed) = step.attempt(cmd!(built("kinglet-press")))?;
    if !pressed {
        bail!("{}", output.trim_end());
    }
    Ok(())
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
    let opened = cmd!(opener, page)
        .stdout_null()
        .stderr_null()
        .unchecked()
        .run();
    opened.with_context(|| format!("there is no `{opener}`: open {} yourself", page.display()))?;
    Ok(())
}
