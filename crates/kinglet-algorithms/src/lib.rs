#![doc = include_str!("../README.md")]

mod error;
mod policy;

pub use error::Error;
pub use policy::{Head, LogStd, Memory, Policy};
