#![doc = include_str!("../README.md")]

mod action_gap;
mod backup;
mod contraction;
mod elbo;
mod enumeration;
mod error;
mod estimate;
mod evaluation;
mod exact_inference;
mod forward;
mod gauss_hermite;
mod likelihood;
mod likelihood_weighting;
mod linear_solve;
mod max_entropy;
mod problem;
mod progress;
mod robust;
mod rollout;
mod soft;
mod soft_policy_iteration;
mod soft_q_learning;
mod soft_value_iteration;
mod sweep;

pub use action_gap::{action_gap, safe_temperature, temperature_cost};
pub use backup::{action_values, soft_policy, soft_values};
pub use elbo::{elbo, elbo_enumerated, elbo_monte_carlo};
pub use enumeration::{
    ENUMERATION_LIMIT, log_evidence_enumerated, posterior_kl, trajectory_posterior,
};
pub use error::Error;
pub use estimate::Estimate;
pub use evaluation::{
    DENSE_LIMIT, PolicyValues, StationaryPolicyValues, evaluate_soft_policy,
    evaluate_soft_policy_finite, evaluate_soft_policy_iteratively,
};
pub use exact_inference::{ExactInference, exact_inference};
pub use forward::state_marginals;
pub use gauss_hermite::{Quadrature, gauss_hermite};
pub use likelihood::{bernoulli_likelihood, log_factor};
pub use likelihood_weighting::{Weighted, likelihood_weighting};
pub use max_entropy::{max_entropy_objective, max_entropy_objective_enumerated};
pub use progress::{Finish, Progress};
pub use robust::{perturbation, robust_value, worst_reward};
pub use soft::{boltzmann, soft_max};
pub use soft_policy_iteration::{PolicyIteration, soft_policy_iteration};
pub use soft_q_learning::{LearntValues, QLearning, soft_q_learning};
pub use soft_value_iteration::{
    SoftValues, StationaryValues, soft_value_iteration, soft_value_iteration_finite,
};
pub use sweep::{Sweep, soft_sweep};
