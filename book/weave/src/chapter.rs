//! A chapter as parsed: its cells, and the places in its prose where something is woven in.

use std::ops::Range;

use pulldown_cmark::{
    BlockQuoteKind, BrokenLink, CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag,
    TagEnd,
};

use crate::{
    Cell, Fault, Number, equation,
    places::{self, Place},
    text::line_of,
};

/// A chapter, or a page without cells.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// The name of the file, such as `01-elbo.md`.
    pub file: String,
    /// The title, as Markdown.
    pub title: String,
    /// The cells, in order.
    pub cells: Vec<Cell>,
    /// The numbers in prose, in order.
    pub numbers: Vec<Number>,
    /// The Markdown itself.
    pub(crate) text: String,
    pub(crate) formulas: Vec<Formula>,
    pub(crate) links: Vec<Link>,
    pub(crate) demos: Vec<Demo>,
    pub(crate) callouts: Vec<Callout>,
    pub(crate) headings: Vec<Heading>,
    /// The bytes of each `<details>` with its content.
    pub(crate) folds: Vec<Range<usize>>,
}

/// A formula, with the identifiers of the catalogue that it carries.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Formula {
    pub(crate) range: Range<usize>,
    /// The bytes between the dollar signs.
    pub(crate) source: Range<usize>,
    pub(crate) display: bool,
    pub(crate) ids: Vec<String>,
    pub(crate) line: usize,
}

/// A link whose target differs between page and notebook, or a reference to an equation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Link {
    /// The bytes to replace: the target, or the whole of `[DECK-01]`.
    pub(crate) range: Range<usize>,
    pub(crate) target: Target,
    pub(crate) line: usize,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// An equation of the book.
    Equation(String),
    /// A page of the book, with the part after `#`.
    Page(String, Option<String>),
    /// A place on the same page.
    Here(String),
    /// A file of the repository, from its root.
    File(String),
}

/// A line `{{#demo name}}`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Demo {
    pub(crate) range: Range<usize>,
    pub(crate) name: String,
    pub(crate) line: usize,
}

/// A quotation that starts with `[!NOTE]` or its like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Callout {
    pub(crate) range: Range<usize>,
    pub(crate) name: &'static str,
}

/// A heading.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Heading {
    pub(crate) start: usize,
    pub(crate) text: String,
}

/// A displayed equation's identifier, and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id {
    /// The identifier, such as `DECK-01`.
    pub name: String,
    /// The line of the Markdown file.
    pub line: usize,
}

impl Chapter {
    /// Parses the Markdown of a page.
    ///
    /// # Errors
    /// Every fault that keeps it from being woven, by line: code that is no Rust, a number in
    /// prose that no cell computes, an identifier that stands twice, a cell inside a list.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
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

    /// The file's name without its ending, such as `01-elbo`.
    pub fn slug(&self) -> &str {
        self.file.strip_suffix(".md").unwrap_or(&self.file)
    }

    /// Whether the page is a chapter, `NN-title.md`, and so a program and a notebook too.
    pub fn is_chapter(&self) -> bool {
        let start: Vec<char> = self.file.chars().take(3).collect();
        matches!(start[..], [a, b, '-'] if a.is_ascii_digit() && b.is_ascii_digit())
    }

    /// The identifiers of the displayed equations, in order.
    pub fn ids(&self) -> Vec<Id> {
        let ids = self.formulas.iter().flat_map(|formula| {
            let line = formula.line;
            formula.ids.iter().map(move |name| Id {
                name: name.clone(),
                line,
            })
        });
        ids.collect()
    }

    /// The number of cells that must have run before a number can be computed: those above it,
    /// or, where the text speaks before, those up to the first that binds its names.
    pub(crate) fn ready(&self, number: &Number) -> usize {
        let binder = |name: &String| {
            let found = self
                .cells
                .iter()
                .position(|cell| cell.names().contains(name));
            found.map_or(0, |index| index + 1)
        };
        let bound = number.names.iter().map(binder).max().unwrap_or(0);
        bound.max(number.cells_before)
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
            title: String::new(),
            cells: Vec::new(),
            numbers: Vec::new(),
            text: text.into(),
            formulas: Vec::new(),
            links: Vec::new(),
            demos: Vec::new(),
            callouts: Vec::new(),
            headings: Vec::new(),
            folds: Vec::new(),
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
            if is_internal(target) {
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

fn is_internal(target: &str) -> bool {
    internal(target).is_some()
}

/// The place in the repository that a target names, if it names one.
fn internal(target: &str) -> Option<Target> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    if let Some(path) = target.strip_prefix('/') {
        return Some(Target::File(path.into()));
    }
    if let Some(anchor) = target.strip_prefix('#') {
        return Some(Target::Here(anchor.into()));
    }
    let (page, anchor) = match target.split_once('#') {
        Some((page, anchor)) => (page, Some(anchor.into())),
        None => (target, None),
    };
    page.ends_with(".md")
        .then(|| Target::Page(page.into(), anchor))
}
