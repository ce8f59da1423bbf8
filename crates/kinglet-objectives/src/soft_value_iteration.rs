//! Soft value iteration: the best policy when the dynamics stay what they are.

use crate::backup::{action_values, soft_policy, soft_values};
use crate::contraction::{Contraction, contract};
use crate::problem::{check_positive, discounted, finite_horizon};
use crate::soft::check_temperature;
use crate::{Error, Finish, Progress, Sweep};
use kinglet_envs::TabularMdp;
use ndarray::{Array1, Array2, Array3, Axis};
use std::ops::ControlFlow;

/// Values and policy of a finite horizon. Made by [`soft_value_iteration_finite`].
#[derive(Debug, Clone, PartialEq)]
pub struct SoftValues {
    /// Qₜ(s, a), `[T, S, A]`, in units of reward.
    pub q: Array3<f64>,
    /// Vₜ(s), `[T, S]`, in units of reward.
    pub v: Array2<f64>,
    /// π(aₜ | sₜ), `[T, S, A]`.
    pub policy: Array3<f64>,
}

/// Values and policy that do not depend on time. Made by [`soft_value_iteration`].
#[derive(Debug, Clone, PartialEq)]
pub struct StationaryValues {
    /// Q(s, a), `[S, A]`, in units of reward.
    pub q: Array2<f64>,
    /// V(s), `[S]`, in units of reward.
    pub v: Array1<f64>,
    /// π(a | s), `[S, A]`.
    pub policy: Array2<f64>,
    /// Sweeps done.
    pub sweeps: usize,
    /// The largest change of V in the last sweep; V is within γ/(1 − γ) of it from the fixed point.
    pub residual: f64,
    /// Why the iteration ended.
    pub finish: Finish,
}

/// Soft value iteration over a finite horizon. Catalogue: CS285-07.
///
/// ```text
/// Qₜ(s, a) = r(s, a) + E[Vₜ₊₁(s′)],   no second term at T
/// Vₜ(s)    = α log Σₐ exp(Qₜ(s, a) / α),   π = exp((Q − V) / α)
/// ```
///
/// Its policy maximises the [`elbo`](crate::elbo), whose largest value is E[V₁(s₁)]. Compare
/// [`exact_inference`](crate::exact_inference), where the expectation stands in an exponent.
///
/// # Shapes
/// `q`, `policy` `[T, S, A]`, `v` `[T, S]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsFiniteHorizon`].
/// # Source
/// Levine 2018, section 3.
/// # Example
/// ```
/// use kinglet_objectives::{elbo, soft_value_iteration_finite};
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 3f64.ln()]].view(), array![1.0].view(),
///     Horizon::Finite(2),
/// )?;
/// let best = soft_value_iteration_finite(&mdp, 1.0)?;
/// assert!((best.policy[[0, 0, 1]] - 0.75).abs() < 1e-15);
/// assert!((best.v[[0, 0]] - 2.0 * 4f64.ln()).abs() < 1e-14);
/// assert!((elbo(&mdp, best.policy.view(), 1.0)? - best.v[[0, 0]]).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn soft_value_iteration_finite(
    mdp: &TabularMdp,
    temperature: f64,
) -> Result<SoftValues, Error> {
    check_temperature(temperature)?;
    let steps = finite_horizon(mdp)?;
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    let mut q = Array3::zeros((steps, n_states, n_actions));
    let mut v = Array2::zeros((steps, n_states));
    let mut policy = q.clone();
    let mut ahead = Array1::zeros(n_states);
    for t in (0..steps).rev() {
        let q_t = action_values(mdp, ahead.view());
        ahead = soft_values(q_t.view(), temperature)?;
        policy
            .index_axis_mut(Axis(0), t)
            .assign(&soft_policy(q_t.view(), temperature)?);
        v.row_mut(t).assign(&ahead);
        q.index_axis_mut(Axis(0), t).assign(&q_t);
    }
    Ok(SoftValues { q, v, policy })
}

/// Soft value iteration of a discounted problem, from V = 0. Catalogue: CS285-09.
///
/// ```text
/// V ← soft max_α { r(s, a) + γ E[V(s′)] },   until max |V′ − V| < tolerance
/// ```
///
/// Each sweep is a γ-contraction, so the number of sweeps is known beforehand, up to the first
/// residual; where rounding keeps the residual above the tolerance for longer than that, the
/// iteration ends and says [`Finish::RoundingLimit`]. At temperature 0 this is value iteration.
///
/// # Shapes
/// `q`, `policy` `[S, A]`, `v` `[S]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsDiscount`]; [`Error::NotPositive`] for the tolerance.
/// # Source
/// Haarnoja 2017, theorem 3.
/// # Example
/// ```
/// use kinglet_objectives::soft_value_iteration;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// use std::ops::ControlFlow;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 3f64.ln()]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let best = soft_value_iteration(&mdp, 1.0, 1e-12, &mut |_| ControlFlow::Continue(()))?;
/// assert!((best.v[0] - 2.0 * 4f64.ln()).abs() < 1e-11); // V = log 4 + V / 2
/// assert!((best.policy[[0, 1]] - 0.75).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn soft_value_iteration(
    mdp: &TabularMdp,
    temperature: f64,
    tolerance: f64,
    progress: &mut impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<StationaryValues, Error> {
    let discount = discounted(mdp)?;
    check_positive("tolerance", tolerance)?;
    let mut sweep = Sweep::new(mdp, temperature)?;
    let (mut v, mut next) = (vec![0.0; mdp.n_states()], vec![0.0; mdp.n_states()]);
    let run = contract(discount, tolerance, progress, || {
        let residual = sweep.apply(&v, &mut next);
        std::mem::swap(&mut v, &mut next);
        residual
    });
    let v = Array1::from(v);
    let q = action_values(mdp, v.view());
    let policy = soft_policy(q.view(), temperature)?;
    let Contraction {
        sweeps,
        residual,
        finish,
    } = run;
    Ok(StationaryValues {
        q,
        v,
        policy,
        sweeps,
        residual,
        finish,
    })
}
