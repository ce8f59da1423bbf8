//! How little the temperature costs, and when it changes no decision.

use crate::Error;
use crate::problem::discounted;
use crate::soft::check_temperature;
use kinglet_envs::TabularMdp;
use ndarray::{Array1, ArrayView2, Axis};

/// How much better the best action is than the next best, in each state. Catalogue: CS285-09.
///
/// ```text
/// Δ(s) = maxₐ Q(s, a) − max_{a ≠ a*} Q(s, a)
/// ```
///
/// # Shapes
/// `q`: `[S, A]`. Returns `[S]`; infinite where there is one action only. Units: reward.
/// # Source
/// Farahmand 2011.
/// # Example
/// ```
/// use kinglet_objectives::action_gap;
/// use ndarray::array;
/// assert_eq!(action_gap(array![[1.0, 4.0, 3.5], [2.0, 2.0, 0.0]].view()), array![0.5, 0.0]);
/// ```
pub fn action_gap(q: ArrayView2<'_, f64>) -> Array1<f64> {
    q.map_axis(Axis(1), |row| {
        let mut two = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for &x in row {
            two = if x > two.0 {
                (x, two.0)
            } else {
                (two.0, two.1.max(x))
            };
        }
        two.0 - two.1
    })
}

/// The most that a temperature adds to a value of a discounted problem, and costs in return.
/// Catalogue: CS285-09, DECK-25.
///
/// ```text
/// V₀ ≤ V_α ≤ V₀ + α log A / (1 − γ),   Q₀ ≤ Q_α ≤ Q₀ + γ α log A / (1 − γ)
/// V₀ − α log A / (1 − γ) ≤ V^{π_α} ≤ V₀,   the return of the soft-optimal policy
/// ```
///
/// Returns α log A / (1 − γ); times γ it is the bound for Q.
///
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsDiscount`].
/// # Source
/// Geist 2019.
/// # Example
/// ```
/// use kinglet_objectives::temperature_cost;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 0.0]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// assert_eq!(temperature_cost(&mdp, 0.1)?, 0.1 * 2f64.ln() / 0.5); // here the bound is attained
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn temperature_cost(mdp: &TabularMdp, temperature: f64) -> Result<f64, Error> {
    check_temperature(temperature)?;
    Ok(temperature * (mdp.n_actions() as f64).ln() / (1.0 - discounted(mdp)?))
}

/// The temperature below which the soft-optimal policy's mode is optimal in every state.
/// Catalogue: CS285-09.
///
/// ```text
/// α < (1 − γ) minₛ Δ(s) / (γ log A)   ⇒   argmaxₐ π_α(a | s) = argmaxₐ Q₀(s, a)
/// ```
///
/// It follows from Q₀ ≤ Q_α ≤ Q₀ + γ α log A / (1 − γ). Zero where a state has two best actions,
/// infinite where there is nothing to decide or to wait for.
///
/// # Shapes
/// `q`: `[S, A]`, the values Q₀ at temperature 0.
/// # Errors
/// [`Error::NeedsDiscount`].
/// # Panics
/// When `q` has another shape.
/// # Source
/// Geist 2019.
/// # Example
/// ```
/// use kinglet_objectives::safe_temperature;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 1.0]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let q = array![[1.0, 2.0]];
/// assert!((safe_temperature(&mdp, q.view())? - 1.0 / 2f64.ln()).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn safe_temperature(mdp: &TabularMdp, q: ArrayView2<'_, f64>) -> Result<f64, Error> {
    let discount = discounted(mdp)?;
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    assert_eq!(
        q.dim(),
        (n_states, n_actions),
        "the shape of q (left) is not [S, A] (right)"
    );
    let gap = action_gap(q).fold(f64::INFINITY, |m, &gap| m.min(gap));
    let cost = discount * (n_actions as f64).ln() / (1.0 - discount);
    Ok(if cost == 0.0 {
        f64::INFINITY
    } else {
        gap / cost
    })
}
