//! The catalogue: every entry, in order.

use std::sync::LazyLock;

use crate::{Entry, cs285, deck, mpo, virel, xu};

/// Every entry that can be reproduced, in the catalogue's order.
///
/// ```
/// use kinglet_derivations::{Verdict, catalogue};
///
/// let first = &catalogue()[0];
/// assert_eq!(first.id, "DECK-01");
/// assert_eq!((first.run)().verdict(), Verdict::Holds);
/// ```
pub fn catalogue() -> &'static [Entry] {
    &ENTRIES
}

/// The entry of an identifier, in capitals or not.
///
/// ```
/// use kinglet_derivations::find;
///
/// assert_eq!(find("cs285-02").map(|entry| entry.id), Some("CS285-02"));
/// assert!(find("CS285-99").is_none());
/// ```
pub fn find(id: &str) -> Option<&'static Entry> {
    ENTRIES
        .iter()
        .find(|entry| entry.id.eq_ignore_ascii_case(id))
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    [
        deck::ENTRIES,
        cs285::ENTRIES,
        xu::ENTRIES,
        virel::ENTRIES,
        mpo::ENTRIES,
    ]
    .concat()
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    #[test]
    fn identifiers_are_their_sources_and_in_order() {
        for pair in catalogue().windows(2) {
            let order = |entry: &Entry| {
                (
                    Source::ALL.iter().position(|s| *s == entry.source),
                    entry.id,
                )
            };
            assert!(
                order(&pair[0]) < order(&pair[1]),
                "{} and {}",
                pair[0].id,
                pair[1].id
            );
        }
        for entry in catalogue() {
            let (prefix, number) = entry.id.split_once('-').unwrap();
            assert_eq!(prefix, entry.source.prefix());
            assert!(
                number.len() == 2 && number.parse::<u32>().is_ok(),
                "{}",
                entry.id
            );
        }
    }

    #[test]
    fn a_claim_fits_one_line() {
        for entry in catalogue() {
            assert!(entry.title.chars().count() <= 90, "{}", entry.title);
        }
    }

    #[test]
    fn an_entry_gives_the_same_numbers_at_each_run() {
        for entry in catalogue() {
            let values = || {
                let outcome = (entry.run)();
                let values = outcome.checks.into_iter().flat_map(|check| check.values);
                values.map(|v| v.value.to_bits()).collect::<Vec<_>>()
            };
            assert_eq!(values(), values(), "{}", entry.id);
        }
    }
}
