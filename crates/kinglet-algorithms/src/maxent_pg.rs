//! The policy gradient of maximum-entropy reinforcement learning, with a learned critic.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CriticFit, Error, Rate, Reinforce};

/// The maximum-entropy policy gradient: [`Reinforce`] of rewards that the policy's surprise is added to, over a critic
/// that learns what they sum to. Catalogue: DECK-04, DECK-06, DECK-07, DECK-08.
///
/// ```text
/// ∇J = E[Σₜ ∇log π(aₜ|sₜ) (Σ_{t' ≥ t} γ^(t'−t) (r_{t'} − α log π(a_{t'}|s_{t'})) − v(sₜ))]
/// ```
///
/// α is `advantage.temperature`, γ and λ stand beside it, and the baseline has to be the critic. At α = 0 it is REINFORCE
/// over a critic, bit for bit.
///
/// # Source
/// Levine 2018, section 3.1, equation (19).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MaxentPg {
    /// Adam's learning rate.
    pub learning_rate: Rate,
    /// The length to which a longer gradient is cut; `inf` for none.
    pub max_gradient_norm: f64,
    /// How the critic learns.
    pub critic: CriticFit,
}

impl Default for MaxentPg {
    fn default() -> Self {
        let Reinforce {
            learning_rate,
            max_gradient_norm,
            critic,
        } = Reinforce::default();
        Self {
            learning_rate,
            max_gradient_norm,
            critic,
        }
    }
}

impl MaxentPg {
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.steps().check()
    }

    /// The steps that it takes: those of REINFORCE.
    pub(crate) fn steps(&self) -> Reinforce {
        Reinforce {
            learning_rate: self.learning_rate,
            max_gradient_norm: self.max_gradient_norm,
            critic: self.critic.clone(),
        }
    }
}
