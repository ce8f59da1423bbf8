//! Temporal-difference errors.

use crate::error::{Error, check_unit};
use crate::next::{Next, check_row, next_values};
use ndarray::{Array1, ArrayView1};
use num_traits::Float;

/// The temporal-difference error of every step of a row. Catalogue: XU-10.
///
/// ```text
/// δₜ = rₜ + γ v(sₜ₊₁) − v(sₜ)
/// ```
///
/// With the true values its mean, given state and action, is the advantage: E δ = q − v. The signs
/// of the two values and the γ matter: r + v(s) − v(sₜ₊₁) is not an advantage.
///
/// # Shapes
/// `r`, `v`, `next`: `[T]`, with `v[t]` = v(sₜ). Returns `[T]`. Units: reward.
/// # Errors
/// [`Error::OutOfRange`] for a discount outside [0, 1]; [`Error::Unfinished`] where the last step
/// continues.
/// # Panics
/// When `r`, `v` and `next` differ in length.
/// # Source
/// Sutton & Barto 2018, eq. (6.5).
/// # Example
/// ```
/// use kinglet_critics::{Next, td_errors};
/// use ndarray::array;
/// let (r, v) = (array![1.0, 1.0], array![3.0, 4.0]);
/// let next = Next::episode(2, Next::Truncated(8.0));
/// assert_eq!(td_errors(r.view(), v.view(), &next, 0.5)?, array![0.0, 1.0]);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn td_errors<S: Float>(
    r: ArrayView1<'_, S>,
    v: ArrayView1<'_, S>,
    next: &[Next<S>],
    discount: S,
) -> Result<Array1<S>, Error> {
    check_unit("discount", discount)?;
    check_row(next, &[("r", r), ("v", v)])?;
    Ok(errors(r, v, v, next, discount).into())
}

/// rₜ + γ v(sₜ₊₁) − bₜ of a row that has been checked.
pub(crate) fn errors<S: Float>(
    r: ArrayView1<'_, S>,
    b: ArrayView1<'_, S>,
    v: ArrayView1<'_, S>,
    next: &[Next<S>],
    discount: S,
) -> Vec<S> {
    r.iter()
        .zip(b)
        .zip(next_values(v, next))
        .map(|((&r_t, &b_t), v_tp1)| r_t + discount * v_tp1 - b_t)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{several_episodes, spans};
    use crate::{discounted_returns, lambda_returns};

    /// The discounted sum of the errors telescopes to the return less the first value.
    #[test]
    fn errors_telescope() {
        let (row, discount) = (several_episodes(), 0.8f64);
        let delta = td_errors(row.r.view(), row.v.view(), &row.next, discount).unwrap();
        let g = discounted_returns(row.r.view(), &row.next, discount).unwrap();
        for (start, stop, _) in spans(&row.next) {
            let sum: f64 = (start..stop)
                .map(|t| discount.powi((t - start) as i32) * delta[t])
                .sum();
            assert!((sum - (g[start] - row.v[start])).abs() < 1e-14);
        }
    }

    #[test]
    fn an_error_is_the_one_step_return_less_the_value() {
        let row = several_episodes();
        let delta = td_errors(row.r.view(), row.v.view(), &row.next, 0.8).unwrap();
        let target = lambda_returns(row.r.view(), row.v.view(), &row.next, 0.8, 0.0).unwrap();
        assert!(((target - &row.v) - delta).iter().all(|x| x.abs() < 1e-15));
    }

    #[test]
    fn refuses_what_has_no_meaning() {
        let one = ndarray::array![1.0];
        assert!(td_errors(one.view(), one.view(), &[Next::Terminated], 1.5).is_err());
        assert!(td_errors(one.view(), one.view(), &[Next::Continues], 0.5).is_err());
    }
}
