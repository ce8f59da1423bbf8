//! Policy gradients without end: the discounted law of the states.

use crate::evaluation::{check_dense, solve_policy};
use crate::linear_solve::solve;
use crate::problem::{check_finite, check_stationary, discounted};
use crate::soft::check_temperature;
use crate::{Error, soft_policy};
use kinglet_envs::TabularMdp;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// How much time a policy spends in each state, later time counting less. Catalogue: XU-09.
///
/// ```text
/// d(s) = Σₜ γᵗ P(sₜ = s),   (I − γ P_πᵀ) d = p(s₁),   Σ d = 1 / (1 − γ)
/// ```
///
/// # Shapes
/// `policy`: `[S, A]`. Returns `[S]`. Units: steps.
/// # Errors
/// [`Error::NeedsDiscount`]; [`Error::PolicyRow`]; [`Error::TooManyStates`] above
/// [`DENSE_LIMIT`](crate::DENSE_LIMIT).
/// # Panics
/// When the policy has another shape.
/// # Source
/// Sutton 2000, of the start-state formulation.
/// # Example
/// ```
/// use kinglet_objectives::discounted_occupancy;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// // One step in state 0, the rest in state 1.
/// let mdp = TabularMdp::from_dense(
///     array![[[0.0, 1.0]], [[0.0, 1.0]]].view(), array![[0.0], [1.0]].view(),
///     array![1.0, 0.0].view(), Horizon::Discounted(0.75),
/// )?;
/// assert_eq!(discounted_occupancy(&mdp, array![[1.0], [1.0]].view())?, array![1.0, 3.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn discounted_occupancy(
    mdp: &TabularMdp,
    policy: ArrayView2<'_, f64>,
) -> Result<Array1<f64>, Error> {
    let discount = discounted(mdp)?;
    check_dense(mdp)?;
    check_stationary(mdp, policy)?;
    let mut system = Array2::eye(mdp.n_states());
    for ((s, a), &weight) in policy.indexed_iter() {
        for (next, p) in mdp.successors(s, a) {
            system[[next, s]] -= discount * weight * p;
        }
    }
    Ok(solve(system, mdp.initial().to_owned()))
}

/// The policy gradient theorem, for a softmax policy. Catalogue: XU-09.
///
/// ```text
/// g(s, a) = Σ_s' d(s') Σ_b π(b | s') ∂log π(b | s')/∂θ(s, a) A(s', b)
///         = d(s) π(a | s) ( A(s, a) − Σ_b π(b | s) A(s, b) )
/// ```
///
/// It is the gradient of the discounted return where `occupancy` is [`discounted_occupancy`] and
/// `advantage` the advantages, or the action values, of the policy. Other tables can be handed
/// over, to see what they give.
///
/// # Shapes
/// `policy`, `advantage`: `[S, A]`; `occupancy`: `[S]`. Returns `[S, A]`. Units: those of
/// `advantage` by those of `occupancy`.
/// # Panics
/// When the shapes do not match.
/// # Source
/// Sutton 2000, theorem 1.
/// # Example
/// ```
/// use kinglet_objectives::policy_gradient_theorem;
/// use ndarray::array;
/// let g = policy_gradient_theorem(
///     array![[0.5, 0.5]].view(), array![2.0].view(), array![[1.0, 5.0]].view(),
/// );
/// assert_eq!(g, array![[-2.0, 2.0]]);
/// ```
pub fn policy_gradient_theorem(
    policy: ArrayView2<'_, f64>,
    occupancy: ArrayView1<'_, f64>,
    advantage: ArrayView2<'_, f64>,
) -> Array2<f64> {
    let (states, actions) = policy.dim();
    assert_eq!(
        advantage.dim(),
        (states, actions),
        "the advantages' shape (left) is not [S, A] (right)"
    );
    assert_eq!(
        occupancy.len(),
        states,
        "the occupancy's length (left) is not S (right)"
    );
    let mean = (&policy * &advantage).sum_axis(Axis(1));
    Array2::from_shape_fn((states, actions), |(s, a)| {
        occupancy[s] * policy[[s, a]] * (advantage[[s, a]] - mean[s])
    })
}

/// The gradient of the discounted maximum-entropy objective by a stationary policy's logits,
/// exactly. Catalogue: XU-09, MPO-03, CS285-12.
///
/// ```text
/// J = E[ Σₜ γᵗ (rₜ − α log πₜ) ] = E[V(s₁)],   ∇J = Σ_s d(s) Σₐ ∇π(a | s) (Q(s, a) − α log π(a | s))
/// ```
///
/// Two linear solves: one for the values, one for [`discounted_occupancy`].
///
/// # Shapes
/// `logits`: `[S, A]`, and so is what returns. Units: reward.
/// # Errors
/// [`Error::NotFinite`] for the logits; [`Error::Temperature`]; as [`discounted_occupancy`].
/// # Panics
/// When the logits have another shape.
/// # Source
/// Sutton 2000, theorem 1.
/// # Example
/// ```
/// use kinglet_objectives::discounted_policy_gradient;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 4.0]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// // J = 2 · 4 p, and p (1 − p) = ¼.
/// let gradient = discounted_policy_gradient(&mdp, array![[0.0, 0.0]].view(), 1.0)?;
/// assert_eq!(gradient, array![[-2.0, 2.0]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn discounted_policy_gradient(
    mdp: &TabularMdp,
    logits: ArrayView2<'_, f64>,
    temperature: f64,
) -> Result<Array2<f64>, Error> {
    check_temperature(temperature)?;
    check_finite("a logit", logits.iter())?;
    let policy = soft_policy(logits, 1.0)?;
    let occupancy = discounted_occupancy(mdp, policy.view())?;
    let mut advantage = solve_policy(mdp, policy.view(), temperature).q;
    advantage.zip_mut_with(&policy, |q, &p| {
        if p > 0.0 {
            *q -= temperature * p.ln();
        }
    });
    Ok(policy_gradient_theorem(
        policy.view(),
        occupancy.view(),
        advantage.view(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate_soft_policy;
    use kinglet_envs::fixtures::disc;
    use ndarray::array;

    fn logits() -> Array2<f64> {
        array![
            [0.3, -0.5, 0.1],
            [-0.2, 0.4, 0.9],
            [0.8, 0.1, -0.6],
            [0.0, -1.1, 0.5]
        ]
    }

    fn objective(logits: &Array2<f64>, temperature: f64) -> f64 {
        let policy = soft_policy(logits.view(), 1.0).unwrap();
        let values = evaluate_soft_policy(&disc(), policy.view(), temperature).unwrap();
        values.v.dot(&disc().initial())
    }

    /// Σₜ γᵗ P(sₜ = s), added up until nothing more comes.
    #[test]
    fn xu_09_the_occupancy_is_its_sum() {
        let (mdp, policy) = (disc(), soft_policy(logits().view(), 1.0).unwrap());
        let (mut law, mut sum) = (mdp.initial().to_owned(), Array1::<f64>::zeros(4));
        for _ in 0..400 {
            sum += &law;
            let mut next = Array1::zeros(4);
            for ((s, a), &weight) in policy.indexed_iter() {
                for (to, p) in mdp.successors(s, a) {
                    next[to] += 0.9 * law[s] * weight * p;
                }
            }
            law = next;
        }
        let solved = discounted_occupancy(&mdp, policy.view()).unwrap();
        assert!((&solved - &sum).iter().all(|off| off.abs() < 1e-12));
        assert!((solved.sum() - 10.0).abs() < 1e-12);
    }

    #[test]
    fn xu_09_the_gradient_is_that_of_finite_differences() {
        for temperature in [0.0, 0.5] {
            let exact = discounted_policy_gradient(&disc(), logits().view(), temperature).unwrap();
            for ((s, a), &slope) in exact.indexed_iter() {
                let moved = |step: f64| {
                    let mut at = logits();
                    at[[s, a]] += step;
                    objective(&at, temperature)
                };
                let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((difference - slope).abs() < 1e-8, "θ[{s}, {a}]");
            }
        }
    }

    #[test]
    fn a_problem_with_an_end_is_refused() {
        let error =
            discounted_policy_gradient(&kinglet_envs::fixtures::tab(), logits().view(), 1.0);
        assert_eq!(error, Err(Error::NeedsDiscount { steps: 3 }));
        let mut wrong = logits();
        wrong[[0, 0]] = f64::INFINITY;
        let error = discounted_policy_gradient(&disc(), wrong.view(), 1.0).unwrap_err();
        assert!(matches!(error, Error::NotFinite { .. }));
    }

    /// Logits so far apart that a probability is 0: its −log 0 is never taken.
    #[test]
    fn an_action_that_underflows_leaves_the_gradient_finite() {
        let mut logits = logits();
        logits[[1, 2]] = 2000.0;
        let gradient = discounted_policy_gradient(&disc(), logits.view(), 0.5).unwrap();
        assert!(gradient.iter().all(|slope| slope.is_finite()));
        assert_eq!(gradient[[1, 0]], 0.0);
        assert!(gradient[[0, 0]] != 0.0);
    }
}
