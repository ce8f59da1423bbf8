#![doc = include_str!("../README.md")]

mod exp;
mod functions;
mod kernel;
mod level;
mod ln;
mod log_sum_exp;
mod map;
mod quick_tanh;
mod tanh;

pub use functions::{
    exp, exp_into, ln, ln_into, log_sum_exp, log_sum_exp_columns, tanh, tanh_into,
};
pub use kernel::Element;
pub use level::Level;
pub use quick_tanh::quick_tanh;
