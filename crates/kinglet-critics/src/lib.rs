#![doc = include_str!("../README.md")]

mod clip;
mod decaying_average;
mod error;
mod expected_returns;
mod explained_variance;
mod gae;
mod least_squares;
mod leave_one_out;
mod linear_solve;
mod next;
mod optimal_baseline;
mod policy;
mod retrace;
mod retrace_operator;
mod returns;
#[cfg(test)]
mod rows;
mod tabular;
mod td_errors;
mod v_trace;
mod v_trace_operator;

pub use decaying_average::DecayingAverage;
pub use error::Error;
pub use expected_returns::{expected_gae, expected_lambda_returns};
pub use explained_variance::explained_variance;
pub use gae::{gae, gae_into};
pub use least_squares::least_squares;
pub use leave_one_out::leave_one_out;
pub use next::Next;
pub use optimal_baseline::{optimal_baseline, optimal_baselines};
pub use retrace::retrace;
pub use retrace_operator::{retrace_contraction, retrace_operator};
pub use returns::{discounted_returns, lambda_returns};
pub use tabular::Tabular;
pub use td_errors::td_errors;
pub use v_trace::{VTrace, VTraceEstimate, v_trace};
pub use v_trace_operator::{v_trace_operator, v_trace_policy};
