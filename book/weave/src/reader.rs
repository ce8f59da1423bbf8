//! Reads a page's Markdown, event by event.

use std::ops::Range;

use pulldown_cmark::{
    BlockQuoteKind, BrokenLink, CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag,
    TagEnd,
};

use crate::{
    Cell, Chapter, Fault, Id, Number,
    chapter::{Callout, Formula, Heading},
    equation,
    link::{Link, Target, internal},
    places::{self, Place},
    text::line_of,
};

/// Reads a page; what keeps it from being woven, by line.
pub(crate) fn read(file: &str, text: &str) -> Result<Chapter, Vec<Fault>> {
    let code = code_ranges(text);
    let (masked, places, mut faults) = places::find(text, &code);
    let mut reader = Reader::new(file, text);
    reader.read(&masked);
    reader.place(places);
    let mut chapter = reader.chapter;
    faults.append(&mut reader.faults);
    faults.extend(equation::repeated(&chapter.formulas));
    if chapter.title.is_empty() {
        faults.push(Fault::new(
            1,
            "the page has no title: start it with `# Title`",
        ));
    }
    chapter.links.sort_by_key(|link| link.range.start);
    faults.sort();
    match faults.is_empty() {
        true => Ok(chapter),
        false => Err(faults),
    }
}

/// The identifiers of the displayed equations of a page, as far as it can be read.
pub fn ids(text: &str) -> Vec<Id> {
    let mut reader = Reader::new("", text);
    reader.read(text);
    reader.chapter.ids()
}

/// The Markdown that pages are written in: what mdBook reads, and formulae.
pub(crate) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH
}

/// The bytes of code, in which nothing is woven.
fn code_ranges(text: &str) -> Vec<Range<usize>> {
    let events = Parser::new_ext(text, options()).into_offset_iter();
    let code = events
        .filter(|(event, _)| matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_))));
    code.map(|(_, range)| range).collect()
}

/// Reads a page event by event.
struct Reader<'a> {
    chapter: Chapter,
    faults: Vec<Fault>,
    text: &'a str,
    /// The depth of lists, quotations and the like.
    depth: usize,
    /// The start of the `<details>` that is open.
    fold: Option<usize>,
}

impl<'a> Reader<'a> {
    fn new(file: &str, text: &'a str) -> Self {
        let chapter = Chapter {
            file: file.into(),
            text: text.into(),
            ..Chapter::default()
        };
        Reader {
            chapter,
            faults: Vec::new(),
            text,
            depth: 0,
            fold: None,
        }
    }

    /// Reads `masked`, which differs from the text where numbers and demos stand.
    fn read(&mut self, masked: &str) {
        let reference = |link: BrokenLink<'_>| {
            equation::is_id(&link.reference)
                .then(|| (CowStr::from(link.reference.to_string()), CowStr::from("")))
        };
        let parser = Parser::new_with_broken_link_callback(masked, options(), Some(reference));
        for (event, range) in parser.into_offset_iter() {
            self.event(event, range);
        }
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => self.code(&info, range),
            Event::Start(Tag::Heading { .. }) => self.heading(range),
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => {
                self.link(link_type, &dest_url, range);
            }
            Event::Start(Tag::BlockQuote(kind)) => {
                self.depth += 1;
                self.chapter.callouts.extend(kind.map(|kind| Callout {
                    range,
                    name: callout_name(kind),
                }));
            }
            Event::Start(Tag::List(_) | Tag::FootnoteDefinition(_)) => self.depth += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::FootnoteDefinition) => {
                self.depth -= 1
            }
            Event::InlineMath(_) => self.formula(range, false),
            Event::DisplayMath(_) => self.formula(range, true),
            Event::Html(html) => self.html(html.trim(), range),
            _ => {}
        }
    }

    fn line(&self, offset: usize) -> usize {
        line_of(self.text, offset)
    }

    fn fault(&mut self, offset: usize, message: impl Into<String>) {
        self.faults.push(Fault::new(self.line(offset), message));
    }

    fn heading(&mut self, range: Range<usize>) {
        let line = self.text[range.clone()].lines().next().unwrap_or("");
        let text = line.trim_start_matches('#').trim().to_owned();
        if self.chapter.title.is_empty() {
            self.chapter.title.clone_from(&text);
        }
        self.chapter.headings.push(Heading {
            start: range.start,
            text,
        });
    }

    fn code(&mut self, info: &str, range: Range<usize>) {
        match info {
            "rust" => {}
            "rust,ignore" => return,
            other if other.starts_with("rust") => {
                return self.fault(
                    range.start,
                    format!("a fence says `rust` or `rust,ignore`, not `{other}`"),
                );
            }
            _ => return,
        }
        if self.depth > 0 {
            return self.fault(
                range.start,
                "a cell stands in a list or quotation: take it out",
            );
        }
        let block = &self.text[range.clone()];
        let start = block.find('\n').map_or(block.len(), |at| at + 1);
        let end = block
            .trim_end()
            .rfind('\n')
            .map_or(start, |at| (at + 1).max(start));
        match Cell::parse(&block[start..end], self.line(range.start) + 1, range) {
            Ok(cell) => self.chapter.cells.push(cell),
            Err(fault) => self.faults.push(fault),
        }
    }

    fn formula(&mut self, range: Range<usize>, display: bool) {
        let width = if display { 2 } else { 1 };
        let source = range.start + width..range.end - width;
        let line = self.line(range.start);
        let mut formula = Formula {
            range,
            source,
            display,
            ids: Vec::new(),
            line,
        };
        match equation::label(&self.text[formula.range.end..]) {
            Ok(None) => {}
            Ok(Some(_)) if !display => {
                self.fault(
                    formula.range.start,
                    "only a displayed equation carries identifiers",
                );
            }
            Ok(Some((length, ids))) => {
                formula.range.end += length;
                formula.ids = ids;
            }
            Err(message) => self.fault(formula.range.start, message),
        }
        self.chapter.formulas.push(formula);
    }

    fn link(&mut self, kind: LinkType, target: &str, range: Range<usize>) {
        let line = self.line(range.start);
        if kind == LinkType::ShortcutUnknown {
            let target = Target::Equation(target.into());
            self.chapter.links.push(Link {
                range,
                target,
                line,
            });
            return;
        }
        let Some(place) = self.text[range.clone()].rfind(&format!("]({target}")) else {
            if internal(target).is_some() {
                self.fault(
                    range.start,
                    "a link within the book is written [text](target)",
                );
            }
            return;
        };
        let start = range.start + place + 2;
        let range = start..start + target.len();
        if let Some(target) = internal(target) {
            self.chapter.links.push(Link {
                range,
                target,
                line,
            });
        }
    }

    fn html(&mut self, html: &str, range: Range<usize>) {
        if html.starts_with("<details") {
            if self.fold.is_some() {
                self.fault(range.start, "a <details> stands inside another");
            }
            self.fold = Some(range.start);
        } else if html.starts_with("</details>") {
            match self.fold.take() {
                Some(start) => self.chapter.folds.push(start..range.end),
                None => self.fault(range.start, "a </details> without its <details>"),
            }
        }
    }

    /// Takes in the numbers and demos, now that the cells are known.
    fn place(&mut self, places: Vec<Place>) {
        if let Some(start) = self.fold {
            self.fault(start, "a <details> without its </details>");
        }
        for place in places {
            match place {
                Place::Demo(demo) => self.chapter.demos.push(demo),
                Place::Number(number) => self.number(number),
            }
        }
    }

    fn number(&mut self, mut number: Number) {
        let start = number.range.start;
        let chapter = &mut self.chapter;
        number.cells_before = chapter
            .cells
            .iter()
            .filter(|c| c.range.start < start)
            .count();
        number.in_formula = chapter.formulas.iter().any(|f| f.source.contains(&start));
        let bound = |name: &String| chapter.cells.iter().any(|cell| cell.names().contains(name));
        if let Some(unknown) = number.names.iter().find(|name| !bound(name)) {
            let message = format!("no cell binds `{unknown}`");
            self.faults.push(Fault::new(number.line, message));
            return;
        }
        chapter.numbers.push(number);
    }
}

fn callout_name(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "Note",
        BlockQuoteKind::Tip => "Tip",
        BlockQuoteKind::Important => "Important",
        BlockQuoteKind::Warning => "Warning",
        BlockQuoteKind::Caution => "Caution",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let faults = read("01-t.md", text).unwrap_err();
        faults.iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn a_page_is_taken_apart() {
        let text = "# T *x*\n\n```rust\nlet x = 1.5;\n```\n\n{{x}} $a_{{x}}$ `$b {{y}}`\n\n\
                    ```rust,ignore\nno\n```\n\n> [!TIP]\n> $$c$$ {#XU-01}\n\n## U\n";
        let page = read("01-t.md", text).unwrap();
        assert_eq!(
            (page.title.as_str(), page.cells.len(), page.numbers.len()),
            ("T *x*", 1, 2)
        );
        assert_eq!(
            page.numbers
                .iter()
                .map(|n| n.in_formula)
                .collect::<Vec<_>>(),
            [false, true]
        );
        assert_eq!(&text[page.formulas[0].source.clone()], "a_{{x}}");
        assert_eq!(
            page.ids(),
            [Id {
                name: "XU-01".into(),
                line: 14
            }]
        );
        assert_eq!(
            (page.callouts[0].name, page.headings[1].text.as_str()),
            ("Tip", "U")
        );
        assert_eq!(ids(text), page.ids());
    }

    #[test]
    fn money_is_no_formula() {
        assert!(
            read("a.md", "# T\n\n$5 and $6, or \\$7 and $8\n")
                .unwrap()
                .formulas
                .is_empty()
        );
    }

    #[test]
    fn links_are_told_apart() {
        let text = "# T\n\n[a](02-b.md#c) [d](/e/f.rs) [g](#t) [MPO-01] [h](https://i.org/j.md)\n";
        let targets: Vec<Target> = read("01-t.md", text)
            .unwrap()
            .links
            .into_iter()
            .map(|link| link.target)
            .collect();
        let page = Target::Page("02-b.md".into(), Some("c".into()));
        let (file, here) = (Target::File("e/f.rs".into()), Target::Here("t".into()));
        assert_eq!(
            targets,
            [page, file, here, Target::Equation("MPO-01".into())]
        );
    }

    #[test]
    fn what_cannot_be_woven_is_named_by_line() {
        for (text, line) in [
            ("no title\n", 1),
            ("# T\n\n```rust\nlet x = ;\n```\n", 4),
            ("# T\n\n```rust,no_run\nf();\n```\n", 3),
            ("# T\n\n- a\n\n  ```rust\n  f();\n  ```\n", 5),
            ("# T\n\n> ```rust\n> f();\n> ```\n", 3),
            ("# T\n\n{{x}}\n", 3),
            ("# T\n\n$x$ {#DECK-01}\n", 3),
            ("# T\n\n$$x$$ {#deck}\n", 3),
            ("# T\n\n$$x$$ {#DECK-01}\n\n$$y$$ {#DECK-01}\n", 5),
            ("# T\n\n<details>\n\na\n", 3),
            ("# T\n\n</details>\n", 3),
            ("# T\n\n[a][b]\n\n[b]: 02-c.md\n", 3),
        ] {
            assert_eq!(lines(text), [line], "{text}");
        }
    }
}
