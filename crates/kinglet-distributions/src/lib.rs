#![doc = include_str!("../README.md")]

mod bernoulli;
mod beta;
mod bijection;
mod categorical;
mod cross_kl;
mod diag_normal;
mod dirichlet;
mod distribution;
mod error;
mod estimate;
mod gamma;
mod laplace;
mod log_normal;
mod lower_triangle;
mod mixture;
mod mv_normal;
mod normal;
mod normal_inverse_wishart;
mod normal_inverse_wishart_gradients;
mod point_mass;
mod remainder;
mod scalar;
mod special;
mod tanh_normal;
mod transformed;
mod uniform;
mod unnormalised;
mod vector;

pub use bernoulli::Bernoulli;
pub use beta::Beta;
pub use bijection::{
    Affine, Bijection, Composition, Cubic, Elementwise, MatrixAffine, Planar, Tanh,
};
pub use categorical::Categorical;
pub use diag_normal::DiagNormal;
pub use dirichlet::Dirichlet;
pub use distribution::{
    Distribution, Entropy, Fisher, Kl, KlGradients, Moments, Reparameterised, Score,
};
pub use error::Error;
pub use estimate::{Estimate, monte_carlo_kl};
pub use gamma::Gamma;
pub use laplace::Laplace;
pub use log_normal::LogNormal;
pub use lower_triangle::LowerTriangle;
pub use mixture::Mixture;
pub use mv_normal::MvNormal;
pub use normal::Normal;
pub use normal_inverse_wishart::NormalInverseWishart;
pub use point_mass::PointMass;
pub use special::{digamma, erf, ln_gamma, trigamma};
pub use tanh_normal::TanhNormal;
pub use transformed::Transformed;
pub use uniform::Uniform;
pub use unnormalised::{Factor, ImproperUniform, Unnormalised};
pub use vector::Vector;
