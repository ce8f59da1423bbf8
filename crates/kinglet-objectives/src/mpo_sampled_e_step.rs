//! MPO's E-step from sampled actions: means under the policy become means over samples.

use crate::Error;
use crate::problem::{check_distribution, check_positive};
use crate::soft::weighted_log_sum_exp;
use kinglet_trust_region::{EStep, Improved, solve_temperature};
use ndarray::{Array2, ArrayView1, ArrayView2};

/// MPO's E-step under a hard bound, from actions that the old policy drew. Catalogue: MPO-11.
///
/// ```text
/// g(η) = η ε + η E_μ log (1/N) Σⱼ exp(Q(s, aⱼ) / η),   aⱼ ~ π(· | s),   wⱼ ∝ exp(Q(s, aⱼ) / η*)
/// ```
///
/// It is the logarithm of a mean, not of a sum: the drawn actions stand in for π, so each counts
/// 1/N, and π itself appears nowhere. The `policy` of the result holds the weights w of the drawn
/// actions, which an M-step fits. The temperature comes out too low, by an amount that falls as
/// 1/N; see [`log_mean_exp_bias`].
///
/// # Shapes
/// `q`, Q(s, aⱼ): `[S, N]`; `states` (μ): `[S]`; `kl_bound`, ε, in nats. The weights: `[S, N]`.
/// # Errors
/// [`Error::TrustRegion`] for a bound that is not positive, values that are not finite or states
/// that are no distribution.
/// # Panics
/// When the shapes do not fit, or there is no action.
/// # Source
/// Abdolmaleki 2018, the E-step of maximum a posteriori policy optimisation.
/// # Example
/// ```
/// use kinglet_objectives::mpo_sampled_e_step;
/// use ndarray::array;
/// // Weights (¾, ¼) are this far from (½, ½).
/// let kl_bound = 0.75 * 1.5f64.ln() + 0.25 * 0.5f64.ln();
/// let improved = mpo_sampled_e_step(array![[1.0, 0.0]].view(), array![1.0].view(), kl_bound)?;
/// assert!((improved.temperature - 1.0 / 3f64.ln()).abs() < 1e-12);
/// assert!((improved.policy[[0, 0]] - 0.75).abs() < 1e-12);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn mpo_sampled_e_step(
    q: ArrayView2<'_, f64>,
    states: ArrayView1<'_, f64>,
    kl_bound: f64,
) -> Result<Improved, Error> {
    assert!(
        q.ncols() > 0,
        "an E-step of no actions: q has shape {:?}",
        q.dim()
    );
    let each = Array2::from_elem(q.dim(), 1.0 / q.ncols() as f64);
    Ok(solve_temperature(EStep {
        q,
        policy: each.view(),
        states,
        kl_bound,
    })?)
}

/// The logarithm of a mean of exponentials, at a temperature. Catalogue: MPO-11.
///
/// ```text
/// η log (1/N) Σⱼ exp(Qⱼ / η)
/// ```
///
/// The estimate of η log E_π\[exp(Q/η)\] from N actions drawn from π. Its mean lies below, by
/// Jensen's inequality; [`log_mean_exp_bias`] says by how much.
///
/// # Shapes
/// `q`: `[N]`. Units: reward.
/// # Errors
/// [`Error::NotPositive`] for the temperature.
/// # Panics
/// When `q` is empty.
/// # Example
/// ```
/// use kinglet_objectives::log_mean_exp;
/// use ndarray::array;
/// assert!((log_mean_exp(array![3f64.ln(), 0.0].view(), 1.0)? - 2f64.ln()).abs() < 1e-15);
/// assert_eq!(log_mean_exp(array![800.0, 800.0].view(), 1.0)?, 800.0);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn log_mean_exp(q: ArrayView1<'_, f64>, temperature: f64) -> Result<f64, Error> {
    check_positive("temperature", temperature)?;
    assert!(!q.is_empty(), "the mean of no values: q has shape [0]");
    let each = 1.0 / q.len() as f64;
    Ok(weighted_log_sum_exp(
        q.iter().map(|&q| (q, each)),
        temperature,
    ))
}

/// How far [`log_mean_exp`] of N sampled actions lies off in the mean, to order 1/N.
/// Catalogue: MPO-11.
///
/// ```text
/// E[η log (1/N) Σⱼ exp(Qⱼ/η)] − η log E_π[exp(Q/η)] = −η χ²(q_η ‖ π) / 2N + O(1/N²)
/// χ²(q ‖ π) = Σ q² / π − 1,   q_η ∝ π exp(Q/η)
/// ```
///
/// The colder, the more samples it takes.
///
/// # Shapes
/// `q`, `prior` (π): `[A]`; `samples`, N. Units: reward; never positive.
/// # Errors
/// [`Error::NotPositive`] for the temperature or no samples; [`Error::NoDistribution`].
/// # Panics
/// When the shapes differ.
/// # Example
/// ```
/// use kinglet_objectives::log_mean_exp_bias;
/// use ndarray::array;
/// // q = (¾, ¼): χ² = (9/16 + 1/16) / ½ − 1 = ¼.
/// let (q, prior) = (array![3f64.ln(), 0.0], array![0.5, 0.5]);
/// assert!((log_mean_exp_bias(q.view(), prior.view(), 1.0, 10)? + 0.25 / 20.0).abs() < 1e-16);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn log_mean_exp_bias(
    q: ArrayView1<'_, f64>,
    prior: ArrayView1<'_, f64>,
    temperature: f64,
    samples: usize,
) -> Result<f64, Error> {
    check_positive("temperature", temperature)?;
    check_positive("samples", samples as f64)?;
    assert_eq!(q.dim(), prior.dim(), "shapes of q and of the prior differ");
    check_distribution("the prior", prior.iter().copied())?;
    let possible = q.iter().zip(prior).filter(|(_, p)| **p > 0.0);
    let best = possible
        .clone()
        .fold(f64::NEG_INFINITY, |m, (q, _)| m.max(*q));
    let (mut first, mut second) = (0.0, 0.0);
    for (&q, &p) in possible {
        let weight = ((q - best) / temperature).exp();
        first += p * weight;
        second += p * weight * weight;
    }
    let chi_squared = second / (first * first) - 1.0;
    Ok(-temperature * chi_squared / (2.0 * samples as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Estimate, mpo_e_step};
    use kinglet_trust_region::temperature_dual;
    use ndarray::{Array1, array};
    use rand::RngExt;
    use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

    const Q: [f64; 2] = [1.0, -0.6];
    const PI: [f64; 2] = [0.3, 0.7];
    const ETA: f64 = 0.8;

    /// E[log_mean_exp] of N draws of two actions, by the binomial law of the first's count.
    fn expected(n: usize) -> f64 {
        let mut log_choose = 0.0;
        let term = |k: usize, log_choose: f64| {
            let log_p = log_choose + k as f64 * PI[0].ln() + (n - k) as f64 * PI[1].ln();
            let drawn = Array1::from_shape_fn(n, |j| if j < k { Q[0] } else { Q[1] });
            log_p.exp() * log_mean_exp(drawn.view(), ETA).unwrap()
        };
        let mut sum = term(0, 0.0);
        for k in 1..=n {
            log_choose += ((n - k + 1) as f64 / k as f64).ln();
            sum += term(k, log_choose);
        }
        sum
    }

    #[test]
    fn mpo_11_the_sampled_value_is_low_by_half_a_chi_squared_over_n() {
        let (q, prior) = (array![Q], array![PI]);
        let exact = mpo_e_step(q.view(), prior.view(), ETA).unwrap().values[0];
        let off = |n| {
            let bias = log_mean_exp_bias(q.row(0), prior.row(0), ETA, n).unwrap();
            (expected(n) - exact, bias)
        };
        let mut before = f64::INFINITY;
        for n in [20, 40, 80, 160] {
            let (true_bias, first_order) = off(n);
            assert!(true_bias < 0.0 && first_order < 0.0);
            // What is left falls as 1/N².
            let left = (true_bias - first_order).abs();
            assert!(left < 0.3 * before, "{n}: {left} after {before}");
            assert!(left < 3.0 / (n * n) as f64);
            before = left;
        }
    }

    #[test]
    fn mpo_11_of_all_actions_once_it_is_the_uniform_policy_s_e_step() {
        let q = array![[1.0, -0.5, 2.0], [0.0, 4.0, -1.0]];
        let (uniform, states) = (Array2::from_elem((2, 3), 1.0 / 3.0), array![0.3, 0.7]);
        let improved = mpo_sampled_e_step(q.view(), states.view(), 0.1).unwrap();
        let tilted = mpo_e_step(q.view(), uniform.view(), improved.temperature).unwrap();
        assert!(
            (&improved.policy - &tilted.policy)
                .iter()
                .all(|x| x.abs() < 1e-14)
        );
        let dual = temperature_dual(
            EStep {
                q: q.view(),
                policy: uniform.view(),
                states: states.view(),
                kl_bound: 0.1,
            },
            improved.temperature,
        )
        .unwrap();
        let by_mean = |s: usize| log_mean_exp(q.row(s), improved.temperature).unwrap();
        let g = improved.temperature * 0.1 + 0.3 * by_mean(0) + 0.7 * by_mean(1);
        assert!((dual.value - g).abs() < 1e-13);
        assert!(dual.slope.abs() < 1e-12);
    }

    #[test]
    fn mpo_11_few_samples_make_the_temperature_low() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
        let q = array![[1.0, -0.5, 2.0, 0.3]];
        let prior = array![[0.4, 0.3, 0.1, 0.2]];
        let exact = solve_temperature(EStep {
            q: q.view(),
            policy: prior.view(),
            states: array![1.0].view(),
            kl_bound: 0.1,
        })
        .unwrap()
        .temperature;
        let mut mean = |n: usize| {
            let temperatures = (0..400).map(|_| {
                let drawn = Array2::from_shape_fn((1, n), |_| {
                    let mut u = rng.random::<f64>();
                    let taken = prior.iter().position(|p| {
                        u -= p;
                        u < 0.0
                    });
                    q[[0, taken.unwrap_or(3)]]
                });
                mpo_sampled_e_step(drawn.view(), array![1.0].view(), 0.1)
                    .unwrap()
                    .temperature
            });
            Estimate::from_samples(temperatures).unwrap()
        };
        let (few, many) = (mean(10), mean(1000));
        assert!(few.z(exact) < -4.0, "{few:?} {exact}");
        assert!((many.mean - exact).abs() < 0.2 * (few.mean - exact).abs());
    }

    #[test]
    fn values_far_from_zero_neither_overflow_nor_shift() {
        let (q, prior) = (array![1.0, -0.6], array![0.3, 0.7]);
        let bias = |by: f64| {
            let moved = q.mapv(|q| q + by);
            log_mean_exp_bias(moved.view(), prior.view(), 0.5, 10).unwrap()
        };
        assert!((bias(1e4) - bias(0.0)).abs() < 1e-12);
        let at = log_mean_exp(array![-1e4, -1e4].view(), 1.0).unwrap();
        assert!((at + 1e4).abs() < 1e-11);
        assert!(log_mean_exp(q.view(), 0.0).is_err());
        assert!(log_mean_exp_bias(q.view(), prior.view(), 1.0, 0).is_err());
    }
}
