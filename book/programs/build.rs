//! Weaves the chapters into programs: one Rust file a chapter, whose lines are the lines of the
//! Markdown and whose name is the Markdown's, so that whatever the compiler says is said of it.

use std::{env, fs, path::Path, process::exit};

use kinglet_weave::{Book, Chapter, program};

fn main() {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=macros.txt");
    let book = match Book::load(Path::new(".")) {
        Ok(book) => book,
        Err(faults) => {
            for line in faults.to_string().lines() {
                println!("cargo::error={line}");
            }
            exit(1);
        }
    };
    let out = env::var("OUT_DIR").expect("Cargo sets OUT_DIR");
    if let Err(error) = write(&book, Path::new(&out)) {
        println!("cargo::error={out}: {error}");
        exit(1);
    }
}

fn write(book: &Book, out: &Path) -> std::io::Result<()> {
    let folder = out.join("book/src");
    fs::create_dir_all(&folder)?;
    let (mut modules, mut table, mut tests) = (String::new(), String::new(), String::new());
    for chapter in book.chapters() {
        let path = folder.join(&chapter.file);
        fs::write(&path, program(chapter))?;
        let name = module(chapter);
        modules += &format!(
            "#[path = {path:?}]\n#[allow(clippy::uninlined_format_args, clippy::double_parens, \
             reason = \"what is woven around the cells is not written by hand\")]\nmod {name};\n"
        );
        table += &format!("    ({:?}, {name}::main),\n", chapter.slug());
        tests += &format!(
            "#[test]\nfn {name}() {{\n    holds({:?});\n}}\n",
            chapter.slug()
        );
    }
    let chapters = format!(
        "{modules}\n/// Every chapter, by the name of its file.\n\
         pub const CHAPTERS: &[(&str, runtime::Program)] = &[\n{table}];\n"
    );
    fs::write(out.join("chapters.rs"), chapters)?;
    fs::write(out.join("tests.rs"), tests)
}

/// The chapter's name as an identifier: `chapter_01_elbo`.
fn module(chapter: &Chapter) -> String {
    let letters = chapter.slug().chars();
    let name: String = letters
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect();
    format!("chapter_{name}")
}
