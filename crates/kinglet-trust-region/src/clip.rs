//! Importance ratios, and clipping them.

use crate::Error;
use crate::check::{constant, finite, plain};
use ndarray::{Array1, ArrayView1, NdFloat};

/// `x`, held between `lo` and `hi`. Catalogue: DECK-22.
///
/// ```text
/// clip(x, lo, hi) = min(max(x, lo), hi)
/// ```
///
/// The value comes first. With the bounds first, clip(1 − ε, 1 + ε, ρ), it is min(1 + ε, ρ): the
/// lower bound is lost. The standard library's `clamp` panics there, when `lo` lies above `hi`; here
/// `hi` wins.
///
/// # Source
/// Schulman 2017, eq. (7).
/// # Example
/// ```
/// use kinglet_trust_region::clip;
/// assert_eq!(clip(0.5, 0.8, 1.2), 0.8);
/// assert_eq!(clip(1.5, 0.8, 1.2), 1.2);
/// assert_eq!(clip(1.1, 0.8, 1.2), 1.1);
/// ```
pub fn clip<S: NdFloat>(x: S, lo: S, hi: S) -> S {
    x.max(lo).min(hi)
}

/// The clipped surrogate of one sample. Catalogue: DECK-22.
///
/// ```text
/// min(ρ Â, clip(ρ, 1 − ε, 1 + ε) Â) ≤ ρ Â
/// ```
///
/// For Â > 0 it stops growing above ρ = 1 + ε; for Â < 0 it stops growing below ρ = 1 − ε. On the
/// other two sides a step that did harm is felt in full.
///
/// # Shapes
/// `ratio`, ρ = π_θ(a|s) / π_old(a|s); `advantage`, Â, in units of reward; `width`, ε.
/// # Source
/// Schulman 2017, eq. (7).
/// # Example
/// ```
/// use kinglet_trust_region::clipped_surrogate;
/// assert_eq!(clipped_surrogate(0.5, -1.0, 0.2), -0.8); // it was made rarer enough
/// assert_eq!(clipped_surrogate(1.5, -1.0, 0.2), -1.5); // it was made more frequent: harm
/// ```
pub fn clipped_surrogate<S: NdFloat>(ratio: S, advantage: S, width: S) -> S {
    let clipped = clip(ratio, S::one() - width, S::one() + width);
    (ratio * advantage).min(clipped * advantage)
}

/// A surrogate over a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Surrogate<S = f64> {
    /// The mean over the samples, in units of the advantages.
    pub value: S,
    /// Its derivative by each sample's ln π_θ(a|s), `[N]`.
    pub by_log_prob: Array1<S>,
    /// The share of samples whose derivative clipping has made 0.
    pub clip_fraction: S,
}

/// The importance surrogate. Catalogue: DECK-20.
///
/// ```text
/// L(θ) = (1/N) Σₙ ρₙ Âₙ      ρₙ = exp(log_prob − log_prob_old)      ∂L/∂ ln πₙ = ρₙ Âₙ / N
/// ```
///
/// At θ_old its gradient is the policy gradient; so is that of [`clipped`].
///
/// # Shapes
/// All `[N]`, N at least 1.
/// # Errors
/// [`Error::NotFinite`] when an advantage is not finite, or a ratio overflows.
/// # Panics
/// When the shapes differ or are empty.
/// # Source
/// Schulman 2015, eq. (14).
/// # Example
/// ```
/// use kinglet_trust_region::importance_surrogate;
/// use ndarray::array;
/// let old = array![0.5_f64.ln(), 0.25_f64.ln()];
/// let new = array![0.25_f64.ln(), 0.5_f64.ln()];
/// let surrogate = importance_surrogate(new.view(), old.view(), array![2.0, 1.0].view())?;
/// assert!((surrogate.value - 1.5).abs() < 1e-15); // (½ · 2 + 2 · 1) / 2
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn importance_surrogate<S: NdFloat>(
    log_prob: ArrayView1<'_, S>,
    log_prob_old: ArrayView1<'_, S>,
    advantage: ArrayView1<'_, S>,
) -> Result<Surrogate<S>, Error> {
    let ratio = ratios(log_prob, log_prob_old, advantage)?;
    let terms = &ratio * &advantage;
    let n = constant::<S>(ratio.len() as f64);
    Ok(Surrogate {
        value: terms.sum() / n,
        by_log_prob: terms / n,
        clip_fraction: S::zero(),
    })
}

/// The clipped surrogate over a batch. Catalogue: DECK-22, DECK-23.
///
/// ```text
/// L(θ) = (1/N) Σₙ min(ρₙ Âₙ, clip(ρₙ, 1 − ε, 1 + ε) Âₙ)
/// ```
///
/// # Shapes
/// All `[N]`, N at least 1; `width`, ε, in (0, 1).
/// # Errors
/// [`Error::OutOfRange`] for the width; [`Error::NotFinite`] for an advantage or a ratio.
/// # Panics
/// When the shapes differ or are empty.
/// # Source
/// Schulman 2017, eq. (7).
/// # Example
/// ```
/// use kinglet_trust_region::clipped;
/// use ndarray::array;
/// let old = array![0.0, 0.0];
/// let new = array![0.5_f64.ln(), 1.5_f64.ln()];
/// let surrogate = clipped(new.view(), old.view(), array![-1.0, -1.0].view(), 0.2)?;
/// assert!((surrogate.value + 1.15).abs() < 1e-15); // (−0.8 − 1.5) / 2
/// assert_eq!(surrogate.clip_fraction, 0.5);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn clipped<S: NdFloat>(
    log_prob: ArrayView1<'_, S>,
    log_prob_old: ArrayView1<'_, S>,
    advantage: ArrayView1<'_, S>,
    width: S,
) -> Result<Surrogate<S>, Error> {
    if !(width > S::zero() && width < S::one()) {
        let value = plain(width);
        return Err(Error::OutOfRange {
            name: "width",
            value,
            interval: "(0, 1)",
        });
    }
    let ratio = ratios(log_prob, log_prob_old, advantage)?;
    let n = constant::<S>(ratio.len() as f64);
    let mut surrogate = Surrogate {
        value: S::zero(),
        by_log_prob: ratio,
        clip_fraction: S::zero(),
    };
    for (slot, &advantage) in surrogate.by_log_prob.iter_mut().zip(&advantage) {
        let term = clipped_surrogate(*slot, advantage, width);
        let flat = is_flat(*slot, advantage, width);
        surrogate.value += term / n;
        surrogate.clip_fraction += if flat { S::one() / n } else { S::zero() };
        *slot = if flat {
            S::zero()
        } else {
            *slot * advantage / n
        };
    }
    Ok(surrogate)
}

/// Whether the clipped surrogate does not change with ρ here.
fn is_flat<S: NdFloat>(ratio: S, advantage: S, width: S) -> bool {
    (advantage > S::zero() && ratio > S::one() + width)
        || (advantage < S::zero() && ratio < S::one() - width)
}

/// exp(log_prob − log_prob_old), checked.
fn ratios<S: NdFloat>(
    log_prob: ArrayView1<'_, S>,
    log_prob_old: ArrayView1<'_, S>,
    advantage: ArrayView1<'_, S>,
) -> Result<Array1<S>, Error> {
    assert_eq!(
        log_prob.dim(),
        log_prob_old.dim(),
        "shapes of log_prob and log_prob_old differ"
    );
    assert_eq!(
        log_prob.dim(),
        advantage.dim(),
        "shapes of log_prob and advantage differ"
    );
    assert!(
        !log_prob.is_empty(),
        "a surrogate over no samples: the shape is [0]"
    );
    finite("the advantages", &advantage)?;
    let ratio = (&log_prob - &log_prob_old).mapv_into(S::exp);
    finite("the ratios", &ratio)?;
    Ok(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn deck_22_the_table_of_ratio_and_sign() {
        // (ρ, Â, value), ε = .2, by the definition's four sides.
        let table = [
            (0.5, 1.0, 0.5),
            (0.9, 1.0, 0.9),
            (1.1, 1.0, 1.1),
            (1.5, 1.0, 1.2),
            (0.5, -1.0, -0.8),
            (0.9, -1.0, -0.9),
            (1.1, -1.0, -1.1),
            (1.5, -1.0, -1.5),
            (1.5, 0.0, 0.0),
        ];
        for (ratio, advantage, value) in table {
            assert_eq!(
                clipped_surrogate(ratio, advantage, 0.2),
                value,
                "{ratio} {advantage}"
            );
        }
    }

    #[test]
    fn deck_22_it_never_exceeds_the_unclipped_surrogate() {
        for i in 0..400 {
            for j in 0..400 {
                let (ratio, advantage) = (f64::from(i) * 0.01, f64::from(j - 200) * 0.02);
                let value = clipped_surrogate(ratio, advantage, 0.2);
                assert!(value <= ratio * advantage);
                let inside = (0.8..=1.2).contains(&ratio);
                assert!(!inside || value == ratio * advantage);
            }
        }
    }

    #[test]
    fn deck_22_the_printed_argument_order_loses_the_lower_clip() {
        // As printed, the bounds stand first: clip(1 − ε, 1 + ε, ρ), which is min(1 + ε, ρ).
        let printed = |ratio: f64, advantage: f64| {
            (ratio * advantage).min(clip(1.0 - 0.2, 1.0 + 0.2, ratio) * advantage)
        };
        assert_eq!(clipped_surrogate(0.5, -1.0, 0.2), -0.8);
        assert_eq!(printed(0.5, -1.0), -0.5);
        // Advantages above 0 cannot tell them apart.
        for ratio in [0.5, 0.9, 1.1, 1.5] {
            assert_eq!(printed(ratio, 1.0), clipped_surrogate(ratio, 1.0, 0.2));
        }
    }

    #[test]
    fn deck_22_clamp_panics_where_clip_does_not() {
        assert!(std::panic::catch_unwind(|| 0.8_f64.clamp(1.2, 0.5)).is_err());
        assert_eq!(clip(0.8, 1.2, 0.5), 0.5);
    }

    #[test]
    fn deck_20_the_batch_gradient_is_that_of_finite_differences() {
        let old = array![-1.0, -0.3, -2.0, -0.7, -1.2, -0.1];
        let shift = array![0.1, 0.5, -0.6, -0.1, 0.4, -0.9];
        let advantage = array![1.0, 2.0, 0.5, -1.0, -0.7, -3.0];
        let new = &old + &shift;
        let mid = clipped(new.view(), old.view(), advantage.view(), 0.2).unwrap();
        let plain = importance_surrogate(new.view(), old.view(), advantage.view()).unwrap();
        for n in 0..6 {
            let value = |h: f64, narrow: bool| {
                let mut at = new.clone();
                at[n] += h;
                let got = if narrow {
                    clipped(at.view(), old.view(), advantage.view(), 0.2)
                } else {
                    importance_surrogate(at.view(), old.view(), advantage.view())
                };
                got.unwrap().value
            };
            let slope = |narrow| (value(1e-5, narrow) - value(-1e-5, narrow)) / 2e-5;
            assert!(
                (slope(true) - mid.by_log_prob[n]).abs() < 1e-9,
                "sample {n}"
            );
            assert!(
                (slope(false) - plain.by_log_prob[n]).abs() < 1e-9,
                "sample {n}"
            );
        }
        assert!((mid.clip_fraction - 2.0 / 6.0).abs() < 1e-15); // samples 1 and 5
        assert!(mid.value < plain.value);
    }

    #[test]
    fn deck_20_at_the_old_policy_both_are_the_policy_gradient() {
        let old = array![-1.0, -0.3, -2.0];
        let advantage = array![1.0, -2.0, 0.5];
        let narrow = clipped(old.view(), old.view(), advantage.view(), 0.2).unwrap();
        let plain = importance_surrogate(old.view(), old.view(), advantage.view()).unwrap();
        assert_eq!(narrow.by_log_prob, &advantage / 3.0);
        assert_eq!(plain.by_log_prob, narrow.by_log_prob);
    }

    #[test]
    fn what_is_no_ratio_or_width_is_refused() {
        let (zero, one) = (array![0.0], array![1.0]);
        assert!(clipped(zero.view(), zero.view(), one.view(), 1.0).is_err());
        assert!(clipped(zero.view(), zero.view(), one.view(), 0.0).is_err());
        assert!(clipped(zero.view(), zero.view(), one.view(), f64::NAN).is_err());
        let huge = array![800.0];
        assert!(importance_surrogate(huge.view(), zero.view(), one.view()).is_err());
    }
}
