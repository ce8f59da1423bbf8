//! The M-step of a categorical policy, with a penalty or a bound on its divergence.

use crate::Error;
use crate::bisect::bisect;
use crate::check::{distribution, not_negative, positive};
use ndarray::{Array1, ArrayView1, Zip};

/// The M-step under a KL penalty. Catalogue: MPO-15.
///
/// ```text
/// argmax_π  E_q[log π] − λ KL(π_old ‖ π)  =  (q + λ π_old) / (1 + λ)
/// ```
///
/// # Shapes
/// `q`, `old`: `[A]`; `coefficient`, λ ≥ 0. Returns `[A]`.
/// # Errors
/// When `q` or `old` is no distribution, or λ is negative.
/// # Panics
/// When the shapes differ.
/// # Source
/// Abdolmaleki 2018, eq. (26).
/// # Example
/// ```
/// use kinglet_trust_region::penalised_categorical_fit;
/// use ndarray::array;
/// let policy = penalised_categorical_fit(array![1.0, 0.0].view(), array![0.5, 0.5].view(), 1.0)?;
/// assert_eq!(policy, array![0.75, 0.25]);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn penalised_categorical_fit(
    q: ArrayView1<'_, f64>,
    old: ArrayView1<'_, f64>,
    coefficient: f64,
) -> Result<Array1<f64>, Error> {
    assert_eq!(q.dim(), old.dim(), "shapes of the two policies differ");
    distribution("the E-step's policy", 0, q)?;
    distribution("the old policy", 0, old)?;
    not_negative("coefficient", coefficient)?;
    Ok(mix(q, old, 1.0 / (1.0 + coefficient)))
}

/// The M-step under a hard bound, and the multiplier of the bound. Catalogue: MPO-15, MPO-20.
///
/// ```text
/// argmax_π  E_q[log π]   with   KL(π_old ‖ π) ≤ ε:     (q + η π_old) / (1 + η),   η ≥ 0
/// ```
///
/// η is the root of KL = ε, or 0 when q itself lies within the bound. The derivative of the
/// Lagrangian by η is ε − KL.
///
/// # Shapes
/// `q`, `old`: `[A]`; `kl_bound`, ε, nats. Returns the policy, `[A]`, and η.
/// # Errors
/// When `q` or `old` is no distribution, or ε is not positive.
/// # Panics
/// When the shapes differ.
/// # Source
/// Abdolmaleki 2018, on the M-step's hard constraint.
/// # Example
/// ```
/// use kinglet_trust_region::bounded_categorical_fit;
/// use ndarray::array;
/// // KL((½, ½) ‖ (¾, ¼)) = ½ ln 4/3, where η = 1.
/// let (q, old) = (array![1.0, 0.0], array![0.5, 0.5]);
/// let (policy, multiplier) =
///     bounded_categorical_fit(q.view(), old.view(), 0.5 * (4.0_f64 / 3.0).ln())?;
/// assert!((policy[0] - 0.75).abs() < 1e-12 && (multiplier - 1.0).abs() < 1e-11);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn bounded_categorical_fit(
    q: ArrayView1<'_, f64>,
    old: ArrayView1<'_, f64>,
    kl_bound: f64,
) -> Result<(Array1<f64>, f64), Error> {
    penalised_categorical_fit(q, old, 0.0)?;
    positive("kl_bound", kl_bound)?;
    let inside = |t: f64| divergence(q, old, t) <= kl_bound;
    if inside(1.0) {
        return Ok((q.to_owned(), 0.0));
    }
    // In t = 1 / (1 + η) the divergence rises from 0.
    let t = bisect(0.0, 1.0, inside);
    Ok((mix(q, old, t), 1.0 / t - 1.0))
}

/// t q + (1 − t) π_old.
fn mix(q: ArrayView1<'_, f64>, old: ArrayView1<'_, f64>, t: f64) -> Array1<f64> {
    Zip::from(&q)
        .and(&old)
        .map_collect(|q, p| t * q + (1.0 - t) * p)
}

/// KL(π_old ‖ t q + (1 − t) π_old), from terms in x = t (q/π_old − 1) that are not negative.
fn divergence(q: ArrayView1<'_, f64>, old: ArrayView1<'_, f64>, t: f64) -> f64 {
    Zip::from(&q).and(&old).fold(0.0, |sum, q, p| {
        let x = t * (q / p - 1.0);
        // Σ p x + t · (mass of q where π_old is 0) = 0.
        if *p > 0.0 {
            sum + p * (x - x.ln_1p())
        } else {
            sum + t * q
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn kl(p: &Array1<f64>, q: &Array1<f64>) -> f64 {
        p.iter()
            .zip(q)
            .map(|(p, q)| if *p > 0.0 { p * (p / q).ln() } else { 0.0 })
            .sum()
    }

    fn likelihood(q: &Array1<f64>, policy: &Array1<f64>) -> f64 {
        q.iter()
            .zip(policy)
            .map(|(q, p)| if *q > 0.0 { q * p.ln() } else { 0.0 })
            .sum()
    }

    /// The best value of a grid over the simplex of three actions.
    fn grid(f: impl Fn(&Array1<f64>) -> f64) -> f64 {
        let mut best = f64::NEG_INFINITY;
        for i in 1..500 {
            for j in 1..500 - i {
                let (x, y) = (f64::from(i) / 500.0, f64::from(j) / 500.0);
                best = best.max(f(&array![x, y, 1.0 - x - y]));
            }
        }
        best
    }

    #[test]
    fn mpo_15_no_policy_of_a_grid_does_better_under_the_penalty() {
        let (q, old) = (array![0.7, 0.1, 0.2], array![0.2, 0.5, 0.3]);
        for lambda in [0.0, 0.5, 4.0] {
            let value = |p: &Array1<f64>| likelihood(&q, p) - lambda * kl(&old, p);
            let policy = penalised_categorical_fit(q.view(), old.view(), lambda).unwrap();
            let off = value(&policy) - grid(value);
            assert!((0.0 - 1e-12..1e-4).contains(&off), "{lambda}: {off}");
        }
    }

    #[test]
    fn mpo_15_no_policy_of_a_grid_does_better_within_the_bound() {
        let (q, old) = (array![0.7, 0.1, 0.2], array![0.2, 0.5, 0.3]);
        for kl_bound in [1e-3, 0.05, 0.3] {
            let (policy, multiplier) =
                bounded_categorical_fit(q.view(), old.view(), kl_bound).unwrap();
            let best = grid(|p| {
                if kl(&old, p) <= kl_bound {
                    likelihood(&q, p)
                } else {
                    f64::NEG_INFINITY
                }
            });
            let off = likelihood(&q, &policy) - best;
            assert!((0.0 - 1e-12..5e-3).contains(&off), "{kl_bound}: {off}");
            assert!(multiplier > 0.0 && (kl(&old, &policy) - kl_bound).abs() < 1e-12);
            let same = penalised_categorical_fit(q.view(), old.view(), multiplier).unwrap();
            assert!((same - policy).iter().all(|off| off.abs() < 1e-13));
        }
    }

    #[test]
    fn mpo_20_a_bound_that_does_not_bind_costs_nothing() {
        let (q, old) = (array![0.7, 0.1, 0.2], array![0.2, 0.5, 0.3]);
        let edge = kl(&old, &q);
        assert_eq!(
            bounded_categorical_fit(q.view(), old.view(), edge * 1.001).unwrap(),
            (q.clone(), 0.0)
        );
        let (_, multiplier) = bounded_categorical_fit(q.view(), old.view(), edge * 0.999).unwrap();
        assert!(multiplier > 0.0 && multiplier < 0.01);
    }

    #[test]
    fn actions_new_to_the_old_policy_and_tiny_bounds_are_met() {
        let (q, old) = (array![0.5, 0.5, 0.0], array![0.0, 0.4, 0.6]);
        for kl_bound in [1e-10, 0.1, 3.0] {
            let (policy, _) = bounded_categorical_fit(q.view(), old.view(), kl_bound).unwrap();
            let reached = kl(&old, &policy);
            assert!(
                (reached / kl_bound - 1.0).abs() < 1e-5,
                "{kl_bound}: {reached}"
            );
            assert!((policy.sum() - 1.0).abs() < 1e-14);
        }
        assert!(bounded_categorical_fit(q.view(), old.view(), 0.0).is_err());
        assert!(penalised_categorical_fit(q.view(), old.view(), -1.0).is_err());
    }
}
