//! The algorithms by name.

use kinglet_nn::Scalar;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bayes_npg::{BayesNpg, BayesNpgLearner};
use crate::maxent_pg::MaxentPg;
use crate::natural_pg::{NaturalPg, NaturalPgLearner};
use crate::ppo::{Ppo, PpoLearner};
use crate::ppo_kl::{PpoKl, PpoKlLearner};
use crate::ppo_vpg::{PpoVpg, PpoVpgLearner};
use crate::reinforce::{Reinforce, ReinforceLearner};
use crate::svpg::{Svpg, SvpgLearner};
use crate::trpo::{Trpo, TrpoLearner};
use crate::trpo_vpg::{TrpoVpg, TrpoVpgLearner};
use crate::variational::Posterior;
use crate::vpg::{Vpg, VpgLearner};
use crate::{Agent, Baseline, Config, Element, Error, Learner};

/// An algorithm, and its own settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Algorithm {
    /// The likelihood-ratio policy gradient.
    Reinforce(Reinforce),
    /// The policy gradient of maximum-entropy reinforcement learning.
    MaxentPg(MaxentPg),
    /// The natural policy gradient.
    Npg(NaturalPg),
    /// The natural policy gradient with a posterior of the gradient.
    BayesNpg(BayesNpg),
    /// Trust region policy optimisation.
    Trpo(Trpo),
    /// Proximal policy optimisation with an adaptive KL penalty.
    PpoKl(PpoKl),
    /// Proximal policy optimisation with clipping.
    Ppo(Ppo),
    /// The variational policy gradient.
    Vpg(Vpg),
    /// TRPO for a law over policies.
    TrpoVpg(TrpoVpg),
    /// PPO with an adaptive KL penalty for a law over policies.
    PpoVpg(PpoVpg),
    /// The Stein variational policy gradient.
    Svpg(Svpg),
}

impl Default for Algorithm {
    fn default() -> Self {
        Self::Ppo(Ppo::default())
    }
}

impl Algorithm {
    /// The names, as a config writes them.
    pub const NAMES: [&'static str; 11] = [
        "reinforce",
        "maxent-pg",
        "npg",
        "bayes-npg",
        "trpo",
        "ppo-kl",
        "ppo",
        "vpg",
        "trpo-vpg",
        "ppo-vpg",
        "svpg",
    ];

    /// The name, as a config writes it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reinforce(_) => "reinforce",
            Self::MaxentPg(_) => "maxent-pg",
            Self::Npg(_) => "npg",
            Self::BayesNpg(_) => "bayes-npg",
            Self::Trpo(_) => "trpo",
            Self::PpoKl(_) => "ppo-kl",
            Self::Ppo(_) => "ppo",
            Self::Vpg(_) => "vpg",
            Self::TrpoVpg(_) => "trpo-vpg",
            Self::PpoVpg(_) => "ppo-vpg",
            Self::Svpg(_) => "svpg",
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        match self {
            Self::Reinforce(settings) => settings.check(),
            Self::MaxentPg(settings) => settings.check(),
            Self::Npg(settings) => settings.check(),
            Self::BayesNpg(settings) => settings.check(),
            Self::Trpo(settings) => settings.check(),
            Self::PpoKl(settings) => settings.check(),
            Self::Ppo(settings) => settings.check(),
            Self::Vpg(settings) => settings.check(),
            Self::TrpoVpg(settings) => settings.check(),
            Self::PpoVpg(settings) => settings.check(),
            Self::Svpg(settings) => settings.check(),
        }
    }

    /// The law over policies that the algorithm learns, if it does.
    pub(crate) fn posterior(&self) -> Option<&Posterior> {
        match self {
            Self::Vpg(settings) => Some(&settings.posterior),
            Self::TrpoVpg(settings) => Some(&settings.posterior),
            Self::PpoVpg(settings) => Some(&settings.posterior),
            _ => None,
        }
    }

    /// The algorithm at the start of a run.
    pub(crate) fn learner<S: Scalar + Element>(
        &self,
        agent: &Agent<S>,
    ) -> Result<Box<dyn Learner<S>>, Error> {
        Ok(match self.clone() {
            Self::Reinforce(settings) => Box::new(ReinforceLearner::new(settings, agent)),
            Self::MaxentPg(settings) => Box::new(ReinforceLearner::new(settings.steps(), agent)),
            Self::Npg(settings) => Box::new(NaturalPgLearner::new(settings, agent)),
            Self::BayesNpg(settings) => Box::new(BayesNpgLearner::new(settings, agent)),
            Self::Trpo(settings) => Box::new(TrpoLearner::new(settings, agent)),
            Self::PpoKl(settings) => Box::new(PpoKlLearner::new(settings, agent)?),
            Self::Ppo(settings) => Box::new(PpoLearner::new(settings, agent)),
            Self::Vpg(settings) => Box::new(VpgLearner::new(settings, agent)),
            Self::TrpoVpg(settings) => Box::new(TrpoVpgLearner::new(settings, agent)),
            Self::PpoVpg(settings) => Box::new(PpoVpgLearner::new(settings, agent)?),
            Self::Svpg(settings) => Box::new(SvpgLearner::new(settings, agent)),
        })
    }
}

impl Config {
    /// The config of an algorithm with its defaults, and with what belongs to the algorithm in the other tables:
    /// REINFORCE has whole returns and one number for a baseline; where shards of environments have policies of their own,
    /// each environment is a shard.
    pub fn of(algorithm: Algorithm) -> Self {
        let mut config = Self {
            algorithm,
            ..Self::default()
        };
        if config.algorithm.posterior().is_some() || matches!(config.algorithm, Algorithm::Svpg(_))
        {
            config.rollout.shards = config.rollout.environments;
        }
        if let Algorithm::Reinforce(_) = config.algorithm {
            config.advantage.lambda = 1.0;
            config.advantage.baseline = Baseline::Average;
        }
        config
    }
}
