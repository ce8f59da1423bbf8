//! The M-step in one state: how the loss moves with the policy's law.

use std::f64::consts::PI;

use kinglet_nn::Scalar;

/// What the M-step's loss comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Fit<S> {
    /// −E_q log π, and each divergence times its multiplier.
    pub(super) loss: S,
    /// The mean's part of KL(π̄ ‖ π) and the covariance's; or all of it, and 0.
    pub(super) kls: [S; 2],
}

/// The mean with the old covariance, and the covariance with the old mean. Catalogue: MPO-19, MPO-20.
///
/// ```text
/// L = −E_q[ln N(u; μ, σᵢ) + ln N(u; μᵢ, σ)] + η_μ C_μ + η_Σ C_Σ
/// C_μ = Σ (μ − μᵢ)² / 2σᵢ²,   C_Σ = ½ Σ (σᵢ²/σ² − 1 − ln σᵢ²/σ²)
/// ```
///
/// # Shapes
/// `improved`: the means of q, then its variances, `[2m]`; `old`, `law`: (μ, ln σ), `[2m]`; `d`: by `law`, `[2m]`.
pub(super) fn decoupled<S: Scalar>(
    improved: &[S],
    old: &[S],
    law: &[S],
    multipliers: [S; 2],
    d: &mut [S],
) -> Fit<S> {
    let m = law.len() / 2;
    let (one, two, half) = (S::one(), S::from_f64(2.0), S::from_f64(0.5));
    let log_2_pi = S::from_f64((2.0 * PI).ln());
    let mut fit = Fit::default();
    for j in 0..m {
        let (mean, variance) = (improved[j], improved[m + j]);
        let (old_precision, precision) = ((-two * old[m + j]).exp(), (-two * law[m + j]).exp());
        let (off, moved) = (law[j] - mean, law[j] - old[j]);
        let around_old = variance + (mean - old[j]) * (mean - old[j]);
        let log_ratio = two * (old[m + j] - law[m + j]);
        let ratio = log_ratio.exp_m1();
        let squares = (variance + off * off) * old_precision + around_old * precision;
        fit.loss += half * squares + old[m + j] + law[m + j] + log_2_pi;
        fit.kls[0] += half * moved * moved * old_precision;
        fit.kls[1] += half * (ratio - log_ratio);
        d[j] = (off + multipliers[0] * moved) * old_precision;
        d[m + j] = one - around_old * precision - multipliers[1] * ratio;
    }
    fit.loss += multipliers[0] * fit.kls[0] + multipliers[1] * fit.kls[1];
    fit
}

/// Mean and covariance together. Catalogue: MPO-15.
///
/// ```text
/// L = −E_q[ln N(u; μ, σ)] + η KL(N(μᵢ, σᵢ) ‖ N(μ, σ))
/// ```
///
/// # Shapes
/// As in [`decoupled`].
pub(super) fn joint<S: Scalar>(
    improved: &[S],
    old: &[S],
    law: &[S],
    multiplier: S,
    d: &mut [S],
) -> Fit<S> {
    let m = law.len() / 2;
    let (one, two, half) = (S::one(), S::from_f64(2.0), S::from_f64(0.5));
    let log_2_pi = S::from_f64((2.0 * PI).ln());
    let mut fit = Fit::default();
    for j in 0..m {
        let precision = (-two * law[m + j]).exp();
        let (off, moved) = (law[j] - improved[j], law[j] - old[j]);
        let square = (improved[m + j] + off * off) * precision;
        let log_ratio = two * (old[m + j] - law[m + j]);
        let (ratio, way) = (log_ratio.exp_m1(), moved * moved * precision);
        fit.loss += half * (square + log_2_pi) + law[m + j];
        fit.kls[0] += half * (ratio - log_ratio + way);
        d[j] = (off + multiplier * moved) * precision;
        d[m + j] = one - square - multiplier * (ratio + way);
    }
    fit.loss += multiplier * fit.kls[0];
    fit
}

/// Probabilities. Catalogue: MPO-13, MPO-15.
///
/// ```text
/// L = −Σ q ln p + η Σ pᵢ ln pᵢ/p
/// ```
///
/// # Shapes
/// `improved`: q, `[n]`; `old`, `law`: ln pᵢ and ln p, `[n]`; `d`: by the logits of p, `[n]`.
pub(super) fn categorical<S: Scalar>(
    improved: &[S],
    old: &[S],
    law: &[S],
    multiplier: S,
    d: &mut [S],
) -> Fit<S> {
    let mut fit = Fit::default();
    for (k, d) in d.iter_mut().enumerate() {
        let (p, old_p) = (law[k].exp(), old[k].exp());
        fit.loss -= improved[k] * law[k];
        fit.kls[0] += old_p * (old[k] - law[k]);
        *d = p - improved[k] + multiplier * (p - old_p);
    }
    fit.loss += multiplier * fit.kls[0];
    fit
}

#[cfg(test)]
mod tests {
    use autodiff::F1;
    use kinglet_trust_region::{Gaussian, decoupled_kl_parts, gaussian_kl_parts};
    use ndarray::{Array2, array};
    use num_traits::Float;

    use super::*;

    const OLD: [f64; 4] = [0.3, -1.2, 0.1, -0.4];
    const LAW: [f64; 4] = [0.5, -1.0, 0.3, -0.9];
    const ACTIONS: [[f64; 2]; 3] = [[0.1, -1.5], [1.9, -0.2], [-0.7, -1.1]];
    const WEIGHTS: [f64; 3] = [0.5, 0.2, 0.3];

    fn improved() -> Vec<f64> {
        let mean = |j: usize| (0..3).map(|k| WEIGHTS[k] * ACTIONS[k][j]).sum::<f64>();
        let variance = |j: usize| {
            let square = |k: usize| WEIGHTS[k] * (ACTIONS[k][j] - mean(j)).powi(2);
            (0..3).map(square).sum::<f64>()
        };
        vec![mean(0), mean(1), variance(0), variance(1)]
    }

    /// ln N(u; μ, σ) of number j of an action.
    fn log_prob<F: Float>(u: f64, mean: F, log_std: F) -> F {
        let number = |x: f64| F::from(x).unwrap();
        let z = (number(u) - mean) / log_std.exp();
        -number(0.5) * z * z - log_std - number(0.5 * (2.0 * PI).ln())
    }

    /// KL of two normals of one number.
    fn kl<F: Float>(old: [F; 2], new: [F; 2]) -> F {
        let half = F::from(0.5).unwrap();
        let (s, t) = (old[1].exp(), new[1].exp());
        let way = old[0] - new[0];
        new[1] - old[1] + half * (s * s + way * way) / (t * t) - half
    }

    /// The losses from densities of each action and divergences by their definition.
    fn decoupled_loss<F: Float>(law: &[F], multipliers: [f64; 2]) -> F {
        let number = |x: f64| F::from(x).unwrap();
        let mut loss = F::zero();
        for j in 0..2 {
            let old = [number(OLD[j]), number(OLD[2 + j])];
            for (w, u) in WEIGHTS.iter().zip(ACTIONS) {
                let mean = log_prob(u[j], law[j], old[1]);
                loss = loss - number(*w) * (mean + log_prob(u[j], old[0], law[2 + j]));
            }
            loss = loss + number(multipliers[0]) * kl(old, [law[j], old[1]]);
            loss = loss + number(multipliers[1]) * kl(old, [old[0], law[2 + j]]);
        }
        loss
    }

    fn joint_loss<F: Float>(law: &[F], multiplier: f64) -> F {
        let number = |x: f64| F::from(x).unwrap();
        let mut loss = F::zero();
        for j in 0..2 {
            let old = [number(OLD[j]), number(OLD[2 + j])];
            for (w, u) in WEIGHTS.iter().zip(ACTIONS) {
                loss = loss - number(*w) * log_prob(u[j], law[j], law[2 + j]);
            }
            loss = loss + number(multiplier) * kl(old, [law[j], law[2 + j]]);
        }
        loss
    }

    fn assert_gradient(found: (f64, &[f64]), law: &[f64], loss: impl Fn(&[F1]) -> F1) {
        for (i, d) in found.1.iter().enumerate() {
            let at = |(j, x): (usize, &f64)| {
                if i == j { F1::var(*x) } else { F1::cst(*x) }
            };
            let law: Vec<F1> = law.iter().enumerate().map(at).collect();
            let expected = loss(&law);
            assert!((found.0 - expected.x).abs() < 1e-12, "{}", found.0);
            assert!((d - expected.dx).abs() < 1e-12, "{i}: {d} {}", expected.dx);
        }
    }

    #[test]
    fn mpo_20_the_loss_is_that_of_the_weighted_actions_and_so_is_its_gradient() {
        let mut d = [0.0; 4];
        let fit = decoupled(&improved(), &OLD, &LAW, [0.7, 3.0], &mut d);
        assert_gradient((fit.loss, &d), &LAW, |law| decoupled_loss(law, [0.7, 3.0]));
        let fit = joint(&improved(), &OLD, &LAW, 0.7, &mut d);
        assert_gradient((fit.loss, &d), &LAW, |law| joint_loss(law, 0.7));
    }

    #[test]
    fn mpo_19_the_parts_are_those_of_the_divergence_of_two_gaussians() {
        let gaussian = |law: &[f64; 4]| Gaussian {
            mean: array![law[0], law[1]],
            covariance: Array2::from_diag(&array![(2.0 * law[2]).exp(), (2.0 * law[3]).exp()]),
        };
        let (old, new) = (gaussian(&OLD), gaussian(&LAW));
        let (mut d, improved) = ([0.0; 4], improved());
        let parts = decoupled_kl_parts(&old, &new).unwrap();
        let [mean, covariance] = decoupled(&improved, &OLD, &LAW, [1.0; 2], &mut d).kls;
        assert!((mean - parts.mean).abs() < 1e-14);
        assert!((covariance - parts.covariance).abs() < 1e-14);
        let parts = gaussian_kl_parts(&old, &new).unwrap();
        let [all, _] = joint(&improved, &OLD, &LAW, 1.0, &mut d).kls;
        assert!((all - parts.mean - parts.covariance).abs() < 1e-14);
    }

    /// Where the gradient vanishes, p = (q + η pᵢ) / (1 + η).
    #[test]
    fn mpo_15_probabilities_are_fitted_between_q_and_the_old_ones() {
        let logits = [0.3, -0.8, 0.1];
        let (q, old) = ([0.7, 0.1, 0.2], [0.2f64, 0.5, 0.3].map(f64::ln));
        let loss = |logits: &[F1]| {
            let sum = logits.iter().fold(F1::cst(0.0), |sum, x| sum + x.exp());
            let terms = logits.iter().zip(q).zip(old);
            terms.fold(F1::cst(0.0), |loss, ((x, q), old)| {
                let ln_p = *x - sum.ln();
                loss - F1::cst(q) * ln_p + F1::cst(0.4 * old.exp()) * (F1::cst(old) - ln_p)
            })
        };
        let log_sum = logits.iter().map(|x: &f64| x.exp()).sum::<f64>().ln();
        let (law, mut d) = (logits.map(|x| x - log_sum), [0.0; 3]);
        let fit = categorical(&q, &old, &law, 0.4, &mut d);
        assert_gradient((fit.loss, &d), &logits, loss);
        let best: [f64; 3] = std::array::from_fn(|k| (q[k] + 0.4 * old[k].exp()) / 1.4);
        categorical(&q, &old, &best.map(f64::ln), 0.4, &mut d);
        assert!(d.iter().all(|d| d.abs() < 1e-15));
    }
}
