#![doc = include_str!("../README.md")]

mod env;
mod error;
pub mod fixtures;
mod horizon;
mod rewards;
mod slip;
mod space;
mod sparse;
mod tabular_mdp;
mod trajectory;
mod transitions;

pub use env::{Action, End, Env, Step};
pub use error::Error;
pub use horizon::Horizon;
pub use rewards::Rewards;
pub use slip::Slip;
pub use space::{Bounds, Discrete, Space};
pub use sparse::Sparse;
pub use tabular_mdp::TabularMdp;
pub use trajectory::{Trajectories, Trajectory};
pub use transitions::Transitions;
