//! All trajectories of a problem, with their probabilities.

use std::iter::FusedIterator;

use ndarray::ArrayView1;

use crate::{Error, Horizon, TabularMdp};

/// One trajectory τ = (s₁, a₁, …, s_T, a_T). The state after the last action is not part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// s₁ … s_T, `[T]`.
    pub states: Vec<usize>,
    /// a₁ … a_T, `[T]`.
    pub actions: Vec<usize>,
    /// What the dynamics contribute, p(s₁) ∏ₜ p(sₜ₊₁ | sₜ, aₜ) over t = 1 … T−1; actions add no
    /// factor, so over all trajectories it sums to Aᵀ.
    pub dynamics_probability: f64,
    /// ∑ₜ r(sₜ, aₜ), undiscounted.
    pub total_reward: f64,
}

/// The trajectories of positive probability of a finite-horizon problem, in lexicographic order
/// of (s₁, a₁, s₂, a₂, …). Made by [`TabularMdp::trajectories`].
#[derive(Clone, Debug)]
pub struct Trajectories<'a> {
    mdp: &'a TabularMdp,
    length: usize,
    remaining: usize,
    path: Vec<Step>,
}

/// A prefix s₁ a₁ … sₜ aₜ, given by its last pair.
#[derive(Clone, Copy, Debug)]
struct Step {
    state: usize,
    action: usize,
    /// p(s₁) ∏ p(sᵢ₊₁ | sᵢ, aᵢ) up to sₜ.
    probability: f64,
    /// r(s₁, a₁) + … + r(sₜ₋₁, aₜ₋₁).
    reward_before: f64,
}

impl<'a> Trajectories<'a> {
    pub(crate) fn new(mdp: &'a TabularMdp, limit: usize) -> Result<Self, Error> {
        let Horizon::Finite(length) = mdp.horizon() else {
            let discount = mdp.discount();
            return Err(Error::InfiniteHorizon { discount });
        };
        let count = count(mdp, length);
        match usize::try_from(count) {
            Ok(remaining) if remaining <= limit => Ok(Self {
                mdp,
                length,
                remaining,
                path: Vec::new(),
            }),
            _ => Err(Error::TooManyTrajectories { count, limit }),
        }
    }

    /// Moves to the least prefix after the present one, of the same length or shorter.
    fn advance(&mut self) {
        loop {
            let last = self.path.pop();
            match last {
                Some(last) if last.action + 1 < self.mdp.n_actions() => {
                    let action = last.action + 1;
                    return self.path.push(Step { action, ..last });
                }
                _ => {
                    let above = last.map(|last| last.state);
                    if self.enter_above(above) || self.path.is_empty() {
                        return;
                    }
                }
            }
        }
    }

    /// Appends the first pair whose state is above `last`, if there is one.
    fn enter_above(&mut self, last: Option<usize>) -> bool {
        let above = |&(state, _): &(usize, f64)| Some(state) > last;
        let (found, probability, reward_before) = match self.path.last() {
            None => (support(self.mdp.initial()).find(above), 1.0, 0.0),
            Some(step) => {
                let reward = self.mdp.reward(step.state, step.action);
                let found = self.mdp.successors(step.state, step.action).find(above);
                (found, step.probability, step.reward_before + reward)
            }
        };
        if let Some((state, factor)) = found {
            let probability = probability * factor;
            self.path.push(Step {
                state,
                action: 0,
                probability,
                reward_before,
            });
        }
        found.is_some()
    }
}

impl Iterator for Trajectories<'_> {
    type Item = Trajectory;

    fn next(&mut self) -> Option<Trajectory> {
        if self.remaining == 0 {
            return None;
        }
        self.remaining -= 1;
        self.advance();
        while self.path.len() < self.length && self.enter_above(None) {}
        let last = self.path.last()?;
        Some(Trajectory {
            states: self.path.iter().map(|step| step.state).collect(),
            actions: self.path.iter().map(|step| step.action).collect(),
            dynamics_probability: last.probability,
            total_reward: last.reward_before + self.mdp.reward(last.state, last.action),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

impl ExactSizeIterator for Trajectories<'_> {}
impl FusedIterator for Trajectories<'_> {}

/// The states of positive probability with their probabilities.
pub(crate) fn support(law: ArrayView1<'_, f64>) -> impl Iterator<Item = (usize, f64)> + '_ {
    let law = law.into_iter().copied().enumerate();
    law.filter(|&(_, probability)| probability > 0.0)
}

/// How many trajectories of positive probability there are, `u128::MAX` standing for that many
/// or more. With nₜ(s) the number of ways to go on from s at time t:
///
/// ```text
/// n_T(s) = A,   nₜ(s) = ∑ₐ ∑_{s' : p(s'|s,a) > 0} nₜ₊₁(s'),   n = ∑_{s : p(s₁=s) > 0} n₁(s)
/// ```
fn count(mdp: &TabularMdp, length: usize) -> u128 {
    let mut ways = vec![mdp.n_actions() as u128; mdp.n_states()];
    for _ in 1..length {
        if ways.iter().all(|&n| n == u128::MAX) {
            break;
        }
        let pairs =
            |state| (0..mdp.n_actions()).flat_map(move |action| mdp.successors(state, action));
        let sum = |state| pairs(state).fold(0, |n: u128, (next, _)| n.saturating_add(ways[next]));
        ways = (0..mdp.n_states()).map(sum).collect();
    }
    support(mdp.initial()).fold(0, |n: u128, (state, _)| n.saturating_add(ways[state]))
}
