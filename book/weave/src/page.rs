//! The chapter as a page of the book: Markdown with empty elements where formulae, outputs and
//! demos belong, and what belongs there.

use std::ops::Range;

use kinglet_display::Bundle;
use pulldown_cmark::{Parser, html};

use crate::{
    Book, Chapter, Output, Run,
    link::{Link, Target},
    number,
    reader::options,
    text::{escape_html, line_of, replaced},
};

/// A page: Markdown, and the fragments that fill its empty elements.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Markdown in which formulae and outputs are empty elements (see [`Page::stub`]).
    pub markdown: String,
    /// What belongs into them, in order.
    pub fragments: Vec<Fragment>,
}

/// What is put into the finished page, past every reader of Markdown.
#[derive(Clone, Debug, PartialEq)]
pub enum Fragment {
    /// A formula, still in LaTeX.
    Formula {
        /// The formula, its numbers filled in.
        latex: String,
        /// Whether it is displayed.
        display: bool,
        /// The identifiers that it carries.
        ids: Vec<String>,
        /// Its line of the Markdown file.
        line: usize,
    },
    /// Finished HTML.
    Html(String),
    /// A live demo.
    Demo {
        /// Its folder below `book/demos`.
        name: String,
        /// Its line of the Markdown file.
        line: usize,
    },
}

impl Page {
    /// The empty element of a fragment, as it stands in the finished page.
    pub fn stub(slug: &str, index: usize) -> String {
        format!("<span data-weave=\"{slug}:{index}\"></span>")
    }
}

/// Weaves a page; `run` is what its program wrote.
pub fn page(book: &Book, chapter: &Chapter, run: &Run) -> Page {
    let mut page = Page {
        markdown: String::new(),
        fragments: Vec::new(),
    };
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    edits.extend(numbers_in_prose(chapter, run));
    edits.extend(
        chapter
            .links
            .iter()
            .filter_map(|link| linked(book, chapter, link)),
    );
    let slug = chapter.slug();
    for formula in &chapter.formulas {
        let fragment = Fragment::Formula {
            latex: filled(chapter, run, &formula.source),
            display: formula.display,
            ids: formula.ids.clone(),
            line: formula.line,
        };
        edits.push((formula.range.clone(), page.stub_for(slug, fragment)));
    }
    for demo in &chapter.demos {
        let (name, line) = (demo.name.clone(), demo.line);
        let stub = page.stub_for(slug, Fragment::Demo { name, line });
        edits.push((demo.range.clone(), format!("<div>{stub}</div>")));
    }
    for (cell, outputs) in chapter.cells.iter().zip(&run.cells) {
        let line = line_of(&chapter.text, cell.range.start);
        let fragments = outputs.iter().map(|output| fragment(output, line));
        let stubs: String = fragments.map(|f| page.stub_for(slug, f)).collect();
        if !stubs.is_empty() {
            let end = cell.range.end;
            edits.push((
                end..end,
                format!("\n\n<div class=\"outputs\">{stubs}</div>\n\n"),
            ));
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    page.markdown = replaced(&chapter.text, &edits);
    page
}

impl Page {
    fn stub_for(&mut self, slug: &str, fragment: Fragment) -> String {
        self.fragments.push(fragment);
        Page::stub(slug, self.fragments.len() - 1)
    }
}

/// The edits that fill the numbers outside of formulae.
pub(crate) fn numbers_in_prose<'a>(
    chapter: &'a Chapter,
    run: &'a Run,
) -> impl Iterator<Item = (Range<usize>, String)> + 'a {
    let numbers = chapter.numbers.iter().zip(&run.numbers);
    let in_prose = numbers.filter(|(number, _)| !number.in_formula);
    in_prose.map(|(number, text)| (number.range.clone(), number::typeset(text, false)))
}

/// The bytes of a formula with its numbers filled in.
pub(crate) fn filled(chapter: &Chapter, run: &Run, range: &Range<usize>) -> String {
    let inside = chapter.numbers.iter().zip(&run.numbers);
    let edits: Vec<_> = inside
        .filter(|(number, _)| range.contains(&number.range.start))
        .map(|(number, text)| {
            let place = number.range.start - range.start..number.range.end - range.start;
            (place, number::typeset(text, true))
        })
        .collect();
    without_quotation(&replaced(&chapter.text[range.clone()], &edits))
}

/// A formula without the `>` of the quotation that it stands in.
fn without_quotation(formula: &str) -> String {
    let mut lines = formula.split('\n');
    let first = lines.next().unwrap_or("").to_owned();
    lines.fold(first, |formula, line| {
        let line = line
            .strip_prefix('>')
            .map_or(line, |rest| rest.trim_start());
        formula + "\n" + line
    })
}

/// The edit that a link needs in the book, if it needs one.
fn linked(book: &Book, chapter: &Chapter, link: &Link) -> Option<(Range<usize>, String)> {
    let text = match &link.target {
        Target::Equation(id) => match book.equation(chapter, id)? {
            file if file == chapter.file => format!("[{id}](#{id})"),
            file => format!("[{id}]({file}#{id})"),
        },
        Target::File(path) => format!("../../{path}"),
        Target::Page(..) | Target::Here(_) => return None,
    };
    Some((link.range.clone(), text))
}

/// An output as a fragment, from its richest form; `line` is its cell's.
fn fragment(output: &Output, line: usize) -> Fragment {
    match output {
        Output::Text(text) => Fragment::Html(printed("output", text)),
        Output::Value(text) => Fragment::Html(printed("output value", text)),
        Output::Display(_, bundle) => shown(bundle, line),
    }
}

fn printed(class: &str, text: &str) -> String {
    let text = escape_html(text.trim_end_matches('\n'));
    format!("<pre class=\"{class}\" tabindex=\"0\">{text}</pre>")
}

fn shown(bundle: &Bundle, line: usize) -> Fragment {
    let plain = bundle.get("text/plain").unwrap_or_default();
    if let Some(svg) = bundle.get("image/svg+xml") {
        let label = escape_html(plain.trim());
        let svg = svg.find("<svg").map_or(svg, |at| &svg[at..]);
        return Fragment::Html(format!(
            "<div class=\"figure\" role=\"img\" tabindex=\"0\" aria-label=\"{label}\">{svg}</div>"
        ));
    }
    if let Some(latex) = bundle.get("text/latex") {
        return Fragment::Formula {
            latex: latex.trim().trim_matches('$').into(),
            display: true,
            ids: Vec::new(),
            line,
        };
    }
    if let Some(table) = bundle.get("text/html") {
        return Fragment::Html(format!(
            "<div class=\"output rich\" tabindex=\"0\">{table}</div>"
        ));
    }
    if let Some(markdown) = bundle.get("text/markdown") {
        let mut out = String::from("<div class=\"output rich\" tabindex=\"0\">");
        html::push_html(&mut out, Parser::new_ext(markdown, options()));
        return Fragment::Html(out + "</div>");
    }
    Fragment::Html(printed("output", plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn woven(text: &str, run: &Run) -> Page {
        let chapter = Chapter::parse("01-t.md", text).unwrap();
        let book = Book {
            pages: vec![chapter.clone()],
            ..Book::default()
        };
        page(&book, &chapter, run)
    }

    fn stub(index: usize) -> String {
        Page::stub("01-t", index)
    }

    #[test]
    fn formulae_leave_stubs_that_markdown_cannot_spoil() {
        let page = woven(
            "# T\n\n> of $a_1$:\n> $$\n> b*c*d\n> $$ {#DECK-01}\n> see [DECK-01]\n",
            &Run::default(),
        );
        assert_eq!(
            page.markdown,
            format!(
                "# T\n\n> of {}:\n> {}\n> see [DECK-01](#DECK-01)\n",
                stub(0),
                stub(1)
            )
        );
        let Fragment::Formula {
            latex, ids, line, ..
        } = &page.fragments[1]
        else {
            panic!()
        };
        assert_eq!(
            (latex.as_str(), &ids[..], *line),
            ("\nb*c*d\n", &["DECK-01".into()][..], 4)
        );
    }

    #[test]
    fn numbers_are_filled_in_prose_and_formulae() {
        let run = Run {
            cells: vec![vec![]],
            numbers: vec!["-0.5".into(), "1.0e-3".into()],
        };
        let page = woven(
            "# T\n\n```rust\nlet x = 1.0;\n```\n\n{{x}} and $y={{x:.1e}}$\n",
            &run,
        );
        assert!(page.markdown.ends_with(&format!("−0.5 and {}\n", stub(0))));
        let Fragment::Formula { latex, .. } = &page.fragments[0] else {
            panic!()
        };
        assert_eq!(latex, r"y=1.0 \times 10^{-3}");
    }

    #[test]
    fn outputs_follow_their_cell_in_their_richest_form() {
        let figure = Bundle::text("a \"line\"").with("image/svg+xml", "<?xml?><svg/>");
        let table = Bundle::text("1").with("text/html", "<table></table>");
        let formula = Bundle::text("x").with("text/latex", "$$x$$");
        let show = |bundle| Output::Display(None, bundle);
        let outputs = vec![
            Output::Text("a<b\n".into()),
            show(figure),
            show(table),
            show(formula),
        ];
        let run = Run {
            cells: vec![outputs],
            numbers: vec![],
        };
        let page = woven("# T\n\n```rust\nlet x = 1.0;\n```\n", &run);
        let stubs: String = (0..4).map(stub).collect();
        assert!(
            page.markdown
                .contains(&format!("```\n\n<div class=\"outputs\">{stubs}</div>\n"))
        );
        let Fragment::Html(text) = &page.fragments[0] else {
            panic!()
        };
        assert!(text.contains(">a&lt;b</pre>"));
        let Fragment::Html(figure) = &page.fragments[1] else {
            panic!()
        };
        assert!(figure.contains("aria-label=\"a &quot;line&quot;\"><svg/>"));
        assert!(
            matches!(&page.fragments[3], Fragment::Formula { latex, line: 3, .. } if latex == "x")
        );
    }

    #[test]
    fn files_of_the_repository_are_linked_from_the_page() {
        let page = woven("# T\n\n[f](/crates/a/README.md)\n", &Run::default());
        assert!(page.markdown.contains("(../../crates/a/README.md)"));
    }
}
