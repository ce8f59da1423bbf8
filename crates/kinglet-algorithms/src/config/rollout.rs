//! How experience is gathered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::{MOST, at_least_one, within};
use crate::Error;

/// How experience is gathered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RolloutConfig {
    /// Environments that are stepped side by side; at least 1.
    pub environments: usize,
    /// Steps in each of them before the policy learns; at least 1. Off-policy, those of one line of the metrics.
    pub steps: usize,
    /// Groups of environments that threads share out; the result depends on it, and not on the number of threads.
    pub shards: usize,
    /// Whether observations are brought to mean 0 and variance 1, by those of earlier rollouts.
    pub normalise_observations: bool,
    /// Whether rewards are divided by the standard deviation of the discounted return.
    pub normalise_rewards: bool,
}

impl Default for RolloutConfig {
    fn default() -> Self {
        Self {
            environments: 8,
            steps: 256,
            shards: 2,
            normalise_observations: false,
            normalise_rewards: false,
        }
    }
}

impl RolloutConfig {
    pub(super) fn check(&self) -> Result<(), Error> {
        at_least_one("rollout.environments", self.environments)?;
        at_least_one("rollout.steps", self.steps)?;
        at_least_one("rollout.shards", self.shards)?;
        let samples = self.environments as f64 * self.steps as f64;
        let (key, most) = ("rollout.environments times rollout.steps", f64::from(MOST));
        within(key, samples, 1.0, most, "at most 16777216")
    }
}
