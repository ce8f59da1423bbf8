//! The names that notebooks, chapters and small programs begin with.
//!
//! ```
//! use kinglet::prelude::*;
//! let lottery: TabularMdp = kinglet::envs::fixtures::lot(10.0)?;
//! let inference: ExactInference = exact_inference(&lottery, 1.0)?;
//! assert!((inference.log_evidence - 6.104672421).abs() < 1e-9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::derivations::{Check, Outcome, Verdict};
pub use crate::display::{Latex, Markdown, ProgressBar, Show, Table, show, show_updatable};
pub use crate::distributions::{
    Categorical, Distribution, Entropy, Fisher, Kl, KlGradients, Moments, Normal, Reparameterised,
    Score,
};
pub use crate::envs::{
    CellRewards, End, Env, Episode, Exit, GridRules, Gridworld, Horizon, Moves, Rewards, Step,
    TabularMdp, Trajectory, Transitions,
};
pub use crate::objectives::{
    Estimate, ExactInference, Finish, LearntValues, PolicyIteration, PolicyValues, Progress,
    QLearning, SoftValues, StationaryPolicyValues, StationaryValues, Weighted, action_gap,
    bernoulli_likelihood, boltzmann, elbo, elbo_enumerated, elbo_monte_carlo, evaluate_soft_policy,
    exact_inference, likelihood_weighting, log_factor, max_entropy_objective, perturbation,
    posterior_kl, robust_value, soft_max, soft_policy_iteration, soft_q_learning,
    soft_value_iteration, soft_value_iteration_finite, state_marginals, temperature_cost,
    trajectory_posterior, worst_reward,
};
pub use crate::plots::{
    Arrow, Axes, Axis, Bars, Cell, Figure, Grid, Ground, Reference, Series, bars, beside, grid,
    lines,
};
pub use rand_xoshiro::Xoshiro256PlusPlus;
pub use rand_xoshiro::rand_core::SeedableRng;
