#![doc = include_str!("../README.md")]

pub mod instances;
pub mod session;
pub mod value;

pub use kinglet::*;
