//! One row of the categorical head: its law is ln p, and p stands beside it.

use kinglet_nn::Scalar;
use rand::{Rng, RngExt};

/// Logits to ln p, row by row, and p.
pub(super) fn settle<S: Scalar>(law: &mut [S], p: &mut [S], n: usize) {
    for (law, p) in law.chunks_exact_mut(n).zip(p.chunks_exact_mut(n)) {
        let largest = law.iter().fold(S::neg_infinity(), |a, b| a.max(*b));
        law.iter_mut().for_each(|x| *x -= largest);
        p.copy_from_slice(law);
    }
    S::exp_all(p);
    for (law, p) in law.chunks_exact_mut(n).zip(p.chunks_exact_mut(n)) {
        let sum: S = p.iter().copied().sum();
        let log_sum = sum.ln();
        law.iter_mut().for_each(|x| *x -= log_sum);
        p.iter_mut().for_each(|p| *p /= sum);
    }
}

/// An index drawn by one uniform number; never one of probability 0.
pub(super) fn draw<S: Scalar, R: Rng + ?Sized>(p: &[S], rng: &mut R) -> usize {
    let uniform: f64 = rng.random();
    let (mut sum, mut last) = (0.0, 0);
    for (k, p) in p.iter().enumerate() {
        let p = p.to_f64().unwrap_or(f64::NAN);
        sum += p;
        if p > 0.0 {
            last = k;
            if uniform < sum {
                break;
            }
        }
    }
    last
}

/// The most probable index, the first of equals.
pub(super) fn mode<S: Scalar>(p: &[S]) -> usize {
    let larger = |best: usize, k: usize| if p[k] > p[best] { k } else { best };
    (0..p.len()).fold(0, larger)
}

/// The index that a number stands for.
pub(super) fn index<S: Scalar>(action: S, n: usize) -> usize {
    let k = action.to_usize().filter(|k| *k < n);
    k.unwrap_or_else(|| panic!("the action {action} is no index below {n}"))
}

/// d += w ∂ ln p(k)/∂logits = w (1ₖ − p).
pub(super) fn weigh_log_prob<S: Scalar>(p: &[S], k: usize, w: S, d: &mut [S]) {
    for (d, p) in d.iter_mut().zip(p) {
        *d -= w * *p;
    }
    d[k] += w;
}

/// −Σ p ln p.
pub(super) fn entropy<S: Scalar>(law: &[S], p: &[S]) -> S {
    -law.iter().zip(p).map(|(law, p)| *law * *p).sum::<S>()
}

/// d += w ∂H/∂logits = −w p (ln p + H).
pub(super) fn weigh_entropy<S: Scalar>(law: &[S], p: &[S], w: S, d: &mut [S]) {
    let entropy = entropy(law, p);
    for ((d, law), p) in d.iter_mut().zip(law).zip(p) {
        *d -= w * *p * (*law + entropy);
    }
}

/// Σ p_old (ln p_old − ln p).
pub(super) fn kl<S: Scalar>(old: &[S], law: &[S]) -> S {
    let terms = old.iter().zip(law);
    terms.map(|(old, law)| old.exp() * (*old - *law)).sum()
}

/// d += w ∂KL/∂logits = w (p − p_old).
pub(super) fn weigh_kl<S: Scalar>(old: &[S], p: &[S], w: S, d: &mut [S]) {
    for ((d, old), p) in d.iter_mut().zip(old).zip(p) {
        *d += w * (*p - old.exp());
    }
}

/// t ← F t = p ⊙ (t − pᵀt).
pub(super) fn fisher<S: Scalar>(p: &[S], t: &mut [S]) {
    let mean: S = p.iter().zip(&*t).map(|(p, t)| *p * *t).sum();
    for (t, p) in t.iter_mut().zip(p) {
        *t = *p * (*t - mean);
    }
}
