#![doc = include_str!("../README.md")]

pub use kinglet_critics as critics;
pub use kinglet_derivations as derivations;
pub use kinglet_display as display;
pub use kinglet_distributions as distributions;
pub use kinglet_envs as envs;
pub use kinglet_nn as nn;
pub use kinglet_objectives as objectives;
pub use kinglet_plots as plots;
pub use kinglet_simd as simd;
pub use kinglet_svi as svi;
pub use kinglet_trust_region as trust_region;
pub use {ndarray, rand, rand_xoshiro};

pub mod prelude;
