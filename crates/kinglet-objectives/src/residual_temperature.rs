//! The mean-squared Bellman error, which is VIREL's temperature.

use crate::Error;
use crate::backup::action_values;
use crate::problem::{check_distribution, check_stationary, discounted};
use kinglet_envs::TabularMdp;
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// The Bellman residual of a Q-function. Catalogue: VIREL-07.
///
/// ```text
/// δ(s, a) = (T^π Q − Q)(s, a),   T^π Q = r(s, a) + γ E_{s′} E_{a′ ~ π}[Q(s′, a′)]
/// ```
///
/// With the greedy policy of Q itself, [`soft_policy`](crate::soft_policy) at temperature 0, T^π
/// is the optimal operator T*.
///
/// # Shapes
/// `q`, `policy`: `[S, A]`. Returns `[S, A]`. Units: reward.
/// # Errors
/// [`Error::NeedsDiscount`]; [`Error::PolicyRow`].
/// # Panics
/// When `q` or `policy` has another shape.
/// # Source
/// Fellows 2019, section 3.1.
/// # Example
/// ```
/// use kinglet_objectives::{bellman_residual, soft_policy};
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 1.0]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let q = array![[3.0, 1.0]];
/// let greedy = soft_policy(q.view(), 0.0)?;
/// // T* Q = (0 + 3/2, 1 + 3/2)
/// assert_eq!(bellman_residual(&mdp, q.view(), greedy.view())?, array![[-1.5, 1.5]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn bellman_residual(
    mdp: &TabularMdp,
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
) -> Result<Array2<f64>, Error> {
    check(mdp, q, policy)?;
    Ok(action_values(mdp, state_values(q, policy).view()) - q)
}

/// VIREL's temperature: the mean-squared Bellman error. Catalogue: VIREL-07, VIREL-08.
///
/// ```text
/// ε = ‖T^π Q − Q‖²_d = Σ d(s, a) δ(s, a)²
/// ```
///
/// With the greedy policy of Q it is zero exactly where T* Q = Q on the support of d. So ε = 0
/// means Q = Q* if d is positive everywhere, and a deterministic optimal policy if, besides, each
/// state has one best action. Its unit is reward²: as a temperature of Q, which is a reward, it
/// takes a factor of 1 in 1/reward with it, and another unit of reward is another policy.
///
/// # Shapes
/// `q`, `policy`: `[S, A]`; `weights`: d, `[S, A]`, summing to one over all pairs, for the size of
/// ε is the temperature.
/// # Errors
/// [`Error::NeedsDiscount`]; [`Error::PolicyRow`]; [`Error::NoDistribution`] for the weights.
/// # Panics
/// When a shape is another.
/// # Source
/// Fellows 2019, eq. (2).
/// # Example
/// ```
/// use kinglet_objectives::{residual_temperature, soft_policy};
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 1.0]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let (q, weights) = (array![[3.0, 1.0]], array![[0.5, 0.5]]);
/// let greedy = soft_policy(q.view(), 0.0)?;
/// assert_eq!(residual_temperature(&mdp, q.view(), greedy.view(), weights.view())?, 2.25);
/// let best = array![[1.0, 2.0]]; // Q* = r + V*/2, V* = 2
/// let greedy = soft_policy(best.view(), 0.0)?;
/// assert_eq!(residual_temperature(&mdp, best.view(), greedy.view(), weights.view())?, 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn residual_temperature(
    mdp: &TabularMdp,
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    weights: ArrayView2<'_, f64>,
) -> Result<f64, Error> {
    check_weights(q, weights)?;
    let residual = bellman_residual(mdp, q, policy)?;
    Ok((&residual * &residual * weights).sum())
}

/// The gradient of [`residual_temperature`] with respect to Q, `policy` held fixed.
/// Catalogue: VIREL-07, VIREL-12.
///
/// ```text
/// ∂ε/∂Q(s, a) = 2 [ γ π(a | s) Σ d(s̃, ã) δ(s̃, ã) p(s | s̃, ã) − d(s, a) δ(s, a) ]
/// ```
///
/// With the greedy policy of Q this is the whole gradient of ‖T* Q − Q‖²_d wherever no state has
/// two best actions. It moves the target too: the residual gradient, not the backup.
///
/// # Shapes
/// As [`residual_temperature`]. Returns `[S, A]`. Units: reward.
/// # Errors
/// As [`residual_temperature`].
/// # Panics
/// When a shape is another.
/// # Source
/// Baird 1995, on residual gradients.
/// # Example
/// ```
/// use kinglet_objectives::{residual_gradient, soft_policy};
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0]]].view(), array![[1.0]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// // ε = (1 + Q/2 − Q)², so dε/dQ = −(1 − Q/2).
/// let one = array![[1.0]];
/// let gradient = residual_gradient(&mdp, array![[0.5]].view(), one.view(), one.view())?;
/// assert_eq!(gradient, array![[-0.75]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn residual_gradient(
    mdp: &TabularMdp,
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    weights: ArrayView2<'_, f64>,
) -> Result<Array2<f64>, Error> {
    check_weights(q, weights)?;
    let weighted = bellman_residual(mdp, q, policy)? * weights;
    let mut arriving = Array1::zeros(mdp.n_states());
    for ((s, a), &error) in weighted.indexed_iter() {
        for (next, p) in mdp.successors(s, a) {
            arriving[next] += p * error;
        }
    }
    let arriving = arriving.insert_axis(Axis(1));
    Ok(2.0 * (mdp.discount() * &arriving * policy - weighted))
}

/// E_π[Q(s, a)] for each state.
pub(crate) fn state_values(q: ArrayView2<'_, f64>, policy: ArrayView2<'_, f64>) -> Array1<f64> {
    (&q * &policy).sum_axis(Axis(1))
}

/// Q and a policy of a discounted problem.
pub(crate) fn check(
    mdp: &TabularMdp,
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
) -> Result<(), Error> {
    discounted(mdp)?;
    assert_eq!(
        q.dim(),
        (mdp.n_states(), mdp.n_actions()),
        "the shape of q (left) is not [S, A] (right)"
    );
    check_stationary(mdp, policy)
}

/// A law over pairs (s, a).
pub(crate) fn check_weights(
    q: ArrayView2<'_, f64>,
    weights: ArrayView2<'_, f64>,
) -> Result<(), Error> {
    assert_eq!(
        weights.dim(),
        q.dim(),
        "shapes of the weights (left), q (right)"
    );
    check_distribution("the law of states and actions", weights.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{soft_policy, soft_value_iteration};
    use kinglet_envs::fixtures::disc;
    use ndarray::array;
    use std::ops::ControlFlow;

    fn some_q() -> Array2<f64> {
        Array2::from_shape_fn((4, 3), |(s, a)| {
            (1.7 * s as f64 + 2.3 * a as f64).sin() * 3.0
        })
    }

    /// A law with no two entries equal.
    fn some_law() -> Array2<f64> {
        let raw = Array2::from_shape_fn((4, 3), |(s, a)| 1.0 + (s * 3 + a) as f64);
        &raw / raw.sum()
    }

    #[test]
    fn zero_at_the_optimum_and_nowhere_near_it() {
        let mdp = disc();
        let best = soft_value_iteration(&mdp, 0.0, 1e-14, &mut |_| ControlFlow::Continue(()))
            .unwrap()
            .q;
        let at = |q: &Array2<f64>| {
            let greedy = soft_policy(q.view(), 0.0).unwrap();
            residual_temperature(&mdp, q.view(), greedy.view(), some_law().view()).unwrap()
        };
        assert!(at(&best) < 1e-25);
        // A constant c moves the residual by (γ − 1) c everywhere.
        assert!((at(&(&best + 3.0)) - 0.09).abs() < 1e-12);
    }

    #[test]
    fn the_gradient_is_the_difference_quotient() {
        let (mdp, law, q) = (disc(), some_law(), some_q());
        let uneven = array![
            [0.2, 0.3, 0.5],
            [0.1, 0.1, 0.8],
            [0.6, 0.3, 0.1],
            [0.0, 0.9, 0.1]
        ];
        let greedy = soft_policy(q.view(), 0.0).unwrap();
        for policy in [uneven, greedy] {
            let slope = residual_gradient(&mdp, q.view(), policy.view(), law.view()).unwrap();
            for (index, slope) in slope.indexed_iter() {
                let at = |step: f64| {
                    let mut moved = q.clone();
                    moved[index] += step;
                    residual_temperature(&mdp, moved.view(), policy.view(), law.view()).unwrap()
                };
                let difference = (at(1e-4) - at(-1e-4)) / 2e-4;
                assert!((slope - difference).abs() < 1e-9, "{index:?}");
            }
        }
    }

    #[test]
    fn the_law_must_sum_to_one() {
        let (mdp, q) = (disc(), some_q());
        let greedy = soft_policy(q.view(), 0.0).unwrap();
        let ones = Array2::ones((4, 3));
        let refused = residual_temperature(&mdp, q.view(), greedy.view(), ones.view());
        assert_eq!(
            refused,
            Err(Error::NoDistribution {
                name: "the law of states and actions",
                least: 1.0,
                sum: 12.0
            })
        );
        let mut negative = Array2::from_elem((4, 3), 0.1);
        negative[[1, 1]] = -0.1;
        let refused = residual_gradient(&mdp, q.view(), greedy.view(), negative.view());
        assert!(matches!(refused, Err(Error::NoDistribution { least, .. }) if least == -0.1));
    }
}
