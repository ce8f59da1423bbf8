#![doc = include_str!("../FAMILY.md")]

mod ascent;
mod law;
mod member;
mod reward;
mod sweep;
mod table;
mod tempered_return;

pub use ascent::clipped_slope;
pub use law::{Law, sweep_law};
pub use member::{
    Control, Critic, Direction, EStep, Member, Over, Prior, Temperature, TrustRegion,
};
pub use reward::sweep_reward;
pub use sweep::{Iterate, sweep};
pub use table::{
    BAYES_NPG, FAMILY, IRL, MAXENT_PG, MPO, NPG, PPO, PPO_KL, PPO_VPG, REINFORCE, SAC, SOFT_Q,
    SVPG, TRPO, TRPO_VPG, VIREL, VPG,
};

use crate::Error;

/// What a member asks for and no sweep does.
fn no_sweep<T>(member: &Member, why: &'static str) -> Result<T, Error> {
    let member = member.name;
    Err(Error::NoSweep { member, why })
}
