//! Tabular problems: what they refuse, the laws they sample, the trajectories they list, and the
//! gridworlds that keep their structure.

mod gridworlds;
mod laws;
mod random;
mod trajectories;
mod validation;
