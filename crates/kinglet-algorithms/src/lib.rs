#![doc = include_str!("../README.md")]

mod bootstrap;
mod checkpoint;
mod error;
mod improvement;
mod interquartile_mean;
mod policy;
mod rollout;

pub use bootstrap::{Bootstrap, Interval};
pub use checkpoint::{Array, Checkpoint, Checkpoints, Element, Found};
pub use error::Error;
pub use improvement::probability_of_improvement;
pub use interquartile_mean::{interquartile_mean, interquartile_mean_interval};
pub use policy::{Auxiliary, Body, Head, Link, LogStd, Memory, Perturbed, Policy};
pub use rollout::{Batch, Finished, Place, Rollouts};
