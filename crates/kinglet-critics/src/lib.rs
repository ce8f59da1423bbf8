#![doc = include_str!("../README.md")]

mod error;
mod gae;
mod next;
mod returns;
#[cfg(test)]
mod rows;
mod td_errors;

pub use error::Error;
pub use gae::gae;
pub use next::Next;
pub use returns::{discounted_returns, lambda_returns};
pub use td_errors::td_errors;
