//! Every objective against something independent: enumeration, finite differences, a linear solve,
//! a small optimiser, or numbers known beforehand.

mod elbo;
mod errors;
mod exact_inference;
mod family;
mod family_corners;
mod family_document;
mod family_laws;
mod identities;
mod irl;
mod irl_fit;
mod likelihood;
mod mpo;
mod problems;
mod robust;
mod soft_q_learning;
mod stationary;
mod svgd;
mod sweep;
mod transport;
mod variational;
