//! Importance surrogates: another policy's objective, seen from the trajectories of the old one.

use crate::Error;
use crate::enumeration::{ENUMERATION_LIMIT, path_probability};
use crate::score_gradient::checked_policy;
use kinglet_envs::{TabularMdp, Trajectory};
use ndarray::{Array3, ArrayView3, s};

/// An importance surrogate, exactly. Made by [`exact_surrogate`] and [`exact_trace_surrogate`].
#[derive(Debug, Clone, PartialEq)]
pub struct SurrogateMoments {
    /// L(θ), in units of reward.
    pub value: f64,
    /// The variance of one trajectory's estimate of L(θ).
    pub variance: f64,
    /// ∇L(θ), `[T, S, A]`.
    pub gradient: Array3<f64>,
}

/// The importance surrogate with a ratio for each step, by listing all trajectories. Catalogue:
/// DECK-20.
///
/// ```text
/// L(θ) = Σₜ E_old[ ρₜ Âₜ ],   ρₜ = q_θ(aₜ | sₜ) / q_old(aₜ | sₜ)
/// ∇L(θ_old) = Σₜ E_old[ ∇ log q_old(aₜ | sₜ) Âₜ ], the policy gradient
/// ```
///
/// Only the action of its own step is reweighted: the states are still those of the old policy, so
/// away from θ_old it is not the new policy's objective.
///
/// # Shapes
/// `logits`, `logits_old`: `[T, S, A]`; `advantage(τ, t)` is Âₜ, which does not move with θ.
/// # Errors
/// [`Error::NotFinite`] for the logits; [`Error::NeedsFiniteHorizon`]; [`Error::Environment`] for
/// more than [`ENUMERATION_LIMIT`] trajectories.
/// # Panics
/// When the logits have another shape.
/// # Source
/// Schulman 2015, eq. (14).
/// # Example
/// ```
/// use kinglet_objectives::exact_surrogate;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::{Array3, arr3, array};
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 4.0]].view(), array![1.0].view(),
///     Horizon::Finite(1),
/// )?;
/// let (new, old) = (arr3(&[[[0.0, 3f64.ln()]]]), Array3::zeros((1, 1, 2)));
/// let surrogate = exact_surrogate(&mdp, new.view(), old.view(), |path, _| path.total_reward)?;
/// assert!((surrogate.value - 3.0).abs() < 1e-15); // ¾ · 4: in one step it is the new return
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn exact_surrogate(
    mdp: &TabularMdp,
    logits: ArrayView3<'_, f64>,
    logits_old: ArrayView3<'_, f64>,
    advantage: impl Fn(&Trajectory, usize) -> f64,
) -> Result<SurrogateMoments, Error> {
    moments(mdp, [logits, logits_old], |path, ratios| {
        let terms = ratios.iter().enumerate();
        let terms: Vec<f64> = terms.map(|(t, ratio)| ratio * advantage(path, t)).collect();
        (terms.iter().sum(), terms)
    })
}

/// The importance surrogate with one ratio for the whole trace, by listing all trajectories.
/// Catalogue: DECK-20.
///
/// ```text
/// L(θ) = E_old[ ρ(τ) Ŝ(τ) ] = E_θ[ Ŝ(τ) ],   ρ(τ) = Πₜ ρₜ
/// ```
///
/// Exact at every θ, and dear: ρ is a product, and its variance grows exponentially with the
/// length. At θ_old its gradient, too, is the policy gradient.
///
/// # Shapes
/// `logits`, `logits_old`: `[T, S, A]`; `signal(τ)` is Ŝ, which does not move with θ.
/// # Errors
/// As [`exact_surrogate`].
/// # Panics
/// When the logits have another shape.
/// # Source
/// Precup 2000, on importance sampling of whole trajectories.
/// # Example
/// ```
/// use kinglet_envs::fixtures::tab;
/// use kinglet_objectives::{elbo, exact_trace_surrogate, softmax_policy};
/// use ndarray::Array3;
/// let old = Array3::zeros((3, 3, 2));
/// let new = Array3::from_shape_fn((3, 3, 2), |(t, s, a)| (t + s) as f64 * a as f64 * 0.3);
/// let surrogate = exact_trace_surrogate(&tab(), new.view(), old.view(), |path| path.total_reward)?;
/// let returns = elbo(&tab(), softmax_policy(new.view())?.view(), 0.0)?;
/// assert!((surrogate.value - returns).abs() < 1e-14);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn exact_trace_surrogate(
    mdp: &TabularMdp,
    logits: ArrayView3<'_, f64>,
    logits_old: ArrayView3<'_, f64>,
    signal: impl Fn(&Trajectory) -> f64,
) -> Result<SurrogateMoments, Error> {
    moments(mdp, [logits, logits_old], |path, ratios| {
        let term = ratios.iter().product::<f64>() * signal(path);
        (term, vec![term; ratios.len()]) // every step's score multiplies all of it
    })
}

/// E_old, where `estimate` gives a trajectory's part of L and what multiplies each step's score.
fn moments(
    mdp: &TabularMdp,
    [logits, logits_old]: [ArrayView3<'_, f64>; 2],
    estimate: impl Fn(&Trajectory, &[f64]) -> (f64, Vec<f64>),
) -> Result<SurrogateMoments, Error> {
    let policy = checked_policy(mdp, logits)?;
    let old = checked_policy(mdp, logits_old)?;
    let (mut value, mut squares) = (0.0, 0.0);
    let mut gradient = Array3::zeros(policy.dim());
    for path in mdp.trajectories(ENUMERATION_LIMIT)? {
        let p = path_probability(&path, old.view());
        if p == 0.0 {
            continue;
        }
        let (part, terms) = estimate(&path, &ratios(&path, &policy, &old));
        value += p * part;
        squares += p * part * part;
        for (t, term) in terms.into_iter().enumerate() {
            let (state, action) = (path.states[t], path.actions[t]);
            let mut row = gradient.slice_mut(s![t, state, ..]);
            row.scaled_add(-p * term, &policy.slice(s![t, state, ..]));
            row[action] += p * term;
        }
    }
    Ok(SurrogateMoments {
        value,
        variance: squares - value * value,
        gradient,
    })
}

/// ρₜ for each step of a trajectory that the old policy can take.
fn ratios(path: &Trajectory, policy: &Array3<f64>, old: &Array3<f64>) -> Vec<f64> {
    let steps = path.states.iter().zip(&path.actions).enumerate();
    let ratio = |(t, (&s, &a)): (usize, (&usize, &usize))| policy[[t, s, a]] / old[[t, s, a]];
    steps.map(ratio).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{max_entropy_objective, soft_rewards, softmax_policy};
    use kinglet_envs::fixtures::tab;
    use ndarray::Array1;

    fn old() -> Array3<f64> {
        Array3::from_shape_fn((3, 3, 2), |(t, s, a)| {
            ((5 * t + 3 * s + 7 * a) as f64).sin()
        })
    }

    fn new() -> Array3<f64> {
        old()
            + Array3::from_shape_fn((3, 3, 2), |(t, s, a)| {
                0.5 * ((t + 2 * s + 4 * a) as f64).cos()
            })
    }

    /// Something that differs from step to step and has both signs.
    fn advantage(path: &Trajectory, t: usize) -> f64 {
        let later: usize = path.states[t..].iter().sum();
        path.total_reward + 2.0 + 0.3 * later as f64 - 0.7 * t as f64
    }

    fn differences(value: impl Fn(&Array3<f64>) -> f64, gradient: &Array3<f64>) {
        for (index, &slope) in gradient.indexed_iter() {
            let moved = |step: f64| {
                let mut at = new();
                at[index] += step;
                value(&at)
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((difference - slope).abs() < 1e-8, "{index:?}");
        }
    }

    #[test]
    fn deck_20_the_gradients_are_those_of_finite_differences() {
        let at = |x: &Array3<f64>| exact_surrogate(&tab(), x.view(), old().view(), advantage);
        differences(|x| at(x).unwrap().value, &at(&new()).unwrap().gradient);
        let signal = |path: &Trajectory| path.total_reward;
        let at = |x: &Array3<f64>| exact_trace_surrogate(&tab(), x.view(), old().view(), signal);
        differences(|x| at(x).unwrap().value, &at(&new()).unwrap().gradient);
    }

    /// With Ŝ of the new policy's own rewards the trace surrogate is the new objective; the
    /// surrogate by steps is not, away from the old policy.
    #[test]
    fn deck_20_only_the_whole_trace_is_exact_away_from_the_old_policy() {
        let policy = softmax_policy(new().view()).unwrap();
        let rewards = |path: &Trajectory| soft_rewards(&tab(), policy.view(), 1.0, path);
        let signal = |path: &Trajectory| rewards(path).sum();
        let trace = exact_trace_surrogate(&tab(), new().view(), old().view(), signal).unwrap();
        let exact = max_entropy_objective(&tab(), policy.view(), 1.0).unwrap();
        assert!((trace.value - exact).abs() < 1e-13);
        let by_step = |path: &Trajectory, t: usize| rewards(path)[t];
        let steps = exact_surrogate(&tab(), new().view(), old().view(), by_step).unwrap();
        assert!((steps.value - exact).abs() > 1e-3);
    }

    /// With Ŝ = 1 the estimate is the ratio itself: E ρ² = Π E ρₜ² where states do not matter.
    #[test]
    fn deck_20_the_variance_is_that_of_the_ratio() {
        let row = Array1::from(vec![0.4, -0.3]);
        let (mut new, old) = (Array3::zeros((3, 3, 2)), Array3::zeros((3, 3, 2)));
        new.lanes_mut(ndarray::Axis(2))
            .into_iter()
            .for_each(|mut lane| lane.assign(&row));
        let policy = softmax_policy(new.view()).unwrap();
        let second = 2.0 * (policy[[0, 0, 0]].powi(2) + policy[[0, 0, 1]].powi(2));
        let trace = exact_trace_surrogate(&tab(), new.view(), old.view(), |_| 1.0).unwrap();
        assert!((trace.value - 1.0).abs() < 1e-14);
        assert!((trace.variance - (second.powi(3) - 1.0)).abs() < 1e-14);
        let steps = exact_surrogate(&tab(), new.view(), old.view(), |_, _| 1.0).unwrap();
        assert!((steps.variance - 3.0 * (second - 1.0)).abs() < 1e-13);
    }
}
