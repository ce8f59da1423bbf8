//! The entries of CS285, lecture 13: control as variational inference.

mod cs285_01;
mod cs285_02;
mod cs285_03;
mod cs285_04;
mod cs285_05;
mod cs285_06;
mod cs285_07;
mod cs285_08;
mod cs285_09;
mod cs285_10;
mod cs285_11;
mod cs285_12;
mod cs285_13;
mod cs285_14;
mod cs285_15;
mod cs285_16;
mod cs285_17;

pub use cs285_01::cs285_01;
pub use cs285_02::cs285_02;
pub use cs285_03::cs285_03;
pub use cs285_04::cs285_04;
pub use cs285_05::cs285_05;
pub use cs285_06::cs285_06;
pub use cs285_07::cs285_07;
pub use cs285_08::cs285_08;
pub use cs285_09::cs285_09;
pub use cs285_10::cs285_10;
pub use cs285_11::cs285_11;
pub use cs285_12::cs285_12;
pub use cs285_13::cs285_13;
pub use cs285_14::cs285_14;
pub use cs285_15::cs285_15;
pub use cs285_16::cs285_16;
pub use cs285_17::cs285_17;

use crate::Entry;

/// Its entries, in order.
pub(crate) const ENTRIES: &[Entry] = &[
    cs285_01::ENTRY,
    cs285_02::ENTRY,
    cs285_03::ENTRY,
    cs285_04::ENTRY,
    cs285_05::ENTRY,
    cs285_06::ENTRY,
    cs285_07::ENTRY,
    cs285_08::ENTRY,
    cs285_09::ENTRY,
    cs285_10::ENTRY,
    cs285_11::ENTRY,
    cs285_12::ENTRY,
    cs285_13::ENTRY,
    cs285_14::ENTRY,
    cs285_15::ENTRY,
    cs285_16::ENTRY,
    cs285_17::ENTRY,
];
