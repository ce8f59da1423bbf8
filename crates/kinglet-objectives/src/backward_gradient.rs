//! The gradient of the objective without a list of trajectories: two passes over the states.

use crate::Error;
use crate::backup::action_values;
use crate::evaluation::{PolicyValues, policy_values};
use crate::forward::state_marginals;
use crate::problem::{check_policy, check_unit};
use crate::score_gradient::checked_policy;
use crate::soft::check_temperature;
use kinglet_envs::TabularMdp;
use ndarray::{Array1, Array2, Array3, ArrayView3, Axis};

/// Soft policy evaluation over a finite horizon, with a discount besides. Catalogue: DECK-09.
///
/// ```text
/// Qₜ(s, a) = r(s, a) + γ E[Vₜ₊₁(s′)],   Vₜ(s) = E_π[Qₜ(s, a)] + α H(π(· | s))
/// ```
///
/// At γ = 1 it is [`evaluate_soft_policy_finite`](crate::evaluate_soft_policy_finite). Vₜ is the
/// mean of the discounted reward to go, and so the baseline that comes to mind first.
///
/// # Shapes
/// `policy`: `[T, S, A]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::OutOfRange`] for a discount outside [0, 1];
/// [`Error::NeedsFiniteHorizon`]; [`Error::PolicyRow`].
/// # Panics
/// When the policy has another shape.
/// # Source
/// Haarnoja 2018, eqs. (2), (3).
/// # Example
/// ```
/// use kinglet_objectives::evaluate_discounted_policy;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::{Array3, array};
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[1.0, 3.0]].view(), array![1.0].view(),
///     Horizon::Finite(3),
/// )?;
/// let uniform = Array3::from_elem((3, 1, 2), 0.5);
/// let values = evaluate_discounted_policy(&mdp, uniform.view(), 0.0, 0.5)?;
/// assert_eq!(values.v, array![[3.5], [3.0], [2.0]]); // 2 + 2/2 + 2/4, …
/// assert_eq!(values.q[[1, 0, 1]], 4.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn evaluate_discounted_policy(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    temperature: f64,
    discount: f64,
) -> Result<PolicyValues, Error> {
    check_temperature(temperature)?;
    check_unit("discount", discount)?;
    let steps = check_policy(mdp, policy)?;
    let mut q = Array3::zeros(policy.dim());
    let mut v = Array2::zeros((steps, mdp.n_states()));
    let mut ahead = Array1::zeros(mdp.n_states());
    for t in (0..steps).rev() {
        let q_t = action_values(mdp, (discount * &ahead).view());
        ahead = policy_values(q_t.view(), policy.index_axis(Axis(0), t), temperature);
        v.row_mut(t).assign(&ahead);
        q.index_axis_mut(Axis(0), t).assign(&q_t);
    }
    Ok(PolicyValues { q, v })
}

/// The gradient of the discounted maximum-entropy objective by the policy's logits, exactly.
/// Catalogue: DECK-04, DECK-09, CS285-12.
///
/// ```text
/// ∂J/∂θ[t, s, a] = γᵗ P(sₜ = s) q(a | s) ( Qₜ(s, a) − α log q(a | s) − Vₜ(s) )
/// ```
///
/// One pass forwards for the law of each state and one backwards for the values: the twin of
/// [`policy_gradient`](crate::policy_gradient), for problems too large to list.
///
/// # Shapes
/// `logits`: `[T, S, A]`, and so is what returns. Units: reward.
/// # Errors
/// [`Error::NotFinite`] for the logits; as [`evaluate_discounted_policy`].
/// # Panics
/// When the logits have another shape.
/// # Source
/// Sutton 2000, theorem 1.
/// # Example
/// ```
/// use kinglet_objectives::backward_policy_gradient;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::{Array3, array};
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 4.0]].view(), array![1.0].view(),
///     Horizon::Finite(2),
/// )?;
/// let gradient = backward_policy_gradient(&mdp, Array3::zeros((2, 1, 2)).view(), 1.0, 0.5)?;
/// // 4 p (1 − p) = 1 at the first step, half of it at the second; a fair coin's entropy is flat.
/// assert_eq!(gradient, ndarray::arr3(&[[[-1.0, 1.0]], [[-0.5, 0.5]]]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn backward_policy_gradient(
    mdp: &TabularMdp,
    logits: ArrayView3<'_, f64>,
    temperature: f64,
    discount: f64,
) -> Result<Array3<f64>, Error> {
    let policy = checked_policy(mdp, logits)?;
    let values = evaluate_discounted_policy(mdp, policy.view(), temperature, discount)?;
    let law = state_marginals(mdp, policy.view())?;
    let slope = |(t, s, a): (usize, usize, usize)| {
        let q = policy[[t, s, a]];
        let rarity = if q > 0.0 { -temperature * q.ln() } else { 0.0 };
        let advantage = values.q[[t, s, a]] + rarity - values.v[[t, s]];
        discount.powi(t as i32) * law[[t, s]] * q * advantage
    };
    Ok(Array3::from_shape_fn(policy.dim(), slope))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evaluate_soft_policy_finite, soft_rewards, softmax_policy};
    use kinglet_envs::fixtures::tab;

    fn logits() -> Array3<f64> {
        Array3::from_shape_fn((3, 3, 2), |(t, s, a)| {
            ((5 * t + 3 * s + 7 * a) as f64).sin()
        })
    }

    /// E[Σ γᵗ (r − α log q)] by listing all trajectories.
    fn objective(logits: &Array3<f64>, temperature: f64, discount: f64) -> f64 {
        let policy = softmax_policy(logits.view()).unwrap();
        let value = |path: kinglet_envs::Trajectory| {
            let rewards = soft_rewards(&tab(), policy.view(), temperature, &path);
            let discounted = rewards.iter().rfold(0.0, |sum, r| r + discount * sum);
            crate::enumeration::path_probability(&path, policy.view()) * discounted
        };
        tab().trajectories(216).unwrap().map(value).sum()
    }

    #[test]
    fn deck_09_the_values_are_those_of_the_listed_trajectories() {
        let policy = softmax_policy(logits().view()).unwrap();
        for (temperature, discount) in [(0.0, 0.7), (1.0, 0.9), (0.4, 0.0)] {
            let values =
                evaluate_discounted_policy(&tab(), policy.view(), temperature, discount).unwrap();
            let mean = values.v.row(0).dot(&tab().initial());
            assert!((mean - objective(&logits(), temperature, discount)).abs() < 1e-13);
        }
        let undiscounted = evaluate_discounted_policy(&tab(), policy.view(), 0.4, 1.0).unwrap();
        let plain = evaluate_soft_policy_finite(&tab(), policy.view(), 0.4).unwrap();
        assert_eq!(undiscounted, plain);
    }

    #[test]
    fn deck_09_the_gradient_is_that_of_finite_differences() {
        for (temperature, discount) in [(0.0, 0.7), (1.0, 0.9), (0.4, 1.0)] {
            let exact =
                backward_policy_gradient(&tab(), logits().view(), temperature, discount).unwrap();
            for (index, &slope) in exact.indexed_iter() {
                let moved = |step: f64| {
                    let mut at = logits();
                    at[index] += step;
                    objective(&at, temperature, discount)
                };
                let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((difference - slope).abs() < 1e-8, "{index:?}");
            }
        }
    }

    /// Logits so far apart that a probability is 0: its −log 0 is never taken.
    #[test]
    fn an_action_that_underflows_leaves_the_gradient_finite() {
        let mut logits = logits();
        logits[[1, 2, 0]] = 2000.0;
        let gradient = backward_policy_gradient(&tab(), logits.view(), 0.4, 0.9).unwrap();
        assert!(gradient.iter().all(|slope| slope.is_finite()));
        assert_eq!(gradient[[1, 2, 1]], 0.0);
        assert!(gradient[[1, 1, 1]] != 0.0);
    }
}
