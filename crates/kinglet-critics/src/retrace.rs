//! Retrace(λ): action values of one policy from steps of another.

use crate::clip::clip;
use crate::error::{Error, check_unit};
use crate::next::{Next, accumulate, check_row};
use crate::td_errors::errors;
use ndarray::{Array1, ArrayView1};
use num_traits::Float;

/// The Retrace(λ) targets of a row of steps that another policy took. Catalogue: MPO-17.
///
/// ```text
/// Qₜ = q(sₜ, aₜ) + Σⱼ γʲ⁻ᵗ (Πₖ cₖ) δⱼ,   k = t+1, …, j,   cₖ = λ min(1, π/μ)
/// δⱼ = rⱼ + γ E_π q(sⱼ₊₁, ·) − q(sⱼ, aⱼ)
/// ```
///
/// The γ inside δ is easily lost; without it the values of π are no fixed point any more. The
/// ratio of the first step does not enter: aₜ is given.
///
/// # Shapes
/// `ratio`, `r`, `q`, `v`, `next`: `[T]`, with `ratio[t]` = π(aₜ|sₜ) / μ(aₜ|sₜ), `q[t]` = q(sₜ, aₜ)
/// and `v[t]` = E_π q(sₜ, ·). A truncated step carries E_π q of its final state. Returns `[T]`.
/// Units: reward.
/// # Errors
/// [`Error::OutOfRange`] for a discount or λ outside [0, 1]; [`Error::Unfinished`] where the last
/// step continues.
/// # Panics
/// When `ratio`, `r`, `q`, `v` and `next` differ in length.
/// # Source
/// Munos 2016, its general operator with the traces of Retrace(λ), on one trajectory.
/// # Example
/// ```
/// use kinglet_critics::{Next, retrace};
/// use ndarray::array;
/// let (ratio, r) = (array![9.0, 0.5], array![1.0, 1.0]);
/// let (q, v) = (array![2.0, 3.0], array![0.0, 4.0]);
/// let next = Next::episode(2, Next::Terminated);
/// // δ = (1 + 4 − 2, 1 − 3), and half of the second reaches the first.
/// let targets = retrace(ratio.view(), r.view(), q.view(), v.view(), &next, 1.0, 1.0)?;
/// assert_eq!(targets, array![4.0, 1.0]);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn retrace<S: Float>(
    ratio: ArrayView1<'_, S>,
    r: ArrayView1<'_, S>,
    q: ArrayView1<'_, S>,
    v: ArrayView1<'_, S>,
    next: &[Next<S>],
    discount: S,
    lambda: S,
) -> Result<Array1<S>, Error> {
    check_unit("discount", discount)?;
    check_unit("λ", lambda)?;
    check_row(next, &[("ratio", ratio), ("r", r), ("q", q), ("v", v)])?;
    let mut excess = errors(r, q, v, next, discount);
    accumulate(&mut excess, next, |t| {
        discount * lambda * clip(ratio[t + 1], S::one())
    });
    Ok(q.iter().zip(&excess).map(|(&q, &x)| q + x).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{several_episodes, spans};
    use crate::{VTrace, lambda_returns, v_trace};

    #[test]
    fn mpo_17_retrace_is_its_sum() {
        let (row, discount, lambda) = (several_episodes(), 0.9f64, 0.8);
        let ratio: Array1<f64> = (0..row.r.len())
            .map(|t| [0.5, 2.5, 1.0, 0.3][t % 4])
            .collect();
        let q = row.v.mapv(|v| 0.7 * v - 0.2);
        let targets = retrace(
            ratio.view(),
            row.r.view(),
            q.view(),
            row.v.view(),
            &row.next,
            discount,
            lambda,
        );
        let targets = targets.unwrap();
        for (start, stop, last) in spans(&row.next) {
            for t in start..stop {
                let sum: f64 = (t..stop)
                    .map(|j| {
                        let trace: f64 = (t + 1..=j).map(|k| lambda * ratio[k].min(1.0)).product();
                        let v = if j + 1 == stop { last } else { row.v[j + 1] };
                        discount.powi((j - t) as i32) * trace * (row.r[j] + discount * v - q[j])
                    })
                    .sum();
                assert!((targets[t] - q[t] - sum).abs() < 1e-14);
            }
        }
    }

    /// Where values do not depend on the action, Retrace on its own policy is TD(λ), V-trace too.
    #[test]
    fn on_policy_retrace_of_a_value_is_the_lambda_return() {
        let row = several_episodes();
        let (r, v) = (row.r.view(), row.v.view());
        let ones = Array1::ones(r.len());
        let settings = VTrace {
            lambda: 0.7,
            ..VTrace::default()
        };
        let returns = lambda_returns(r, v, &row.next, 0.9, 0.7).unwrap();
        let q = retrace(ones.view(), r, v, v, &row.next, 0.9, 0.7).unwrap();
        let values = v_trace(ones.view(), r, v, &row.next, 0.9, settings).unwrap();
        assert!((&q - &returns).iter().all(|x| x.abs() < 1e-14));
        assert!((&q - &values.values).iter().all(|x| x.abs() < 1e-14));
    }

    #[test]
    fn the_ratio_of_an_episode_s_first_step_does_not_enter() {
        let row = several_episodes();
        let (r, v) = (row.r.view(), row.v.view());
        let ones = Array1::ones(r.len());
        let mut firsts = ones.clone();
        for (start, _, _) in spans(&row.next) {
            firsts[start] = 0.0;
        }
        let one = retrace(ones.view(), r, v, v, &row.next, 0.9, 1.0);
        assert_eq!(one, retrace(firsts.view(), r, v, v, &row.next, 0.9, 1.0));
    }

    #[test]
    fn refuses_what_has_no_meaning() {
        let x = ndarray::array![1.0];
        let with = |next: &[Next], discount, lambda| {
            retrace(
                x.view(),
                x.view(),
                x.view(),
                x.view(),
                next,
                discount,
                lambda,
            )
        };
        assert!(with(&[Next::Terminated], 1.5, 0.5).is_err());
        assert!(with(&[Next::Terminated], 0.5, 1.5).is_err());
        assert!(with(&[Next::Continues], 0.5, 0.5).is_err());
    }
}
