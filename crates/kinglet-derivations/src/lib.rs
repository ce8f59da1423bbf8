#![doc = include_str!("../README.md")]

mod catalogue;
mod check;
mod cs285;
mod deck;
mod entry;
mod optimise;
mod outcome;
mod paths;
mod policies;

pub use catalogue::{catalogue, find};
pub use check::{Check, EXACT, OPTIMISED, SIGMAS, Value};
pub use cs285::{
    cs285_01, cs285_02, cs285_03, cs285_04, cs285_05, cs285_06, cs285_07, cs285_08, cs285_09,
    cs285_10, cs285_11,
};
pub use deck::{deck_01, deck_02, deck_03, deck_06, deck_17};
pub use entry::{Entry, Kind, Source};
pub use outcome::{Illustration, Outcome, Printed, Verdict};
