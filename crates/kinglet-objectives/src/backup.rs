//! One soft Bellman backup, action by action.

use crate::Error;
use crate::soft::{check_temperature, log_sum_exp, normalise};
use crate::sweep::fill_action_values;
use kinglet_envs::TabularMdp;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// The value of each action when `v` is the value of what follows. Catalogue: CS285-07, CS285-09.
///
/// ```text
/// Q(s, a) = r(s, a) + γ Σ p(s′ | s, a) V(s′)
/// ```
///
/// The expectation stands outside, not in an exponent: the dynamics are taken as they are. γ is 1
/// where the horizon is finite.
///
/// # Shapes
/// `v`: `[S]`. Returns `[S, A]`. Units: reward.
/// # Panics
/// When `v` has another shape.
/// # Source
/// Haarnoja 2017, theorem 2.
/// # Example
/// ```
/// use kinglet_objectives::action_values;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::{array, aview1};
/// let mdp = TabularMdp::from_dense(
///     array![[[0.5, 0.5]], [[0.0, 1.0]]].view(), array![[1.0], [0.0]].view(),
///     array![1.0, 0.0].view(), Horizon::Discounted(0.5),
/// )?;
/// assert_eq!(action_values(&mdp, aview1(&[4.0, 8.0])), array![[4.0], [4.0]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn action_values(mdp: &TabularMdp, v: ArrayView1<'_, f64>) -> Array2<f64> {
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    assert_eq!(
        v.len(),
        n_states,
        "the values' length (left) is not S (right)"
    );
    let v = v.as_standard_layout();
    let mut q = Array2::zeros((n_states, n_actions));
    fill_action_values(mdp, v.as_slice().expect("in standard layout"), &mut q);
    q
}

/// The soft maximum of each row. Catalogue: CS285-09.
///
/// # Shapes
/// `q`: `[S, A]`. Returns `[S]`.
/// # Errors
/// [`Error::Temperature`].
/// # Example
/// ```
/// use kinglet_objectives::soft_values;
/// use ndarray::array;
/// let v = soft_values(array![[0.0, 0.0], [1.0, 5.0]].view(), 0.0)?;
/// assert_eq!(v, array![0.0, 5.0]);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn soft_values(q: ArrayView2<'_, f64>, temperature: f64) -> Result<Array1<f64>, Error> {
    check_temperature(temperature)?;
    Ok(q.map_axis(Axis(1), |row| log_sum_exp(row.iter().copied(), temperature)))
}

/// The Boltzmann policy of each row: the soft policy improvement. Catalogue: CS285-07.
///
/// ```text
/// π(a | s) = exp((Q(s, a) − V(s)) / α)
/// ```
///
/// # Shapes
/// `q`: `[S, A]`. Returns `[S, A]`.
/// # Errors
/// [`Error::Temperature`].
/// # Source
/// Haarnoja 2017, theorem 4.
pub fn soft_policy(q: ArrayView2<'_, f64>, temperature: f64) -> Result<Array2<f64>, Error> {
    check_temperature(temperature)?;
    Ok(improve(q, temperature))
}

/// [`soft_policy`] at a temperature that has been checked.
pub(crate) fn improve(q: ArrayView2<'_, f64>, temperature: f64) -> Array2<f64> {
    let mut policy = q.as_standard_layout().into_owned();
    for mut row in policy.outer_iter_mut() {
        normalise(
            row.as_slice_mut().expect("rows are contiguous"),
            temperature,
        );
    }
    policy
}
