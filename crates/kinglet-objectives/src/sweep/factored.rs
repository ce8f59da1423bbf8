//! The factored form: one exponential for each state.

use super::flat_rewards::FlatRewards;
use super::runs::{Runs, combine};
use super::shards::SHARD;
use super::{Problem, Scratch};
use kinglet_envs::{Slip, Transitions};
use std::ops::Range;

/// Exponents worked on together: they stay in the first cache.
const BLOCK: usize = 512;
/// The largest exponent, of either sign, for which E(s) is a normal number and sums of E(s) are
/// finite.
const LARGEST: f64 = 600.0;

/// What the factored form needs to know of a problem.
#[derive(Debug)]
pub(super) struct Factored<'a> {
    slip: &'a Slip,
    /// γ (1 − slip), the weight of the successor that was meant.
    meant: f64,
    /// γ slip / A, the weight of each successor, meant or not.
    slipped: f64,
    /// A ones: what successors weigh in a sum.
    ones: Vec<f64>,
    /// For each shard, where the successors of its states lie.
    windows: Vec<Range<usize>>,
}

impl<'a> Factored<'a> {
    /// The factored form of a problem, if it has one.
    pub(super) fn new(problem: &Problem<'a>) -> Option<Self> {
        let (Transitions::Slip(slip), FlatRewards::State(_)) =
            (problem.mdp.transitions(), &problem.rewards)
        else {
            return None;
        };
        let (discount, n_actions) = (problem.mdp.discount(), slip.n_actions());
        let meant = discount * (1.0 - slip.slip());
        let shards = slip.successor().chunks(SHARD * n_actions);
        (meant / problem.temperature).is_finite().then(|| Self {
            slip,
            meant,
            slipped: discount * slip.slip() / n_actions as f64,
            ones: vec![1.0; n_actions],
            windows: shards.map(window).collect(),
        })
    }

    /// Sweeps the shard from state `start` on, or returns false where the form is not safe.
    #[inline(always)]
    pub(super) fn sweep(
        &self,
        problem: &Problem<'_>,
        start: usize,
        v: &[f64],
        out: &mut [f64],
        scratch: &mut Scratch,
    ) -> bool {
        let (FlatRewards::State(rewards), n) = (&problem.rewards, out.len()) else {
            return false;
        };
        let window = self.windows[start / SHARD].clone();
        if window.len() > SHARD.max(n * self.slip.n_actions()) {
            return false; // by action there are fewer exponentials
        }
        let [e, sum_v, sum_e] = scratch.borrow([window.len(), n, n]);
        let v = &v[window.clone()];
        if !exponentials(v, self.meant / problem.temperature, e) {
            return false;
        }
        self.add_up(&problem.runs, start, window.start, [v, e], [sum_v, sum_e]);
        kinglet_simd::ln(sum_e);
        let (base, sums) = (self.meant * v[0], sum_v.iter().zip(sum_e));
        for ((x, reward), (sum, log)) in out.iter_mut().zip(&rewards[start..]).zip(sums) {
            *x = reward + self.slipped * sum + (base + problem.temperature * *log);
        }
        true
    }

    /// Sums of V and of E over the successors of each state from `start` on; the slices of V and E
    /// begin at state `offset`.
    #[inline(always)]
    fn add_up(
        &self,
        runs: &Runs,
        start: usize,
        offset: usize,
        [v, e]: [&[f64]; 2],
        [sum_v, sum_e]: [&mut [f64]; 2],
    ) {
        let (mut done, end) = (start, start + sum_v.len());
        let mut number = runs.seek(start);
        while done < end {
            let run = runs.cut(number, done..end);
            number += 1;
            for s in done..run.start {
                let (mut x, mut y) = (0.0, 0.0);
                for &next in self.slip.successors_of(s) {
                    x += v[next as usize - offset];
                    y += e[next as usize - offset];
                }
                (sum_v[s - start], sum_e[s - start]) = (x, y);
            }
            done = run.end;
            if !run.is_empty() {
                let next = self.slip.successors_of(run.start);
                let run = run.start - start..run.end - start;
                combine(next, &self.ones, (offset, v), &mut sum_v[run.clone()]);
                combine(next, &self.ones, (offset, e), &mut sum_e[run]);
            }
        }
    }
}

/// The range that a shard's successors lie in.
fn window(successors: &[u32]) -> Range<usize> {
    let extend = |(low, top): (u32, u32), &s: &u32| (low.min(s), top.max(s));
    let (low, top) = successors.iter().fold((u32::MAX, 0), extend);
    low as usize..top as usize + 1
}

/// e ← exp(rate (v − v₀)), or false where an exponent is too large.
#[inline(always)]
fn exponentials(v: &[f64], rate: f64, e: &mut [f64]) -> bool {
    let reference = v[0];
    for (v, e) in v.chunks(BLOCK).zip(e.chunks_mut(BLOCK)) {
        let mut safe = true;
        for (v, e) in v.iter().zip(&mut *e) {
            *e = rate * (v - reference);
            safe &= e.abs() <= LARGEST;
        }
        if !safe {
            return false;
        }
        kinglet_simd::exp(e);
    }
    true
}
