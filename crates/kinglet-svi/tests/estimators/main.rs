//! Every estimator against exact gradients, and what it may not get wrong.

mod baselines;
mod control;
mod credit;
mod discrete;
mod errors;
mod gaussian;
mod laws;
mod measure;
mod programs;
mod scalars;
mod spread;
mod surrogate;
