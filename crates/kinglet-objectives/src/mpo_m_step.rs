//! MPO's M-step of a policy that is a table.

use crate::Error;
use crate::mpo_e_step::{check_states, check_table};
use kinglet_trust_region::{bounded_categorical_fit, penalised_categorical_fit};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// What keeps the M-step near the old policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MpoMStep {
    /// Nothing: weighted maximum likelihood.
    MaximumLikelihood,
    /// A price λ ≥ 0 on KL(π_old ‖ π).
    Penalised {
        /// λ, per nat.
        coefficient: f64,
    },
    /// A bound on E_μ KL(π_old ‖ π).
    Bounded {
        /// ε > 0, nats.
        kl_bound: f64,
    },
}

/// MPO's M-step of a tabular policy. Catalogue: MPO-13.
///
/// ```text
/// max_π E_μ E_q[log π(a | s)]                                      π = q
/// max_π E_μ E_q[log π(a | s)] − λ E_μ KL(π_old ‖ π)                π = (q + λ π_old) / (1 + λ)
/// max_π E_μ E_q[log π(a | s)]   with   E_μ KL(π_old ‖ π) ≤ ε       π = (q + η π_old) / (1 + η)
/// ```
///
/// The bound is on the mean over states, so one η serves them all: it is the bound of the joint
/// laws μ(s) q(a | s) and μ(s) π_old(a | s).
///
/// # Shapes
/// `target` (q), `old`: `[S, A]`; `states` (μ): `[S]`. Returns `[S, A]`.
/// # Errors
/// [`Error::PolicyRow`] and [`Error::NoDistribution`] for what is none; [`Error::TrustRegion`] for a negative
/// λ or an ε that is not positive.
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, the M-step of maximum a posteriori policy optimisation.
/// # Example
/// ```
/// use kinglet_objectives::{MpoMStep, mpo_m_step};
/// use ndarray::array;
/// let (q, old, states) = (array![[1.0, 0.0]], array![[0.5, 0.5]], array![1.0]);
/// let fit = |kind| mpo_m_step(q.view(), old.view(), states.view(), kind);
/// assert_eq!(fit(MpoMStep::MaximumLikelihood)?, q);
/// assert_eq!(fit(MpoMStep::Penalised { coefficient: 1.0 })?, array![[0.75, 0.25]]);
/// // KL((½, ½) ‖ (¾, ¼)) = ½ ln 4/3.
/// let bounded = fit(MpoMStep::Bounded { kl_bound: 0.5 * (4f64 / 3.0).ln() })?;
/// assert!((bounded[[0, 0]] - 0.75).abs() < 1e-12);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn mpo_m_step(
    target: ArrayView2<'_, f64>,
    old: ArrayView2<'_, f64>,
    states: ArrayView1<'_, f64>,
    kind: MpoMStep,
) -> Result<Array2<f64>, Error> {
    check_table(target, target)?;
    check_table(target, old)?;
    check_states(states, target.nrows())?;
    let multiplier = match kind {
        MpoMStep::MaximumLikelihood => 0.0,
        MpoMStep::Penalised { coefficient } => coefficient,
        MpoMStep::Bounded { kl_bound } => {
            let (target, old) = (joint(target, states), joint(old, states));
            bounded_categorical_fit(target.view(), old.view(), kl_bound)?.1
        }
    };
    let mut policy = target.to_owned();
    for ((mut row, target), old) in policy
        .rows_mut()
        .into_iter()
        .zip(target.rows())
        .zip(old.rows())
    {
        row.assign(&penalised_categorical_fit(target, old, multiplier)?);
    }
    Ok(policy)
}

/// μ(s) π(a | s) as one vector.
fn joint(policy: ArrayView2<'_, f64>, states: ArrayView1<'_, f64>) -> Array1<f64> {
    (&policy * &states.insert_axis(Axis(1)))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mpo_e_step::divergences;
    use ndarray::array;

    fn tables() -> (Array2<f64>, Array2<f64>, Array1<f64>) {
        (
            array![[0.7, 0.2, 0.1], [0.05, 0.9, 0.05], [0.2, 0.2, 0.6]],
            array![[0.4, 0.5, 0.1], [0.25, 0.05, 0.7], [0.3, 0.3, 0.4]],
            array![0.3, 0.5, 0.2],
        )
    }

    fn likelihood(states: &Array1<f64>, q: &Array2<f64>, policy: &Array2<f64>) -> f64 {
        states.dot(&(q * &policy.mapv(f64::ln)).sum_axis(Axis(1)))
    }

    #[test]
    fn mpo_13_each_kind_is_a_maximum_of_its_objective() {
        let (q, old, states) = tables();
        let kl = |policy: &Array2<f64>| states.dot(&divergences(old.view(), policy.view()));
        for coefficient in [0.0, 0.6, 4.0] {
            let kind = MpoMStep::Penalised { coefficient };
            let fit = mpo_m_step(q.view(), old.view(), states.view(), kind).unwrap();
            let at =
                |policy: &Array2<f64>| likelihood(&states, &q, policy) - coefficient * kl(policy);
            for (s, a, b) in [(0, 0, 1), (0, 2, 1), (1, 0, 2), (2, 1, 0)] {
                for step in [1e-3, -1e-3] {
                    let mut moved = fit.clone();
                    moved[[s, a]] += step * moved[[s, b]];
                    moved[[s, b]] *= 1.0 - step;
                    assert!(at(&moved) < at(&fit));
                }
            }
        }
        let plain = mpo_m_step(
            q.view(),
            old.view(),
            states.view(),
            MpoMStep::MaximumLikelihood,
        );
        assert_eq!(plain.unwrap(), q);
    }

    #[test]
    fn mpo_13_the_bound_is_on_the_mean_over_states() {
        let (q, old, states) = tables();
        for kl_bound in [1e-4, 0.05, 0.3] {
            let kind = MpoMStep::Bounded { kl_bound };
            let fit = mpo_m_step(q.view(), old.view(), states.view(), kind).unwrap();
            let parts = divergences(old.view(), fit.view());
            assert!((states.dot(&parts) - kl_bound).abs() < 1e-12);
            // The states share one price, not one bound.
            assert!((parts[0] - parts[1]).abs() > 0.1 * kl_bound);
            let better = mpo_m_step(
                q.view(),
                old.view(),
                states.view(),
                MpoMStep::Bounded {
                    kl_bound: 1.01 * kl_bound,
                },
            )
            .unwrap();
            assert!(likelihood(&states, &q, &better) > likelihood(&states, &q, &fit));
        }
        let free = MpoMStep::Bounded { kl_bound: 50.0 };
        assert_eq!(mpo_m_step(q.view(), old.view(), states.view(), free), Ok(q));
    }

    #[test]
    fn a_state_of_no_weight_moves_with_the_others() {
        let (q, old, _) = tables();
        let states = array![1.0, 0.0, 0.0];
        let kind = MpoMStep::Bounded { kl_bound: 0.02 };
        let fit = mpo_m_step(q.view(), old.view(), states.view(), kind).unwrap();
        let share = |s: usize| (fit[[s, 0]] - old[[s, 0]]) / (q[[s, 0]] - old[[s, 0]]);
        assert!((share(0) - share(1)).abs() < 1e-12 && share(0) > 0.0 && share(0) < 1.0);
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        let (q, old, states) = tables();
        let fit = |kind| mpo_m_step(q.view(), old.view(), states.view(), kind);
        let negative = fit(MpoMStep::Penalised { coefficient: -0.5 });
        assert!(matches!(negative, Err(Error::TrustRegion(_))));
        assert!(fit(MpoMStep::Bounded { kl_bound: 0.0 }).is_err());
        let kind = MpoMStep::MaximumLikelihood;
        let wrong = &q * 0.9;
        assert!(mpo_m_step(wrong.view(), old.view(), states.view(), kind).is_err());
    }
}
