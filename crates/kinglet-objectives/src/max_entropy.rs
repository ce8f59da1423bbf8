//! The maximum-entropy objective.

use crate::Error;
use crate::enumeration::{ENUMERATION_LIMIT, path_probability};
use crate::forward::state_marginals;
use crate::problem::{check_policy, surprise};
use crate::soft::check_temperature;
use kinglet_envs::TabularMdp;
use ndarray::{ArrayView1, ArrayView3};

/// The maximum-entropy objective of a policy. Catalogue: DECK-03, DECK-06.
///
/// ```text
/// J(q) = Σₜ E_q[ r(sₜ, aₜ) + α H(q(· | sₜ)) ]
/// ```
///
/// The entropy belongs to a state, −log q to an action; their expectations agree, so this is the
/// [`elbo`](crate::elbo).
///
/// # Shapes
/// `policy`: `[T, S, A]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsFiniteHorizon`]; [`Error::PolicyRow`].
/// # Panics
/// When the policy has another shape.
/// # Source
/// Haarnoja 2018, eq. (1).
/// # Example
/// ```
/// use kinglet_objectives::max_entropy_objective;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::{Array3, array};
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[1.0, 2.0]].view(), array![1.0].view(),
///     Horizon::Finite(3),
/// )?;
/// let uniform = Array3::from_elem((3, 1, 2), 0.5);
/// let expected = 3.0 * (1.5 + 0.1 * 2f64.ln());
/// assert!((max_entropy_objective(&mdp, uniform.view(), 0.1)? - expected).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn max_entropy_objective(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    temperature: f64,
) -> Result<f64, Error> {
    check_temperature(temperature)?;
    let law = state_marginals(mdp, policy)?;
    let terms = law.indexed_iter().map(|((t, s), &mass)| {
        let row = policy.slice(ndarray::s![t, s, ..]);
        let reward: f64 = row
            .iter()
            .enumerate()
            .map(|(a, q)| q * mdp.reward(s, a))
            .sum();
        mass * (reward + temperature * entropy(row))
    });
    Ok(terms.sum())
}

/// The maximum-entropy objective, by listing all trajectories. Catalogue: DECK-03.
///
/// ```text
/// J(q) = Σ_τ q(τ) Σₜ [ r(sₜ, aₜ) + α H(q(· | sₜ)) ]
/// ```
///
/// # Shapes
/// `policy`: `[T, S, A]`. Units: reward.
/// # Errors
/// As [`max_entropy_objective`], and [`Error::Environment`] for more than
/// [`ENUMERATION_LIMIT`] trajectories.
/// # Panics
/// When the policy has another shape.
pub fn max_entropy_objective_enumerated(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    temperature: f64,
) -> Result<f64, Error> {
    check_temperature(temperature)?;
    check_policy(mdp, policy)?;
    let terms = mdp.trajectories(ENUMERATION_LIMIT)?.map(|tau| {
        let rows = tau.states.iter().enumerate();
        let entropies: f64 = rows
            .map(|(t, &s)| entropy(policy.slice(ndarray::s![t, s, ..])))
            .sum();
        path_probability(&tau, policy) * (tau.total_reward + temperature * entropies)
    });
    Ok(terms.sum())
}

/// H = −Σ p log p, in nats.
pub(crate) fn entropy(row: ArrayView1<'_, f64>) -> f64 {
    row.iter().map(|&p| surprise(p)).sum()
}
