//! The entries of XU: variational inference for policy gradient.

mod gaussian_policy;
mod sigmoid_bandit;
mod xu_01;
mod xu_02;
mod xu_03;
mod xu_04;
mod xu_05;
mod xu_06;
mod xu_07;
mod xu_08;
mod xu_09;
mod xu_10;
mod xu_11;
mod xu_12;
mod xu_13;
mod xu_14;
mod xu_15;
mod xu_16;
mod xu_17;
mod xu_18;
mod xu_19;
mod xu_20;
mod xu_21;
mod xu_22;
mod xu_23;
mod xu_24;
mod xu_25;
mod xu_26;
mod xu_27;

pub use xu_01::xu_01;
pub use xu_02::xu_02;
pub use xu_03::xu_03;
pub use xu_04::xu_04;
pub use xu_05::xu_05;
pub use xu_06::xu_06;
pub use xu_07::xu_07;
pub use xu_08::xu_08;
pub use xu_09::xu_09;
pub use xu_10::xu_10;
pub use xu_11::xu_11;
pub use xu_12::xu_12;
pub use xu_13::xu_13;
pub use xu_14::xu_14;
pub use xu_15::xu_15;
pub use xu_16::xu_16;
pub use xu_17::xu_17;
pub use xu_18::xu_18;
pub use xu_19::xu_19;
pub use xu_20::xu_20;
pub use xu_21::xu_21;
pub use xu_22::xu_22;
pub use xu_23::xu_23;
pub use xu_24::xu_24;
pub use xu_25::xu_25;
pub use xu_26::xu_26;
pub use xu_27::xu_27;

use crate::Entry;

/// Its entries, in order.
pub(crate) const ENTRIES: &[Entry] = &[
    xu_01::ENTRY,
    xu_02::ENTRY,
    xu_03::ENTRY,
    xu_04::ENTRY,
    xu_05::ENTRY,
    xu_06::ENTRY,
    xu_07::ENTRY,
    xu_08::ENTRY,
    xu_09::ENTRY,
    xu_10::ENTRY,
    xu_11::ENTRY,
    xu_12::ENTRY,
    xu_13::ENTRY,
    xu_14::ENTRY,
    xu_15::ENTRY,
    xu_16::ENTRY,
    xu_17::ENTRY,
    xu_18::ENTRY,
    xu_19::ENTRY,
    xu_20::ENTRY,
    xu_21::ENTRY,
    xu_22::ENTRY,
    xu_23::ENTRY,
    xu_24::ENTRY,
    xu_25::ENTRY,
    xu_26::ENTRY,
    xu_27::ENTRY,
];
