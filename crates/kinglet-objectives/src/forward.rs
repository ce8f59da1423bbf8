//! Forward passes: the law of each state under a policy.

use crate::Error;
use crate::problem::check_policy;
use kinglet_envs::TabularMdp;
use ndarray::{Array1, Array2, ArrayView3};

/// The law of each state under a policy and the problem's own dynamics. Catalogue: DECK-01.
///
/// ```text
/// d₁ = p(s₁),   dₜ₊₁(s′) = Σ dₜ(s) q(a | s) p(s′ | s, a)
/// ```
///
/// # Shapes
/// `policy`: `[T, S, A]`. Returns `[T, S]`.
/// # Errors
/// [`Error::NeedsFiniteHorizon`]; [`Error::PolicyRow`].
/// # Panics
/// When the policy has another shape.
/// # Example
/// ```
/// use kinglet_objectives::state_marginals;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::{Array3, array};
/// // Action 0 stays, action 1 switches.
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]].view(),
///     Array3::zeros((1, 2, 2)).index_axis(ndarray::Axis(0), 0),
///     array![1.0, 0.0].view(),
///     Horizon::Finite(2),
/// )?;
/// let mut policy = Array3::from_elem((2, 2, 2), 0.25);
/// policy.slice_mut(ndarray::s![.., .., 1]).fill(0.75);
/// assert_eq!(state_marginals(&mdp, policy.view())?, array![[1.0, 0.0], [0.25, 0.75]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn state_marginals(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
) -> Result<Array2<f64>, Error> {
    check_policy(mdp, policy)?;
    Ok(marginals(mdp.initial().to_owned(), policy, |_, s, a| {
        mdp.successors(s, a)
    }))
}

/// The law of each state from an initial law, a policy and dynamics (t, s, a) → {(s′, p)}.
pub(crate) fn marginals<I: IntoIterator<Item = (usize, f64)>>(
    initial: Array1<f64>,
    policy: ArrayView3<'_, f64>,
    dynamics: impl Fn(usize, usize, usize) -> I,
) -> Array2<f64> {
    let (steps, n_states, n_actions) = policy.dim();
    let mut law = Array2::zeros((steps, n_states));
    law.row_mut(0).assign(&initial);
    for t in 1..steps {
        for s in 0..n_states {
            let here = law[[t - 1, s]];
            if here == 0.0 {
                continue;
            }
            for a in 0..n_actions {
                for (next, p) in dynamics(t - 1, s, a) {
                    law[[t, next]] += here * policy[[t - 1, s, a]] * p;
                }
            }
        }
    }
    law
}
