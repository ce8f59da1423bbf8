//! One row of the normal head: its law is (μ, ln σ), and 1/σ stands beside it.

use kinglet_nn::Scalar;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// ½ ln 2π.
const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;

/// u = μ + σ ξ, a standard normal ξ for each number.
pub(super) fn draw<S: Scalar, R: Rng + ?Sized>(law: &[S], action: &mut [S], rng: &mut R) {
    let (mean, log_std) = law.split_at(action.len());
    for ((a, mean), log_std) in action.iter_mut().zip(mean).zip(log_std) {
        let noise: f64 = StandardNormal.sample(rng);
        *a = *mean + log_std.exp() * S::from_f64(noise);
    }
}

/// Σ −½ z² − ln σ − ½ ln 2π,  z = (a − μ)/σ.
#[inline]
pub(super) fn log_prob<S: Scalar>(law: &[S], inverse: &[S], action: &[S]) -> S {
    let (mean, log_std) = law.split_at(action.len());
    let (half, constant) = (S::from_f64(0.5), S::from_f64(HALF_LN_2_PI));
    let mut sum = S::zero();
    for (((a, mean), inverse), log_std) in action.iter().zip(mean).zip(inverse).zip(log_std) {
        let z = (*a - *mean) * *inverse;
        sum += -half * z * z - *log_std - constant;
    }
    sum
}

/// d += w (z/σ, z² − 1).
pub(super) fn weigh_log_prob<S: Scalar>(law: &[S], inverse: &[S], action: &[S], w: S, d: &mut [S]) {
    let (d_mean, d_log_std) = d.split_at_mut(action.len());
    for i in 0..action.len() {
        let z = (action[i] - law[i]) * inverse[i];
        d_mean[i] += w * z * inverse[i];
        d_log_std[i] += w * (z * z - S::one());
    }
}

/// Σ ln σ + ½ ln 2πe.
pub(super) fn entropy<S: Scalar>(law: &[S]) -> S {
    let log_std = &law[law.len() / 2..];
    let constant = S::from_f64(HALF_LN_2_PI + 0.5);
    log_std.iter().map(|log_std| *log_std + constant).sum()
}

/// d += w (0, 1).
pub(super) fn weigh_entropy<S: Scalar>(w: S, d: &mut [S]) {
    let n = d.len() / 2;
    d[n..].iter_mut().for_each(|d| *d += w);
}

/// Σ ½ (e²ʳ − 1 − 2r + z²),  r = ln σ_old − ln σ,  z = (μ_old − μ)/σ.
pub(super) fn kl<S: Scalar>(old: &[S], law: &[S], inverse: &[S]) -> S {
    let half = S::from_f64(0.5);
    let term = |i: usize| {
        let (spread, z, double_r) = parts(old, law, inverse, i);
        half * (spread - double_r + z * z)
    };
    (0..inverse.len()).map(term).sum()
}

/// d += w (−z/σ, 1 − e²ʳ − z²).
pub(super) fn weigh_kl<S: Scalar>(old: &[S], law: &[S], inverse: &[S], w: S, d: &mut [S]) {
    let (d_mean, d_log_std) = d.split_at_mut(inverse.len());
    for i in 0..inverse.len() {
        let (spread, z, _) = parts(old, law, inverse, i);
        d_mean[i] -= w * z * inverse[i];
        d_log_std[i] -= w * (spread + z * z);
    }
}

/// e²ʳ − 1, z and 2r of number i.
fn parts<S: Scalar>(old: &[S], law: &[S], inverse: &[S], i: usize) -> (S, S, S) {
    let n = inverse.len();
    let z = (old[i] - law[i]) * inverse[i];
    let r = old[n + i] - law[n + i];
    ((r + r).exp_m1(), z, r + r)
}

/// t ← F t = (t/σ², 2t).
pub(super) fn fisher<S: Scalar>(inverse: &[S], t: &mut [S]) {
    let (t_mean, t_log_std) = t.split_at_mut(inverse.len());
    for ((t_mean, t_log_std), inverse) in t_mean.iter_mut().zip(t_log_std).zip(inverse) {
        *t_mean *= *inverse * *inverse;
        *t_log_std += *t_log_std;
    }
}
