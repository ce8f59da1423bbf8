//! Maximum a posteriori policy optimisation.

mod continuous;
mod discrete;
mod dual;
mod learner;
mod m_step;
mod multiplier;
mod returns;
mod shard;
mod steps;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{at_least_one, fraction, positive, rate, within};
use crate::{Error, Rate};

pub(crate) use learner::MpoLearner;

/// Maximum a posteriori policy optimisation: an E-step improves on the policy in each state, within a bound on the KL
/// divergence, and an M-step fits the policy to what it found, within bounds of its own. Catalogue: MPO-10 to MPO-20.
///
/// ```text
/// E   maximise E_q[Q̄(s, a)]          with E KL(q ‖ π̄) ≤ ε       q ∝ π̄ exp(Q̄ / η), η from the dual, MPO-11
/// M   maximise E_q[log π(a|s)]       with E KL(π̄ ‖ π) ≤ ε_μ, ε_Σ for mean and covariance, MPO-19, MPO-20
/// Q   y = r + γ (E_π̄ Q̄(s′, ·) + c′ (y′ − Q̄(s′, a′))),  c = λ min(1, π̄(a|s) / b(a|s)), MPO-17
/// ```
///
/// π̄ and Q̄ are targets: the policy and the critic as they were when the iteration began. All expectations over π̄ are of the
/// same `actions` draws; of discrete actions they are exact. The E-step is of the states that the steps of the minibatch
/// lead to, whose draws the critic's targets need as well. A squashed policy is improved and bounded in the numbers before
/// the tanh, which changes no divergence.
///
/// # Source
/// Abdolmaleki et al. 2018a, whose table of parameters has the bounds, the discount and the learning rate of the defaults;
/// the M-step of mean and covariance apart from each other is that of Abdolmaleki et al. 2018b.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mpo {
    /// Adam's learning rate, of critics, policy, and a parametric q.
    pub learning_rate: Rate,
    /// Critics; of several the smallest value of an action counts. At least 1.
    pub critics: usize,
    /// K, the actions drawn in each state where actions are continuous; at least 2.
    pub actions: usize,
    /// What q is.
    pub e_step: EStepForm,
    /// How the E-step is held near the policy.
    pub constraint: EStepConstraint,
    /// ε, the bound on E KL(q ‖ π̄), in nats. Not used where the constraint is `soft`.
    pub kl_bound: f64,
    /// The price of a nat of KL(q ‖ π̄), in units of the reward: α where the constraint is `soft`; where η is learned, by
    /// the constraint `gradient` or with a parametric q, what it starts at.
    pub temperature: f64,
    /// How the M-step is held near the policy.
    pub m_step: MStepBounds,
    /// ε_μ, the bound on the mean's part of E KL(π̄ ‖ π), in nats; on all of it for discrete actions, or where the M-step
    /// is `joint`.
    pub mean_kl_bound: f64,
    /// ε_Σ, the bound on the covariance's part, in nats.
    pub covariance_kl_bound: f64,
    /// What the multiplier of ε_μ starts at.
    pub mean_multiplier: f64,
    /// What the multiplier of ε_Σ starts at.
    pub covariance_multiplier: f64,
    /// Adam's learning rate for the logarithms of what multiplies a bound, η among them where it is learned.
    pub multiplier_learning_rate: f64,
    /// What the critics learn.
    pub returns: CriticReturns,
    /// Steps of a sequence of the minibatch, over which returns reach; at least 1.
    pub sequence: usize,
    /// λ of Retrace; in [0, 1].
    pub lambda: f64,
    /// Updates after which the targets move; at least 1.
    pub target_every: usize,
    /// The share of the way that they then go: 1 replaces them.
    pub target_rate: f64,
}

/// What q, which the E-step finds, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EStepForm {
    /// Weights of the actions drawn, or a probability of each action: q ∝ π̄ exp(Q̄ / η), in closed form. MPO-10, MPO-11.
    NonParametric,
    /// A policy of its own parameters, that ascends E_q[Q̄] − η KL(q ‖ π̄) along its gradient. MPO-12. Where η belongs to a
    /// bound, it is learned by gradient.
    Parametric,
}

/// How the E-step is held near the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EStepConstraint {
    /// By a bound, whose dual is solved for η in each update.
    Exact,
    /// By a bound, of whose dual η descends the gradient.
    Gradient,
    /// By a fixed price.
    Soft,
}

/// How the M-step is held near the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MStepBounds {
    /// By a bound on the mean's part of the divergence and one on the covariance's: the mean is fitted and bounded with the
    /// old covariance, the covariance with the old mean.
    Decoupled,
    /// By one bound on the divergence.
    Joint,
}

/// What the critics learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CriticReturns {
    /// Retrace: rewards along the sequence, as far as the policy would have acted like it.
    Retrace,
    /// The rewards of what is left of the sequence, and the value of where it ends, whoever acted.
    NStep,
}

impl Default for Mpo {
    fn default() -> Self {
        Self {
            learning_rate: Rate::Constant(5e-4),
            critics: 1,
            actions: 20,
            e_step: EStepForm::NonParametric,
            constraint: EStepConstraint::Exact,
            kl_bound: 0.1,
            temperature: 1.0,
            m_step: MStepBounds::Decoupled,
            mean_kl_bound: 0.1,
            covariance_kl_bound: 1e-4,
            mean_multiplier: 1.0,
            covariance_multiplier: 100.0,
            multiplier_learning_rate: 0.01,
            returns: CriticReturns::Retrace,
            sequence: 5,
            lambda: 1.0,
            target_every: 100,
            target_rate: 1.0,
        }
    }
}

impl Mpo {
    pub(crate) fn check(&self) -> Result<(), Error> {
        rate("algorithm.learning_rate", self.learning_rate)?;
        at_least_one("algorithm.critics", self.critics)?;
        let (actions, most) = (self.actions as f64, 65_536.0);
        within("algorithm.actions", actions, 2.0, most, "from 2 to 65536")?;
        for (key, value) in [
            ("algorithm.kl_bound", self.kl_bound),
            ("algorithm.temperature", self.temperature),
            ("algorithm.mean_kl_bound", self.mean_kl_bound),
            ("algorithm.covariance_kl_bound", self.covariance_kl_bound),
            ("algorithm.mean_multiplier", self.mean_multiplier),
            (
                "algorithm.covariance_multiplier",
                self.covariance_multiplier,
            ),
            (
                "algorithm.multiplier_learning_rate",
                self.multiplier_learning_rate,
            ),
        ] {
            positive(key, value)?;
        }
        let (sequence, most) = (self.sequence as f64, 65_536.0);
        within("algorithm.sequence", sequence, 1.0, most, "from 1 to 65536")?;
        at_least_one("algorithm.target_every", self.target_every)?;
        fraction("algorithm.lambda", self.lambda)?;
        fraction("algorithm.target_rate", self.target_rate)
    }
}
