#![doc = include_str!("../README.md")]

mod bandit;
mod catalogue;
mod check;
mod cs285;
mod deck;
mod disc;
mod duals;
mod entry;
mod gradients;
mod matrices;
mod mpo;
mod optimise;
mod outcome;
mod paths;
mod policies;
mod tab_fisher;
mod virel;
mod xu;

pub use catalogue::{catalogue, find};
pub use check::{Check, EXACT, OPTIMISED, SIGMAS, Value};
pub use cs285::*;
pub use deck::*;
pub use entry::{Entry, Kind, Source};
pub use mpo::*;
pub use outcome::{Illustration, Outcome, Printed, Verdict};
pub use virel::*;
pub use xu::*;
