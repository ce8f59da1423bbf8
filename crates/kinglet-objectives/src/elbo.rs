//! The evidence lower bound of a policy, computed three ways.

use crate::enumeration::{ENUMERATION_LIMIT, joint, path_probability};
use crate::forward::state_marginals;
use crate::problem::check_policy;
use crate::rollout::sample_total;
use crate::soft::check_temperature;
use crate::{Error, Estimate};
use kinglet_envs::TabularMdp;
use ndarray::ArrayView3;
use rand::Rng;

/// The ELBO of a policy, from the law of each state. Catalogue: DECK-01, CS285-05.
///
/// ```text
/// ELBO(q) = E_q[ Σₜ ( r(sₜ, aₜ) − α log q(aₜ | sₜ) ) ] ≤ α log p(O₁:T)
/// q(τ)    = p(s₁) Π p(sₜ₊₁ | sₜ, aₜ) q(aₜ | sₜ)
/// ```
///
/// q keeps the problem's dynamics, so they cancel; the bound needs the unit action weight of
/// [`exact_inference`](crate::exact_inference). What is missing to the evidence is α KL(q ‖ p(τ|O)),
/// see [`posterior_kl`](crate::posterior_kl). At temperature 0 it is the expected return.
///
/// # Shapes
/// `policy`: `[T, S, A]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsFiniteHorizon`]; [`Error::PolicyRow`].
/// # Panics
/// When the policy has another shape.
/// # Source
/// Levine 2018, section 3.2.
/// # Example
/// ```
/// use kinglet_objectives::{elbo, exact_inference};
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::{Array3, array};
/// // One state, two actions without reward: the uniform policy attains log p(O) = log 2.
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 0.0]].view(), array![1.0].view(),
///     Horizon::Finite(1),
/// )?;
/// let uniform = Array3::from_elem((1, 1, 2), 0.5);
/// assert!((elbo(&mdp, uniform.view(), 1.0)? - 2f64.ln()).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn elbo(mdp: &TabularMdp, policy: ArrayView3<'_, f64>, temperature: f64) -> Result<f64, Error> {
    check_temperature(temperature)?;
    let law = state_marginals(mdp, policy)?;
    let terms = policy
        .indexed_iter()
        .filter(|&(_, &q)| q > 0.0)
        .map(|((t, s, a), &q)| law[[t, s]] * q * (mdp.reward(s, a) - temperature * q.ln()));
    Ok(terms.sum())
}

/// The ELBO of a policy, by listing all trajectories. Catalogue: DECK-01, CS285-04.
///
/// ```text
/// ELBO(q) = α Σ_τ q(τ) [ log p(τ, O₁:T) − log q(τ) ]
/// ```
///
/// The definition itself: nothing is cancelled, the dynamics stand in both terms.
///
/// # Shapes
/// `policy`: `[T, S, A]`. Units: reward.
/// # Errors
/// As [`elbo`], and [`Error::Environment`] for more than [`ENUMERATION_LIMIT`] trajectories; the
/// temperature must be above 0.
/// # Panics
/// When the policy has another shape.
pub fn elbo_enumerated(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    temperature: f64,
) -> Result<f64, Error> {
    check_policy(mdp, policy)?;
    let listed = joint(mdp, temperature, ENUMERATION_LIMIT)?;
    let terms = listed.iter().map(|(tau, log_joint)| {
        let q = path_probability(tau, policy);
        if q == 0.0 {
            0.0
        } else {
            q * (log_joint - q.ln())
        }
    });
    Ok(temperature * terms.sum::<f64>())
}

/// The ELBO of a policy, from `n` trajectories drawn under it. Catalogue: DECK-01.
///
/// ```text
/// ELBO(q) ≈ (1/n) Σᵢ Σₜ ( rₜ − α log q(aₜ | sₜ) ),   τᵢ ~ q
/// ```
///
/// # Shapes
/// `policy`: `[T, S, A]`. Units: reward.
/// # Errors
/// As [`elbo`], and [`Error::Distribution`] for too few samples.
/// # Panics
/// When the policy has another shape.
/// # Example
/// ```
/// use kinglet_objectives::{elbo, elbo_monte_carlo};
/// use kinglet_envs::fixtures::tab;
/// use ndarray::Array3;
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let uniform = Array3::from_elem((3, 3, 2), 0.5);
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let estimate = elbo_monte_carlo(&tab(), uniform.view(), 1.0, 1000, &mut rng)?;
/// assert!(estimate.z(elbo(&tab(), uniform.view(), 1.0)?).abs() < 4.0);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn elbo_monte_carlo<R: Rng + ?Sized>(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    temperature: f64,
    n: usize,
    rng: &mut R,
) -> Result<Estimate, Error> {
    check_temperature(temperature)?;
    check_policy(mdp, policy)?;
    let gain =
        |t: usize, s: usize, a: usize| mdp.reward(s, a) - temperature * policy[[t, s, a]].ln();
    Ok(Estimate::from_samples(
        (0..n).map(|_| sample_total(mdp, policy, gain, rng)),
    )?)
}
