//! The catalogue: every entry, in order.

use crate::{Entry, Kind, Source, cs285, deck};

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

static ENTRIES: [Entry; 16] = [
    Entry {
        id: "DECK-01",
        title: "The ELBO of a trajectory bounds its log evidence, and the gap is a KL divergence",
        kind: Kind::Formula,
        source: Source::Deck,
        run: deck::deck_01,
    },
    Entry {
        id: "DECK-02",
        title: "Sampling the posterior does not recover a policy where chance has a say",
        kind: Kind::Claim,
        source: Source::Deck,
        run: deck::deck_02,
    },
    Entry {
        id: "DECK-03",
        title: "Reward plus entropy, summed over time, is the ELBO",
        kind: Kind::Formula,
        source: Source::Deck,
        run: deck::deck_03,
    },
    Entry {
        id: "DECK-06",
        title: "A temperature prices randomness: the gradient weighs r − α log q",
        kind: Kind::Formula,
        source: Source::Deck,
        run: deck::deck_06,
    },
    Entry {
        id: "DECK-17",
        title: "Optimality as a coin needs r ≤ 0; as a factor it takes any reward",
        kind: Kind::Claim,
        source: Source::Deck,
        run: deck::deck_17,
    },
    Entry {
        id: "CS285-01",
        title: "The optimistic backup Q = r + log E[exp V] computes the log evidence",
        kind: Kind::Formula,
        source: Source::Cs285,
        run: cs285::cs285_01,
    },
    Entry {
        id: "CS285-02",
        title: "Conditioning on success changes the dynamics: p(s'|s,a,O) ∝ p(s'|s,a) exp V(s')",
        kind: Kind::Claim,
        source: Source::Cs285,
        run: cs285::cs285_02,
    },
    Entry {
        id: "CS285-03",
        title: "The posterior policy is p(a|s,O) = exp(Q − V), with the optimistic Q",
        kind: Kind::Formula,
        source: Source::Cs285,
        run: cs285::cs285_03,
    },
    Entry {
        id: "CS285-04",
        title: "A q that keeps the dynamics cancels them from the bound",
        kind: Kind::Formula,
        source: Source::Cs285,
        run: cs285::cs285_04,
    },
    Entry {
        id: "CS285-05",
        title: "The bound is the expected reward plus the entropy of the policy",
        kind: Kind::Formula,
        source: Source::Cs285,
        run: cs285::cs285_05,
    },
    Entry {
        id: "CS285-06",
        title: "At the last step the best policy is the softmax of the reward",
        kind: Kind::Formula,
        source: Source::Cs285,
        run: cs285::cs285_06,
    },
    Entry {
        id: "CS285-07",
        title: "The best bound is soft value iteration: Q = r + E[V], V = log Σ exp Q",
        kind: Kind::Formula,
        source: Source::Cs285,
        run: cs285::cs285_07,
    },
    Entry {
        id: "CS285-08",
        title: "The gap of the best bound is KL(q* ‖ p(τ|O)), zero where chance decides nothing",
        kind: Kind::Formula,
        source: Source::Cs285,
        run: cs285::cs285_08,
    },
    Entry {
        id: "CS285-09",
        title: "Soft value iteration with discount and temperature contracts to one fixed point",
        kind: Kind::Formula,
        source: Source::Cs285,
        run: cs285::cs285_09,
    },
    Entry {
        id: "CS285-10",
        title: "The entropy bonus insures against the worst change of the rewards",
        kind: Kind::Claim,
        source: Source::Cs285,
        run: cs285::cs285_10,
    },
    Entry {
        id: "CS285-11",
        title: "Soft Q-learning with target r + γ α log Σ exp(Q/α) finds the soft Q",
        kind: Kind::Formula,
        source: Source::Cs285,
        run: cs285::cs285_11,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

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
