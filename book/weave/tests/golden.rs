//! A small chapter with everything in it, woven: program, page and notebook are what the files in
//! `golden` say. After a change that is meant, `BLESS=1 cargo test -p kinglet-weave` writes them.

use std::{env, fs, path::Path};

use kinglet_display::Bundle;
use kinglet_weave::{Book, Chapter, Fragment, Macros, Output, Run, notebook, page, program};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn chapter(file: &str) -> Chapter {
    let text = fs::read_to_string(folder().join(file)).unwrap();
    Chapter::parse(file, &text).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn book() -> Book {
    let macros = Macros::parse("\\E \\mathbb{E}\n\\KL D_{\\mathrm{KL}}").unwrap();
    Book {
        pages: vec![chapter("01-small.md"), chapter("02-other.md")],
        macros,
    }
}

fn run() -> Run {
    let figure = Bundle::text("a line").with("image/svg+xml", "<svg></svg>");
    Run {
        cells: vec![
            vec![
                Output::Text("-0.5\n".into()),
                Output::Display(None, figure),
                Output::Value("-1.0".into()),
            ],
            vec![],
        ],
        numbers: vec!["-0.5".into(), "-5.00e-1".into(), "1.500".into()],
    }
}

fn compare(file: &str, woven: &str) {
    let path = folder().join(file);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, woven).unwrap();
    }
    let golden = fs::read_to_string(path).unwrap_or_default();
    for (number, (golden, woven)) in golden.lines().zip(woven.lines()).enumerate() {
        assert_eq!(golden, woven, "{file}, line {}", number + 1);
    }
    assert_eq!(golden.len(), woven.len(), "{file}");
}

#[test]
fn the_book_has_no_fault() {
    assert_eq!(book().faults(), []);
}

#[test]
fn a_chapter_becomes_a_program() {
    compare("program.rs.txt", &program(&book().pages[0]));
}

#[test]
fn a_chapter_becomes_a_page() {
    let book = book();
    let page = page(&book, &book.pages[0], &run());
    let shown = |(index, fragment): (usize, &Fragment)| format!("{index}: {fragment:?}\n");
    let fragments: String = page.fragments.iter().enumerate().map(shown).collect();
    compare(
        "page.md.txt",
        &format!("{}\n---\n{fragments}", page.markdown),
    );
}

#[test]
fn a_chapter_becomes_a_notebook() {
    let book = book();
    compare(
        "notebook.ipynb.txt",
        &notebook(&book, &book.pages[0], &run()),
    );
}
