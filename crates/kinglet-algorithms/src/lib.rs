#![doc = include_str!("../README.md")]

mod checkpoint;
mod error;
mod policy;

pub use checkpoint::{Array, Checkpoint, Checkpoints, Element, Found};
pub use error::Error;
pub use policy::{Head, LogStd, Memory, Policy};
