//! The algorithms of this library, one row each.

use super::member::{
    Control, Critic, Direction, EStep, Member, Over, Prior, Temperature, TrustRegion,
};

/// REINFORCE. Catalogue: MPO-03, XU-09.
pub const REINFORCE: Member = Member {
    name: "reinforce",
    over: Over::Actions,
    control: Control::Kl,
    prior: Prior::Uniform,
    temperature: Temperature::Zero,
    direction: Direction::Reverse,
    e_step: EStep::Gradient,
    trust_region: TrustRegion::Step(0.1),
    critic: Critic::Returns,
};

/// The maximum-entropy policy gradient: REINFORCE at a temperature. Catalogue: DECK-04.
pub const MAXENT_PG: Member = Member {
    name: "maxent-pg",
    temperature: Temperature::Fixed(0.1),
    critic: Critic::StateValues,
    ..REINFORCE
};

/// The natural policy gradient. Catalogue: DECK-13.
pub const NPG: Member = Member {
    name: "npg",
    trust_region: TrustRegion::NaturalGradient { kl_bound: 0.01 },
    critic: Critic::StateValues,
    ..REINFORCE
};

/// The natural policy gradient with a posterior of the gradient. Catalogue: DECK-14.
pub const BAYES_NPG: Member = Member {
    name: "bayes-npg",
    e_step: EStep::GradientPosterior,
    ..NPG
};

/// Trust region policy optimisation. Catalogue: XU-20.
pub const TRPO: Member = Member {
    name: "trpo",
    trust_region: TrustRegion::LineSearch { kl_bound: 0.01 },
    ..NPG
};

/// Proximal policy optimisation with a KL penalty. Catalogue: DECK-21.
pub const PPO_KL: Member = Member {
    name: "ppo-kl",
    trust_region: TrustRegion::Penalty {
        coefficient: 1.0,
        direction: Direction::Forward,
    },
    ..NPG
};

/// Proximal policy optimisation with clipping, which is no KL corner. Catalogue: DECK-22.
pub const PPO: Member = Member {
    name: "ppo",
    control: Control::Neither,
    trust_region: TrustRegion::Clip {
        width: 0.2,
        step_size: 0.1,
        passes: 10,
    },
    ..NPG
};

/// The variational policy gradient. Catalogue: XU-08, XU-16.
pub const VPG: Member = Member {
    name: "vpg",
    over: Over::Parameters,
    prior: Prior::Parameters { std: 1.0 },
    temperature: Temperature::Fixed(0.5),
    critic: Critic::StateValues,
    ..REINFORCE
};

/// TRPO for a law over policies. Catalogue: XU-20, XU-21.
pub const TRPO_VPG: Member = Member {
    name: "trpo-vpg",
    trust_region: TRPO.trust_region,
    ..VPG
};

/// PPO with a KL penalty for a law over policies. Catalogue: XU-25.
pub const PPO_VPG: Member = Member {
    name: "ppo-vpg",
    trust_region: PPO_KL.trust_region,
    ..VPG
};

/// The Stein variational policy gradient. Catalogue: XU-04.
pub const SVPG: Member = Member {
    name: "svpg",
    over: Over::Particles,
    ..VPG
};

/// Soft Q-learning. Catalogue: CS285-09, CS285-11.
pub const SOFT_Q: Member = Member {
    name: "soft-q",
    temperature: Temperature::Fixed(0.1),
    e_step: EStep::Tilted,
    trust_region: TrustRegion::None,
    critic: Critic::SoftBackup,
    ..REINFORCE
};

/// Soft actor-critic. Catalogue: CS285-13, CS285-14.
pub const SAC: Member = Member {
    name: "sac",
    critic: Critic::ActionValues,
    ..SOFT_Q
};

/// Maximum a posteriori policy optimisation. Catalogue: MPO-11, MPO-13, MPO-16, MPO-20.
pub const MPO: Member = Member {
    name: "mpo",
    control: Control::Em,
    prior: Prior::OldPolicy,
    temperature: Temperature::DualOfKl(0.1),
    direction: Direction::Forward,
    trust_region: TrustRegion::Bound { kl_bound: 0.1 },
    ..SAC
};

/// VIREL's actor-critic. Catalogue: VIREL-11, VIREL-13.
pub const VIREL: Member = Member {
    name: "virel",
    control: Control::Em,
    temperature: Temperature::BellmanResidual(1.0),
    critic: Critic::Residual(0.5),
    ..SAC
};

/// Maximum-causal-entropy inverse reinforcement learning. Catalogue: CS285-16, CS285-17.
pub const IRL: Member = Member {
    name: "irl",
    over: Over::Rewards,
    control: Control::Neither,
    temperature: Temperature::Fixed(1.0),
    direction: Direction::Forward,
    e_step: EStep::Visits,
    trust_region: TrustRegion::Step(0.1),
    critic: Critic::SoftBackup,
    ..REINFORCE
};

/// Every algorithm of this library, as its choices. Numbers are those of a first try.
///
/// # Example
/// ```
/// use kinglet_objectives::family::{Control, FAMILY};
/// let em = FAMILY.iter().filter(|member| member.control == Control::Em);
/// assert_eq!(em.map(|member| member.name).collect::<Vec<_>>(), ["mpo", "virel"]);
/// ```
pub const FAMILY: [Member; 16] = [
    REINFORCE, MAXENT_PG, NPG, BAYES_NPG, TRPO, PPO_KL, PPO, VPG, TRPO_VPG, PPO_VPG, SVPG, SOFT_Q,
    SAC, MPO, VIREL, IRL,
];
