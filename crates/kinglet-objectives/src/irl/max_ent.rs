//! Maximum-entropy inverse reinforcement learning.

use kinglet_envs::TabularMdp;

use super::log_messages::LogMessages;
use super::messages::Messages;
use super::{IrlModel, RewardTable, check_lengths};
use crate::Error;
use crate::problem::finite_horizon;

/// The law of maximum-entropy inverse reinforcement learning: trajectories as exact inference sees them, luck included.
/// Catalogue: CS285-15, CS285-16.
///
/// ```text
/// p(τ | O, r) = p(τ) exp(r(τ)) / Z,   r(τ) = Σₜ r(sₜ, aₜ),   p(τ) = p(s₁) Π p(sₜ₊₁ | sₜ, aₜ)
/// ∂ log Z / ∂r(s, a) = E_{p(τ | O, r)}[ number of visits to (s, a) ]
/// ```
///
/// log Z is the log evidence of [`exact_inference`](crate::exact_inference), by backward messages; the visits are those
/// of the posterior, forwards. Where the dynamics or the first state are random, these are **not** the visits of the
/// soft-optimal policy, and the reward of an expert who has such a policy is not the maximum of its likelihood:
/// [`CausalIrl`](crate::CausalIrl) is the law for that.
///
/// The rewards of the problem itself are not looked at. For rewards by state the messages are linear, products with one
/// matrix and no exponentials; where they span more than a number holds (250 powers of ten in a step), and for rewards
/// by action, they are taken in logarithms. After the first call nothing is allocated.
///
/// # Source
/// Ziebart, Maas, Bagnell & Dey 2008, equations (4) to (6); the messages, Levine 2018, section 2.3.
/// # Example
/// ```
/// use kinglet_envs::fixtures::lot;
/// use kinglet_objectives::{IrlModel, MaxEntIrl, RewardTable};
/// let lottery = lot(10.0)?;
/// let mut model = MaxEntIrl::new(&lottery, RewardTable::State)?;
/// let mut visits = [0.0; 4]; // at the start; with the safe prize, the jackpot, nothing
/// let log_z = model.normaliser(&[0.0, 1.0, 10.0, 0.0], &mut visits);
/// assert!((log_z - 6.104672421).abs() < 1e-9);
/// assert!((visits[2] - 0.987863 * 0.995526).abs() < 1e-6); // it bought a ticket, and won
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MaxEntIrl<'a> {
    mdp: &'a TabularMdp,
    table: RewardTable,
    steps: usize,
    linear: Option<Messages<'a>>,
    logs: Option<LogMessages<'a>>,
}

impl<'a> MaxEntIrl<'a> {
    /// The law of the trajectories of a problem; which rewards are to be learnt, `table` says.
    ///
    /// # Errors
    /// [`Error::NeedsFiniteHorizon`].
    pub fn new(mdp: &'a TabularMdp, table: RewardTable) -> Result<Self, Error> {
        let steps = finite_horizon(mdp)?;
        let linear = (table == RewardTable::State).then(|| Messages::new(mdp, steps));
        Ok(Self {
            mdp,
            table,
            steps,
            linear,
            logs: None,
        })
    }
}

impl IrlModel for MaxEntIrl<'_> {
    fn n_rewards(&self) -> usize {
        self.table.len(self.mdp.n_states(), self.mdp.n_actions())
    }

    fn normaliser(&mut self, reward: &[f64], visits: &mut [f64]) -> f64 {
        check_lengths(self.n_rewards(), reward, visits);
        let linear = self.linear.as_mut();
        if let Some(log_z) = linear.and_then(|linear| linear.pass(reward, visits)) {
            return log_z;
        }
        let (mdp, table, steps) = (self.mdp, self.table, self.steps);
        let logs = self
            .logs
            .get_or_insert_with(|| LogMessages::new(mdp, table, steps));
        logs.pass(reward, visits)
    }
}
