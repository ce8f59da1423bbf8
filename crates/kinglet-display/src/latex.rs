//! A formula.

use crate::{Bundle, Show, show};

/// A formula in LaTeX, typeset on a line of its own.
///
/// # Example
/// ```
/// use kinglet_display::{Latex, Show};
/// let bundle = Latex::new(r"\mathcal{H}(p) \ge 0").bundle();
/// assert_eq!(bundle.get("text/latex"), Some(r"$$\mathcal{H}(p) \ge 0$$"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latex {
    /// The formula, without dollar signs.
    pub source: String,
}

impl Latex {
    /// A formula from its source, written without dollar signs.
    pub fn new(source: &str) -> Self {
        Latex {
            source: source.into(),
        }
    }

    /// Displays the formula as the value of a cell.
    pub fn evcxr_display(&self) {
        show(self);
    }
}

impl Show for Latex {
    fn bundle(&self) -> Bundle {
        Bundle::text(self.source.as_str()).with("text/latex", format!("$${}$$", self.source))
    }
}
