#![doc = include_str!("../README.md")]

mod bisect;
mod categorical_m_step;
mod check;
mod cholesky;
mod clip;
mod conjugate_gradient;
mod diagonal_posterior;
mod e_step;
#[cfg(test)]
mod e_step_fixture;
mod eigenvalues;
mod error;
mod fisher;
#[cfg(test)]
mod gaussian_fixture;
mod gaussian_kl;
mod gaussian_m_step;
mod gaussian_posterior;
mod kl_penalty;
mod line_search;
mod linear_solve;
mod natural_gradient;
mod newton;
mod normal_inverse_wishart;
mod quadratic_kl;
mod reach;
#[cfg(test)]
mod softmax_fixture;
mod solve_temperature;
mod temperature_dual;
mod tilt;
mod trpo;

pub use categorical_m_step::{bounded_categorical_fit, penalised_categorical_fit};
pub use clip::{Surrogate, clip, clipped, clipped_surrogate, importance_surrogate};
pub use conjugate_gradient::{ConjugateGradient, Solution, conjugate_gradient};
pub use diagonal_posterior::DiagonalPosterior;
pub use e_step::{EStep, Improved};
pub use eigenvalues::eigenvalues;
pub use error::Error;
pub use fisher::{DenseFisher, EmpiricalFisher, Fisher, ProductFisher, pull_back};
pub use gaussian_kl::{Gaussian, KlParts, decoupled_kl_parts, gaussian_kl_parts};
pub use gaussian_m_step::{BoundedFit, DecoupledBounds, bounded_gaussian_fit};
pub use gaussian_posterior::GaussianPosterior;
pub use kl_penalty::{KlPenalty, penalised_optimum_forward, penalised_optimum_reverse};
pub use line_search::{Evaluation, LineSearch, Search, line_search};
pub use natural_gradient::{
    NaturalGradient, natural_gradient, natural_gradient_dense, trust_region_step,
};
pub use newton::{Newton, Root, newton};
pub use normal_inverse_wishart::NormalInverseWishartPosterior;
pub use quadratic_kl::quadratic_kl;
pub use reach::{mean_reach, std_reach};
pub use solve_temperature::solve_temperature;
pub use temperature_dual::{Dual, temperature_dual};
pub use trpo::{Trpo, TrpoStep, trpo_step};
