//! The algorithms by name.

use kinglet_nn::Scalar;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::maxent_pg::MaxentPg;
use crate::natural_pg::{NaturalPg, NaturalPgLearner};
use crate::ppo::{Ppo, PpoLearner};
use crate::ppo_kl::{PpoKl, PpoKlLearner};
use crate::reinforce::{Reinforce, ReinforceLearner};
use crate::trpo::{Trpo, TrpoLearner};
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
    /// Trust region policy optimisation.
    Trpo(Trpo),
    /// Proximal policy optimisation with an adaptive KL penalty.
    PpoKl(PpoKl),
    /// Proximal policy optimisation with clipping.
    Ppo(Ppo),
}

impl Default for Algorithm {
    fn default() -> Self {
        Self::Ppo(Ppo::default())
    }
}

impl Algorithm {
    /// The names, as a config writes them.
    pub const NAMES: [&'static str; 6] = ["reinforce", "maxent-pg", "npg", "trpo", "ppo-kl", "ppo"];

    /// The name, as a config writes it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reinforce(_) => "reinforce",
            Self::MaxentPg(_) => "maxent-pg",
            Self::Npg(_) => "npg",
            Self::Trpo(_) => "trpo",
            Self::PpoKl(_) => "ppo-kl",
            Self::Ppo(_) => "ppo",
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        match self {
            Self::Reinforce(settings) => settings.check(),
            Self::MaxentPg(settings) => settings.check(),
            Self::Npg(settings) => settings.check(),
            Self::Trpo(settings) => settings.check(),
            Self::PpoKl(settings) => settings.check(),
            Self::Ppo(settings) => settings.check(),
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
            Self::Trpo(settings) => Box::new(TrpoLearner::new(settings, agent)),
            Self::PpoKl(settings) => Box::new(PpoKlLearner::new(settings, agent)?),
            Self::Ppo(settings) => Box::new(PpoLearner::new(settings, agent)),
        })
    }
}

impl Config {
    /// The config of an algorithm with its defaults, and with what belongs to the algorithm in the other tables:
    /// REINFORCE has whole returns and one number for a baseline.
    pub fn of(algorithm: Algorithm) -> Self {
        let mut config = Self {
            algorithm,
            ..Self::default()
        };
        if let Algorithm::Reinforce(_) = config.algorithm {
            config.advantage.lambda = 1.0;
            config.advantage.baseline = Baseline::Average;
        }
        config
    }
}
