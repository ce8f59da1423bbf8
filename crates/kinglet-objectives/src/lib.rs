#![doc = include_str!("../README.md")]

mod action_gap;
mod backup;
mod backward_gradient;
mod contraction;
mod critic_regression;
mod discounted_gradient;
mod elbo;
mod enumeration;
mod error;
mod evaluation;
mod exact_inference;
mod exact_surrogate;
mod expectation_maximisation;
pub mod family;
mod forward;
mod gauss_hermite;
mod gaussian_actor;
mod gaussian_mixture;
mod irl;
mod kl_projection;
mod likelihood;
mod likelihood_weighting;
mod linear_solve;
mod max_entropy;
mod misleading_temperature;
mod mpo_atari;
mod mpo_e_step;
mod mpo_gaussian_m_step;
mod mpo_lagrangian;
mod mpo_m_step;
mod mpo_parametric_e_step;
mod mpo_policy_iteration;
mod mpo_regularised;
mod mpo_sampled_e_step;
mod mpo_trajectory;
mod normal_score_gradient;
mod policy_gradient;
mod problem;
mod progress;
mod pseudo_likelihood;
mod residual_estimators;
mod residual_temperature;
mod robust;
mod rollout;
mod sample_gradient;
mod sampled_trajectory;
mod score_gradient;
mod soft;
mod soft_actor_critic;
mod soft_policy_iteration;
mod soft_q_learning;
mod soft_value_iteration;
mod svgd;
mod sweep;
mod transport;
mod variational_fisher;
mod virel_em;
mod virel_objective;
mod virel_policy;

pub use action_gap::{action_gap, safe_temperature, temperature_cost};
pub use backup::{action_values, soft_policy, soft_values};
pub use backward_gradient::{backward_policy_gradient, evaluate_discounted_policy};
pub use critic_regression::{regress_critic, regress_pooled_critic};
pub use discounted_gradient::{
    discounted_occupancy, discounted_policy_gradient, policy_gradient_theorem,
};
pub use elbo::{elbo, elbo_enumerated, elbo_monte_carlo};
pub use enumeration::{
    ENUMERATION_LIMIT, log_evidence_enumerated, posterior_kl, trajectory_posterior,
};
pub use error::Error;
pub use evaluation::{
    DENSE_LIMIT, PolicyValues, StationaryPolicyValues, evaluate_soft_policy,
    evaluate_soft_policy_finite, evaluate_soft_policy_iteratively,
};
pub use exact_inference::{ExactInference, exact_inference};
pub use exact_surrogate::{SurrogateMoments, exact_surrogate, exact_trace_surrogate};
pub use expectation_maximisation::{
    Evidence, LatentModel, Maximised, decompose_evidence, expectation_maximisation,
};
pub use forward::state_marginals;
pub use gauss_hermite::{Quadrature, gauss_hermite};
pub use gaussian_actor::{
    QuadraticCritic, actor_gradient_pathwise, actor_gradient_score, actor_objective,
};
pub use gaussian_mixture::GaussianMixture;
pub use irl::{
    CausalIrl, FeatureReward, IrlModel, MaxEntIrl, RewardFit, RewardTable, demonstration_visits,
    fit_reward, irl_likelihood, policy_log_likelihood, policy_visits,
};
pub use kinglet_distributions::Estimate;
pub use kl_projection::{moment_projection, normal_grid, reverse_kl};
pub use likelihood::{bernoulli_likelihood, log_factor};
pub use likelihood_weighting::{Weighted, likelihood_weighting};
pub use max_entropy::{max_entropy_objective, max_entropy_objective_enumerated};
pub use misleading_temperature::{crowded_choice, misleading_temperature};
pub use mpo_atari::{ATARI_SCORES, AtariScores};
pub use mpo_e_step::{Tilted, mpo_e_step, mpo_e_step_objective};
pub use mpo_gaussian_m_step::{
    KlPrices, decoupled_gaussian_fit, penalised_gaussian_fit, weighted_gaussian_fit,
};
pub use mpo_lagrangian::{mpo_lagrangian, mpo_lagrangian_gradient, mpo_normalisers};
pub use mpo_m_step::{MpoMStep, mpo_m_step};
pub use mpo_parametric_e_step::mpo_parametric_gradient;
pub use mpo_policy_iteration::{Mpo, MpoEStep, MpoRun, mpo_policy_iteration};
pub use mpo_regularised::{kl_regularised_backup, kl_regularised_values};
pub use mpo_sampled_e_step::{log_mean_exp, log_mean_exp_bias, mpo_sampled_e_step};
pub use mpo_trajectory::{
    policy_log_evidence, trajectory_bound, trajectory_bound_enumerated, trajectory_e_step,
    trajectory_kl,
};
pub use normal_score_gradient::{NormalScoreGradient, normal_score_gradient};
pub use policy_gradient::{
    Credit, EntropySlope, PolicyGradient, policy_gradient, policy_gradient_monte_carlo,
    soft_rewards,
};
pub use progress::{Finish, Progress};
pub use pseudo_likelihood::{PseudoLikelihood, pseudo_likelihood_round, reward_weighted};
pub use residual_estimators::{
    double_sample_residual, model_residual, one_sample_excess, one_sample_residual,
};
pub use residual_temperature::{bellman_residual, residual_gradient, residual_temperature};
pub use robust::{perturbation, robust_value, worst_reward};
pub use sample_gradient::{pathwise_estimate, pathwise_sample, score_estimate, score_sample};
pub use sampled_trajectory::sample_trajectory;
pub use score_gradient::{
    GradientMoments, score_gradient, score_gradient_monte_carlo, softmax_policy,
};
pub use soft::{boltzmann, soft_max};
pub use soft_actor_critic::{soft_q_backup, soft_q_target};
pub use soft_policy_iteration::{PolicyIteration, soft_policy_iteration};
pub use soft_q_learning::{LearntValues, QLearning, soft_q_learning};
pub use soft_value_iteration::{
    SoftValues, StationaryValues, soft_value_iteration, soft_value_iteration_finite,
};
pub use svgd::{median_width, svgd_direction};
pub use sweep::{Sweep, soft_sweep};
pub use transport::{
    AffineTransport, Annealing, ComposedTransport, DiagonalTransport, Noise, NoisePartials,
    PerStateTransport, PlanarTransport, PullBack, Transport, auxiliary_gradient, direct_score,
    transport_entropy, transport_kl, transport_kl_gradient, vpg_gradient, vpg_gradient_with_prior,
    vpg_objective,
};
pub use variational_fisher::variational_fisher;
pub use virel_em::{VirelEm, VirelMStep, VirelOperator, VirelRun, on_policy_temperature, virel_em};
pub use virel_objective::{
    virel_critic_gradient, virel_divergence, virel_elbo, virel_policy_gradient,
};
pub use virel_policy::{
    TEMPERATURE_FLOOR, exploration_slope, virel_policy, virel_policy_from_prior,
};
