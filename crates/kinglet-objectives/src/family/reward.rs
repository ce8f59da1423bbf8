//! One exact sweep of a member that fits a reward.

use super::member::{Critic, EStep, Member, Over, Temperature, TrustRegion};
use super::no_sweep;
use crate::problem::check_positive;
use crate::{CausalIrl, Error, MaxEntIrl, RewardTable, irl_likelihood};
use kinglet_envs::TabularMdp;
use ndarray::{Array2, ArrayView2};

/// One exact sweep of a member over rewards: a step up the likelihood of demonstrations.
/// Catalogue: CS285-16, CS285-17.
///
/// ```text
/// E-step: E[visits] of the trajectories that r implies, by the critic
/// M-step: r ← r + (η / τ) (n̂ − E[visits])
/// ```
///
/// The soft backup takes the dynamics as they are, and its visits are those of the soft-optimal
/// policy; with messages luck changes too, which is maximum-entropy inverse reinforcement learning.
/// Both are minima of KL(demonstrations ‖ p_r), the forward divergence.
///
/// # Shapes
/// `counts` (n̂), `reward`: `[S, A]`. Returns `[S, A]`. Units: visits in T steps, reward.
/// # Errors
/// [`Error::NoSweep`] for another kind of member; [`Error::NeedsFiniteHorizon`];
/// [`Error::NotPositive`] for the temperature and the step.
/// # Panics
/// When a table has another shape.
/// # Source
/// Ziebart, Bagnell & Dey 2010, section 3; Ziebart, Maas, Bagnell & Dey 2008, equation (6).
/// # Example
/// ```
/// use kinglet_envs::fixtures::tab;
/// use kinglet_objectives::family::{IRL, sweep_reward};
/// use kinglet_objectives::{policy_visits, soft_value_iteration_finite};
/// use ndarray::Array2;
/// let expert = soft_value_iteration_finite(&tab(), 1.0)?.policy;
/// let counts = policy_visits(&tab(), expert.view())?.into_shape_with_order((3, 2)).expect("six");
/// let truth = Array2::from_shape_fn((3, 2), |(s, a)| tab().reward(s, a));
/// let after = sweep_reward(&tab(), &IRL, counts.view(), truth.view())?;
/// assert!((after - truth).iter().all(|step| step.abs() < 1e-13)); // nothing to learn
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn sweep_reward(
    mdp: &TabularMdp,
    member: &Member,
    counts: ArrayView2<'_, f64>,
    reward: ArrayView2<'_, f64>,
) -> Result<Array2<f64>, Error> {
    let (Over::Rewards, EStep::Visits) = (member.over, member.e_step) else {
        return no_sweep(member, "it fits no reward");
    };
    let (Temperature::Fixed(temperature), TrustRegion::Step(step_size)) =
        (member.temperature, member.trust_region)
    else {
        return no_sweep(
            member,
            "a reward takes a step of fixed size, at a fixed temperature",
        );
    };
    check_positive("temperature", temperature)?;
    check_positive("step size", step_size)?;
    let counts: Vec<f64> = counts.iter().copied().collect();
    let in_nats: Vec<f64> = reward.iter().map(|r| r / temperature).collect();
    let mut slope = vec![0.0; in_nats.len()];
    let table = RewardTable::StateAction;
    match member.critic {
        Critic::SoftBackup => {
            irl_likelihood(
                &mut CausalIrl::new(mdp, table)?,
                &counts,
                &in_nats,
                &mut slope,
            );
        }
        Critic::Messages => {
            irl_likelihood(
                &mut MaxEntIrl::new(mdp, table)?,
                &counts,
                &in_nats,
                &mut slope,
            );
        }
        _ => return no_sweep(member, "its visits need the soft backup or the messages"),
    }
    let mut next = reward.to_owned();
    next.iter_mut()
        .zip(slope)
        .for_each(|(r, slope)| *r += step_size / temperature * slope);
    Ok(next)
}
