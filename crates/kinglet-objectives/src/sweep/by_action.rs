//! The general form: one exponential for each action of each state.

use super::flat_rewards::FlatRewards;
use super::runs::{Runs, combine};
use super::{Problem, Scratch};
use kinglet_envs::{Slip, Sparse, TabularMdp, Transitions};
use ndarray::{Array2, ArrayView2, s};

/// States worked on together: their action values stay in the first caches.
const BLOCK: usize = 1024;

/// Sweeps the states from `start` on, as many as `out` holds.
#[inline(always)]
pub(super) fn sweep(
    problem: &Problem<'_>,
    start: usize,
    v: &[f64],
    out: &mut [f64],
    scratch: &mut Scratch,
) {
    let n_actions = problem.mdp.n_actions();
    let [q] = scratch.borrow([BLOCK.min(out.len()) * n_actions]);
    for (b, out) in out.chunks_mut(BLOCK).enumerate() {
        let q = &mut q[..out.len() * n_actions];
        action_values(problem, start + b * BLOCK, v, q);
        kinglet_simd::log_sum_exp_columns(q, problem.temperature, out);
    }
}

/// Q(s, a) = r(s, a) + γ E[v(s′)] of all states, `[S, A]`.
pub(crate) fn fill_action_values(mdp: &TabularMdp, v: &[f64], out: &mut Array2<f64>) {
    let n_actions = mdp.n_actions();
    let rewards = FlatRewards::new(mdp.rewards());
    let (runs, arch) = (Runs::none(), pulp::Arch::Scalar);
    let problem = Problem {
        mdp,
        temperature: 0.0,
        rewards,
        runs,
        arch,
    };
    let mut q = vec![0.0; BLOCK.min(v.len()) * n_actions];
    for start in (0..v.len()).step_by(BLOCK) {
        let n = BLOCK.min(v.len() - start);
        let q = &mut q[..n * n_actions];
        action_values(&problem, start, v, q);
        let q = ArrayView2::from_shape((n_actions, n), q).expect("A n numbers");
        out.slice_mut(s![start..start + n, ..]).assign(&q.t());
    }
}

/// Q(s, a) of n states from `start` on, as `[A, n]`.
#[inline(always)]
fn action_values(problem: &Problem<'_>, start: usize, v: &[f64], q: &mut [f64]) {
    match problem.mdp.transitions() {
        Transitions::Sparse(sparse) => expect_sparse(sparse, &problem.runs, start, v, q),
        Transitions::Slip(slip) => expect_slip(slip, start, v, q),
    }
    let n = q.len() / problem.mdp.n_actions();
    for (action, q) in q.chunks_exact_mut(n).enumerate() {
        back_up(problem, start, action, q);
    }
}

/// q ← r(s, a) + γ q for the states from `start` on.
#[inline(always)]
fn back_up(problem: &Problem<'_>, start: usize, action: usize, q: &mut [f64]) {
    let (n_actions, discount) = (problem.mdp.n_actions(), problem.mdp.discount());
    match &problem.rewards {
        FlatRewards::State(r) => {
            for (x, reward) in q.iter_mut().zip(&r[start..]) {
                *x = reward + discount * *x;
            }
        }
        FlatRewards::StateAction(r) => {
            let rewards = r[start * n_actions + action..].iter().step_by(n_actions);
            for (x, reward) in q.iter_mut().zip(rewards) {
                *x = reward + discount * *x;
            }
        }
    }
}

/// E[v(s′) | s, a], by runs where there are some.
#[inline(always)]
fn expect_sparse(sparse: &Sparse, runs: &Runs, start: usize, v: &[f64], q: &mut [f64]) {
    let n_actions = sparse.n_actions();
    let n = q.len() / n_actions;
    let (mut done, mut number) = (0, runs.seek(start));
    while done < n {
        let run = runs.cut(number, start + done..start + n);
        number += 1;
        let run = run.start - start..run.end - start;
        for i in done..run.start {
            for a in 0..n_actions {
                let (next, p) = sparse.row((start + i) * n_actions + a);
                q[a * n + i] = expectation(next, p, v);
            }
        }
        done = run.end;
        if !run.is_empty() {
            for a in 0..n_actions {
                let (next, p) = sparse.row((start + run.start) * n_actions + a);
                combine(next, p, (0, v), &mut q[a * n..][run.clone()]);
            }
        }
    }
}

/// Σ p v(s′), in the order of the row, four successors at a time.
#[inline(always)]
fn expectation(next: &[u32], p: &[f64], v: &[f64]) -> f64 {
    let mut sum = 0.0;
    let ((fours, next), (p_fours, p)) = (next.as_chunks::<4>(), p.as_chunks::<4>());
    for (next, p) in fours.iter().zip(p_fours) {
        for (&next, p) in next.iter().zip(p) {
            sum += p * v[next as usize];
        }
    }
    for (&next, p) in next.iter().zip(p) {
        sum += p * v[next as usize];
    }
    sum
}

/// E[v(s′) | s, a], from the successor table.
#[inline(always)]
fn expect_slip(slip: &Slip, start: usize, v: &[f64], q: &mut [f64]) {
    let n_actions = slip.n_actions();
    let n = q.len() / n_actions;
    let (meant, slipped) = (1.0 - slip.slip(), slip.slip() / n_actions as f64);
    for i in 0..n {
        let row = slip.successors_of(start + i);
        let mut sum = 0.0;
        for &next in row {
            sum += v[next as usize];
        }
        for (a, &next) in row.iter().enumerate() {
            q[a * n + i] = meant * v[next as usize] + slipped * sum;
        }
    }
}
