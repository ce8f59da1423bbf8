//! KL-regularised values: what a policy is worth when each step away from another one costs.

use crate::backup::action_values;
use crate::evaluation::{StationaryPolicyValues, change, check_dense};
use crate::linear_solve::solve;
use crate::mpo_e_step::{divergences, price};
use crate::problem::{check_stationary, discounted};
use crate::soft::check_temperature;
use crate::{Error, Finish};
use kinglet_envs::TabularMdp;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// The KL-regularised values of a policy q about a policy π. Catalogue: MPO-07, MPO-08.
///
/// ```text
/// Q(s, a) = r₀ + E_q[ Σ_{t ≥ 1} γᵗ ( rₜ − α KL(q(· | sₜ) ‖ π(· | sₜ)) ) ],   s₀ = s, a₀ = a
/// V(s)    = E_q[Q(s, a)] − α KL(q(· | s) ‖ π(· | s))
/// ```
///
/// Q does not pay for the first step, V does. By one linear solve. With q = π they are the ordinary
/// values of π. E\[V(s₀)\] is the discounted objective J(q, π) of MPO, without the log prior of the
/// parameters.
///
/// # Shapes
/// `policy` (q), `prior` (π): `[S, A]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsDiscount`]; [`Error::PolicyRow`];
/// [`Error::TooManyStates`] above [`DENSE_LIMIT`](crate::DENSE_LIMIT).
/// # Panics
/// When a policy has another shape.
/// # Source
/// Abdolmaleki 2018, the regularised Q-value of maximum a posteriori policy optimisation.
/// # Example
/// ```
/// use kinglet_objectives::kl_regularised_values;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[1.0, 2.0]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let (greedy, uniform) = (array![[0.0, 1.0]], array![[0.5, 0.5]]);
/// let values = kl_regularised_values(&mdp, greedy.view(), uniform.view(), 1.0)?;
/// let v = 2.0 * (2.0 - 2f64.ln()); // V = 2 − log 2 + V / 2
/// assert!((values.v[0] - v).abs() < 1e-14);
/// assert!((values.q[[0, 1]] - (2.0 + 0.5 * v)).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn kl_regularised_values(
    mdp: &TabularMdp,
    policy: ArrayView2<'_, f64>,
    prior: ArrayView2<'_, f64>,
    temperature: f64,
) -> Result<StationaryPolicyValues, Error> {
    check_dense(mdp)?;
    let nothing = Array1::zeros(mdp.n_states());
    let gain = kl_regularised_backup(mdp, policy, prior, nothing.view(), temperature)?;
    let mut system = Array2::eye(mdp.n_states());
    for ((s, a), &weight) in policy.indexed_iter() {
        for (next, p) in mdp.successors(s, a) {
            system[[s, next]] -= mdp.discount() * weight * p;
        }
    }
    let v = solve(system, gain);
    let again = kl_regularised_backup(mdp, policy, prior, v.view(), temperature)?;
    Ok(StationaryPolicyValues {
        q: action_values(mdp, v.view()),
        residual: change(v.view(), again.view()),
        v,
        finish: Finish::Converged,
    })
}

/// The KL-regularised Bellman operator. Catalogue: MPO-09.
///
/// ```text
/// (T^{π, q} V)(s) = E_q[ r(s, a) + γ E[V(s′)] ] − α KL(q(· | s) ‖ π(· | s))
/// ```
///
/// Its fixed point is the V of [`kl_regularised_values`]; it contracts by γ. MPO's E-step maximises
/// it over q for the values V(s) = E_π\[Q(s, a)\] of the old policy, which is one step of
/// regularised improvement.
///
/// # Shapes
/// `policy` (q), `prior` (π): `[S, A]`; `v`: `[S]`. Returns `[S]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsDiscount`]; [`Error::PolicyRow`].
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, the regularised Bellman operator of the E-step.
/// # Example
/// ```
/// use kinglet_objectives::kl_regularised_backup;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[1.0, 2.0]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let (greedy, uniform) = (array![[0.0, 1.0]], array![[0.5, 0.5]]);
/// let v = kl_regularised_backup(&mdp, greedy.view(), uniform.view(), array![6.0].view(), 1.0)?;
/// assert!((v[0] - (2.0 + 3.0 - 2f64.ln())).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn kl_regularised_backup(
    mdp: &TabularMdp,
    policy: ArrayView2<'_, f64>,
    prior: ArrayView2<'_, f64>,
    v: ArrayView1<'_, f64>,
    temperature: f64,
) -> Result<Array1<f64>, Error> {
    check(mdp, policy, prior, temperature)?;
    let ahead = (&policy * &action_values(mdp, v)).sum_axis(Axis(1));
    Ok(ahead - cost(policy, prior, temperature))
}

/// α KL(q ‖ π) for each state.
fn cost(policy: ArrayView2<'_, f64>, prior: ArrayView2<'_, f64>, temperature: f64) -> Array1<f64> {
    divergences(policy, prior).mapv(|kl| price(temperature, kl))
}

fn check(
    mdp: &TabularMdp,
    policy: ArrayView2<'_, f64>,
    prior: ArrayView2<'_, f64>,
    temperature: f64,
) -> Result<(), Error> {
    check_temperature(temperature)?;
    discounted(mdp)?;
    check_stationary(mdp, policy)?;
    check_stationary(mdp, prior)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evaluate_soft_policy, mpo_e_step};
    use kinglet_envs::fixtures::disc;
    use ndarray::array;

    const ALPHA: f64 = 0.7;

    fn policies() -> (Array2<f64>, Array2<f64>) {
        let q = array![
            [0.5, 0.3, 0.2],
            [0.1, 0.6, 0.3],
            [0.25, 0.25, 0.5],
            [0.8, 0.1, 0.1]
        ];
        let prior = array![
            [0.2, 0.5, 0.3],
            [0.4, 0.3, 0.3],
            [0.6, 0.2, 0.2],
            [0.3, 0.3, 0.4]
        ];
        (q, prior)
    }

    #[test]
    fn mpo_08_values_are_their_discounted_sum() {
        let (mdp, (q, prior)) = (disc(), policies());
        let values = kl_regularised_values(&mdp, q.view(), prior.view(), ALPHA).unwrap();
        // Q by its definition: law of the state after t steps, from (0, 1).
        let mut law = Array1::<f64>::zeros(4);
        mdp.successors(0, 1).for_each(|(next, p)| law[next] += p);
        let (mut sum, mut factor) = (mdp.reward(0, 1), mdp.discount());
        let kl = divergences(q.view(), prior.view());
        for _ in 0..2000 {
            let mut next_law = Array1::zeros(4);
            for ((s, a), &p) in q.indexed_iter() {
                sum += factor * law[s] * p * mdp.reward(s, a);
                mdp.successors(s, a)
                    .for_each(|(next, p_next)| next_law[next] += law[s] * p * p_next);
            }
            sum -= factor * ALPHA * law.dot(&kl);
            (law, factor) = (next_law, factor * mdp.discount());
        }
        assert!((values.q[[0, 1]] - sum).abs() < 1e-12);
        let mean = (&q * &values.q).sum_axis(Axis(1)) - kl * ALPHA;
        assert!((&values.v - &mean).iter().all(|off| off.abs() < 1e-13));
        assert!(values.residual < 1e-13);
    }

    #[test]
    fn mpo_08_without_price_or_without_distance_they_are_the_plain_values() {
        let (mdp, (q, prior)) = (disc(), policies());
        let plain = evaluate_soft_policy(&mdp, q.view(), 0.0).unwrap();
        for (prior, temperature) in [(&prior, 0.0), (&q, 3.0)] {
            let values = kl_regularised_values(&mdp, q.view(), prior.view(), temperature).unwrap();
            assert!((&values.v - &plain.v).iter().all(|off| off.abs() < 1e-13));
        }
        // Against the uniform prior it is the entropy, up to its constant α log A / (1 − γ).
        let uniform = Array2::from_elem(q.dim(), 1.0 / 3.0);
        let values = kl_regularised_values(&mdp, q.view(), uniform.view(), ALPHA).unwrap();
        let soft = evaluate_soft_policy(&mdp, q.view(), ALPHA).unwrap();
        let off = &soft.v - &values.v - ALPHA * 3f64.ln() / 0.1;
        assert!(off.iter().all(|off| off.abs() < 1e-12));
    }

    #[test]
    fn mpo_09_the_operator_contracts_to_the_values() {
        let (mdp, (q, prior)) = (disc(), policies());
        let values = kl_regularised_values(&mdp, q.view(), prior.view(), ALPHA).unwrap();
        let mut v = array![5.0, -3.0, 0.0, 20.0];
        let mut before = change(v.view(), values.v.view());
        for _ in 0..100 {
            v = kl_regularised_backup(&mdp, q.view(), prior.view(), v.view(), ALPHA).unwrap();
            let now = change(v.view(), values.v.view());
            assert!(now <= 0.9 * before + 1e-12);
            before = now;
        }
        assert!(before < 1e-3);
    }

    #[test]
    fn mpo_09_the_e_step_is_the_best_policy_under_the_operator() {
        let (mdp, (other, prior)) = (disc(), policies());
        let old = evaluate_soft_policy(&mdp, prior.view(), 0.0).unwrap();
        let tilted = mpo_e_step(old.q.view(), prior.view(), ALPHA).unwrap();
        let at = |policy: &Array2<f64>| {
            kl_regularised_backup(&mdp, policy.view(), prior.view(), old.v.view(), ALPHA).unwrap()
        };
        let best = at(&tilted.policy);
        assert!((&best - &tilted.values).iter().all(|off| off.abs() < 1e-13));
        assert!(
            best.iter()
                .zip(&at(&other))
                .all(|(best, other)| best > other)
        );
        assert!(best.iter().zip(&old.v).all(|(best, old)| best > old));
    }

    #[test]
    fn what_the_prior_rules_out_costs_everything() {
        let (mdp, (q, _)) = (disc(), policies());
        let mut prior = q.clone();
        prior.row_mut(2).assign(&array![1.0, 0.0, 0.0]);
        let v = array![0.0, 0.0, 0.0, 0.0];
        let backed = |temperature| {
            kl_regularised_backup(&mdp, q.view(), prior.view(), v.view(), temperature).unwrap()
        };
        assert_eq!(backed(1.0)[2], f64::NEG_INFINITY);
        assert!(backed(0.0)[2].is_finite() && backed(1.0)[1].is_finite());
    }
}
