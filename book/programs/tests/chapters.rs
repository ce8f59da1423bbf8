//! Every chapter runs to its end with its assertions, and its committed notebook is what it
//! gives now.

use std::{fs, path::Path, process::Command};

use kinglet_weave::{Book, differences, notebook, read};

include!(concat!(env!("OUT_DIR"), "/tests.rs"));

/// The chapter runs, and `notebooks/<slug>.ipynb` is fresh.
fn holds(slug: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_kinglet-book"))
        .arg(slug)
        .env("KINGLET_DISPLAY", "1")
        .output()
        .expect("the chapters' program starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let book = Book::load(root).expect("the book was woven when this was built");
    let chapter = book
        .chapters()
        .find(|c| c.slug() == slug)
        .expect("the chapter exists");
    let run = read(chapter, &String::from_utf8_lossy(&output.stdout))
        .unwrap_or_else(|fault| panic!("book/src/{slug}.md:{fault}"));
    let path = root.join(format!("../notebooks/{slug}.ipynb"));
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let stale = differences(&committed, &notebook(&book, chapter, &run));
    assert!(
        stale.is_empty(),
        "notebooks/{slug}.ipynb is stale; `cargo xtask notebooks` weaves it anew:\n{}",
        stale.join("\n")
    );
}

/// Each committed notebook has a chapter.
#[test]
fn no_notebook_is_left_over() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks");
    for entry in fs::read_dir(root).expect("the notebooks' folder") {
        let name = entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("a plain name");
        let known = |slug: &str| {
            kinglet_book::CHAPTERS
                .iter()
                .any(|(chapter, _)| *chapter == slug)
        };
        if let Some(slug) = name.strip_suffix(".ipynb") {
            assert!(known(slug), "notebooks/{name} has no chapter");
        }
    }
}
