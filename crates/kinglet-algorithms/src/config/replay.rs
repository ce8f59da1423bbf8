//! How experience is kept and drawn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::{MOST, at_least_one, within};
use crate::Error;

/// How experience is kept and drawn, for what learns off-policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplayConfig {
    /// Transitions that are kept; the oldest are forgotten first.
    pub capacity: usize,
    /// Transitions that are gathered before the first update.
    pub warmup: usize,
    /// Steps in each environment from one round of updates to the next; at least 1.
    pub every: usize,
    /// Updates of a round; at least 1.
    pub updates: usize,
    /// Transitions, or sequences, of an update; at least 1.
    pub batch: usize,
    /// Parts of an update that threads share out; the result depends on it, and not on the number of threads.
    pub shards: usize,
}

impl Default for ReplayConfig {
    fn default() -> Self {
        Self {
            capacity: 1_000_000,
            warmup: 1000,
            every: 1,
            updates: 1,
            batch: 256,
            shards: 2,
        }
    }
}

impl ReplayConfig {
    pub(super) fn check(&self) -> Result<(), Error> {
        at_least_one("replay.every", self.every)?;
        at_least_one("replay.updates", self.updates)?;
        at_least_one("replay.batch", self.batch)?;
        at_least_one("replay.shards", self.shards)?;
        let (capacity, most) = (self.capacity as f64, f64::from(MOST));
        within("replay.capacity", capacity, 1.0, most, "from 1 to 16777216")?;
        let (warmup, wanted) = (self.warmup as f64, "at most replay.capacity");
        within("replay.warmup", warmup, 0.0, capacity, wanted)?;
        let (batch, most) = (self.batch as f64, f64::from(MOST));
        within("replay.batch", batch, 1.0, most, "at most 16777216")
    }
}
