//! Discounted returns and λ-returns.

use crate::error::{Error, check_unit};
use crate::next::{Next, accumulate, check_row, next_values};
use ndarray::{Array1, ArrayView1};
use num_traits::Float;

/// The discounted return from every step of a row. Catalogue: MPO-01.
///
/// ```text
/// Gₜ = rₜ + γ Gₜ₊₁,   Gₜ = rₜ where it terminates,   Gₜ = rₜ + γ v where it is cut at value v
/// ```
///
/// # Shapes
/// `r`, `next`: `[T]`. Returns `[T]`, the return from sₜ and aₜ on. Units: reward.
/// # Errors
/// [`Error::OutOfRange`] for a discount outside [0, 1]; [`Error::Unfinished`] where the last step
/// continues.
/// # Panics
/// When `r` and `next` differ in length.
/// # Source
/// Sutton & Barto 2018, eq. (3.9).
/// # Example
/// ```
/// use kinglet_critics::{Next, discounted_returns};
/// use ndarray::array;
/// let (r, next) = (array![1.0, 2.0, 4.0], Next::episode(3, Next::Terminated));
/// assert_eq!(discounted_returns(r.view(), &next, 0.5)?, array![3.0, 4.0, 4.0]);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn discounted_returns<S: Float>(
    r: ArrayView1<'_, S>,
    next: &[Next<S>],
    discount: S,
) -> Result<Array1<S>, Error> {
    check_unit("discount", discount)?;
    check_row(next, &[("r", r)])?;
    let mut g: Vec<S> = r.to_vec();
    for (g_t, next_t) in g.iter_mut().zip(next) {
        if let Next::Truncated(value) = *next_t {
            *g_t = *g_t + discount * value;
        }
    }
    accumulate(&mut g, next, |_| discount);
    Ok(g.into())
}

/// The λ-return from every step of a row: all n-step returns, mixed geometrically. Catalogue:
/// XU-11.
///
/// ```text
/// Gₜ = rₜ + γ [(1 − λ) v(sₜ₊₁) + λ Gₜ₊₁] = (1 − λ) Σₙ λⁿ⁻¹ Gₜ⁽ⁿ⁾
/// ```
///
/// λ = 0 is the one-step target of TD(0), λ = 1 the discounted return. Behind an end the value of
/// the final state stands for both v(sₜ₊₁) and Gₜ₊₁: 0 where it terminates.
///
/// # Shapes
/// `r`, `v`, `next`: `[T]`, with `v[t]` = v(sₜ). Returns `[T]`. Units: reward.
/// # Errors
/// [`Error::OutOfRange`] for a discount or λ outside [0, 1]; [`Error::Unfinished`] where the last
/// step continues.
/// # Panics
/// When `r`, `v` and `next` differ in length.
/// # Source
/// Sutton & Barto 2018, eq. (12.2) and (12.18).
/// # Example
/// ```
/// use kinglet_critics::{Next, lambda_returns};
/// use ndarray::array;
/// let (r, v) = (array![1.0, 1.0], array![0.0, 4.0]);
/// let next = Next::episode(2, Next::Terminated);
/// // Half of 1 + 4, and half of 1 + 1.
/// assert_eq!(lambda_returns(r.view(), v.view(), &next, 1.0, 0.5)?, array![3.5, 1.0]);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn lambda_returns<S: Float>(
    r: ArrayView1<'_, S>,
    v: ArrayView1<'_, S>,
    next: &[Next<S>],
    discount: S,
    lambda: S,
) -> Result<Array1<S>, Error> {
    check_unit("discount", discount)?;
    check_unit("λ", lambda)?;
    check_row(next, &[("r", r), ("v", v)])?;
    let mut g: Vec<S> = r.to_vec();
    for ((g_t, v_tp1), next_t) in g.iter_mut().zip(next_values(v, next)).zip(next) {
        let share = match next_t {
            Next::Continues => S::one() - lambda,
            Next::Terminated | Next::Truncated(_) => S::one(),
        };
        *g_t = *g_t + discount * share * v_tp1;
    }
    accumulate(&mut g, next, |_| discount * lambda);
    Ok(g.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{several_episodes, spans};

    #[test]
    fn discounted_returns_are_their_sums() {
        let row = several_episodes();
        let g = discounted_returns(row.r.view(), &row.next, 0.9).unwrap();
        for (start, stop, last) in spans(&row.next) {
            for t in start..stop {
                let rewards: f64 = (t..stop)
                    .map(|j| 0.9f64.powi((j - t) as i32) * row.r[j])
                    .sum();
                let sum = rewards + 0.9f64.powi((stop - t) as i32) * last;
                assert!((g[t] - sum).abs() < 1e-14, "{t}: {} {sum}", g[t]);
            }
        }
    }

    /// (1 − λ) Σₙ λⁿ⁻¹ Gₜ⁽ⁿ⁾, where every n-step return past the end is the whole return.
    #[test]
    fn lambda_returns_mix_the_n_step_returns() {
        let (row, discount) = (several_episodes(), 0.9f64);
        let whole = discounted_returns(row.r.view(), &row.next, discount).unwrap();
        for lambda in [0.0f64, 0.3, 0.95, 1.0] {
            let g = lambda_returns(row.r.view(), row.v.view(), &row.next, discount, lambda);
            let g = g.unwrap();
            for (start, stop, _) in spans(&row.next) {
                for t in start..stop {
                    let n_step = |n: usize| {
                        let rewards: f64 =
                            (0..n).map(|k| discount.powi(k as i32) * row.r[t + k]).sum();
                        rewards + discount.powi(n as i32) * row.v[t + n]
                    };
                    let steps = stop - t;
                    let mixed: f64 = (1..steps)
                        .map(|n| (1.0 - lambda) * lambda.powi(n as i32 - 1) * n_step(n))
                        .sum();
                    let mixed = mixed + lambda.powi(steps as i32 - 1) * whole[t];
                    assert!((g[t] - mixed).abs() < 1e-14, "{t}: {} {mixed}", g[t]);
                }
            }
        }
    }

    #[test]
    fn an_end_lets_nothing_through() {
        let row = several_episodes();
        let g = lambda_returns(row.r.view(), row.v.view(), &row.next, 0.9, 0.8).unwrap();
        for (start, stop, _) in spans(&row.next) {
            let alone = lambda_returns(
                row.r.slice(ndarray::s![start..stop]),
                row.v.slice(ndarray::s![start..stop]),
                &row.next[start..stop],
                0.9,
                0.8,
            );
            assert_eq!(g.slice(ndarray::s![start..stop]), alone.unwrap());
        }
    }

    /// A time limit is not an end: with the true values, cutting changes nothing, while taking the
    /// cut for a termination does.
    #[test]
    fn truncation_at_the_true_value_leaves_the_return_alone() {
        let r = Array1::from_elem(200, 1.0);
        let forever = 1.0 / (1.0 - 0.9);
        let cut = Next::episode(3, Next::Truncated(forever));
        let over = Next::episode(3, Next::Terminated);
        let short = r.slice(ndarray::s![..3]);
        let g = discounted_returns(short, &cut, 0.9).unwrap();
        assert!(g.iter().all(|g| (g - forever).abs() < 1e-14));
        let long = discounted_returns(r.view(), &Next::episode(200, Next::Terminated), 0.9);
        assert!((long.unwrap()[0] - forever).abs() < 1e-7);
        let g = discounted_returns(short, &over, 0.9).unwrap();
        assert!((g[0] - 2.71).abs() < 1e-14);
    }

    #[test]
    fn single_precision_is_the_same_formula() {
        let row = several_episodes();
        let narrow = |x: f64| x as f32;
        let next: Vec<Next<f32>> = row
            .next
            .iter()
            .map(|next| match *next {
                Next::Continues => Next::Continues,
                Next::Terminated => Next::Terminated,
                Next::Truncated(v) => Next::Truncated(narrow(v)),
            })
            .collect();
        let (r, v) = (row.r.mapv(narrow), row.v.mapv(narrow));
        let g32 = lambda_returns(r.view(), v.view(), &next, 0.9, 0.8).unwrap();
        let g64 = lambda_returns(row.r.view(), row.v.view(), &row.next, 0.9, 0.8).unwrap();
        for (narrow, wide) in g32.iter().zip(&g64) {
            assert!((f64::from(*narrow) - wide).abs() < 1e-5);
        }
    }

    #[test]
    fn refuses_what_has_no_meaning() {
        let (r, over) = (ndarray::array![1.0], [Next::Terminated]);
        for bad in [-0.1, 1.1, f64::NAN] {
            let refused = |e| matches!(e, Error::OutOfRange { .. });
            assert!(refused(
                discounted_returns(r.view(), &over, bad).unwrap_err()
            ));
            assert!(refused(
                lambda_returns(r.view(), r.view(), &over, 0.9, bad).unwrap_err()
            ));
        }
        assert_eq!(
            discounted_returns(r.view(), &[Next::Continues], 0.9),
            Err(Error::Unfinished { steps: 1 })
        );
        let none = discounted_returns(Array1::<f64>::zeros(0).view(), &[], 0.9);
        assert_eq!(none.unwrap().len(), 0);
    }

    #[test]
    #[should_panic(expected = "v has shape [2] and next has shape [1]")]
    fn shapes_must_match() {
        let (r, v) = (ndarray::array![1.0], ndarray::array![1.0, 2.0]);
        let _ = lambda_returns(r.view(), v.view(), &[Next::Terminated], 0.9, 0.5);
    }
}
