//! Every estimate and every operator, refereed by enumeration, by fixed points and by sampling.

mod chains;
mod enumeration;
mod fixed_points;
mod monte_carlo;
