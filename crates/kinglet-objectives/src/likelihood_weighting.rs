//! Likelihood weighting: exact inference by Monte Carlo.

use crate::problem::{check_positive, finite_horizon};
use crate::rollout::walk;
use crate::{Error, Estimate};
use kinglet_envs::TabularMdp;
use ndarray::Array3;
use rand::Rng;

/// What likelihood weighting estimates. Made by [`likelihood_weighting`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighted {
    /// The posterior mean E[f(τ) | O], with the standard error of a ratio.
    pub posterior_mean: Estimate,
    /// α log p(O₁:T), in units of reward.
    pub log_evidence: Estimate,
    /// (Σ w)² / Σ w²: how many equally weighted samples these are worth.
    pub effective_sample_size: f64,
}

/// Likelihood weighting: draws trajectories from the prior and weighs them by their rewards.
/// Catalogue: DECK-02.
///
/// ```text
/// τᵢ ~ p(s₁) Π p(sₜ₊₁ | sₜ, aₜ) / A,   wᵢ = exp(Σ rₜ / α)
/// E[f | O] ≈ f̄ = Σ wᵢ f(τᵢ) / Σ wᵢ,   s.e.² = Σ wᵢ² (f(τᵢ) − f̄)² / (Σ wᵢ)²
/// p(O₁:T) ≈ Aᵀ (1/n) Σ wᵢ
/// ```
///
/// It recovers the posterior, and so not a policy that one could carry out: where luck can be had
/// the posterior counts on it. `f` gets the states and the actions of a trajectory. The standard
/// errors are the delta method's.
///
/// # Errors
/// [`Error::NotPositive`] for the temperature; [`Error::NeedsFiniteHorizon`];
/// [`Error::Distribution`] for too few samples.
/// # Source
/// Owen 2013, section 9.2.
/// # Example
/// ```
/// use kinglet_objectives::likelihood_weighting;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 3f64.ln()]].view(), array![1.0].view(),
///     Horizon::Finite(1),
/// )?;
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let second = |_: &[usize], actions: &[usize]| actions[0] as f64;
/// let weighted = likelihood_weighting(&mdp, 1.0, 1000, second, &mut rng)?;
/// assert!(weighted.posterior_mean.z(0.75).abs() < 4.0);
/// assert!(weighted.log_evidence.z(4f64.ln()).abs() < 4.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn likelihood_weighting<R: Rng + ?Sized>(
    mdp: &TabularMdp,
    temperature: f64,
    n: usize,
    statistic: impl Fn(&[usize], &[usize]) -> f64,
    rng: &mut R,
) -> Result<Weighted, Error> {
    check_positive("temperature", temperature)?;
    let steps = finite_horizon(mdp)?;
    if n < 2 {
        return Err(kinglet_distributions::Error::TooFewSamples { samples: n }.into());
    }
    let n_actions = mdp.n_actions();
    let uniform = Array3::from_elem((steps, mdp.n_states(), n_actions), 1.0 / n_actions as f64);
    let (mut states, mut actions) = (vec![0; steps], vec![0; steps]);
    let mut draw = || {
        let mut log_weight = 0.0;
        let visit = |t: usize, s: usize, a: usize| {
            (states[t], actions[t]) = (s, a);
            log_weight += mdp.reward(s, a) / temperature;
        };
        walk(mdp, uniform.view(), visit, rng);
        (log_weight, statistic(&states, &actions))
    };
    let samples: Vec<(f64, f64)> = (0..n).map(|_| draw()).collect();
    let log_count = steps as f64 * (n_actions as f64).ln();
    Ok(weigh(&samples, log_count, temperature))
}

/// The weighted means of samples (log w, f).
fn weigh(samples: &[(f64, f64)], log_count: f64, temperature: f64) -> Weighted {
    let n = samples.len() as f64;
    let largest = samples
        .iter()
        .fold(f64::NEG_INFINITY, |m, &(log, _)| m.max(log));
    let weighted = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        samples
            .iter()
            .map(|&(log, x)| f((log - largest).exp(), x))
            .sum()
    };
    let sum = weighted(&|w, _| w);
    let squares = weighted(&|w, _| w * w);
    let mean = weighted(&|w, x| w * x) / sum;
    let spread = weighted(&|w, x| (w * (x - mean)).powi(2));
    // Var(w̄) / w̄², so that the logarithm's standard error is its root.
    let relative = (squares / (sum * sum) - 1.0 / n) * n / (n - 1.0);
    Weighted {
        posterior_mean: Estimate {
            mean,
            standard_error: spread.sqrt() / sum,
        },
        log_evidence: Estimate {
            mean: temperature * (log_count + largest + (sum / n).ln()),
            standard_error: temperature * relative.max(0.0).sqrt(),
        },
        effective_sample_size: sum * sum / squares,
    }
}
