#![doc = include_str!("../README.md")]

pub mod chi_square;
pub mod close;
pub mod ks;
pub mod rate;
pub mod z_score;

/// The example of the workspace's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
