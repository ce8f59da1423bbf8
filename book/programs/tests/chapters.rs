//! Every chapter runs to its end with its assertions, and its committed notebook is what it
//! gives now.

use std::{fs, path::Path};

use kinglet_weave::{Book, differences, notebook};

include!(concat!(env!("OUT_DIR"), "/tests.rs"));

/// The chapter runs, and `notebooks/<slug>.ipynb` is fresh.
fn holds(slug: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut book = Book::load(root).expect("the book was woven when this was built");
    let whole = book.clone();
    book.pages.retain(|page| page.slug() == slug);
    let runs = book.run(Path::new(env!("CARGO_BIN_EXE_kinglet-book")));
    let runs = runs.unwrap_or_else(|what| panic!("{what}"));
    let committed = fs::read_to_string(root.join(format!("../notebooks/{slug}.ipynb")));
    let fresh = notebook(&whole, &book.pages[0], &runs[0]);
    let stale = differences(&committed.unwrap_or_default(), &fresh);
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
