//! Renders the pages: mdBook makes them of Markdown in which formulae, figures and demos are
//! empty elements; what belongs there is put into the finished HTML, so that no reader of
//! Markdown touches it and the search index holds words alone.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use kinglet_weave::{Book, Fragment, Macros, Page, Run, page};
use mdbook_driver::MDBook;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext, book};
use walkdir::WalkDir;

use crate::formulas;

/// Renders the book in `root` into `out`.
///
/// # Errors
/// Whatever is wrong with a page, by file and line.
pub(crate) fn press(root: &Path, woven: &Book, runs: &[Run], out: &Path) -> Result<()> {
    let mut pages = HashMap::new();
    let mut fills = Vec::new();
    let mut faults = Vec::new();
    for (chapter, run) in woven.pages.iter().zip(runs) {
        let page = page(woven, chapter, run);
        for (index, fragment) in page.fragments.iter().enumerate() {
            match html(fragment, &woven.macros, root) {
                Ok(html) => fills.push((Page::stub(chapter.slug(), index), html)),
                Err((line, error)) => {
                    faults.push(format!("book/src/{}:{line}: {error:#}", chapter.file));
                }
            }
        }
        pages.insert(
            chapter.file.clone(),
            headed(page.markdown, chapter.slug(), woven),
        );
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    let mut book = MDBook::load(root).map_err(|error| anyhow!("book/book.toml: {error:#}"))?;
    book.with_preprocessor(Pages(pages));
    book.build().map_err(|error| anyhow!("mdBook: {error:#}"))?;
    fill(out, fills)?;
    copy(
        &root.join("theme/katex"),
        &out.join("style/katex"),
        &["css", "woff2"],
    )?;
    copy(&root.join("theme"), &out.join("style"), &["css"])?;
    copy(
        &root.join("../notebooks"),
        &out.join("notebooks"),
        &["ipynb"],
    )
}

/// The woven pages, in place of the files that mdBook read.
struct Pages(HashMap<String, String>);

impl Preprocessor for Pages {
    fn name(&self) -> &str {
        "weave"
    }

    fn run(
        &self,
        _: &PreprocessorContext,
        mut book: book::Book,
    ) -> mdbook_driver::errors::Result<book::Book> {
        book.for_each_chapter_mut(|chapter| {
            let file = chapter.path.as_ref().map(|path| path.display().to_string());
            if let Some(markdown) = file.and_then(|file| self.0.get(&file)) {
                chapter.content.clone_from(markdown);
            }
        });
        Ok(book)
    }
}

/// A chapter's page with, under its title, the way to its notebook.
fn headed(markdown: String, slug: &str, woven: &Book) -> String {
    if !woven.chapters().any(|chapter| chapter.slug() == slug) {
        return markdown;
    }
    let end = markdown.find('\n').unwrap_or(markdown.len());
    let (title, rest) = markdown.split_at(end);
    format!(
        "{title}\n\n<p class=\"lives\">Also a notebook: \
         <a href=\"notebooks/{slug}.ipynb\" download>{slug}.ipynb</a></p>\n{rest}"
    )
}

/// A fragment as HTML, or its line and what is wrong with it.
fn html(
    fragment: &Fragment,
    macros: &Macros,
    root: &Path,
) -> Result<String, (usize, anyhow::Error)> {
    match fragment {
        Fragment::Html(html) => Ok(html.clone()),
        Fragment::Formula {
            latex,
            display,
            ids,
            line,
        } => formulas::render(latex, *display, ids, macros).map_err(|error| (*line, error)),
        Fragment::Demo { name, line } => {
            let path = root.join("demos").join(name).join("demo.html");
            fs::read_to_string(&path)
                .with_context(|| format!("the demo {} cannot be read", path.display()))
                .map(|html| format!("<div class=\"demo\" id=\"demo-{name}\">{html}</div>"))
                .map_err(|error| (*line, error))
        }
    }
}

/// Puts each fragment where its empty element stands.
fn fill(out: &Path, fills: Vec<(String, String)>) -> Result<()> {
    let mut missing: HashMap<String, String> = fills.into_iter().collect();
    let total = missing.len();
    let mut filled = 0;
    for path in pages(out) {
        let text = fs::read_to_string(&path)?;
        let (text, used) = filled_in(&text, &missing);
        if !used.is_empty() {
            fs::write(&path, text)?;
        }
        // The first page stands twice: index.html is a copy of it.
        let copy = path.file_name().is_some_and(|name| name == "index.html");
        filled += if copy { 0 } else { used.len() };
        if !copy {
            used.iter().for_each(|stub| drop(missing.remove(stub)));
        }
    }
    if filled != total {
        let lost: Vec<&String> = missing.keys().collect();
        bail!(
            "mdBook lost {} of {total} fragments: {lost:?}",
            total - filled
        );
    }
    Ok(())
}

/// The pages that mdBook wrote, `index.html` first.
fn pages(out: &Path) -> Vec<PathBuf> {
    let entries = WalkDir::new(out).into_iter().filter_map(Result::ok);
    let mut pages: Vec<PathBuf> = entries
        .map(walkdir::DirEntry::into_path)
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "html")
        })
        .collect();
    pages.sort_by_key(|path| {
        (
            path.file_name() != Some("index.html".as_ref()),
            path.clone(),
        )
    });
    pages
}

/// The text with its empty elements filled, and which these were.
fn filled_in(text: &str, fragments: &HashMap<String, String>) -> (String, Vec<String>) {
    const START: &str = "<span data-weave=\"";
    const END: &str = "</span>";
    let (mut out, mut used, mut rest) = (String::new(), Vec::new(), text);
    while let Some(at) = rest.find(START) {
        let end = rest[at..]
            .find(END)
            .map_or(rest.len(), |length| at + length + END.len());
        let stub = &rest[at..end];
        out.push_str(&rest[..at]);
        match fragments.get(stub) {
            Some(html) => {
                out.push_str(html);
                used.push(stub.to_owned());
            }
            None => out.push_str(stub),
        }
        rest = &rest[end..];
    }
    (out + rest, used)
}

/// Copies the files of a folder (not of those below it) that have one of the extensions.
fn copy(from: &Path, to: &Path, extensions: &[&str]) -> Result<()> {
    for entry in WalkDir::new(from)
        .max_depth(2)
        .into_iter()
        .filter_map(Result::ok)
    {
        let path = entry.path();
        let extension = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_file() && extensions.contains(&extension.as_str()) {
            let target = to.join(path.strip_prefix(from)?);
            fs::create_dir_all(target.parent().unwrap_or(to))?;
            fs::copy(path, &target)
                .with_context(|| format!("{} cannot be written", target.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_elements_are_filled_and_others_left() {
        let fragments = HashMap::from([(Page::stub("01-a", 0), "<b>x</b>".to_owned())]);
        let text = format!("a {} b {}", Page::stub("01-a", 0), Page::stub("01-a", 1));
        let (filled, used) = filled_in(&text, &fragments);
        assert_eq!(filled, format!("a <b>x</b> b {}", Page::stub("01-a", 1)));
        assert_eq!(used, [Page::stub("01-a", 0)]);
    }
}
