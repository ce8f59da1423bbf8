//! `cargo xtask notebooks`: runs the chapters and weaves the notebooks; and the tests of both.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use duct::cmd;
use kinglet_weave::{Book, notebook};
use regex::Regex;

use crate::report::{Count, Step};
use crate::test::cargo_test;
use crate::{kernel, setup, workspace};

/// Runs every chapter and writes `notebooks/*.ipynb`.
///
/// # Errors
/// A chapter that does not hold.
pub(crate) fn weave() -> Result<()> {
    let mut step = Step::open(1, 1, "notebooks", "weaving the chapters into notebooks")?;
    let outcome = write(&mut step).map(Count::passed);
    if step.close("notebooks", &outcome).failed > 0 {
        bail!("the notebooks were not written");
    }
    Ok(())
}

fn write(step: &mut Step) -> Result<usize> {
    let book = loaded()?;
    let program = program(step)?;
    step.say("running the chapters");
    let runs = book.run(&program).map_err(|what| anyhow!("{what}"))?;
    let pages = book.pages.iter().zip(&runs);
    let chapters: Vec<_> = pages.filter(|(page, _)| page.is_chapter()).collect();
    for (chapter, run) in &chapters {
        let name = format!("notebooks/{}.ipynb", chapter.slug());
        fs::write(workspace::root().join(&name), notebook(&book, chapter, run))
            .with_context(|| format!("{name} cannot be written"))?;
    }
    Ok(chapters.len())
}

/// The book, free of what can be found wrong without compiling it.
pub(crate) fn loaded() -> Result<Book> {
    Book::load(&workspace::root().join("book")).context("the chapters cannot be woven")
}

/// Compiles the chapters; the program that runs one of them by name.
fn program(step: &mut Step) -> Result<PathBuf> {
    step.say("compiling the chapters");
    let (output, compiled) =
        step.attempt(cmd!("cargo", "build", "--quiet", "-p", "kinglet-book"))?;
    if !compiled {
        bail!("the chapters do not compile\n{}", in_markdown(&output));
    }
    Ok(built("kinglet-book"))
}

/// The chapters as programs, with their assertions, and whether the notebooks are fresh.
pub(crate) fn check(step: &mut Step) -> Result<Count> {
    cargo_test(step, &["-p", "kinglet-book"])
}

/// The kernel's own tests, and those of the installed kernel.
pub(crate) fn kernel_tests(step: &mut Step) -> Result<Count> {
    let mut count = cargo_test(step, &["-p", "kinglet-kernel"])?;
    let python = environment(step)?;
    count += kernel::test(step, &python)?;
    Ok(count)
}

/// The notebooks through the real kernel: they show what the chapters' programs showed.
pub(crate) fn run(step: &mut Step) -> Result<Count> {
    let python = environment(step)?;
    step.say("running the notebooks in the kinglet kernel");
    let script = workspace::root().join("notebooks/run.py");
    let output = step.run(cmd!(python, script))?;
    let notebooks = output
        .lines()
        .filter(|line| line.contains(": the same ("))
        .count();
    Ok(Count::passed(notebooks))
}

/// The Python of an environment with JupyterLab, nbclient and the kinglet kernel, for which the
/// notebooks are trusted: of others JupyterLab shows no figure before they are run.
///
/// # Errors
/// What is missing and cannot be set up.
pub(crate) fn environment(step: &mut Step) -> Result<PathBuf> {
    let python = setup::python(step, &workspace::root().join("notebooks/requirements.txt"))?;
    kernel::install(step, &python)?;
    let notebooks = workspace::files(&workspace::root().join("notebooks"), &["ipynb"]);
    let sign = ["-m", "nbformat.sign"].map(std::ffi::OsString::from);
    let names = notebooks.into_iter().map(PathBuf::into_os_string);
    step.run(cmd(&python, sign.into_iter().chain(names)))?;
    Ok(python)
}

/// A program that Cargo has built for its usual profile.
pub(crate) fn built(name: &str) -> PathBuf {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    workspace::target().join("debug").join(name)
}

/// The compiler's words, with the chapters' files in place of what was woven of them.
pub(crate) fn in_markdown(output: &str) -> String {
    let woven = Regex::new(r"\S*[/\\]out[/\\]book[/\\]src[/\\]").expect("the expression is valid");
    woven.replace_all(output, "book/src/").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_speaks_of_the_chapter() {
        let output = "error[E0425]\n --> /t/debug/build/kinglet-book-1a/out/book/src/01-a.md:42:5";
        assert_eq!(
            in_markdown(output),
            "error[E0425]\n --> book/src/01-a.md:42:5"
        );
    }
}
