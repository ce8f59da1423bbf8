#![doc = include_str!("../README.md")]

mod bijection;
mod categorical;
mod distribution;
mod error;
mod normal;
mod tanh_normal;
mod transformed;

pub use bijection::{
    Affine, Bijection, Composition, Cubic, Elementwise, MatrixAffine, Planar, Tanh,
};
pub use categorical::Categorical;
pub use distribution::{
    Distribution, Entropy, Fisher, Kl, KlGradients, Moments, Reparameterised, Score,
};
pub use error::Error;
pub use normal::Normal;
pub use tanh_normal::TanhNormal;
pub use transformed::Transformed;
