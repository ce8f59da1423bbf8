#![doc = include_str!("../README.md")]

pub mod chi_square;
pub mod close;
pub mod ks;
pub mod rate;
pub mod z_score;
