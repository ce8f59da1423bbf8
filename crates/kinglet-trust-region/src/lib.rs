#![doc = include_str!("../README.md")]

mod categorical_m_step;
mod check;
mod cholesky;
mod clip;
mod conjugate_gradient;
mod error;
mod fisher;
mod gaussian_m_step;
mod gaussian_posterior;
mod kl_penalty;
mod line_search;
mod natural_gradient;
mod normal_inverse_wishart;
mod temperature_dual;

pub use categorical_m_step::{bounded_categorical_fit, penalised_categorical_fit};
pub use clip::{Surrogate, clip, clipped, clipped_surrogate, importance_surrogate};
pub use conjugate_gradient::{ConjugateGradient, Solution, conjugate_gradient};
pub use error::Error;
pub use fisher::{DenseFisher, EmpiricalFisher, Fisher, ProductFisher, pull_back, quadratic_kl};
pub use gaussian_m_step::{
    BoundedFit, DecoupledBounds, Gaussian, KlParts, bounded_gaussian_fit, decoupled_kl_parts,
    gaussian_kl_parts, mean_reach, std_reach,
};
pub use gaussian_posterior::GaussianPosterior;
pub use kl_penalty::{KlPenalty, penalised_optimum_forward, penalised_optimum_reverse};
pub use line_search::{Evaluation, LineSearch, Search, line_search};
pub use natural_gradient::{
    NaturalGradient, natural_gradient, natural_gradient_dense, trust_region_step,
};
pub use normal_inverse_wishart::NormalInverseWishartPosterior;
pub use temperature_dual::{Dual, EStep, Improved, solve_temperature, temperature_dual};
