//! `cargo xtask notebooks`: runs the chapters and weaves the notebooks; and the tests of both.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use duct::cmd;
use kinglet_weave::{Book, Chapter, Run, notebook, read};
use regex::Regex;

use crate::report::{Count, Step};
use crate::test::cargo_test;
use crate::{kernel, setup, workspace};

/// The book, and what the program of each of its pages wrote.
pub(crate) struct Woven {
    pub(crate) book: Book,
    /// For each page; empty where it has no cells.
    pub(crate) runs: Vec<Run>,
}

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
    let woven = woven(step)?;
    let folder = workspace::root().join("notebooks");
    let pages = woven.book.pages.iter().zip(&woven.runs);
    let chapters: Vec<_> = pages.filter(|(page, _)| page.is_chapter()).collect();
    for (chapter, run) in &chapters {
        let path = folder.join(format!("{}.ipynb", chapter.slug()));
        fs::write(&path, notebook(&woven.book, chapter, run))
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(chapters.len())
}

/// The chapters as programs, with their assertions, and whether the notebooks are fresh.
pub(crate) fn check(step: &mut Step) -> Result<Count> {
    cargo_test(step, &["-p", "kinglet-book"])
}

/// The kernel's own tests.
pub(crate) fn kernel_tests(step: &mut Step) -> Result<Count> {
    cargo_test(step, &["-p", "kinglet-kernel"])
}

/// The notebooks through the real kernel: they show what the chapters' programs showed.
pub(crate) fn run(step: &mut Step) -> Result<Count> {
    let python = environment(step)?;
    step.say("running the notebooks in the kinglet kernel");
    let script = workspace::root().join("notebooks/run.py");
    let output = step.run(cmd!(python, script))?;
    let notebooks = output.lines().filter(|line| line.ends_with(": the same")).count();
    Ok(Count::passed(notebooks))
}

/// The Python of an environment with JupyterLab, nbclient and the kinglet kernel.
///
/// # Errors
/// What is missing and cannot be set up.
pub(crate) fn environment(step: &mut Step) -> Result<PathBuf> {
    let python = setup::python(step, &workspace::root().join("notebooks/requirements.txt"))?;
    kernel::install(step, &python)?;
    Ok(python)
}

/// Builds the chapters' program and runs every chapter.
///
/// # Errors
/// A fault of a chapter, an error of the compiler, a panic, each by file and line.
pub(crate) fn woven(step: &mut Step) -> Result<Woven> {
    let folder = workspace::root().join("book");
    let book = Book::load(&folder).map_err(|faults| anyhow!("{faults}"))?;
    step.say("compiling the chapters");
    let (output, built) = step.attempt(cmd!("cargo", "build", "--quiet", "-p", "kinglet-book"))?;
    if !built {
        bail!("the chapters do not compile\n{}", in_markdown(&output));
    }
    let mut runs = Vec::new();
    for page in &book.pages {
        runs.push(if page.is_chapter() { ran(step, page)? } else { Run::default() });
    }
    Ok(Woven { book, runs })
}

/// Runs one chapter.
fn ran(step: &mut Step, chapter: &Chapter) -> Result<Run> {
    step.say(&format!("running {}", chapter.file));
    let name = format!("kinglet-book{}", std::env::consts::EXE_SUFFIX);
    let program = workspace::target().join("debug").join(name);
    let output = cmd!(program, chapter.slug())
        .env("KINGLET_DISPLAY", "1")
        .dir(workspace::root())
        .stdout_capture()
        .stderr_capture()
        .unchecked()
        .run()?;
    if !output.status.success() {
        bail!("{} does not hold\n{}", chapter.file, String::from_utf8_lossy(&output.stderr));
    }
    read(chapter, &String::from_utf8_lossy(&output.stdout))
        .map_err(|fault| anyhow!("book/src/{}:{fault}", chapter.file))
}

/// The compiler's words, with the chapters' files in place of what was woven of them.
fn in_markdown(output: &str) -> String {
    let woven = Regex::new(r"\S*[/\\]out[/\\]book[/\\]src[/\\]").expect("the expression is valid");
    woven.replace_all(output, "book/src/").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_speaks_of_the_chapter() {
        let output = "error[E0425]\n --> /t/debug/build/kinglet-book-1a/out/book/src/01-a.md:42:5";
        assert_eq!(in_markdown(output), "error[E0425]\n --> book/src/01-a.md:42:5");
    }
}
