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
    use crate::{Kind, Outcome, Source, Verdict};

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

    /// The entries that a source prints wrong.
    const ERRATA: [&str; 33] = [
        "DECK-01", "DECK-05", "DECK-08", "DECK-09", "DECK-10", "DECK-11", "DECK-13", "DECK-14",
        "DECK-16", "DECK-21", "DECK-22", "DECK-27", "CS285-17", "XU-01", "XU-05", "XU-06", "XU-07",
        "XU-09", "XU-10", "XU-14", "XU-15", "XU-16", "XU-17", "XU-21", "XU-24", "XU-26",
        "VIREL-06", "MPO-02", "MPO-04", "MPO-14", "MPO-17", "MPO-18", "MPO-19",
    ];

    #[test]
    fn the_catalogue_is_whole() {
        let of = |source| catalogue().iter().filter(|e| e.source == source).count();
        assert_eq!(Source::ALL.map(of), [27, 17, 27, 15, 21]);
    }

    /// Every entry holds, every erratum is shown, prose alone has nothing to compute, and each check
    /// compares at least two ways. A second run gives the same bits.
    #[test]
    fn every_entry_holds_and_gives_the_same_numbers_at_each_run() {
        for entry in catalogue() {
            let (id, outcome) = (entry.id, (entry.run)());
            let expected = match entry.kind {
                Kind::Prose => Verdict::Prose,
                _ => Verdict::Holds,
            };
            assert_eq!(outcome.verdict(), expected, "{id}");
            assert_eq!(!outcome.printed.is_empty(), ERRATA.contains(&id), "{id}");
            assert!(outcome.checks.iter().all(|c| c.values.len() > 1), "{id}");
            assert_eq!(bits(&outcome), bits(&(entry.run)()), "{id}");
        }
    }

    fn bits(outcome: &Outcome) -> Vec<u64> {
        let values = outcome.checks.iter().flat_map(|check| &check.values);
        values.map(|v| v.value.to_bits()).collect()
    }
}
