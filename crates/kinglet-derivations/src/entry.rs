//! What an entry of the catalogue is.

use serde::Serialize;

use crate::Outcome;

/// One entry of the catalogue: a claim of a source document and the function that reproduces it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The identifier, for example `DECK-01`.
    pub id: &'static str,
    /// The claim in one line.
    pub title: &'static str,
    /// What sort of statement it is.
    pub kind: Kind,
    /// The document that it comes from.
    pub source: Source,
    /// Computes everything anew. It takes no argument and gives the same numbers at each call.
    pub run: fn() -> Outcome,
}

/// The sort of statement that an entry makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An equation or a step of a derivation.
    Formula,
    /// A sentence that is true, false, or true under conditions.
    Claim,
    /// Numbers that somebody measured.
    Experiment,
    /// Nothing to compute.
    Prose,
}

/// The five documents that the catalogue numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Reinforcement learning framed as probabilistic inference in locomotion, a slide deck.
    Deck,
    /// CS285, lecture 13: control as variational inference.
    Cs285,
    /// Variational inference for policy gradient.
    Xu,
    /// VIREL: a variational inference framework for reinforcement learning.
    Virel,
    /// Maximum a posteriori policy optimisation.
    Mpo,
}

impl Source {
    /// All sources, in the catalogue's order.
    pub const ALL: [Source; 5] = [
        Source::Deck,
        Source::Cs285,
        Source::Xu,
        Source::Virel,
        Source::Mpo,
    ];

    /// The first part of its identifiers: `DECK` of `DECK-01`.
    pub fn prefix(self) -> &'static str {
        match self {
            Source::Deck => "DECK",
            Source::Cs285 => "CS285",
            Source::Xu => "XU",
            Source::Virel => "VIREL",
            Source::Mpo => "MPO",
        }
    }
}
