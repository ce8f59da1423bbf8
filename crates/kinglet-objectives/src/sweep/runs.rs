//! Stretches of states whose dynamics are the same but for their place.

use super::LANES;
use kinglet_envs::Transitions;
use std::ops::Range;

/// Runs of states in which each successor moves along with the state, its probability unchanged,
/// as in the interior of a gridworld. Over a run, expectations are sums of shifted slices.
#[derive(Debug)]
pub(crate) struct Runs(Vec<Range<usize>>);

impl Runs {
    /// No runs: each state is looked at by itself.
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    /// Finds the runs of at least [`LANES`] states.
    pub(crate) fn new(transitions: &Transitions) -> Self {
        Self::of(transitions.n_states(), |s| follows(transitions, s))
    }

    /// Finds the runs of `n` states of which each follows the one before it, or does not.
    pub(crate) fn of(n: usize, follows: impl Fn(usize) -> bool) -> Self {
        let (mut runs, mut start) = (Vec::new(), 0);
        for s in 1..=n {
            if s == n || !follows(s) {
                if s - start >= LANES {
                    runs.push(start..s);
                }
                start = s;
            }
        }
        Self(runs)
    }

    /// The number of the first run that reaches [`LANES`] states beyond `start`.
    pub(crate) fn seek(&self, start: usize) -> usize {
        self.0.partition_point(|run| run.end < start + LANES)
    }

    /// The part of a run within a range of states; empty, at the range's end, if that is less than
    /// [`LANES`] states or there is no such run.
    #[inline(always)]
    pub(crate) fn cut(&self, number: usize, states: Range<usize>) -> Range<usize> {
        let none = states.end..states.end;
        let Some(run) = self.0.get(number) else {
            return none;
        };
        let run = run.start.max(states.start)..run.end.min(states.end);
        if run.start + LANES <= run.end {
            run
        } else {
            none
        }
    }
}

/// sum[i] ← Σ w x[next − offset + i] over successors and their weights, in their order.
///
/// # Panics
/// When there are not as many weights as successors, or a slice ends beyond `x`.
#[inline(always)]
pub(crate) fn combine(
    next: &[u32],
    weights: &[f64],
    (offset, x): (usize, &[f64]),
    sum: &mut [f64],
) {
    match next.len() {
        4 => combine_few::<4>(next, weights, (offset, x), sum),
        5 => combine_few::<5>(next, weights, (offset, x), sum),
        _ => {
            sum.fill(0.0);
            for (&next, weight) in next.iter().zip(weights) {
                let x = &x[next as usize - offset..][..sum.len()];
                for (sum, x) in sum.iter_mut().zip(x) {
                    *sum += weight * x;
                }
            }
        }
    }
}

/// [`combine`] with its slices at hand and its sums in registers.
#[inline(always)]
fn combine_few<const N: usize>(
    next: &[u32],
    weights: &[f64],
    (offset, x): (usize, &[f64]),
    sum: &mut [f64],
) {
    let (next, weights) = (&next[..N], &weights[..N]);
    let n = sum.len();
    let mut few = [(x, 0.0); N];
    for k in 0..N {
        few[k] = (&x[next[k] as usize - offset..][..n], weights[k]);
    }
    let Some(last) = n.checked_sub(LANES) else {
        return;
    };
    for i in (0..n).step_by(LANES) {
        let i = i.min(last); // the last few may be done twice
        let mut total = [0.0; LANES];
        for (x, weight) in &few {
            for (total, x) in total.iter_mut().zip(&x[i..i + LANES]) {
                *total += weight * x;
            }
        }
        sum[i..i + LANES].copy_from_slice(&total);
    }
}

/// Whether the dynamics of state `s` are those of the state before it, one further.
fn follows(transitions: &Transitions, s: usize) -> bool {
    let along = |before: &[u32], here: &[u32]| {
        before.len() == here.len() && before.iter().zip(here).all(|(&x, &y)| y == x + 1)
    };
    match transitions {
        Transitions::Slip(slip) => along(slip.successors_of(s - 1), slip.successors_of(s)),
        Transitions::Sparse(sparse) => (0..sparse.n_actions()).all(|a| {
            let row = |s: usize| sparse.row(s * sparse.n_actions() + a);
            let ((before, p), (here, q)) = (row(s - 1), row(s));
            p == q && along(before, here)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kinglet_envs::{Slip, Sparse};

    /// A ring of 40 states: forwards, and a shortcut to 0 from states 20 and 21.
    fn ring() -> Runs {
        let next = (0..40).flat_map(|s: u32| [if s == 39 || s / 2 == 10 { 0 } else { s + 1 }]);
        Runs::new(&Transitions::Slip(
            Slip::new(1, next.collect(), 0.0).unwrap(),
        ))
    }

    #[test]
    fn runs_end_where_the_dynamics_change() {
        assert_eq!(ring().0, [0..20, 22..39]);
    }

    #[test]
    fn runs_end_where_a_probability_changes() {
        let rows = (0..40).map(|s| {
            let p = if s < 25 { 0.5 } else { 0.75 };
            [((s + 1).min(39), p), ((s + 2).min(39), 1.0 - p)]
        });
        let sparse = Sparse::from_rows(40, 1, rows).unwrap();
        assert_eq!(Runs::new(&Transitions::Sparse(sparse)).0, [0..25, 25..38]);
    }

    #[test]
    fn runs_are_cut_to_a_range() {
        let runs = ring();
        let first = |states: Range<usize>| runs.cut(runs.seek(states.start), states);
        assert_eq!(first(0..40), 0..20);
        assert_eq!(first(5..15), 5..15);
        assert_eq!(first(12..40), 12..20);
        assert_eq!(first(13..40), 22..39); // seven states are too few
        assert_eq!(first(13..25), 25..25);
        assert_eq!(first(33..40), 40..40);
        assert_eq!(first(40..40), 40..40);
        assert_eq!(runs.cut(1, 0..40), 22..39);
        assert_eq!(runs.cut(2, 0..40), 40..40);
    }

    #[test]
    fn slices_are_combined_to_the_last_number() {
        let x: Vec<f64> = (0..40).map(|i| f64::from(i * i)).collect();
        let next = [100, 107, 103, 109, 101, 102];
        let weights = [2.0, -0.5, 1.0, 0.25, -1.0, 4.0];
        for (k, n) in (1..=6).flat_map(|k| (LANES..30).map(move |n| (k, n))) {
            let mut sum = vec![f64::NAN; n];
            combine(&next[..k], &weights[..k], (100, &x), &mut sum);
            for (i, &sum) in sum.iter().enumerate() {
                let terms = next[..k].iter().zip(&weights);
                let direct: f64 = terms
                    .map(|(&at, weight)| weight * x[at as usize - 100 + i])
                    .sum();
                assert_eq!(sum, direct, "{k} terms, {n} numbers");
            }
        }
    }
}
