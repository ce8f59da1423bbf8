//! What is trained on, and for how long.

use kinglet_envs::EnvName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is trained on, for how long, and what is kept of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// The environment, by its name.
    #[schemars(with = "String")]
    pub(crate) environment: EnvName,
    /// Steps to take, of all environments together; the last rollout may pass it.
    pub(crate) steps: u64,
    /// What every random number comes from.
    pub(crate) seed: u64,
    /// Steps between two checkpoints, at least. The end of a run has one in any case.
    pub(crate) checkpoint_every: u64,
    /// How many checkpoints are kept, the newest ones. With two, one that is damaged still has one before it.
    pub(crate) keep_checkpoints: usize,
}

impl Run {
    /// As long as most presets, with ten checkpoints.
    pub(crate) fn on(environment: EnvName) -> Self {
        Self {
            environment,
            steps: 100_000,
            seed: 0,
            checkpoint_every: 10_000,
            keep_checkpoints: 3,
        }
    }
}
