#![doc = include_str!("../README.md")]

mod clip;
mod error;
mod gae;
mod next;
mod retrace;
mod returns;
#[cfg(test)]
mod rows;
mod td_errors;
mod v_trace;

pub use error::Error;
pub use gae::gae;
pub use next::Next;
pub use retrace::retrace;
pub use returns::{discounted_returns, lambda_returns};
pub use td_errors::td_errors;
pub use v_trace::{VTrace, VTraceEstimate, v_trace};
