#![doc = include_str!("../README.md")]

mod error;
#[cfg(target_family = "wasm")]
mod exports;
mod flat;
mod plan;
mod truth;
mod world;

pub use error::Error;
pub use flat::flatten;
pub use plan::{Inference, Plan};
pub use truth::Truth;
pub use world::{HORIZON, MAP, world};
