//! The entries of DECK: reinforcement learning framed as probabilistic inference in locomotion.

mod deck_01;
mod deck_02;
mod deck_03;
mod deck_04;
mod deck_05;
mod deck_06;
mod deck_07;
mod deck_08;
mod deck_09;
mod deck_10;
mod deck_11;
mod deck_12;
mod deck_13;
mod deck_14;
mod deck_15;
mod deck_16;
mod deck_17;
mod deck_18;
mod deck_19;
mod deck_20;
mod deck_21;
mod deck_22;
mod deck_23;
mod deck_24;
mod deck_25;
mod deck_26;
mod deck_27;
mod gradient_posterior;

pub use deck_01::deck_01;
pub use deck_02::deck_02;
pub(crate) use deck_02::{buys, divergence};
pub use deck_03::deck_03;
pub use deck_04::deck_04;
pub use deck_05::deck_05;
pub use deck_06::deck_06;
pub use deck_07::deck_07;
pub use deck_08::deck_08;
pub use deck_09::deck_09;
pub use deck_10::deck_10;
pub use deck_11::deck_11;
pub use deck_12::deck_12;
pub use deck_13::deck_13;
pub use deck_14::deck_14;
pub use deck_15::deck_15;
pub use deck_16::deck_16;
pub use deck_17::deck_17;
pub use deck_18::deck_18;
pub use deck_19::deck_19;
pub use deck_20::deck_20;
pub use deck_21::deck_21;
pub use deck_22::deck_22;
pub use deck_23::deck_23;
pub use deck_24::deck_24;
pub use deck_25::deck_25;
pub use deck_26::deck_26;
pub use deck_27::deck_27;

use crate::Entry;

/// Its entries, in order.
pub(crate) const ENTRIES: &[Entry] = &[
    deck_01::ENTRY,
    deck_02::ENTRY,
    deck_03::ENTRY,
    deck_04::ENTRY,
    deck_05::ENTRY,
    deck_06::ENTRY,
    deck_07::ENTRY,
    deck_08::ENTRY,
    deck_09::ENTRY,
    deck_10::ENTRY,
    deck_11::ENTRY,
    deck_12::ENTRY,
    deck_13::ENTRY,
    deck_14::ENTRY,
    deck_15::ENTRY,
    deck_16::ENTRY,
    deck_17::ENTRY,
    deck_18::ENTRY,
    deck_19::ENTRY,
    deck_20::ENTRY,
    deck_21::ENTRY,
    deck_22::ENTRY,
    deck_23::ENTRY,
    deck_24::ENTRY,
    deck_25::ENTRY,
    deck_26::ENTRY,
    deck_27::ENTRY,
];
