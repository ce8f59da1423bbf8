//! Every estimate, operator and baseline, refereed by enumeration, by fixed points and by sampling.

mod baselines;
mod chains;
mod enumeration;
mod fixed_points;
mod monte_carlo;
