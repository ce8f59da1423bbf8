//! V-trace: values of one policy from steps of another.

use crate::clip::{check_clip, clip};
use crate::error::{Error, check_unit};
use crate::next::{Next, accumulate, check_row, next_values};
use crate::td_errors::errors;
use ndarray::{Array1, ArrayView1};
use num_traits::Float;

/// How V-trace clips its ratios.
///
/// ρ̄ settles what is estimated: the values of the policy in proportion to min(ρ̄ μ, π), which is π
/// for ρ̄ = ∞ and comes near μ as ρ̄ falls to 0. c̄ and λ settle the variance and the speed alone.
/// The default clips both at 1, and λ = 1, as Espeholt 2018 does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VTrace<S = f64> {
    /// ρ̄, the most that an error may count. The contraction asks for ρ̄ ≥ c̄.
    pub ratio_clip: S,
    /// c̄, the most that a step of the trace may pass on.
    pub trace_clip: S,
    /// λ, by which every step of the trace is multiplied.
    pub lambda: S,
}

impl<S: Float> Default for VTrace<S> {
    fn default() -> Self {
        Self {
            ratio_clip: S::one(),
            trace_clip: S::one(),
            lambda: S::one(),
        }
    }
}

impl<S: Float> VTrace<S> {
    /// λ in [0, 1], and clips above 0 (∞ for none).
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_unit("λ", self.lambda)?;
        check_clip("ratio clip", self.ratio_clip)?;
        check_clip("trace clip", self.trace_clip)
    }
}

/// What V-trace makes of a row of steps.
#[derive(Clone, Debug, PartialEq)]
pub struct VTraceEstimate<S = f64> {
    /// The target of the critic at every sₜ: `[T]`.
    pub values: Array1<S>,
    /// The advantage of every aₜ, weighted for the policy gradient: `[T]`.
    pub advantages: Array1<S>,
}

/// The V-trace targets of a row of steps that another policy took.
///
/// ```text
/// Vₜ = v(sₜ) + Σⱼ γʲ⁻ᵗ (Πᵢ cᵢ) δⱼ,   i = t, …, j−1,   δⱼ = ρⱼ (rⱼ + γ v(sⱼ₊₁) − v(sⱼ))
/// Âₜ = ρₜ (rₜ + γ Vₜ₊₁ − v(sₜ))
/// ρⱼ = min(ρ̄, π/μ),   cᵢ = λ min(c̄, π/μ)
/// ```
///
/// Where π = μ and no clip is below 1, V is the λ-return.
///
/// # Shapes
/// `ratio`, `r`, `v`, `next`: `[T]`, with `ratio[t]` = π(aₜ|sₜ) / μ(aₜ|sₜ) and `v[t]` = v(sₜ).
/// # Errors
/// [`Error::OutOfRange`] for a discount or λ outside [0, 1], or a clip that is not above 0;
/// [`Error::Unfinished`] where the last step continues.
/// # Panics
/// When `ratio`, `r`, `v` and `next` differ in length.
/// # Source
/// Espeholt 2018, eq. (1) and remark 2.
/// # Example
/// ```
/// use kinglet_critics::{Next, VTrace, v_trace};
/// use ndarray::array;
/// let (ratio, r, v) = (array![0.5, 4.0], array![1.0, 1.0], array![2.0, 3.0]);
/// let next = Next::episode(2, Next::Terminated);
/// // δ₁ = 1 − 3, since the ratio 4 is clipped at 1; δ₀ = 0.5 (1 + 3 − 2), passing on half of δ₁.
/// let estimate = v_trace(ratio.view(), r.view(), v.view(), &next, 1.0, VTrace::default())?;
/// assert_eq!(estimate.values, array![2.0, 1.0]);
/// assert_eq!(estimate.advantages, array![0.0, -2.0]);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn v_trace<S: Float>(
    ratio: ArrayView1<'_, S>,
    r: ArrayView1<'_, S>,
    v: ArrayView1<'_, S>,
    next: &[Next<S>],
    discount: S,
    settings: VTrace<S>,
) -> Result<VTraceEstimate<S>, Error> {
    check_unit("discount", discount)?;
    settings.check()?;
    check_row(next, &[("ratio", ratio), ("r", r), ("v", v)])?;
    let rho = ratio.mapv(|ratio| clip(ratio, settings.ratio_clip));
    let mut excess = errors(r, v, v, next, discount);
    for (error, &rho) in excess.iter_mut().zip(&rho) {
        *error = rho * *error;
    }
    accumulate(&mut excess, next, |t| {
        discount * settings.lambda * clip(ratio[t], settings.trace_clip)
    });
    let values: Array1<S> = v.iter().zip(&excess).map(|(&v, &x)| v + x).collect();
    let advantages = next_values(values.view(), next)
        .zip(r.iter().zip(v).zip(&rho))
        .map(|(target_tp1, ((&r_t, &v_t), &rho_t))| rho_t * (r_t + discount * target_tp1 - v_t))
        .collect();
    Ok(VTraceEstimate { values, advantages })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda_returns;
    use crate::rows::{several_episodes, spans};

    const UNCLIPPED: VTrace = VTrace {
        ratio_clip: f64::INFINITY,
        trace_clip: f64::INFINITY,
        lambda: 1.0,
    };

    /// Ratios on either side of 1, and a 0.
    fn ratios(steps: usize) -> Array1<f64> {
        (0..steps)
            .map(|t| [0.5, 2.5, 1.0, 0.0, 1.4][t % 5])
            .collect()
    }

    #[test]
    fn v_trace_is_its_sum() {
        let (row, discount) = (several_episodes(), 0.9f64);
        let ratio = ratios(row.r.len());
        let settings = VTrace {
            ratio_clip: 1.7,
            trace_clip: 1.2,
            lambda: 0.8,
        };
        let estimate = v_trace(
            ratio.view(),
            row.r.view(),
            row.v.view(),
            &row.next,
            discount,
            settings,
        );
        let estimate = estimate.unwrap();
        for (start, stop, last) in spans(&row.next) {
            let behind = |x: &Array1<f64>, t: usize| if t + 1 == stop { last } else { x[t + 1] };
            let bracket = |x: &Array1<f64>, t: usize| {
                ratio[t].min(1.7) * (row.r[t] + discount * behind(x, t) - row.v[t])
            };
            for t in start..stop {
                let sum: f64 = (t..stop)
                    .map(|j| {
                        let trace: f64 = (t..j).map(|i| 0.8 * ratio[i].min(1.2)).product();
                        discount.powi((j - t) as i32) * trace * bracket(&row.v, j)
                    })
                    .sum();
                assert!((estimate.values[t] - row.v[t] - sum).abs() < 1e-14);
                let advantage = bracket(&estimate.values, t);
                assert!((estimate.advantages[t] - advantage).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn on_policy_v_trace_is_the_lambda_return() {
        let row = several_episodes();
        let (r, v) = (row.r.view(), row.v.view());
        let ones = Array1::ones(r.len());
        for lambda in [0.0, 0.6, 1.0] {
            let settings = VTrace {
                lambda,
                ..VTrace::default()
            };
            let values = v_trace(ones.view(), r, v, &row.next, 0.9, settings);
            let returns = lambda_returns(r, v, &row.next, 0.9, lambda).unwrap();
            let off = values.unwrap().values - returns;
            assert!(off.iter().all(|x| x.abs() < 1e-14), "{off}");
        }
    }

    /// A ratio of 0 says that π never acts so: the value stays, and nothing comes from behind.
    #[test]
    fn a_ratio_of_zero_leaves_the_value() {
        let row = several_episodes();
        let zeros = Array1::zeros(row.r.len());
        let estimate = v_trace(
            zeros.view(),
            row.r.view(),
            row.v.view(),
            &row.next,
            0.9,
            VTrace::default(),
        );
        let estimate = estimate.unwrap();
        assert_eq!(estimate.values, row.v);
        assert!(estimate.advantages.iter().all(|&a| a == 0.0));
    }

    /// Ratios below the clips are left alone; above them they count as the clips.
    #[test]
    fn only_ratios_above_the_clip_are_clipped() {
        let row = several_episodes();
        let (r, v) = (row.r.view(), row.v.view());
        let of = |ratio: &Array1<f64>, settings| {
            v_trace(ratio.view(), r, v, &row.next, 0.9, settings).unwrap()
        };
        let ratio = ratios(r.len());
        let low = ratio.mapv(|x| x.min(1.0));
        assert_eq!(of(&low, VTrace::default()), of(&low, UNCLIPPED));
        assert_eq!(of(&ratio, VTrace::default()), of(&low, UNCLIPPED));
        assert!(of(&ratio, UNCLIPPED) != of(&low, UNCLIPPED));
    }

    #[test]
    fn a_ratio_that_is_nan_stays_visible() {
        let (nan, one) = (ndarray::array![f64::NAN], ndarray::array![1.0]);
        let over = [Next::Terminated];
        let estimate = v_trace(
            nan.view(),
            one.view(),
            one.view(),
            &over,
            0.9,
            VTrace::default(),
        );
        assert!(estimate.unwrap().values[0].is_nan());
    }

    #[test]
    fn refuses_what_has_no_meaning() {
        let (one, over) = (ndarray::array![1.0], [Next::Terminated]);
        let with =
            |next, settings| v_trace(one.view(), one.view(), one.view(), next, 0.9, settings);
        for bad in [0.0, -1.0, f64::NAN] {
            let ratio_clip = VTrace {
                ratio_clip: bad,
                ..UNCLIPPED
            };
            let trace_clip = VTrace {
                trace_clip: bad,
                ..UNCLIPPED
            };
            assert!(with(&over, ratio_clip).is_err() && with(&over, trace_clip).is_err());
        }
        let lambda = VTrace {
            lambda: 1.01,
            ..UNCLIPPED
        };
        assert!(with(&over, lambda).is_err());
        assert!(with(&[Next::Continues], UNCLIPPED).is_err());
    }
}
