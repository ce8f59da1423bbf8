//! The algorithms by name.

use kinglet_nn::Scalar;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bayes_npg::{BayesNpg, BayesNpgLearner};
use crate::irl::{Irl, IrlLearner};
use crate::maxent_pg::MaxentPg;
use crate::mpo::{Mpo, MpoLearner};
use crate::natural_pg::{NaturalPg, NaturalPgLearner};
use crate::ppo::{Ppo, PpoLearner};
use crate::ppo_kl::{PpoKl, PpoKlLearner};
use crate::ppo_vpg::{PpoVpg, PpoVpgLearner};
use crate::reinforce::{Reinforce, ReinforceLearner};
use crate::sac::{Sac, SacLearner};
use crate::soft_q::{SoftQ, SoftQLearner};
use crate::svpg::{Svpg, SvpgLearner};
use crate::trpo::{Trpo, TrpoLearner};
use crate::trpo_vpg::{TrpoVpg, TrpoVpgLearner};
use crate::variational::Posterior;
use crate::virel::{Virel, VirelLearner};
use crate::vpg::{Vpg, VpgLearner};
use crate::{
    ActivationName, Agent, Baseline, Config, Element, Error, Init, Learner, OffPolicyLearner, Scale,
};

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
    /// Soft Q-learning.
    SoftQ(SoftQ),
    /// Soft actor-critic.
    Sac(Sac),
    /// VIREL's actor-critic.
    Virel(Virel),
    /// Inverse reinforcement learning, with soft Q-learning between the steps of the reward.
    Irl(Irl),
    /// Maximum a posteriori policy optimisation.
    Mpo(Mpo),
}

impl Default for Algorithm {
    fn default() -> Self {
        Self::Ppo(Ppo::default())
    }
}

impl Algorithm {
    /// The names, as a config writes them.
    pub const NAMES: [&'static str; 16] = [
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
        "soft-q",
        "sac",
        "virel",
        "irl",
        "mpo",
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
            Self::SoftQ(_) => "soft-q",
            Self::Sac(_) => "sac",
            Self::Virel(_) => "virel",
            Self::Irl(_) => "irl",
            Self::Mpo(_) => "mpo",
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
            Self::SoftQ(settings) => settings.check(),
            Self::Sac(settings) => settings.check(),
            Self::Virel(settings) => settings.check(),
            Self::Irl(settings) => settings.check(),
            Self::Mpo(settings) => settings.check(),
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

    /// Whether it learns from a replay, and not from each rollout once.
    pub fn learns_off_policy(&self) -> bool {
        self.critics().is_some()
    }

    /// The algorithm at the start of a run, where it learns from a replay: for who gathers experience in his own way.
    ///
    /// # Errors
    /// [`Error::Actions`] for actions that it does not know; [`Error::Config`] for an algorithm that learns from each
    /// rollout once.
    /// # Example
    /// ```
    /// use kinglet_algorithms::{Agent, Algorithm, Config, Sac};
    /// use kinglet_envs::Actions;
    /// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
    /// let config = Config::of(Algorithm::Sac(Sac::default()));
    /// let actions = Actions::Box { low: vec![-1.0; 6], high: vec![1.0; 6] };
    /// let agent: Agent<f32> = Agent::new(&config, 17, &actions, &mut Xoshiro256PlusPlus::seed_from_u64(1))?;
    /// assert!(config.algorithm.off_policy_learner(&config, &agent).is_ok());
    /// # Ok::<(), kinglet_algorithms::Error>(())
    /// ```
    pub fn off_policy_learner<S: Scalar + Element>(
        &self,
        config: &Config,
        agent: &Agent<S>,
    ) -> Result<Box<dyn OffPolicyLearner<S>>, Error> {
        match self.learner(config, agent)? {
            Learning::OffPolicy(learner) => Ok(learner),
            Learning::OnPolicy(_) => Err(Error::Config {
                reason: format!("{} does not learn from a replay", self.name()),
            }),
        }
    }

    /// How many critics value actions, where the algorithm learns off-policy.
    pub(crate) fn critics(&self) -> Option<usize> {
        match self {
            Self::SoftQ(_) | Self::Irl(_) => Some(0), // the policy's network is the critic
            Self::Sac(_) | Self::Virel(_) => Some(2),
            Self::Mpo(settings) => Some(settings.critics),
            _ => None,
        }
    }

    /// How many steps at most a sequence of a minibatch has.
    pub(crate) fn sequence(&self) -> usize {
        match self {
            Self::Mpo(settings) => settings.sequence,
            _ => 1,
        }
    }

    /// The algorithm at the start of a run.
    pub(crate) fn learner<S: Scalar + Element>(
        &self,
        config: &Config,
        agent: &Agent<S>,
    ) -> Result<Learning<S>, Error> {
        use Learning::{OffPolicy, OnPolicy};
        Ok(match self.clone() {
            Self::Reinforce(settings) => OnPolicy(Box::new(ReinforceLearner::new(settings, agent))),
            Self::MaxentPg(settings) => {
                OnPolicy(Box::new(ReinforceLearner::new(settings.steps(), agent)))
            }
            Self::Npg(settings) => OnPolicy(Box::new(NaturalPgLearner::new(settings, agent))),
            Self::BayesNpg(settings) => OnPolicy(Box::new(BayesNpgLearner::new(settings, agent))),
            Self::Trpo(settings) => OnPolicy(Box::new(TrpoLearner::new(settings, agent))),
            Self::PpoKl(settings) => OnPolicy(Box::new(PpoKlLearner::new(settings, agent)?)),
            Self::Ppo(settings) => OnPolicy(Box::new(PpoLearner::new(settings, agent))),
            Self::Vpg(settings) => OnPolicy(Box::new(VpgLearner::new(settings, agent))),
            Self::TrpoVpg(settings) => OnPolicy(Box::new(TrpoVpgLearner::new(settings, agent))),
            Self::PpoVpg(settings) => OnPolicy(Box::new(PpoVpgLearner::new(settings, agent)?)),
            Self::Svpg(settings) => OnPolicy(Box::new(SvpgLearner::new(settings, agent))),
            Self::SoftQ(settings) => {
                OffPolicy(Box::new(SoftQLearner::new(settings, config, agent)?))
            }
            Self::Sac(settings) => OffPolicy(Box::new(SacLearner::new(settings, config, agent))),
            Self::Virel(settings) => {
                OffPolicy(Box::new(VirelLearner::new(settings, config, agent)))
            }
            Self::Irl(settings) => OffPolicy(Box::new(IrlLearner::new(settings, config, agent)?)),
            Self::Mpo(settings) => OffPolicy(Box::new(MpoLearner::new(settings, config, agent))),
        })
    }
}

#[cfg(test)]
impl Algorithm {
    /// An algorithm that learns from each rollout once, at the start of a run.
    pub(crate) fn on_policy<S: Scalar + Element>(&self, agent: &Agent<S>) -> Box<dyn Learner<S>> {
        match self.learner(&Config::default(), agent).unwrap() {
            Learning::OnPolicy(learner) => learner,
            Learning::OffPolicy(_) => panic!("{} learns from a replay", self.name()),
        }
    }
}

/// What learns, by where from.
pub(crate) enum Learning<S> {
    /// From each rollout once.
    OnPolicy(Box<dyn Learner<S>>),
    /// From a replay.
    OffPolicy(Box<dyn OffPolicyLearner<S>>),
}

impl Config {
    /// The config of an algorithm with its defaults, and with what belongs to the algorithm in the other tables:
    /// REINFORCE has whole returns and one number for a baseline; where shards of environments have policies of their own,
    /// each environment is a shard; what learns off-policy has one environment, ReLU networks, and for a continuous action a
    /// squashed normal whose scale depends on the state.
    pub fn of(algorithm: Algorithm) -> Self {
        let mut config = Self {
            algorithm,
            ..Self::default()
        };
        if config.algorithm.posterior().is_some() || matches!(config.algorithm, Algorithm::Svpg(_))
        {
            config.rollout.shards = config.rollout.environments;
        }
        if config.algorithm.critics().is_some() {
            config.rollout.environments = 1;
            config.policy.scale = Scale::OfState;
            config.policy.squash = true;
            config.policy.activation = ActivationName::Relu;
            config.critic.activation = ActivationName::Relu;
            config.policy.init = Init::Lecun;
        }
        if let Algorithm::Reinforce(_) = config.algorithm {
            config.advantage.lambda = 1.0;
            config.advantage.baseline = Baseline::Average;
        }
        config
    }
}
