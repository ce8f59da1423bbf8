//! The mean-squared Bellman error from samples: one successor, two, or a model.

use crate::residual_temperature::{bellman_residual, check, check_weights, state_values};
use crate::rollout::draw;
use crate::{Error, Estimate};
use kinglet_envs::TabularMdp;
use ndarray::ArrayView2;
use rand::Rng;

/// What one sampled successor adds to the mean-squared Bellman error. Catalogue: VIREL-09.
///
/// ```text
/// E[(r + γ V(s′) − Q)²] = ε + γ² E_d[Var_{s′} V(s′)],   V(s) = E_π[Q(s, a)]
/// ```
///
/// Returns the second term. It does not vanish at Q*: with stochastic dynamics a temperature that
/// is estimated from one successor never reaches zero, and the policy never becomes deterministic.
///
/// # Shapes
/// As [`residual_temperature`](crate::residual_temperature). Units: reward².
/// # Errors
/// As [`residual_temperature`](crate::residual_temperature).
/// # Panics
/// When a shape is another.
/// # Source
/// Baird 1995, on double sampling.
/// # Example
/// ```
/// use kinglet_objectives::one_sample_excess;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// // A fair coin decides between two states, worth 0 and 2.
/// let coin = array![[[0.5, 0.5]], [[0.5, 0.5]]];
/// let mdp = TabularMdp::from_dense(
///     coin.view(), array![[0.0], [0.0]].view(), array![1.0, 0.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let (q, sure, law) = (array![[0.0], [2.0]], array![[1.0], [1.0]], array![[0.5], [0.5]]);
/// let excess = one_sample_excess(&mdp, q.view(), sure.view(), law.view())?;
/// assert_eq!(excess, 0.25); // γ² Var = ¼ · 1
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn one_sample_excess(
    mdp: &TabularMdp,
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    weights: ArrayView2<'_, f64>,
) -> Result<f64, Error> {
    check(mdp, q, policy)?;
    check_weights(q, weights)?;
    let v = state_values(q, policy);
    let variance = |s: usize, a: usize| {
        let mean: f64 = mdp.successors(s, a).map(|(next, p)| p * v[next]).sum();
        let terms = mdp.successors(s, a);
        terms
            .map(|(next, p)| p * (v[next] - mean).powi(2))
            .sum::<f64>()
    };
    let terms = weights.indexed_iter().map(|((s, a), d)| d * variance(s, a));
    Ok(mdp.discount().powi(2) * terms.sum::<f64>())
}

/// The mean-squared Bellman error from one successor of each pair: biased. Catalogue: VIREL-09.
///
/// ```text
/// (r + γ V(s′) − Q(s, a))²,   (s, a) ~ d,  s′ ~ p(· | s, a)
/// ```
///
/// Its mean is ε + [`one_sample_excess`].
///
/// # Shapes
/// As [`residual_temperature`](crate::residual_temperature). Units: reward².
/// # Errors
/// As [`residual_temperature`](crate::residual_temperature); [`Error::Distribution`] for too few samples.
/// # Panics
/// When a shape is another.
/// # Source
/// Baird 1995, on double sampling.
pub fn one_sample_residual<R: Rng + ?Sized>(
    mdp: &TabularMdp,
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    weights: ArrayView2<'_, f64>,
    samples: usize,
    rng: &mut R,
) -> Result<Estimate, Error> {
    let error = sampled_error(mdp, q, policy, weights)?;
    let one = || {
        let pair = draw_pair(weights, rng);
        error(pair, mdp.transitions().sample(pair.0, pair.1, rng)).powi(2)
    };
    Ok(Estimate::from_samples(
        std::iter::repeat_with(one).take(samples),
    )?)
}

/// The mean-squared Bellman error from two independent successors of each pair: unbiased.
/// Catalogue: VIREL-09.
///
/// ```text
/// (r + γ V(s′) − Q) (r + γ V(s″) − Q),   s′, s″ ~ p(· | s, a) independently
/// ```
///
/// A sample may be negative. It needs a simulator that can be put back into (s, a).
///
/// # Shapes
/// As [`residual_temperature`](crate::residual_temperature). Units: reward².
/// # Errors
/// As [`residual_temperature`](crate::residual_temperature); [`Error::Distribution`] for too few samples.
/// # Panics
/// When a shape is another.
/// # Source
/// Baird 1995, on double sampling.
pub fn double_sample_residual<R: Rng + ?Sized>(
    mdp: &TabularMdp,
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    weights: ArrayView2<'_, f64>,
    samples: usize,
    rng: &mut R,
) -> Result<Estimate, Error> {
    let error = sampled_error(mdp, q, policy, weights)?;
    let one = || {
        let pair = draw_pair(weights, rng);
        let mut successor = || error(pair, mdp.transitions().sample(pair.0, pair.1, rng));
        successor() * successor()
    };
    Ok(Estimate::from_samples(
        std::iter::repeat_with(one).take(samples),
    )?)
}

/// The mean-squared Bellman error from pairs alone, the successor averaged over by a model:
/// unbiased. Catalogue: VIREL-09.
///
/// ```text
/// δ(s, a)²,   (s, a) ~ d
/// ```
///
/// # Shapes
/// As [`residual_temperature`](crate::residual_temperature). Units: reward².
/// # Errors
/// As [`residual_temperature`](crate::residual_temperature); [`Error::Distribution`] for too few samples.
/// # Panics
/// When a shape is another.
pub fn model_residual<R: Rng + ?Sized>(
    mdp: &TabularMdp,
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    weights: ArrayView2<'_, f64>,
    samples: usize,
    rng: &mut R,
) -> Result<Estimate, Error> {
    check_weights(q, weights)?;
    let residual = bellman_residual(mdp, q, policy)?;
    let one = || residual[draw_pair(weights, rng)].powi(2);
    Ok(Estimate::from_samples(
        std::iter::repeat_with(one).take(samples),
    )?)
}

/// The temporal-difference error of a pair and a successor, after the checks.
fn sampled_error<'a>(
    mdp: &'a TabularMdp,
    q: ArrayView2<'a, f64>,
    policy: ArrayView2<'a, f64>,
    weights: ArrayView2<'_, f64>,
) -> Result<impl Fn((usize, usize), usize) -> f64 + 'a, Error> {
    check(mdp, q, policy)?;
    check_weights(q, weights)?;
    let v = state_values(q, policy);
    Ok(move |(s, a), next: usize| mdp.reward(s, a) + mdp.discount() * v[next] - q[[s, a]])
}

/// (s, a) ~ d.
fn draw_pair<R: Rng + ?Sized>(weights: ArrayView2<'_, f64>, rng: &mut R) -> (usize, usize) {
    let index = draw(weights.iter().copied(), rng);
    (index / weights.ncols(), index % weights.ncols())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{residual_temperature, soft_policy};
    use kinglet_envs::fixtures::disc;
    use ndarray::Array2;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    const SAMPLES: usize = 20_000;

    #[test]
    fn each_estimator_has_its_own_mean() {
        let mdp = disc();
        let q = Array2::from_shape_fn((4, 3), |(s, a)| (s as f64 - a as f64).sin() * 2.0);
        let raw = Array2::from_shape_fn((4, 3), |(s, a)| 1.0 + (2 * s + a) as f64);
        let law = &raw / raw.sum();
        let greedy = soft_policy(q.view(), 0.0).unwrap();
        let (q, pi, d) = (q.view(), greedy.view(), law.view());
        let exact = residual_temperature(&mdp, q, pi, d).unwrap();
        let excess = one_sample_excess(&mdp, q, pi, d).unwrap();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let one = one_sample_residual(&mdp, q, pi, d, SAMPLES, &mut rng).unwrap();
        let two = double_sample_residual(&mdp, q, pi, d, SAMPLES, &mut rng).unwrap();
        let model = model_residual(&mdp, q, pi, d, SAMPLES, &mut rng).unwrap();
        assert!(one.z(exact + excess).abs() < 4.0 && one.z(exact) > 6.0);
        assert!(two.z(exact).abs() < 4.0 && two.z(exact + excess) < -6.0);
        assert!(model.z(exact).abs() < 4.0);
        assert!(model.standard_error < two.standard_error);
    }
}
