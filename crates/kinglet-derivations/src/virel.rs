//! The entries of VIREL: a variational inference framework for reinforcement learning.

mod values;
mod virel_01;
mod virel_02;
mod virel_03;
mod virel_04;
mod virel_05;
mod virel_06;
mod virel_07;
mod virel_08;
mod virel_09;
mod virel_10;
mod virel_11;
mod virel_12;
mod virel_13;
mod virel_14;
mod virel_15;

pub use virel_01::virel_01;
pub use virel_02::virel_02;
pub use virel_03::virel_03;
pub use virel_04::virel_04;
pub use virel_05::virel_05;
pub use virel_06::virel_06;
pub use virel_07::virel_07;
pub use virel_08::virel_08;
pub use virel_09::virel_09;
pub use virel_10::virel_10;
pub use virel_11::virel_11;
pub use virel_12::virel_12;
pub use virel_13::virel_13;
pub use virel_14::virel_14;
pub use virel_15::virel_15;

use crate::Entry;

/// Its entries, in order.
pub(crate) const ENTRIES: &[Entry] = &[
    virel_01::ENTRY,
    virel_02::ENTRY,
    virel_03::ENTRY,
    virel_04::ENTRY,
    virel_05::ENTRY,
    virel_06::ENTRY,
    virel_07::ENTRY,
    virel_08::ENTRY,
    virel_09::ENTRY,
    virel_10::ENTRY,
    virel_11::ENTRY,
    virel_12::ENTRY,
    virel_13::ENTRY,
    virel_14::ENTRY,
    virel_15::ENTRY,
];
