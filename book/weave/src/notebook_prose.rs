//! The chapter's prose as Jupyter reads it: what changes in the Markdown.

use std::ops::Range;

use crate::{
    Book, Chapter, Run,
    chapter::Formula,
    link::{Link, Target},
    page::{filled, numbers_in_prose},
};

/// What changes between the chapter's Markdown and the notebook's.
pub(crate) fn edits(book: &Book, chapter: &Chapter, run: &Run) -> Vec<(Range<usize>, String)> {
    let mut edits: Vec<_> = numbers_in_prose(chapter, run).collect();
    edits.extend(
        chapter
            .links
            .iter()
            .filter_map(|link| linked(book, chapter, link)),
    );
    for formula in &chapter.formulas {
        edits.push((
            formula.range.clone(),
            formula_text(book, chapter, run, formula),
        ));
    }
    for demo in &chapter.demos {
        let page = format!("../book/html/{}.html", chapter.slug());
        let text = format!(
            "*Here the book has a live demo, “{}”: [open the page]({page}) once \
             `cargo xtask book` has built it.*",
            demo.name
        );
        edits.push((demo.range.clone(), text));
    }
    edits.extend(chapter.callouts.iter().filter_map(|callout| {
        let start = chapter.text[callout.range.clone()].find("[!")? + callout.range.start;
        let end = chapter.text[start..].find(']')? + start + 1;
        Some((start..end, format!("**{}**\n>", callout.name)))
    }));
    edits.extend(
        chapter
            .folds
            .iter()
            .filter(|fold| holds_cell(chapter, fold))
            .flat_map(|fold| unfolded(chapter, fold)),
    );
    edits.sort_by_key(|(range, _)| range.start);
    edits
}

fn holds_cell(chapter: &Chapter, fold: &Range<usize>) -> bool {
    chapter.cells.iter().any(|cell| within(&cell.range, fold))
}

/// A `<details>` that holds cells ends at the first of them in a notebook: its summary becomes
/// a line in bold, its cells are folded by Jupyter.
fn unfolded(chapter: &Chapter, fold: &Range<usize>) -> Vec<(Range<usize>, String)> {
    let text = &chapter.text[fold.clone()];
    let at = |offset: usize| fold.start + offset;
    let mut edits = Vec::new();
    if let Some(end) = text.find("</summary>") {
        let start = text
            .find("<summary>")
            .map_or(0, |start| start + "<summary>".len());
        let summary = text[start..end].trim();
        edits.push((
            at(0)..at(end + "</summary>".len()),
            format!("**{summary}**"),
        ));
    }
    if let Some(end) = text.rfind("</details>") {
        edits.push((at(end)..at(end + "</details>".len()), String::new()));
    }
    edits
}

/// A formula with its shorthands written out and anchors for its identifiers.
fn formula_text(book: &Book, chapter: &Chapter, run: &Run, formula: &Formula) -> String {
    let latex = book.macros.expand(&filled(chapter, run, &formula.source));
    if !formula.display {
        return format!("${latex}$");
    }
    let quoted = chapter
        .callouts
        .iter()
        .any(|callout| within(&formula.range, &callout.range));
    let latex = if quoted {
        latex.replace('\n', "\n> ")
    } else {
        latex
    };
    let anchors = formula.ids.iter().map(|id| format!("<a id=\"{id}\"></a>"));
    let tag = match formula.ids.is_empty() {
        true => String::new(),
        false => format!(r"\tag{{{}}}", formula.ids.join(", ")),
    };
    format!("{}$${}{tag}$$", anchors.collect::<String>(), latex)
}

/// The edit that a link needs in a notebook, if it needs one.
fn linked(book: &Book, chapter: &Chapter, link: &Link) -> Option<(Range<usize>, String)> {
    let text = match &link.target {
        Target::Equation(id) => match book.equation(chapter, id)? {
            file if file == chapter.file => format!("[{id}](#{id})"),
            file => format!("[{id}]({}#{id})", notebook_of(book, file)),
        },
        Target::File(path) => format!("../{path}"),
        Target::Here(anchor) => format!("#{}", jupyter_anchor(book, &chapter.file, anchor)),
        Target::Page(file, None) => notebook_of(book, file),
        Target::Page(file, Some(anchor)) => {
            format!(
                "{}#{}",
                notebook_of(book, file),
                jupyter_anchor(book, file, anchor)
            )
        }
    };
    Some((link.range.clone(), text))
}

/// Where a page is, seen from the notebooks: chapters beside them, other pages in the book.
fn notebook_of(book: &Book, file: &str) -> String {
    match book.page(file).is_some_and(Chapter::is_chapter) {
        true => format!("{}.ipynb", file.trim_end_matches(".md")),
        false => format!("../book/src/{file}"),
    }
}

/// The anchor that Jupyter gives to the heading that has this one in the book.
fn jupyter_anchor(book: &Book, file: &str, anchor: &str) -> String {
    let heading = book.heading(file, anchor);
    heading.map_or(anchor.into(), |heading| heading.text.replace(' ', "-"))
}

/// Whether one stretch of the text lies in another.
pub(crate) fn within(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
