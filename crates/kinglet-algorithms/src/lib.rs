#![doc = include_str!("../README.md")]

mod action_input;
mod actor;
mod actor_critic;
mod agent;
mod algorithm;
mod bayes_npg;
mod bootstrap;
mod checkpoint;
mod config;
#[cfg(test)]
mod corners;
mod critic_fit;
mod critics;
mod diagnostics;
mod error;
mod evaluate;
#[cfg(test)]
mod every_transition;
mod improvement;
mod interquartile_mean;
mod irl;
mod learner;
mod maxent_pg;
mod minibatches;
mod mpo;
mod natural_pg;
mod off_policy;
mod pathwise;
mod policy;
mod ppo;
mod ppo_kl;
mod ppo_vpg;
mod reinforce;
mod replay;
mod rollout;
mod sac;
mod samples;
mod soft_q;
mod svpg;
mod training;
mod trpo;
mod trpo_vpg;
mod variational;
mod virel;
mod vpg;

pub use action_input::ActionInput;
pub use actor::Actor;
pub use agent::Agent;
pub use algorithm::Algorithm;
pub use bayes_npg::BayesNpg;
pub use bootstrap::{Bootstrap, Interval};
pub use checkpoint::{Array, Checkpoint, Checkpoints, Element, FileMark, Found, LogMark, RowLog};
pub use config::{
    ActivationName, AdvantageConfig, Along, Baseline, Config, CriticConfig, Init, PolicyConfig,
    Ramp, Rate, ReplayConfig, RolloutConfig, Scale, Weights,
};
pub use critic_fit::CriticFit;
pub use diagnostics::Diagnostics;
pub use error::Error;
pub use evaluate::evaluate;
pub use improvement::probability_of_improvement;
pub use interquartile_mean::{interquartile_mean, interquartile_mean_interval};
pub use irl::{
    Demonstration, Demonstrations, ExpertConfig, FiniteSoftQ, InnerLoop, Irl, Recovered,
    RewardConfig, RewardNetwork, RewardStep, TabularIrl, irl, soft_expert,
};
pub use learner::Learner;
pub use maxent_pg::MaxentPg;
pub use mpo::{CriticReturns, EStepConstraint, EStepForm, MStepBounds, Mpo};
pub use natural_pg::NaturalPg;
pub use off_policy::OffPolicyLearner;
pub use policy::{Auxiliary, Body, Head, Link, LogStd, Memory, Perturbed, Policy};
pub use ppo::Ppo;
pub use ppo_kl::PpoKl;
pub use ppo_vpg::PpoVpg;
pub use reinforce::Reinforce;
pub use replay::{Minibatch, Replay};
pub use rollout::{Batch, Finished, Place, Rollouts};
pub use sac::Sac;
pub use samples::Samples;
pub use soft_q::SoftQ;
pub use svpg::Svpg;
pub use training::{Training, Update};
pub use trpo::Trpo;
pub use trpo_vpg::TrpoVpg;
pub use variational::{Parameterisation, Posterior};
pub use virel::{ResidualEstimator, Virel};
pub use vpg::Vpg;
