//! Exact inference for rewards by state, in linear messages.

use kinglet_envs::{TabularMdp, Transitions};
use ndarray::ArrayView1;

use super::stencil::Stencil;
use crate::sweep::LANES;

/// The least message, the largest being one, that is trusted.
const LEAST: f64 = 1e-250;

/// Messages of rewards by state. With P̄ = Σₐ P(· | ·, a) and w = exp r:
///
/// ```text
/// backwards  β_T = w,      βₜ = w ⊙ P̄ βₜ₊₁
/// forwards   α₁ = p(s₁),   αₜ₊₁ = P̄ᵀ (w ⊙ αₜ)
/// p(sₜ | O) ∝ αₜ βₜ,       Z = A Σ α₁ β₁
/// ```
///
/// The last factor counts the last action. β is divided by its largest element at each step, and α so that Σ αₜ βₜ is 1.
#[derive(Debug)]
pub(super) struct Messages<'a> {
    initial: ArrayView1<'a, f64>,
    n_actions: usize,
    steps: usize,
    /// P̄.
    ahead: Stencil,
    /// P̄ᵀ.
    back: Stencil,
    arch: pulp::Arch,
    /// β, `[T S]`.
    beta: Vec<f64>,
    /// w, α, w ⊙ α, `[S]` each.
    weight: Vec<f64>,
    alpha: Vec<f64>,
    weighted: Vec<f64>,
}

impl<'a> Messages<'a> {
    pub(super) fn new(mdp: &'a TabularMdp, steps: usize) -> Self {
        let n = mdp.n_states();
        let ahead = Stencil::new((0..n).map(|s| successors(mdp, s)));
        let back = ahead.transposed();
        Self {
            initial: mdp.initial(),
            n_actions: mdp.n_actions(),
            steps,
            ahead,
            back,
            arch: pulp::Arch::new(),
            beta: vec![0.0; steps * n],
            weight: vec![0.0; n],
            alpha: vec![0.0; n],
            weighted: vec![0.0; n],
        }
    }

    /// log Z and its gradient; nothing if the messages span too much.
    pub(super) fn pass(&mut self, reward: &[f64], visits: &mut [f64]) -> Option<f64> {
        let call = Pass {
            messages: self,
            reward,
            visits,
        };
        call.messages.arch.dispatch(call)
    }
}

/// Where the A actions of a state lead, each with its own weight of one.
fn successors(mdp: &TabularMdp, state: usize) -> Vec<(u32, f64)> {
    if let Transitions::Slip(slip) = mdp.transitions() {
        // A slip exchanges actions, of which each is taken once.
        return slip
            .successors_of(state)
            .iter()
            .map(|&next| (next, 1.0))
            .collect();
    }
    let mut row: Vec<(u32, f64)> = Vec::new();
    for (next, p) in (0..mdp.n_actions()).flat_map(|a| mdp.successors(state, a)) {
        match row.iter_mut().find(|(other, _)| *other as usize == next) {
            Some((_, sum)) => *sum += p,
            None => row.push((next as u32, p)),
        }
    }
    row.sort_unstable_by_key(|&(next, _)| next);
    row
}

/// Both passes: a call that is compiled once for each set of instructions.
struct Pass<'a, 'm> {
    messages: &'a mut Messages<'m>,
    reward: &'a [f64],
    visits: &'a mut [f64],
}

impl pulp::NullaryFnOnce for Pass<'_, '_> {
    type Output = Option<f64>;

    // No closures from here on: they would be compiled for the baseline only.
    #[inline(always)]
    fn call(self) -> Option<f64> {
        let log_scale = backwards(self.messages, self.reward)?;
        let evidence = forwards(self.messages, self.visits);
        let last_action = (self.messages.n_actions as f64).ln();
        Some(log_scale + evidence.ln() + last_action)
    }
}

/// Fills β; returns the logarithm of what it was divided by.
#[inline(always)]
fn backwards(messages: &mut Messages<'_>, reward: &[f64]) -> Option<f64> {
    let (n, steps) = (reward.len(), messages.steps);
    let [_, top] = range(reward);
    let weight = &mut messages.weight;
    for (w, r) in weight.iter_mut().zip(reward) {
        *w = r - top;
    }
    kinglet_simd::exp(weight);
    let mut log_scale = steps as f64 * top;
    let last = (steps - 1) * n;
    messages.beta[last..].copy_from_slice(weight);
    for t in (0..steps).rev() {
        let (here, ahead) = messages.beta.split_at_mut((t + 1) * n);
        let here = &mut here[t * n..];
        if t + 1 < steps {
            messages.ahead.apply(&ahead[..n], here);
            for (b, w) in here.iter_mut().zip(&*weight) {
                *b *= w;
            }
        }
        let [least, largest] = range(here);
        // Written so that a NaN fails.
        if !(least >= LEAST * largest && largest.is_finite()) {
            return None;
        }
        let scale = 1.0 / largest;
        for b in here {
            *b *= scale;
        }
        log_scale += largest.ln();
    }
    Some(log_scale)
}

/// Adds up α β over time; returns Σ α₁ β₁.
#[inline(always)]
fn forwards(messages: &mut Messages<'_>, visits: &mut [f64]) -> f64 {
    let n = visits.len();
    visits.fill(0.0);
    for (alpha, p) in messages.alpha.iter_mut().zip(messages.initial) {
        *alpha = *p;
    }
    let mut evidence = 0.0;
    for t in 0..messages.steps {
        let beta = &messages.beta[t * n..][..n];
        if t > 0 {
            messages.back.apply(&messages.weighted, &mut messages.alpha);
        }
        let total = dot(&messages.alpha, beta);
        if t == 0 {
            evidence = total;
        }
        let scale = 1.0 / total;
        let alphas = messages.alpha.iter().zip(&mut messages.weighted);
        for (((alpha, weighted), w), (visits, beta)) in alphas
            .zip(&messages.weight)
            .zip(visits.iter_mut().zip(beta))
        {
            let alpha = alpha * scale;
            *visits += alpha * beta;
            *weighted = alpha * w;
        }
    }
    evidence
}

/// The least and the largest element; NaN where one is.
#[inline(always)]
fn range(x: &[f64]) -> [f64; 2] {
    let (eights, rest) = x.as_chunks::<LANES>();
    let (mut low, mut top) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    for x in eights {
        for ((low, top), x) in low.iter_mut().zip(&mut top).zip(x) {
            *low = if *x >= *low { *low } else { *x };
            *top = if *x <= *top { *top } else { *x };
        }
    }
    let [mut least, mut largest] = [f64::INFINITY, f64::NEG_INFINITY];
    for x in rest.iter().chain(&low) {
        least = if *x >= least { least } else { *x };
    }
    for x in rest.iter().chain(&top) {
        largest = if *x <= largest { largest } else { *x };
    }
    [least, largest]
}

/// Σ x y, in [`LANES`] partial sums.
#[inline(always)]
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (x, y) in x.iter().zip(y) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    for ((sum, x), y) in sums.iter_mut().zip(x_rest).zip(y_rest) {
        *sum += x * y;
    }
    let mut total = 0.0;
    for sum in sums {
        total += sum;
    }
    total
}
