//! Formatted prose.

use crate::{Bundle, Show, show};

/// Prose in Markdown.
///
/// # Example
/// ```
/// use kinglet_display::{Markdown, Show};
/// assert_eq!(Markdown::new("a **b**").bundle().get("text/markdown"), Some("a **b**"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markdown {
    /// The prose as written.
    pub source: String,
}

impl Markdown {
    /// Prose from its source.
    pub fn new(source: &str) -> Self {
        Markdown {
            source: source.into(),
        }
    }

    /// Displays the prose as the value of a cell.
    pub fn evcxr_display(&self) {
        show(self);
    }
}

impl Show for Markdown {
    fn bundle(&self) -> Bundle {
        Bundle::text(self.source.as_str()).with("text/markdown", self.source.as_str())
    }
}
