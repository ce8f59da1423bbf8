#![doc = include_str!("../README.md")]

mod categorical;
mod distribution;
mod error;
mod normal;

pub use categorical::Categorical;
pub use distribution::{
    Distribution, Entropy, Fisher, Kl, KlGradients, Moments, Reparameterised, Score,
};
pub use error::Error;
pub use normal::Normal;
