#![doc = include_str!("../README.md")]

mod env;
mod space;

pub use env::{Action, End, Env, Step};
pub use space::{Bounds, Discrete, Space};
