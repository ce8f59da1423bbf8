//! Maximum-causal-entropy inverse reinforcement learning.

use kinglet_envs::{TabularMdp, Transitions};

use super::backups::Backups;
use super::slip_backups::SlipBackups;
use super::{IrlModel, RewardTable, check_lengths};
use crate::Error;
use crate::problem::finite_horizon;

/// The law of maximum-causal-entropy inverse reinforcement learning: trajectories of the soft-optimal policy, the
/// dynamics as they are. Catalogue: CS285-16, CS285-17.
///
/// ```text
/// log Z = E_{p(s₁)}[V₁(s₁)],   Vₜ(s) = log Σₐ exp(r(s, a) + E[Vₜ₊₁(s′)])
/// ∂ log Z / ∂r(s, a) = E_π[ number of visits to (s, a) ],   π = exp(Q − V)
/// ```
///
/// The values are those of [`soft_value_iteration_finite`](crate::soft_value_iteration_finite) at temperature 1. The
/// likelihood n̂ · r − log Z is, for demonstrations of the dynamics as they are, the mean of log π(τ)
/// ([`policy_log_likelihood`](crate::policy_log_likelihood)), and the dual of the largest causal entropy whose visits
/// are those demonstrated. An expert who is soft-optimal for r is its maximum at r, which is not so for
/// [`MaxEntIrl`](crate::MaxEntIrl) unless dynamics and first state are certain.
///
/// The rewards of the problem itself are not looked at. Where the dynamics are a [`Slip`](kinglet_envs::Slip) and
/// rewards belong to states, there is one exponential for each state and none forwards, as in a
/// [`Sweep`](crate::Sweep). After the first call nothing is allocated.
///
/// # Source
/// Ziebart, Bagnell & Dey 2010, theorem 2 and section 3.
/// # Example
/// ```
/// use kinglet_envs::fixtures::lot;
/// use kinglet_objectives::{CausalIrl, IrlModel, RewardTable};
/// let lottery = lot(10.0)?;
/// let mut model = CausalIrl::new(&lottery, RewardTable::State)?;
/// let mut visits = [0.0; 4]; // at the start; with the safe prize, the jackpot, nothing
/// model.normaliser(&[0.0, 1.0, 10.0, 0.0], &mut visits);
/// assert!((visits[2] - 0.289050 * 0.01).abs() < 1e-8); // it knows the odds
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CausalIrl<'a> {
    mdp: &'a TabularMdp,
    table: RewardTable,
    steps: usize,
    slip: Option<SlipBackups<'a>>,
    backups: Option<Backups<'a>>,
}

impl<'a> CausalIrl<'a> {
    /// The law of the trajectories of a problem; which rewards are to be learnt, `table` says.
    ///
    /// # Errors
    /// [`Error::NeedsFiniteHorizon`].
    pub fn new(mdp: &'a TabularMdp, table: RewardTable) -> Result<Self, Error> {
        let steps = finite_horizon(mdp)?;
        let slip = match (mdp.transitions(), table) {
            (Transitions::Slip(slip), RewardTable::State) => {
                Some(SlipBackups::new(slip, mdp.initial(), steps))
            }
            _ => None,
        };
        Ok(Self {
            mdp,
            table,
            steps,
            slip,
            backups: None,
        })
    }
}

impl IrlModel for CausalIrl<'_> {
    fn n_rewards(&self) -> usize {
        self.table.len(self.mdp.n_states(), self.mdp.n_actions())
    }

    fn normaliser(&mut self, reward: &[f64], visits: &mut [f64]) -> f64 {
        check_lengths(self.n_rewards(), reward, visits);
        let slip = self.slip.as_mut();
        if let Some(log_z) = slip.and_then(|slip| slip.pass(reward, visits)) {
            return log_z;
        }
        let (mdp, table, steps) = (self.mdp, self.table, self.steps);
        let backups = self
            .backups
            .get_or_insert_with(|| Backups::new(mdp, table, steps));
        backups.pass(reward, visits)
    }
}
