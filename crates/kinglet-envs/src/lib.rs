#![doc = include_str!("../README.md")]

mod acrobot;
mod cartpole;
mod env;
mod episode;
mod error;
pub mod fixtures;
mod horizon;
mod mountain_car;
mod mountain_car_continuous;
mod pendulum;
mod rewards;
mod slip;
mod space;
mod sparse;
mod tabular_mdp;
mod trajectory;
mod transitions;

pub use acrobot::Acrobot;
pub use cartpole::CartPole;
pub use env::{Action, End, Env, Step};
pub use episode::{Episode, Moment};
pub use error::Error;
pub use horizon::Horizon;
pub use mountain_car::MountainCar;
pub use mountain_car_continuous::{CarState, MountainCarContinuous, Precision};
pub use pendulum::Pendulum;
pub use rewards::Rewards;
pub use slip::Slip;
pub use space::{Bounds, Discrete, Space};
pub use sparse::Sparse;
pub use tabular_mdp::TabularMdp;
pub use trajectory::{Trajectories, Trajectory};
pub use transitions::Transitions;
