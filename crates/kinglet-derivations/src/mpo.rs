//! The entries of MPO: maximum a posteriori policy optimisation.

mod mpo_01;
mod mpo_02;
mod mpo_03;
mod mpo_04;
mod mpo_05;
mod mpo_06;
mod mpo_07;
mod mpo_08;
mod mpo_09;
mod mpo_10;
mod mpo_11;
mod mpo_12;
mod mpo_13;
mod mpo_14;
mod mpo_15;
mod mpo_16;
mod mpo_17;
mod mpo_18;
mod mpo_19;
mod mpo_20;
mod mpo_21;

pub use mpo_01::mpo_01;
pub use mpo_02::mpo_02;
pub use mpo_03::mpo_03;
pub use mpo_04::mpo_04;
pub use mpo_05::mpo_05;
pub use mpo_06::mpo_06;
pub use mpo_07::mpo_07;
pub use mpo_08::mpo_08;
pub use mpo_09::mpo_09;
pub use mpo_10::mpo_10;
pub use mpo_11::mpo_11;
pub use mpo_12::mpo_12;
pub use mpo_13::mpo_13;
pub use mpo_14::mpo_14;
pub use mpo_15::mpo_15;
pub use mpo_16::mpo_16;
pub use mpo_17::mpo_17;
pub use mpo_18::mpo_18;
pub use mpo_19::mpo_19;
pub use mpo_20::mpo_20;
pub use mpo_21::mpo_21;

use crate::Entry;

/// Its entries, in order.
pub(crate) const ENTRIES: &[Entry] = &[
    mpo_01::ENTRY,
    mpo_02::ENTRY,
    mpo_03::ENTRY,
    mpo_04::ENTRY,
    mpo_05::ENTRY,
    mpo_06::ENTRY,
    mpo_07::ENTRY,
    mpo_08::ENTRY,
    mpo_09::ENTRY,
    mpo_10::ENTRY,
    mpo_11::ENTRY,
    mpo_12::ENTRY,
    mpo_13::ENTRY,
    mpo_14::ENTRY,
    mpo_15::ENTRY,
    mpo_16::ENTRY,
    mpo_17::ENTRY,
    mpo_18::ENTRY,
    mpo_19::ENTRY,
    mpo_20::ENTRY,
    mpo_21::ENTRY,
];
