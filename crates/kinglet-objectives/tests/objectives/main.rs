//! Every objective against something independent: enumeration, finite differences, a linear solve,
//! a small optimiser, or numbers known beforehand.

mod elbo;
mod errors;
mod exact_inference;
mod identities;
mod likelihood;
mod problems;
mod robust;
mod soft_q_learning;
mod stationary;
mod sweep;
mod variational;
