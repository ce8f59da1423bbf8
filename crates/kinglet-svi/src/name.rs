//! The name of a site.

use std::fmt::{self, Display};

/// The name of a site or of a parameter: a word, and a number where there is one for each step.
///
/// # Example
/// ```
/// use kinglet_svi::Name;
/// assert_eq!(Name::from("a").to_string(), "a");
/// assert_eq!(Name::from(("a", 3)).to_string(), "a[3]");
/// assert_ne!(Name::from("a"), Name::from(("a", 0)));
/// ```
#[derive(Clone, Copy, Debug, Eq)]
pub struct Name {
    /// The word.
    pub word: &'static str,
    /// The number, from 0.
    pub number: Option<u32>,
}

impl PartialEq for Name {
    /// The same word is most often the same literal, so the address is compared before the letters.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
            && (std::ptr::eq(self.word, other.word) || self.word == other.word)
    }
}

impl From<&'static str> for Name {
    #[inline]
    fn from(word: &'static str) -> Self {
        Self { word, number: None }
    }
}

/// # Panics
/// If the number exceeds 32 bits.
impl From<(&'static str, usize)> for Name {
    #[inline]
    fn from((word, number): (&'static str, usize)) -> Self {
        let number = Some(u32::try_from(number).expect("fewer than 2³² sites of one name"));
        Self { word, number }
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            None => f.pad(self.word),
            Some(number) => f.pad(&format!("{}[{number}]", self.word)),
        }
    }
}
