//! DECK-26: the discussion.

use crate::{Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-26",
    title: "The discussion: ease of use, performance, data; nothing to compute",
    kind: Kind::Prose,
    source: Source::Deck,
    run: deck_26,
};

/// The discussion of the deck: prose, nothing to compute. Catalogue: DECK-26.
pub fn deck_26() -> Outcome {
    Outcome {
        notes: vec![
            "Ease of use: how many lines an algorithm takes in a probabilistic program, beside the \
             existing libraries, and what the reader has to keep in mind.",
            "Performance, said to need work; what data and knowledge could add; and a better \
             understanding of what the algorithms do.",
            "No formula and no number, so nothing here can be reproduced.",
        ],
        ..Outcome::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_26_is_prose_and_says_why() {
        let outcome = deck_26();
        assert_eq!(outcome.verdict(), Verdict::Prose);
        assert!(!outcome.notes.is_empty());
    }
}
