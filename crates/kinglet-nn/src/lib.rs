#![doc = include_str!("../README.md")]

mod activation;
mod adam;
mod cache;
mod clip;
mod error;
mod initialise;
mod lanes;
mod layer_norm;
mod linear;
mod matmul;
mod mlp;
mod normaliser;
mod polyak;
mod return_normaliser;
mod running_moments;
mod scalar;
mod schedule;
mod sgd;
mod table;
mod widest;

pub use activation::Activation;
pub use adam::Adam;
pub use cache::Cache;
pub use clip::clip_global_norm;
pub use error::Error;
pub use initialise::{lecun_normal, orthogonal};
pub use linear::Linear;
pub use mlp::Mlp;
pub use normaliser::Normaliser;
pub use polyak::polyak;
pub use return_normaliser::ReturnNormaliser;
pub use running_moments::RunningMoments;
pub use scalar::Scalar;
pub use schedule::Schedule;
pub use sgd::Sgd;
pub use table::Table;
