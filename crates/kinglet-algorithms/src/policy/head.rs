//! What the outputs of a policy's network mean.

use std::num::NonZeroUsize;

/// The law of an action that the outputs of a network stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Head {
    /// One of as many actions as the network has outputs, which are the logits. An action is stored as its index.
    Categorical,
    /// Independent normals; the network gives the means.
    Normal(LogStd),
    /// tanh of independent normals, in (−1, 1). An action is stored as the number u before the tanh, from which its
    /// log-probability is right even where tanh u rounds to ±1.
    TanhNormal(LogStd),
}

/// Where the log-scale ln σ of a normal comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LogStd {
    /// This value for every number of the action; not learned.
    Fixed(f64),
    /// A parameter for each number of the action, behind the network's, the same in every state; this is where it starts.
    Learned(f64),
    /// Outputs of the network, behind the means.
    OfState,
    /// Generalised state-dependent exploration (gSDE): the noise of number j of the action is a linear function of the
    /// values h of the last hidden layer (of the observation, where there is none).
    ///
    /// ```text
    /// a = μ(s) + Σₖ θₖⱼ hₖ(s),   θₖⱼ ~ N(0, e^(2 λₖⱼ)),   a | s ~ N(μ(s), Σₖ hₖ(s)² e^(2 λₖⱼ) + 10⁻⁶)
    /// ```
    ///
    /// The log-scales λ are parameters behind the network's, `[H, n]` row by row. While θ is held, the action is a
    /// smooth function of the state: [`Policy::explore`](crate::Policy::explore). The 10⁻⁶ is the variance of a constant
    /// part of θ, which keeps the law proper where h is 0. As in Stable-Baselines3 the scale's gradient goes to λ alone,
    /// not through h into the network; what [`Policy::fisher_product`](crate::Policy::fisher_product) says of the scale
    /// it says of λ alone too.
    ///
    /// # Source
    /// Raffin, Kober & Stulp 2021, *Smooth Exploration for Robotic Reinforcement Learning*, section 3.
    OfFeatures {
        /// Where each λ starts. 0 is Stable-Baselines3's value for PPO and A2C.
        start: f64,
        /// A rollout draws θ at its first step, then each time that it has gone this many; with `None` once.
        sample_every: Option<NonZeroUsize>,
    },
}

impl Head {
    /// The log-scale of a normal.
    pub(crate) fn log_std(self) -> Option<LogStd> {
        match self {
            Head::Categorical => None,
            Head::Normal(log_std) | Head::TanhNormal(log_std) => Some(log_std),
        }
    }
}
