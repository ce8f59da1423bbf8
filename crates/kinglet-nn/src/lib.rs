#![doc = include_str!("../README.md")]

mod activation;
mod adam;
mod cache;
mod error;
mod initialise;
mod linear;
mod matmul;
mod mlp;
mod scalar;

pub use activation::Activation;
pub use adam::Adam;
pub use cache::Cache;
pub use error::Error;
pub use initialise::{lecun_normal, orthogonal};
pub use linear::Linear;
pub use mlp::Mlp;
pub use scalar::Scalar;
