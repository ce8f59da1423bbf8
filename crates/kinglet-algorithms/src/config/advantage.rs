//! What a step is found to be worth.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Rate;
use super::check::fraction;
use crate::Error;

/// What a step is found to be worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdvantageConfig {
    /// γ, the discount of a step later; in [0, 1].
    pub discount: f64,
    /// λ of generalised advantage estimation: 1 for the return, 0 for one step and the critic's word; in [0, 1].
    pub lambda: f64,
    /// α, the temperature: what a nat of the policy's entropy is worth, in units of the reward. 0 is classic
    /// reinforcement learning.
    pub temperature: Rate,
    /// What is subtracted from the return, and bootstrapped from where an episode is cut.
    pub baseline: Baseline,
    /// Whether the advantages of each gradient's samples are brought to mean 0 and variance 1.
    pub normalise: bool,
    /// How steps late in an episode weigh in a gradient.
    pub weights: Weights,
}

impl Default for AdvantageConfig {
    fn default() -> Self {
        Self {
            discount: 0.99,
            lambda: 0.95,
            temperature: Rate::Constant(0.0),
            baseline: Baseline::Critic,
            normalise: true,
            weights: Weights::Equal,
        }
    }
}

/// What is subtracted from the return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// Nothing.
    None,
    /// One number for all states, the decaying average of the returns seen (of decay 0.9).
    Average,
    /// A value for each state, which a network learns.
    Critic,
}

/// How steps late in an episode weigh in a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weights {
    /// All alike, as is usual.
    Equal,
    /// Step t by γᵗ, as the gradient of the discounted objective has it.
    Discounted,
}

impl AdvantageConfig {
    pub(super) fn check(&self) -> Result<(), Error> {
        fraction("advantage.discount", self.discount)?;
        fraction("advantage.lambda", self.lambda)?;
        self.temperature.check("advantage.temperature")
    }
}
