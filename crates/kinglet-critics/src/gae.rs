//! Generalised advantage estimation.

use crate::error::{Error, check_unit};
use crate::next::{Next, check_row};
use ndarray::{Array1, ArrayView1};
use num_traits::Float;

/// The generalised advantage estimate of every step of a row. Catalogue: XU-11.
///
/// ```text
/// Âₜ = Σₗ (γλ)ˡ δₜ₊ₗ = δₜ + γλ Âₜ₊₁,   δₜ = rₜ + γ v(sₜ₊₁) − v(sₜ)
/// ```
///
/// With the true values its mean is the advantage for every λ, and λ settles the variance alone.
/// With other values λ = 1 is still unbiased, as an estimate of q − v, while λ < 1 is not.
/// Â + v is the λ-return, the target of the critic.
///
/// # Shapes
/// `r`, `v`, `next`: `[T]`, with `v[t]` = v(sₜ). Returns `[T]`. Units: reward.
/// # Errors
/// [`Error::OutOfRange`] for a discount or λ outside [0, 1]; [`Error::Unfinished`] where the last
/// step continues.
/// # Panics
/// When `r`, `v` and `next` differ in length.
/// # Source
/// Schulman 2016, eq. (16).
/// # Example
/// ```
/// use kinglet_critics::{Next, gae};
/// use ndarray::array;
/// let (r, v) = (array![1.0, 1.0], array![3.0, 4.0]);
/// let next = Next::episode(2, Next::Truncated(8.0)); // δ = (0, 1)
/// assert_eq!(gae(r.view(), v.view(), &next, 0.5, 0.5)?, array![0.25, 1.0]);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn gae<S: Float>(
    r: ArrayView1<'_, S>,
    v: ArrayView1<'_, S>,
    next: &[Next<S>],
    discount: S,
    lambda: S,
) -> Result<Array1<S>, Error> {
    check_unit("discount", discount)?;
    check_unit("λ", lambda)?;
    check_row(next, &[("r", r), ("v", v)])?;
    let mut advantage = vec![S::zero(); r.len()];
    sweep(|t| r[t], |t| v[t], next, discount, lambda, &mut advantage);
    Ok(advantage.into())
}

/// [`gae`] of slices, into memory that is there already: it allocates nothing. Catalogue: XU-11.
///
/// # Shapes
/// `r`, `v`, `next`, `out`: `[T]`. Units: reward.
/// # Errors
/// Those of [`gae`]; `out` is then as it was.
/// # Panics
/// When `r`, `v`, `next` and `out` differ in length.
/// # Source
/// Schulman 2016, eq. (16).
/// # Example
/// ```
/// use kinglet_critics::{Next, gae_into};
/// let (next, mut out) = (Next::episode(2, Next::Truncated(8.0)), [0.0; 2]); // δ = (0, 1)
/// gae_into(&[1.0, 1.0], &[3.0, 4.0], &next, 0.5, 0.5, &mut out)?;
/// assert_eq!(out, [0.25, 1.0]);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn gae_into<S: Float>(
    r: &[S],
    v: &[S],
    next: &[Next<S>],
    discount: S,
    lambda: S,
    out: &mut [S],
) -> Result<(), Error> {
    check_unit("discount", discount)?;
    check_unit("λ", lambda)?;
    check_row(next, &[("r", r.into()), ("v", v.into())])?;
    let (steps, found) = (next.len(), out.len());
    assert_eq!(
        found, steps,
        "out has shape [{found}] and next has shape [{steps}]"
    );
    sweep(|t| r[t], |t| v[t], next, discount, lambda, out);
    Ok(())
}

/// One pass from the back over a row that has been checked.
fn sweep<S: Float>(
    r: impl Fn(usize) -> S,
    v: impl Fn(usize) -> S,
    next: &[Next<S>],
    discount: S,
    lambda: S,
    out: &mut [S],
) {
    let decay = discount * lambda;
    let (mut v_tp1, mut a_tp1) = (S::zero(), S::zero());
    for (t, (next, a)) in next.iter().zip(out).enumerate().rev() {
        match *next {
            Next::Continues => {}
            Next::Terminated => (v_tp1, a_tp1) = (S::zero(), S::zero()),
            Next::Truncated(value) => (v_tp1, a_tp1) = (value, S::zero()),
        }
        let v_t = v(t);
        a_tp1 = (r(t) + discount * v_tp1 - v_t) + decay * a_tp1;
        (v_tp1, *a) = (v_t, a_tp1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{several_episodes, spans};
    use crate::{lambda_returns, td_errors};

    #[test]
    fn xu_11_gae_is_its_sum() {
        let (row, discount, lambda) = (several_episodes(), 0.9f64, 0.7f64);
        let delta = td_errors(row.r.view(), row.v.view(), &row.next, discount).unwrap();
        let advantage = gae(row.r.view(), row.v.view(), &row.next, discount, lambda).unwrap();
        for (start, stop, _) in spans(&row.next) {
            for t in start..stop {
                let sum: f64 = (t..stop)
                    .map(|j| (discount * lambda).powi((j - t) as i32) * delta[j])
                    .sum();
                assert!((advantage[t] - sum).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn gae_is_the_lambda_return_less_the_value() {
        let row = several_episodes();
        for lambda in [0.0, 0.4, 1.0] {
            let advantage = gae(row.r.view(), row.v.view(), &row.next, 0.9, lambda).unwrap();
            let g = lambda_returns(row.r.view(), row.v.view(), &row.next, 0.9, lambda).unwrap();
            let off = advantage + &row.v - g;
            assert!(off.iter().all(|x| x.abs() < 1e-14), "{off}");
        }
    }

    #[test]
    fn both_forms_give_the_same_bits_and_neither_looks_at_what_out_held() {
        let row = several_episodes();
        let whole = gae(row.r.view(), row.v.view(), &row.next, 0.9, 0.7).unwrap();
        let (r, v) = (row.r.to_vec(), row.v.to_vec());
        let mut out = vec![f64::NAN; r.len()];
        gae_into(&r, &v, &row.next, 0.9, 0.7, &mut out).unwrap();
        assert_eq!(out, whole.to_vec());
        // A row that lies backwards in memory.
        let back =
            |x: &ndarray::Array1<f64>| x.iter().rev().copied().collect::<ndarray::Array1<_>>();
        let (r, v) = (back(&row.r), back(&row.v));
        let turned = ndarray::s![..;-1];
        let strided = gae(r.slice(turned), v.slice(turned), &row.next, 0.9, 0.7).unwrap();
        assert_eq!(strided, whole);
    }

    #[test]
    fn refuses_what_has_no_meaning() {
        let one = ndarray::array![1.0];
        assert!(gae(one.view(), one.view(), &[Next::Terminated], 1.5, 0.5).is_err());
        assert!(gae(one.view(), one.view(), &[Next::Terminated], 0.5, -0.5).is_err());
        assert!(gae(one.view(), one.view(), &[Next::Continues], 0.5, 0.5).is_err());
        let mut out = [7.0];
        assert!(gae_into(&[1.0], &[1.0], &[Next::Continues], 0.5, 0.5, &mut out).is_err());
        assert!(gae_into(&[1.0], &[1.0], &[Next::Terminated], 0.5, 1.5, &mut out).is_err());
        assert_eq!(out, [7.0]);
    }
}
