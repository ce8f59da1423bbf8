//! Exact inference for any table of rewards, in logarithms.

use std::borrow::Cow;

use kinglet_envs::{Sparse, TabularMdp};
use ndarray::ArrayView1;

use super::RewardTable;
use super::backups::sparse;

/// Messages in logarithms, safe for rewards of any size.
///
/// ```text
/// V_T(s) = log Σₐ exp r(s, a),   Vₜ(s) = log Σₐ Σ_s′ p(s′ | s, a) exp(r(s, a) + Vₜ₊₁(s′))
/// p(aₜ, sₜ₊₁ | sₜ, O) = p(sₜ₊₁ | sₜ, aₜ) exp(r(sₜ, aₜ) + Vₜ₊₁(sₜ₊₁) − Vₜ(sₜ))
/// ```
#[derive(Debug)]
pub(super) struct LogMessages<'a> {
    initial: ArrayView1<'a, f64>,
    sparse: Cow<'a, Sparse>,
    table: RewardTable,
    steps: usize,
    /// V, `[T S]`.
    v: Vec<f64>,
    /// p(sₜ | O) and p(sₜ₊₁ | O), `[S]`.
    law: [Vec<f64>; 2],
}

impl<'a> LogMessages<'a> {
    pub(super) fn new(mdp: &'a TabularMdp, table: RewardTable, steps: usize) -> Self {
        let n = mdp.n_states();
        Self {
            initial: mdp.initial(),
            sparse: sparse(mdp),
            table,
            steps,
            v: vec![0.0; steps * n],
            law: [vec![0.0; n], vec![0.0; n]],
        }
    }

    /// log Z and its gradient.
    pub(super) fn pass(&mut self, reward: &[f64], visits: &mut [f64]) -> f64 {
        let n = self.sparse.n_states();
        for t in (0..self.steps).rev() {
            let (here, ahead) = self.v.split_at_mut((t + 1) * n);
            for (s, v) in here[t * n..].iter_mut().enumerate() {
                let joint = Joint {
                    sparse: &self.sparse,
                    table: self.table,
                    reward,
                    ahead: ahead.get(..n),
                };
                *v = joint.log_sum(s);
            }
        }
        visits.fill(0.0);
        let log_z = self.start();
        for t in 0..self.steps {
            self.step(t, reward, visits);
        }
        log_z
    }

    /// Sets p(s₁ | O); returns log Z.
    fn start(&mut self) -> f64 {
        let support = || self.initial.iter().zip(&self.v).filter(|&(&p, _)| p > 0.0);
        let top = support().fold(f64::NEG_INFINITY, |m, (_, &v)| m.max(v));
        let sum: f64 = support().map(|(p, v)| p * (v - top).exp()).sum();
        for ((law, p), v) in self.law[0].iter_mut().zip(self.initial).zip(&self.v) {
            *law = if *p > 0.0 {
                p * (v - top).exp() / sum
            } else {
                0.0
            };
        }
        top + sum.ln()
    }

    /// Counts the visits of step t and moves the law one step on.
    fn step(&mut self, t: usize, reward: &[f64], visits: &mut [f64]) {
        let (n, n_actions) = (self.sparse.n_states(), self.sparse.n_actions());
        let (here, ahead) = self.v[t * n..].split_at(n);
        let joint = Joint {
            sparse: &self.sparse,
            table: self.table,
            reward,
            ahead: ahead.get(..n),
        };
        let [law, next_law] = &mut self.law;
        next_law.fill(0.0);
        for (s, (&mass, v)) in law
            .iter()
            .zip(here)
            .enumerate()
            .filter(|(_, (mass, _))| **mass > 0.0)
        {
            for a in 0..n_actions {
                for (next, log_weight, p) in joint.row(s, a) {
                    let share = mass * p * (log_weight - v).exp();
                    visits[self.table.index(s, a, n_actions)] += share;
                    next_law[next] += share;
                }
            }
        }
        self.law.swap(0, 1);
    }
}

/// The joint weights of an action and what follows it.
struct Joint<'a> {
    sparse: &'a Sparse,
    table: RewardTable,
    reward: &'a [f64],
    /// Vₜ₊₁; nothing at the last step, after which all states are alike.
    ahead: Option<&'a [f64]>,
}

impl Joint<'_> {
    /// (s′, r(s, a) + Vₜ₊₁(s′), p(s′ | s, a)) for all s′.
    fn row(&self, s: usize, a: usize) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        let n_actions = self.sparse.n_actions();
        let r = self.reward[self.table.index(s, a, n_actions)];
        let (next, p) = self.sparse.row(s * n_actions + a);
        next.iter().zip(p).map(move |(&next, &p)| {
            let next = next as usize;
            (next, r + self.ahead.map_or(0.0, |v| v[next]), p)
        })
    }

    /// log Σₐ Σ_s′ p exp(r + V).
    fn log_sum(&self, s: usize) -> f64 {
        let all = || (0..self.sparse.n_actions()).flat_map(|a| self.row(s, a));
        let top = all().fold(f64::NEG_INFINITY, |m, (_, x, _)| m.max(x));
        top + all().map(|(_, x, p)| p * (x - top).exp()).sum::<f64>().ln()
    }
}
