//! Soft Bellman backups and the visits of their policy, for a walker that slips and rewards by state.

use kinglet_envs::Slip;
use ndarray::ArrayView1;

use super::stencil::Stencil;

/// The largest exponent, of either sign, for which sums and ratios of E(s) are normal numbers.
const LARGEST: f64 = 600.0;

/// Backups in their factored form, and their transpose.
///
/// The action enters through its successor only. With G the sum over the A successors of a state, the slip ε and any c:
///
/// ```text
/// E = exp((1 − ε)(Vₜ₊₁ − c)),   Vₜ = r + ε/A G Vₜ₊₁ + (1 − ε) c + log G E,   π(a | s) = E(s_a) / (G E)(s)
/// dₜ₊₁ = E ⊙ Gᵀ((1 − ε) dₜ / G E) + ε/A Gᵀ dₜ
/// ```
#[derive(Debug)]
pub(super) struct SlipBackups<'a> {
    initial: ArrayView1<'a, f64>,
    steps: usize,
    /// 1 − ε, and ε/A.
    meant: f64,
    slipped: f64,
    /// log A, the value of the last action.
    log_actions: f64,
    /// G and Gᵀ.
    ahead: Stencil,
    back: Stencil,
    arch: pulp::Arch,
    /// E of Vₜ₊₁ for t = 1 … T − 1, `[T − 1, S]`.
    e: Vec<f64>,
    /// (1 − ε) / G E, `[T − 1, S]`.
    ratio: Vec<f64>,
    /// Vₜ, its sums and their logarithms; then dₜ, its sums and those of its ratios. `[S]` each.
    now: Vec<f64>,
    sums: Vec<f64>,
    more: Vec<f64>,
}

impl<'a> SlipBackups<'a> {
    pub(super) fn new(slip: &Slip, initial: ArrayView1<'a, f64>, steps: usize) -> Self {
        let (n, n_actions) = (slip.n_states(), slip.n_actions());
        let row = |s| {
            slip.successors_of(s)
                .iter()
                .map(|&next| (next, 1.0))
                .collect()
        };
        let ahead = Stencil::new((0..n).map(row));
        let zeros = vec![0.0; n];
        Self {
            initial,
            steps,
            meant: 1.0 - slip.slip(),
            slipped: slip.slip() / n_actions as f64,
            log_actions: (n_actions as f64).ln(),
            back: ahead.transposed(),
            ahead,
            arch: pulp::Arch::new(),
            e: vec![0.0; (steps - 1) * n],
            ratio: vec![0.0; (steps - 1) * n],
            now: zeros.clone(),
            sums: zeros.clone(),
            more: zeros,
        }
    }

    /// E[V₁(s₁)] and its gradient; nothing if values lie too far apart for the factored form.
    pub(super) fn pass(&mut self, reward: &[f64], visits: &mut [f64]) -> Option<f64> {
        let call = Pass {
            backups: self,
            reward,
            visits,
        };
        call.backups.arch.dispatch(call)
    }
}

/// Both passes: a call that is compiled once for each set of instructions.
struct Pass<'a, 'b> {
    backups: &'a mut SlipBackups<'b>,
    reward: &'a [f64],
    visits: &'a mut [f64],
}

impl pulp::NullaryFnOnce for Pass<'_, '_> {
    type Output = Option<f64>;

    // No closures from here on: they would be compiled for the baseline only.
    #[inline(always)]
    fn call(self) -> Option<f64> {
        backwards(self.backups, self.reward)?;
        let mut log_z = 0.0;
        for (p, v) in self.backups.initial.iter().zip(&self.backups.now) {
            log_z += p * v;
        }
        forwards(self.backups, self.visits);
        Some(log_z)
    }
}

/// Fills E and the ratios, and leaves V₁ in `now`.
#[inline(always)]
fn backwards(backups: &mut SlipBackups<'_>, reward: &[f64]) -> Option<()> {
    let n = reward.len();
    for (v, r) in backups.now.iter_mut().zip(reward) {
        *v = r + backups.log_actions;
    }
    for t in (0..backups.steps - 1).rev() {
        let e = &mut backups.e[t * n..][..n];
        let ratio = &mut backups.ratio[t * n..][..n];
        if !exponentials(&backups.now, backups.meant, e) {
            return None;
        }
        backups.ahead.apply(&backups.now, &mut backups.sums);
        backups.ahead.apply(e, &mut backups.more);
        for (ratio, sum) in ratio.iter_mut().zip(&backups.more) {
            *ratio = backups.meant / sum;
        }
        kinglet_simd::ln(&mut backups.more);
        let base = backups.meant * backups.now[0];
        let sums = backups.sums.iter().zip(&backups.more);
        for ((v, r), (sum, log)) in backups.now.iter_mut().zip(reward).zip(sums) {
            *v = r + backups.slipped * sum + (base + log);
        }
    }
    Some(())
}

/// e ← exp(rate (v − v₀)), or false where an exponent is too large.
#[inline(always)]
fn exponentials(v: &[f64], rate: f64, e: &mut [f64]) -> bool {
    let (first, mut safe) = (v[0], true);
    for (v, e) in v.iter().zip(&mut *e) {
        *e = rate * (v - first);
        safe &= e.abs() <= LARGEST;
    }
    if safe {
        kinglet_simd::exp(e);
    }
    safe
}

/// Adds up the law of each state over time.
#[inline(always)]
fn forwards(backups: &mut SlipBackups<'_>, visits: &mut [f64]) {
    let n = visits.len();
    for ((law, visits), p) in backups
        .now
        .iter_mut()
        .zip(&mut *visits)
        .zip(backups.initial)
    {
        (*law, *visits) = (*p, *p);
    }
    for t in 0..backups.steps - 1 {
        let (e, ratio) = (&backups.e[t * n..][..n], &backups.ratio[t * n..][..n]);
        for ((meant, law), ratio) in backups.sums.iter_mut().zip(&backups.now).zip(ratio) {
            *meant = law * ratio;
        }
        // What slips first, for `now` is needed no longer then.
        backups.back.apply(&backups.now, &mut backups.more);
        backups.back.apply(&backups.sums, &mut backups.now);
        let sums = e.iter().zip(&backups.more);
        for ((law, visits), (e, slipped)) in backups.now.iter_mut().zip(&mut *visits).zip(sums) {
            *law = e * *law + backups.slipped * slipped;
            *visits += *law;
        }
    }
}
