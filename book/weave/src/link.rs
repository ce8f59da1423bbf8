//! Links whose target differs between page and notebook, and references to equations.

use std::ops::Range;

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

/// The place in the repository that a target names, if it names one.
pub(crate) fn internal(target: &str) -> Option<Target> {
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
