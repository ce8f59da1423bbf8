//! The evidence lower bound of a whole trajectory about a policy: what MPO's EM climbs.

use crate::Error;
use crate::backup::action_values;
use crate::enumeration::{ENUMERATION_LIMIT, path_probability};
use crate::forward::state_marginals;
use crate::mpo_e_step::{divergences, mpo_e_step, price};
use crate::problem::{check_policy, check_positive};
use crate::soft::{check_temperature, weighted_log_sum_exp};
use crate::soft_value_iteration::SoftValues;
use kinglet_envs::TabularMdp;
use ndarray::{Array1, Array2, Array3, ArrayView3, Axis};

/// MPO's lower bound on how probable it is that a policy is optimal. Catalogue: MPO-06, MPO-07.
///
/// ```text
/// J(q, π) = E_q[Σₜ rₜ] − α KL(q(τ) ‖ p_π(τ)) ≤ α log p_π(O),   p(O | τ) = exp(Σₜ rₜ / α)
/// ```
///
/// In units of reward: the bound on log p_π(O) itself is J / α. Both q and p_π keep the problem's
/// dynamics, so the divergence is one of policies; see [`trajectory_kl`]. At temperature 0 it is
/// the expected return of q.
///
/// # Shapes
/// `policy` (q), `prior` (π): `[T, S, A]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsFiniteHorizon`]; [`Error::PolicyRow`].
/// # Panics
/// When a policy has another shape.
/// # Source
/// Abdolmaleki 2018, eqs. (1), (2); Neumann 2011.
/// # Example
/// ```
/// use kinglet_objectives::{policy_log_evidence, trajectory_bound};
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::{arr3, array};
/// // One state, one step, rewards 0 and log 3: log p_π(O) = log (½ + ½ · 3).
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 3f64.ln()]].view(), array![1.0].view(),
///     Horizon::Finite(1),
/// )?;
/// let (q, prior) = (arr3(&[[[0.25, 0.75]]]), arr3(&[[[0.5, 0.5]]]));
/// assert!((trajectory_bound(&mdp, q.view(), prior.view(), 1.0)? - 2f64.ln()).abs() < 1e-15);
/// assert!((policy_log_evidence(&mdp, prior.view(), 1.0)? - 2f64.ln()).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn trajectory_bound(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    prior: ArrayView3<'_, f64>,
    temperature: f64,
) -> Result<f64, Error> {
    check_temperature(temperature)?;
    let total = crate::elbo(mdp, policy, 0.0)?;
    Ok(total - price(temperature, trajectory_kl(mdp, policy, prior)?))
}

/// MPO's lower bound by listing all trajectories. Catalogue: MPO-06.
///
/// ```text
/// J(q, π) = α Σ_τ q(τ) [ log p(O | τ) + log p_π(τ) − log q(τ) ]
/// ```
///
/// The definition itself: the dynamics stand in both laws, and nothing is cancelled.
///
/// # Shapes
/// `policy` (q), `prior` (π): `[T, S, A]`. Units: reward.
/// # Errors
/// As [`trajectory_bound`], and [`Error::Environment`] for more than [`ENUMERATION_LIMIT`]
/// trajectories; the temperature must be above 0.
/// # Panics
/// When a policy has another shape.
pub fn trajectory_bound_enumerated(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    prior: ArrayView3<'_, f64>,
    temperature: f64,
) -> Result<f64, Error> {
    check_positive("temperature", temperature)?;
    check_policy(mdp, policy)?;
    check_policy(mdp, prior)?;
    let terms = mdp.trajectories(ENUMERATION_LIMIT)?.map(|tau| {
        let (q, p) = (
            path_probability(&tau, policy),
            path_probability(&tau, prior),
        );
        let log_likelihood = tau.total_reward / temperature;
        if q == 0.0 {
            0.0
        } else {
            q * (log_likelihood + p.ln() - q.ln())
        }
    });
    Ok(temperature * terms.sum::<f64>())
}

/// The divergence of two policies' trajectories. Catalogue: MPO-06.
///
/// ```text
/// KL(q(τ) ‖ p_π(τ)) = Σₜ E_q[ KL(q(· | sₜ) ‖ π(· | sₜ)) ]
/// ```
///
/// # Shapes
/// `policy` (q), `prior` (π): `[T, S, A]`. Units: nats.
/// # Errors
/// [`Error::NeedsFiniteHorizon`]; [`Error::PolicyRow`].
/// # Panics
/// When a policy has another shape.
/// # Example
/// ```
/// use kinglet_objectives::trajectory_kl;
/// use kinglet_envs::fixtures::tab;
/// use ndarray::Array3;
/// // A deterministic policy against the uniform one: log 2 at each of three steps.
/// let mut first = Array3::zeros((3, 3, 2));
/// first.index_axis_mut(ndarray::Axis(2), 0).fill(1.0);
/// let uniform = Array3::from_elem((3, 3, 2), 0.5);
/// let kl = trajectory_kl(&tab(), first.view(), uniform.view())?;
/// assert!((kl - 3.0 * 2f64.ln()).abs() < 1e-15);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn trajectory_kl(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    prior: ArrayView3<'_, f64>,
) -> Result<f64, Error> {
    check_policy(mdp, prior)?;
    let law = state_marginals(mdp, policy)?;
    let steps = policy.outer_iter().zip(prior.outer_iter());
    let by_step = steps.zip(law.outer_iter()).map(|((q, p), law)| {
        let reached = law.iter().zip(divergences(q, p));
        reached
            .filter(|(mass, _)| **mass > 0.0)
            .map(|(mass, kl)| mass * kl)
            .sum::<f64>()
    });
    Ok(by_step.sum())
}

/// How probable it is that a policy is optimal. Catalogue: MPO-06.
///
/// ```text
/// α log p_π(O) = α log E_{p_π}[exp(Σₜ rₜ / α)]
/// Vₜ(s) = α log E_π[ exp(r(s, a)/α) E[exp(Vₜ₊₁(s′)/α)] ]
/// ```
///
/// Backwards, by soft maxima over actions and next states: chance is optimistic here. What
/// [`trajectory_bound`] falls short of it is α KL(q(τ) ‖ p_π(τ | O)).
///
/// # Shapes
/// `prior` (π): `[T, S, A]`. Units: reward.
/// # Errors
/// [`Error::NotPositive`] for the temperature; [`Error::NeedsFiniteHorizon`]; [`Error::PolicyRow`].
/// # Panics
/// When the policy has another shape.
/// # Source
/// Abdolmaleki 2018, eq. (1).
pub fn policy_log_evidence(
    mdp: &TabularMdp,
    prior: ArrayView3<'_, f64>,
    temperature: f64,
) -> Result<f64, Error> {
    check_positive("temperature", temperature)?;
    check_policy(mdp, prior)?;
    let soft = |pairs: Vec<(f64, f64)>| {
        let possible = pairs.into_iter().filter(|(_, weight)| *weight > 0.0);
        weighted_log_sum_exp(possible, temperature)
    };
    let mut v: Array1<f64> = Array1::zeros(mdp.n_states());
    for step in prior.outer_iter().rev() {
        let ahead =
            |s: usize, a: usize| soft(mdp.successors(s, a).map(|(n, p)| (v[n], p)).collect());
        let rows = step.outer_iter().enumerate().map(|(s, row)| {
            let actions = row.indexed_iter();
            soft(
                actions
                    .map(|(a, &p)| (mdp.reward(s, a) + ahead(s, a), p))
                    .collect(),
            )
        });
        v = rows.collect();
    }
    Ok(soft(
        v.iter()
            .copied()
            .zip(mdp.initial().iter().copied())
            .collect(),
    ))
}

/// The policy that maximises MPO's bound for a given π: its E-step over a finite horizon.
/// Catalogue: MPO-07.
///
/// ```text
/// Qₜ(s, a) = r(s, a) + E[Vₜ₊₁(s′)],   Vₜ(s) = α log E_π[exp(Qₜ / α)],   q ∝ π exp(Qₜ / α)
/// ```
///
/// Soft value iteration about π. E\[V₁(s₁)\] is the bound that q attains. With π ← q after each one
/// this is EM: the bound and the evidence of π rise to the best return, and π becomes deterministic,
/// since nothing rewards its entropy.
///
/// # Shapes
/// `prior` (π): `[T, S, A]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsFiniteHorizon`]; [`Error::PolicyRow`].
/// # Panics
/// When the policy has another shape.
/// # Source
/// Abdolmaleki 2018, the E-step over trajectories.
pub fn trajectory_e_step(
    mdp: &TabularMdp,
    prior: ArrayView3<'_, f64>,
    temperature: f64,
) -> Result<SoftValues, Error> {
    check_temperature(temperature)?;
    let steps = check_policy(mdp, prior)?;
    let mut q = Array3::zeros(prior.dim());
    let mut policy = q.clone();
    let mut v = Array2::zeros((steps, mdp.n_states()));
    let mut ahead = Array1::zeros(mdp.n_states());
    for t in (0..steps).rev() {
        let q_t = action_values(mdp, ahead.view());
        let tilted = mpo_e_step(q_t.view(), prior.index_axis(Axis(0), t), temperature)?;
        ahead = tilted.values;
        v.row_mut(t).assign(&ahead);
        policy.index_axis_mut(Axis(0), t).assign(&tilted.policy);
        q.index_axis_mut(Axis(0), t).assign(&q_t);
    }
    Ok(SoftValues { q, v, policy })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{elbo, log_evidence_enumerated, soft_value_iteration_finite};
    use kinglet_envs::fixtures::{lot, tab, tabdet};
    use ndarray::Array3;

    fn policy(tilt: f64) -> Array3<f64> {
        Array3::from_shape_fn((3, 3, 2), |(t, s, a)| {
            let first = 0.5 + tilt * ((7 * t + 3 * s) as f64 + 0.4).sin();
            if a == 0 { first } else { 1.0 - first }
        })
    }

    #[test]
    fn mpo_06_the_bound_is_its_definition() {
        let (mdp, q, prior) = (tab(), policy(0.4), policy(-0.2));
        for temperature in [0.3, 1.0, 4.0] {
            let by_states = trajectory_bound(&mdp, q.view(), prior.view(), temperature).unwrap();
            let listed =
                trajectory_bound_enumerated(&mdp, q.view(), prior.view(), temperature).unwrap();
            assert!((by_states - listed).abs() < 1e-13);
        }
        let at_zero = trajectory_bound(&mdp, q.view(), prior.view(), 0.0).unwrap();
        assert!((at_zero - elbo(&mdp, q.view(), 0.0).unwrap()).abs() < 1e-14);
    }

    #[test]
    fn mpo_06_the_gap_is_a_divergence_from_the_posterior() {
        let (mdp, q, prior) = (tab(), policy(0.4), policy(-0.2));
        let alpha = 0.7;
        let weight = |tau: &kinglet_envs::Trajectory| {
            path_probability(tau, prior.view()) * (tau.total_reward / alpha).exp()
        };
        let all: Vec<_> = mdp.trajectories(216).unwrap().collect();
        let evidence: f64 = all.iter().map(weight).sum();
        let backward = policy_log_evidence(&mdp, prior.view(), alpha).unwrap();
        assert!((backward - alpha * evidence.ln()).abs() < 1e-13);
        let kl: f64 = all
            .iter()
            .map(|tau| {
                let q = path_probability(tau, q.view());
                q * (q * evidence / weight(tau)).ln()
            })
            .sum();
        let bound = trajectory_bound(&mdp, q.view(), prior.view(), alpha).unwrap();
        assert!((backward - bound - alpha * kl).abs() < 1e-13 && kl > 0.1);
    }

    #[test]
    fn mpo_06_with_the_uniform_prior_it_is_the_unit_weight_less_t_log_a() {
        let (mdp, q) = (tab(), policy(0.4));
        let uniform = Array3::from_elem(q.dim(), 0.5);
        let shift = 3.0 * 0.8 * 2f64.ln();
        let bound = trajectory_bound(&mdp, q.view(), uniform.view(), 0.8).unwrap();
        assert!((bound + shift - elbo(&mdp, q.view(), 0.8).unwrap()).abs() < 1e-13);
        let evidence = policy_log_evidence(&mdp, uniform.view(), 0.8).unwrap();
        let unit = log_evidence_enumerated(&mdp, 0.8, 216).unwrap();
        assert!((evidence + shift - unit).abs() < 1e-13);
        let best = trajectory_e_step(&mdp, uniform.view(), 0.8).unwrap();
        let soft = soft_value_iteration_finite(&mdp, 0.8).unwrap();
        assert!(
            (&best.policy - &soft.policy)
                .iter()
                .all(|x| x.abs() < 1e-14)
        );
    }

    #[test]
    fn mpo_07_the_e_step_attains_its_value_and_no_other_policy_does() {
        let (mdp, prior) = (tab(), policy(-0.2));
        let best = trajectory_e_step(&mdp, prior.view(), 0.5).unwrap();
        let value = best.v.row(0).dot(&mdp.initial());
        let at = |q: &Array3<f64>| trajectory_bound(&mdp, q.view(), prior.view(), 0.5).unwrap();
        assert!((at(&best.policy) - value).abs() < 1e-13);
        for t in 0..3 {
            for s in 0..3 {
                for step in [1e-3, -1e-3] {
                    let mut moved = best.policy.clone();
                    moved[[t, s, 0]] += step;
                    moved[[t, s, 1]] -= step;
                    assert!(at(&moved) < value);
                }
            }
        }
        assert!(value < policy_log_evidence(&mdp, prior.view(), 0.5).unwrap());
    }

    #[test]
    fn mpo_07_where_nothing_is_left_to_chance_the_e_step_is_exact() {
        let (mdp, prior) = (tabdet(), policy(0.3));
        let best = trajectory_e_step(&mdp, prior.view(), 0.5).unwrap();
        let value = best.v.row(0).dot(&mdp.initial());
        let evidence = policy_log_evidence(&mdp, prior.view(), 0.5).unwrap();
        assert!((value - evidence).abs() < 1e-14);
    }

    #[test]
    fn a_state_that_is_never_reached_costs_nothing() {
        let mdp = lot(10.0).unwrap();
        let buy = Array3::from_shape_fn((2, 4, 2), |(_, _, a)| f64::from(u8::from(a == 1)));
        let mut prior = Array3::from_elem((2, 4, 2), 0.5);
        // The safe prize is never reached by buying; the prior rules out what q does there.
        prior
            .slice_mut(ndarray::s![1, 1, ..])
            .assign(&ndarray::array![1.0, 0.0]);
        let kl = trajectory_kl(&mdp, buy.view(), prior.view()).unwrap();
        assert!((kl - 2.0 * 2f64.ln()).abs() < 1e-15);
    }
}
