//! How a posterior over policies is made, as a user writes it down.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Over;
use crate::config::{above_zero, at_least_one, positive, rate};
use crate::{Error, Rate};

/// A law q_φ over policies, drawn towards the posterior ∝ p₀(θ) e^(R(θ)/α). Catalogue: XU-07, XU-16.
///
/// ```text
/// α ∇_φ = E_ξ[ ∂R(θ)/∂θ ∂θ/∂φ ] + α ∂/∂φ E_ξ[ ln |det ∂h_φ/∂ξ| + ln p₀(θ) ],   p₀ = N(0, s²)
/// ```
///
/// R is the mean over the steps of a rollout, of Â log π for its gradient, as it is for every algorithm here; so α is in
/// units of the (normalised) advantage of one step. With a Bayesian network it buys nats of the law over all parameters
/// at once; with the others, nats of θ(s, ξ) in the mean state, which is XU-17's sum over the states at a temperature
/// that is as many times larger. α = 0 and σ → 0 leave the policy gradient.
///
/// # Source
/// Xu 2018, equations (4) and (8). The paper has no experiment: all defaults are ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Posterior {
    /// Where the noise of a policy enters.
    pub parameterisation: Parameterisation,
    /// α, what a nat of the posterior is worth, in units of the advantage of a step; to be annealed.
    pub temperature: Rate,
    /// σ, where the standard deviation of each number of θ starts.
    pub std: f64,
    /// s, the standard deviation of the prior N(0, s²) of each number of θ; `inf` for none.
    pub prior_std: f64,
    /// How many numbers θ(s, ξ) has, with the parameterisation `auxiliary`.
    pub latent: usize,
}

/// Where the noise of a policy enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Parameterisation {
    /// Into every parameter θ = μ + σ ξ, drawn once a rollout for each shard of environments.
    BayesianNetwork,
    /// Into the outputs: θ(s, ξ) = μ(s) + ξ σ(s), drawn in every step, which the head reads.
    Simple,
    /// Into the inputs of a network MLP(θ(s, ξ), s), drawn in every step.
    Auxiliary,
}

impl Parameterisation {
    pub(crate) fn over(self) -> Over {
        match self {
            Self::BayesianNetwork => Over::Parameters,
            Self::Simple | Self::Auxiliary => Over::States,
        }
    }
}

impl Default for Posterior {
    fn default() -> Self {
        Self {
            parameterisation: Parameterisation::BayesianNetwork,
            temperature: Rate::exponential(1e-4, 1e-6),
            std: 0.05,
            prior_std: 1.0,
            latent: 4,
        }
    }
}

impl Posterior {
    pub(crate) fn check(&self) -> Result<(), Error> {
        rate("algorithm.posterior.temperature", self.temperature)?;
        positive("algorithm.posterior.std", self.std)?;
        above_zero("algorithm.posterior.prior_std", self.prior_std)?;
        at_least_one("algorithm.posterior.latent", self.latent)
    }
}
