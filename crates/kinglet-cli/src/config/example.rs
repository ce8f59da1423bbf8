//! A config with everything that one may hold, for the tests.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Example {
    /// How advantages are estimated.
    pub(crate) advantage: Advantage,
    pub(crate) network: Network,
    /// What is done.
    pub(crate) algorithm: Algorithm,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advantage {
    /// γ.
    pub(crate) discount: f64,
    /// Whether they are brought to one scale.
    pub(crate) normalise: bool,
}

/// The network.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Network {
    /// Widths of the hidden layers.
    pub(crate) hidden: Vec<usize>,
    pub(crate) activation: Activation,
    /// How wide the policy is.
    pub(crate) scale: Scale,
    /// Another seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u32>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Activation {
    /// Smooth.
    Tanh,
    /// Kinked.
    Relu,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scale {
    Learned,
    Fixed(f64),
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub(crate) enum Algorithm {
    /// The first.
    Clipped(Clipped),
    Bounded(Bounded),
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Clipped {
    /// How far a ratio counts.
    pub(crate) clip: f64,
}

/// The second.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bounded {
    /// How far the policy goes.
    pub(crate) kl_bound: f64,
    /// How often it tries.
    pub(crate) tries: usize,
}

impl Example {
    pub(crate) fn clipped() -> Self {
        Self {
            advantage: Advantage {
                discount: 0.99,
                normalise: true,
            },
            network: Network {
                hidden: vec![64, 64],
                activation: Activation::Tanh,
                scale: Scale::Learned,
                seed: None,
            },
            algorithm: Algorithm::Clipped(Clipped { clip: 0.2 }),
        }
    }
}
