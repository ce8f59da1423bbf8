//! Soft Bellman backups and the visits of their policy, for any table of rewards.

use std::borrow::Cow;

use kinglet_envs::{Sparse, TabularMdp, Transitions};
use ndarray::ArrayView1;

use super::RewardTable;

/// Soft value iteration over T steps and the law of each state, with one exponential for each action of each state.
#[derive(Debug)]
pub(super) struct Backups<'a> {
    initial: ArrayView1<'a, f64>,
    sparse: Cow<'a, Sparse>,
    table: RewardTable,
    steps: usize,
    /// π, `[T S A]`.
    policy: Vec<f64>,
    /// Vₜ and Vₜ₊₁, then p(sₜ) and p(sₜ₊₁), `[S]`.
    here: Vec<f64>,
    there: Vec<f64>,
}

impl<'a> Backups<'a> {
    pub(super) fn new(mdp: &'a TabularMdp, table: RewardTable, steps: usize) -> Self {
        let n = mdp.n_states();
        Self {
            initial: mdp.initial(),
            sparse: sparse(mdp),
            table,
            steps,
            policy: vec![0.0; steps * n * mdp.n_actions()],
            here: vec![0.0; n],
            there: vec![0.0; n],
        }
    }

    /// E[V₁(s₁)] and its gradient.
    pub(super) fn pass(&mut self, reward: &[f64], visits: &mut [f64]) -> f64 {
        self.here.fill(0.0);
        for t in (0..self.steps).rev() {
            self.back_up(t, reward);
        }
        let log_z = self
            .initial
            .iter()
            .zip(&self.here)
            .map(|(p, v)| p * v)
            .sum();
        visits.fill(0.0);
        for (law, p) in self.here.iter_mut().zip(self.initial) {
            *law = *p;
        }
        for t in 0..self.steps {
            self.step(t, visits);
        }
        log_z
    }

    /// From Vₜ₊₁ in `here` to Vₜ in `here`, and the policy of step t.
    fn back_up(&mut self, t: usize, reward: &[f64]) {
        let n_actions = self.sparse.n_actions();
        let policy = &mut self.policy[t * self.here.len() * n_actions..];
        for (s, (v, row)) in self
            .there
            .iter_mut()
            .zip(policy.chunks_exact_mut(n_actions))
            .enumerate()
        {
            for (a, q) in row.iter_mut().enumerate() {
                let (next, p) = self.sparse.row(s * n_actions + a);
                let ahead: f64 = next
                    .iter()
                    .zip(p)
                    .map(|(&next, p)| p * self.here[next as usize])
                    .sum();
                *q = reward[self.table.index(s, a, n_actions)] + ahead;
            }
            let top = row.iter().fold(f64::NEG_INFINITY, |m, &q| m.max(q));
            row.iter_mut().for_each(|q| *q = (*q - top).exp());
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|q| *q /= sum);
            *v = top + sum.ln();
        }
        std::mem::swap(&mut self.here, &mut self.there);
    }

    /// Counts the visits of step t, whose law is in `here`, and moves it one step on.
    fn step(&mut self, t: usize, visits: &mut [f64]) {
        let n_actions = self.sparse.n_actions();
        let policy = &self.policy[t * self.here.len() * n_actions..];
        self.there.fill(0.0);
        for (s, (law, row)) in self
            .here
            .iter()
            .zip(policy.chunks_exact(n_actions))
            .enumerate()
        {
            for (a, pi) in row.iter().enumerate() {
                let mass = law * pi;
                visits[self.table.index(s, a, n_actions)] += mass;
                let (next, p) = self.sparse.row(s * n_actions + a);
                for (&next, p) in next.iter().zip(p) {
                    self.there[next as usize] += mass * p;
                }
            }
        }
        std::mem::swap(&mut self.here, &mut self.there);
    }
}

/// The dynamics of a problem, entry by entry.
pub(super) fn sparse(mdp: &TabularMdp) -> Cow<'_, Sparse> {
    match mdp.transitions() {
        Transitions::Sparse(sparse) => Cow::Borrowed(sparse),
        Transitions::Slip(slip) => Cow::Owned(slip.to_sparse()),
    }
}
