//! The referee: the posterior over whole trajectories, by listing them all.

use crate::Error;
use crate::problem::{check_policy, check_positive, finite_horizon};
use crate::soft::log_sum_exp;
use kinglet_envs::{TabularMdp, Trajectory};
use ndarray::ArrayView3;

/// The most trajectories that an objective lists when it is not told otherwise.
pub const ENUMERATION_LIMIT: usize = 1_000_000;

/// The posterior over trajectories, by listing them all. Catalogue: DECK-02, MPO-04.
///
/// ```text
/// p(τ | O) = p(s₁) Π p(sₜ₊₁ | sₜ, aₜ) exp(Σ rₜ / α) / p(O)
/// ```
///
/// # Shapes
/// One pair (τ, p(τ | O)) for each trajectory that the dynamics allow.
/// # Errors
/// [`Error::NotPositive`] for the temperature; [`Error::NeedsFiniteHorizon`];
/// [`Error::Environment`] with the count when there are more than `limit`.
/// # Source
/// Levine 2018, section 2.2.
/// # Example
/// ```
/// use kinglet_objectives::trajectory_posterior;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// // One state, one step, rewards 0 and log 3.
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 3f64.ln()]].view(), array![1.0].view(),
///     Horizon::Finite(1),
/// )?;
/// let posterior = trajectory_posterior(&mdp, 1.0, 10)?;
/// assert_eq!(posterior[1].0.actions, [1]);
/// assert!((posterior[1].1 - 0.75).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn trajectory_posterior(
    mdp: &TabularMdp,
    temperature: f64,
    limit: usize,
) -> Result<Vec<(Trajectory, f64)>, Error> {
    let listed = joint(mdp, temperature, limit)?;
    let log_evidence = log_sum_exp(listed.iter().map(|(_, log_joint)| *log_joint), 1.0);
    let posterior = |(tau, log_joint): (Trajectory, f64)| (tau, (log_joint - log_evidence).exp());
    Ok(listed.into_iter().map(posterior).collect())
}

/// The log evidence, by listing all trajectories. Catalogue: CS285-01.
///
/// ```text
/// α log p(O₁:T) = α log Σ_τ p(s₁) Π p(sₜ₊₁ | sₜ, aₜ) exp(Σ rₜ / α)
/// ```
///
/// The twin of [`exact_inference`](crate::exact_inference)'s. Units: reward.
///
/// # Errors
/// As [`trajectory_posterior`].
pub fn log_evidence_enumerated(
    mdp: &TabularMdp,
    temperature: f64,
    limit: usize,
) -> Result<f64, Error> {
    let listed = joint(mdp, temperature, limit)?;
    Ok(temperature * log_sum_exp(listed.iter().map(|(_, log_joint)| *log_joint), 1.0))
}

/// The gap of the ELBO: KL(q ‖ p(τ | O)), by listing all trajectories. Catalogue: DECK-01.
///
/// ```text
/// KL = Σ_τ q(τ) [log q(τ) − log p(τ | O)],   α log p(O) − ELBO = α KL
/// ```
///
/// # Shapes
/// `policy`: `[T, S, A]`. Units: nats.
/// # Errors
/// As [`trajectory_posterior`], with [`ENUMERATION_LIMIT`]; [`Error::PolicyRow`].
/// # Panics
/// When the policy has another shape.
/// # Example
/// ```
/// use kinglet_objectives::posterior_kl;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::{array, arr3};
/// // One state, one step, rewards 0 and log 3: the posterior is (¼, ¾).
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 3f64.ln()]].view(), array![1.0].view(),
///     Horizon::Finite(1),
/// )?;
/// assert!(posterior_kl(&mdp, arr3(&[[[0.25, 0.75]]]).view(), 1.0)?.abs() < 1e-15);
/// let uniform = posterior_kl(&mdp, arr3(&[[[0.5, 0.5]]]).view(), 1.0)?;
/// assert!((uniform - 0.5 * (4.0f64 / 3.0).ln()).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn posterior_kl(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    temperature: f64,
) -> Result<f64, Error> {
    check_policy(mdp, policy)?;
    let posterior = trajectory_posterior(mdp, temperature, ENUMERATION_LIMIT)?;
    let terms = posterior.iter().map(|(tau, p)| {
        let q = path_probability(tau, policy);
        if q == 0.0 { 0.0 } else { q * (q / p).ln() }
    });
    Ok(terms.sum())
}

/// Every trajectory with log p(τ, O).
pub(crate) fn joint(
    mdp: &TabularMdp,
    temperature: f64,
    limit: usize,
) -> Result<Vec<(Trajectory, f64)>, Error> {
    check_positive("temperature", temperature)?;
    finite_horizon(mdp)?;
    let log_joint =
        |tau: &Trajectory| tau.dynamics_probability.ln() + tau.total_reward / temperature;
    Ok(mdp
        .trajectories(limit)?
        .map(|tau| {
            let l = log_joint(&tau);
            (tau, l)
        })
        .collect())
}

/// q(τ) = p(s₁) Π p(sₜ₊₁ | sₜ, aₜ) q(aₜ | sₜ).
pub(crate) fn path_probability(tau: &Trajectory, policy: ArrayView3<'_, f64>) -> f64 {
    let steps = tau.states.iter().zip(&tau.actions).enumerate();
    steps.fold(tau.dynamics_probability, |q, (t, (&s, &a))| {
        q * policy[[t, s, a]]
    })
}
