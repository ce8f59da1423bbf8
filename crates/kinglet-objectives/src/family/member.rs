//! The choices that make an algorithm.

/// An algorithm, as its choices. [`FAMILY`](crate::family::FAMILY) has one of each.
///
/// ```text
/// max_π  E[Q] − τ KL(π ‖ prior),   in one step or in steps that a trust region keeps short
/// ```
///
/// # Example
/// ```
/// use kinglet_objectives::family::{MPO, Member, Prior, Temperature};
/// // MPO with a price in place of its bound, about the uniform policy: SAC's E-step.
/// let tempered = Member { prior: Prior::Uniform, temperature: Temperature::Fixed(0.2), ..MPO };
/// assert_eq!((tempered.name, tempered.e_step), ("mpo", MPO.e_step));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    /// The name, as `kinglet list algorithms` has it.
    pub name: &'static str,
    /// What is a law here, and is fitted.
    pub over: Over,
    /// Whether one law is fitted, or two in turn.
    pub control: Control,
    /// What the divergence is measured from.
    pub prior: Prior,
    /// What a nat of the divergence costs.
    pub temperature: Temperature,
    /// Which way round the policy is fitted to its target.
    pub direction: Direction,
    /// What is computed of the target.
    pub e_step: EStep,
    /// What keeps the fit near the old policy.
    pub trust_region: TrustRegion,
    /// Where Q comes from.
    pub critic: Critic,
}

/// What a divergence is between laws of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Actions: π(a | s).
    Actions,
    /// The parameters of a policy, by a map of noise: q(θ), θ = h_φ(ξ).
    Parameters,
    /// The parameters of a policy, by particles.
    Particles,
    /// Trajectories, of which the reward is what is fitted.
    Rewards,
}

/// How the divergence is made small, after Furuta 2021.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// KL control: KL(π ‖ posterior) is minimised directly.
    Kl,
    /// EM control: an E-step finds a target, an M-step fits to it, in turn.
    Em,
    /// Neither: the update is no projection in KL, or fits no policy.
    Neither,
}

/// What the divergence is measured from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Prior {
    /// The uniform policy with unit action weights: −KL is the entropy, log A left out.
    Uniform,
    /// The policy as it was before the sweep.
    OldPolicy,
    /// N(0, s²) for each parameter; flat where s is infinite.
    Parameters {
        /// s > 0.
        std: f64,
    },
}

/// What a nat costs, in units of reward.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Temperature {
    /// Nothing: classic reinforcement learning.
    Zero,
    /// A constant.
    Fixed(f64),
    /// The multiplier of the bound E KL(q ‖ prior) ≤ ε, in nats.
    DualOfKl(f64),
    /// A multiple of the mean-squared Bellman error of Q, in 1/reward.
    BellmanResidual(f64),
    /// Whatever gives the target this entropy in the mean, in nats.
    EntropyTarget(f64),
}

/// Which argument of KL the policy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// KL(π ‖ other): the policy seeks a mode.
    Reverse,
    /// KL(other ‖ π): the policy covers the whole, as maximum likelihood does.
    Forward,
}

/// What is computed of the target exp(Q / τ) · prior.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EStep {
    /// The target itself, in closed form.
    Tilted,
    /// Only the slope of E\[Q\] − τ KL at the old policy.
    Gradient,
    /// The same slope, with a posterior of it that says how sure it is.
    GradientPosterior,
    /// How often trajectories of the target visit each state and action.
    Visits,
}

/// What keeps a fit near the old policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TrustRegion {
    /// Nothing: the fit is complete.
    None,
    /// A step of this size along the plain gradient.
    Step(f64),
    /// KL(π_old ‖ π) ≤ δ in the quadratic model: the natural gradient to the edge.
    NaturalGradient {
        /// δ, nats.
        kl_bound: f64,
    },
    /// The same, shortened by a fifth until KL ≤ δ and the surrogate rises.
    LineSearch {
        /// δ, nats.
        kl_bound: f64,
    },
    /// A price on the divergence from the old policy.
    Penalty {
        /// The price of a nat, in units of what is maximised.
        coefficient: f64,
        /// Forward: KL(π_old ‖ π). Reverse: KL(π ‖ π_old).
        direction: Direction,
    },
    /// E KL(π_old ‖ π) ≤ δ exactly, on a fit to a target.
    Bound {
        /// δ, nats.
        kl_bound: f64,
    },
    /// Ratios beyond 1 ± ε earn nothing. This is no divergence.
    Clip {
        /// ε, in (0, 1).
        width: f64,
        /// The size of a step.
        step_size: f64,
        /// Steps from the same old policy.
        passes: u32,
    },
}

/// Where Q comes from. The first three are one thing where values are exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Critic {
    /// The returns of trajectories, less a baseline.
    Returns,
    /// V^π, for advantages by GAE.
    StateValues,
    /// Q^π.
    ActionValues,
    /// One backup Q ← r + γ E\[V(s′)\] with the soft maximum for V.
    SoftBackup,
    /// Q ← Q + η (T* Q − Q).
    Residual(f64),
    /// The optimistic messages of exact inference, in which luck is part of the choice.
    Messages,
}
