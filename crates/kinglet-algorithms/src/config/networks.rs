//! The networks that act and that value.

use kinglet_nn::Activation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::{MOST, at_least_one, within};
use crate::Error;

/// The network that acts, and what its outputs mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// The units of each hidden layer; none for a linear policy.
    pub hidden: Vec<usize>,
    /// What a hidden layer does to each of its numbers.
    pub activation: ActivationName,
    /// Whether hidden layers are normalised before their activation.
    pub layer_norm: bool,
    /// How the first parameters are drawn.
    pub init: Init,
    /// Where the scale of a continuous action comes from.
    pub scale: Scale,
    /// ln σ, the log-scale of a continuous action: where it starts, or stays if it is fixed. Not used with the scale
    /// `of-state`.
    pub log_std: f64,
    /// Steps after which the noise of the scale `of-features` is drawn anew; 0 for once a rollout.
    pub sample_every: usize,
    /// Whether a continuous action is squashed by tanh and stretched to its bounds, rather than clipped to them.
    pub squash: bool,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            hidden: vec![64, 64],
            activation: ActivationName::Tanh,
            layer_norm: false,
            init: Init::Orthogonal,
            scale: Scale::Learned,
            log_std: 0.0,
            sample_every: 0,
            squash: false,
        }
    }
}

/// The network that values states.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CriticConfig {
    /// The units of each hidden layer; none for a linear critic.
    pub hidden: Vec<usize>,
    /// What a hidden layer does to each of its numbers.
    pub activation: ActivationName,
    /// Whether hidden layers are normalised before their activation.
    pub layer_norm: bool,
}

impl Default for CriticConfig {
    fn default() -> Self {
        Self {
            hidden: vec![64, 64],
            activation: ActivationName::Tanh,
            layer_norm: false,
        }
    }
}

/// Where the scale of a continuous action comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// It stays as it is.
    Fixed,
    /// A parameter for each number of the action, the same in every state.
    Learned,
    /// Outputs of the network, beside the means.
    OfState,
    /// Noise that the policy's last hidden layer weighs: generalised state-dependent exploration.
    OfFeatures,
}

/// How the first parameters are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// Orthogonal layers: gain √2 in hidden layers, 0.01 in the policy's last and 1 in the critic's.
    Orthogonal,
    /// Normal weights of variance 1/inputs.
    Lecun,
}

/// What a hidden layer does to each of its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActivationName {
    /// tanh z.
    Tanh,
    /// max(z, 0).
    Relu,
    /// z σ(z), σ the logistic function.
    Silu,
}

impl From<ActivationName> for Activation {
    fn from(name: ActivationName) -> Self {
        match name {
            ActivationName::Tanh => Self::Tanh,
            ActivationName::Relu => Self::Relu,
            ActivationName::Silu => Self::Silu,
        }
    }
}

impl PolicyConfig {
    pub(super) fn check(&self) -> Result<(), Error> {
        layers("policy.hidden", &self.hidden)?;
        let wanted = "a number from -20 to 20";
        within("policy.log_std", self.log_std, -20.0, 20.0, wanted)
    }
}

impl CriticConfig {
    pub(super) fn check(&self) -> Result<(), Error> {
        layers("critic.hidden", &self.hidden)
    }
}

/// Whether layers have units, and not more weights than fit.
fn layers(key: &str, hidden: &[usize]) -> Result<(), Error> {
    for units in hidden {
        at_least_one(key, *units)?;
    }
    let pairs = hidden.windows(2);
    let weights = pairs.map(|pair| pair[0] as f64 * pair[1] as f64);
    let largest = hidden.iter().map(|units| *units as f64).chain(weights);
    let (largest, most) = (largest.fold(1.0, f64::max), f64::from(MOST));
    let wanted = "at most 16777216 weights in a layer";
    within(key, largest, 1.0, most, wanted)
}
