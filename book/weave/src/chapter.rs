//! A chapter as parsed: its cells, and the places in its prose where something is woven in.

use std::ops::Range;

use crate::{Cell, Fault, Number, link::Link, reader};

/// A chapter, or a page without cells.
#[derive(Clone, Debug, Default)]
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
        reader::read(file, text)
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
