//! What a training run is made of, as a user writes it down.

mod advantage;
mod check;
mod networks;
mod rate;
mod replay;
mod rollout;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Algorithm, Error};

pub use advantage::{AdvantageConfig, Baseline, Weights};
pub(crate) use check::{
    above_zero, at_least_one, finite, fraction, not_negative, positive, rate, within,
};
pub use networks::{ActivationName, CriticConfig, Init, PolicyConfig, Scale};
pub use rate::{Along, Ramp, Rate};
pub use replay::ReplayConfig;
pub use rollout::RolloutConfig;

/// All that a training run depends on, but for its environment, seed and length.
///
/// It is written as TOML, a table for each field. A key that is left out has its default; one that there is not is
/// refused.
///
/// # Example
/// ```
/// use kinglet_algorithms::{Algorithm, Config, Rate};
/// let config = Config::from_toml(
///     r#"
///     [rollout]
///     environments = 4
///     [algorithm]
///     name = "ppo"
///     learning_rate = { from = 0.001, to = 0.0, along = "linear" }
///     "#,
/// )?;
/// let Algorithm::Ppo(ppo) = &config.algorithm else { panic!("{config:?}") };
/// assert_eq!(ppo.learning_rate.at(0.5), 0.0005);
/// assert_eq!(Config::from_toml(&config.to_toml())?, config);
///
/// let error = Config::from_toml("[rollout]\nenvironment = 4").unwrap_err().to_string();
/// assert!(error.contains("line 2") && error.contains("environment"));
/// # Ok::<(), kinglet_algorithms::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How experience is gathered.
    pub rollout: RolloutConfig,
    /// How experience is kept and drawn, for what learns off-policy; of no meaning to other algorithms.
    pub replay: ReplayConfig,
    /// The network that acts, and what its outputs mean.
    pub policy: PolicyConfig,
    /// The network that values states; off-policy, actions.
    pub critic: CriticConfig,
    /// What a step is found to be worth.
    pub advantage: AdvantageConfig,
    /// How the policy learns.
    pub algorithm: Algorithm,
}

impl Config {
    /// Reads a config.
    ///
    /// # Errors
    /// [`Error::Config`], with the line, for what is no TOML, an unknown key or a value of another type; and as
    /// [`check`](Self::check).
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let config: Self = toml::from_str(text).map_err(|error| Error::Config {
            reason: error.to_string(),
        })?;
        config.check()?;
        Ok(config)
    }

    /// Writes a config, every key of it.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a config is tables of plain values")
    }

    /// Whether every number is one that training can begin with.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first that is not.
    pub fn check(&self) -> Result<(), Error> {
        self.rollout.check()?;
        self.replay.check()?;
        self.policy.check()?;
        self.critic.check()?;
        self.advantage.check()?;
        self.check_normalisers()?;
        self.algorithm.check()
    }

    /// What a replay keeps must mean the same when it is drawn as when it was seen.
    fn check_normalisers(&self) -> Result<(), Error> {
        let rollout = &self.rollout;
        for (key, normalises) in [
            ("normalise_observations", rollout.normalise_observations),
            ("normalise_rewards", rollout.normalise_rewards),
        ] {
            if normalises && self.algorithm.learns_off_policy() {
                let name = self.algorithm.name();
                let reason = format!(
                    "rollout.{key} is true: {name} learns from a replay, whose old rows a moving scale would falsify; set it to false"
                );
                return Err(Error::Config { reason });
            }
        }
        Ok(())
    }
}
