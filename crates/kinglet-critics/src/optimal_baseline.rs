//! The constant baselines that leave the least variance.

use ndarray::{Array1, ArrayView1, ArrayView2};
use num_traits::Float;

/// The one number that leaves a score-function gradient the least total variance. Catalogue:
/// DECK-19.
///
/// ```text
/// b* = E[‖s‖² f] / E[‖s‖²],   s = ∇ log q,   argmin_b tr Var(s (f − b))
/// ```
///
/// The mean of f is optimal only where ‖s‖² and f are uncorrelated. From samples, it depends on
/// them: take it from another batch, or the gradient is biased. Where every score is 0 every
/// baseline would do, and it is the mean of f.
///
/// # Shapes
/// `weight`: `[N]`, the probabilities of N outcomes for the exact expectation, or ones for N
/// samples; `score`: `[N, D]`; `f`: `[N]`, the return. Units: those of `f`.
/// # Panics
/// When the lengths differ.
/// # Source
/// Greensmith 2004, on constant baselines.
/// # Example
/// ```
/// use kinglet_critics::optimal_baseline;
/// use ndarray::array;
/// // A coin of probability 1/4, scores in the logit: without variance once b is right.
/// let (p, score) = (array![0.75, 0.25], array![[-0.25], [0.75]]);
/// let b = optimal_baseline(p.view(), score.view(), array![0.0, 4.0].view());
/// assert_eq!(b, 3.0);
/// assert_eq!(-0.25 * (0.0 - b), 0.75 * (4.0 - b)); // the gradient, whichever way it falls
/// ```
pub fn optimal_baseline<S: Float>(
    weight: ArrayView1<'_, S>,
    score: ArrayView2<'_, S>,
    f: ArrayView1<'_, S>,
) -> S {
    check_lengths(weight, score, f);
    let squares = score
        .rows()
        .into_iter()
        .map(|row| row.iter().fold(S::zero(), |sum, &x| sum + x * x));
    weighted_mean(weight, squares, f)
}

/// A baseline for each parameter that leaves its score-function gradient the least variance.
/// Catalogue: DECK-19.
///
/// ```text
/// b*ₖ = E[sₖ² f] / E[sₖ²],   argmin_b Var(sₖ (f − b))
/// ```
///
/// What holds of [`optimal_baseline`] holds of each.
///
/// # Shapes
/// As [`optimal_baseline`]. Returns `[D]`.
/// # Panics
/// When the lengths differ.
/// # Source
/// Peters & Schaal 2008, on the optimal baseline.
/// # Example
/// ```
/// use kinglet_critics::optimal_baselines;
/// use ndarray::array;
/// let (ones, score) = (array![1.0, 1.0], array![[1.0, 1.0, 0.0], [1.0, 3.0, 0.0]]);
/// let b = optimal_baselines(ones.view(), score.view(), array![0.0, 10.0].view());
/// assert_eq!(b, array![5.0, 9.0, 5.0]);
/// ```
pub fn optimal_baselines<S: Float>(
    weight: ArrayView1<'_, S>,
    score: ArrayView2<'_, S>,
    f: ArrayView1<'_, S>,
) -> Array1<S> {
    check_lengths(weight, score, f);
    score
        .columns()
        .into_iter()
        .map(|column| weighted_mean(weight, column.iter().map(|&x| x * x), f))
        .collect()
}

/// Σ w k f / Σ w k; Σ w f / Σ w where every k is 0.
fn weighted_mean<S: Float>(
    weight: ArrayView1<'_, S>,
    k: impl Iterator<Item = S> + Clone,
    f: ArrayView1<'_, S>,
) -> S {
    let ratio = |k: &mut dyn Iterator<Item = S>| {
        let (mut above, mut below) = (S::zero(), S::zero());
        for ((&w, k), &f) in weight.iter().zip(k).zip(f) {
            above = above + w * k * f;
            below = below + w * k;
        }
        (below != S::zero()).then(|| above / below)
    };
    ratio(&mut k.clone())
        .or_else(|| ratio(&mut std::iter::repeat(S::one())))
        .unwrap_or(S::zero())
}

fn check_lengths<S>(weight: ArrayView1<'_, S>, score: ArrayView2<'_, S>, f: ArrayView1<'_, S>) {
    let (n, (rows, _), m) = (weight.len(), score.dim(), f.len());
    assert!(
        n == rows && n == m,
        "weight has shape [{n}], score {rows} rows and f has shape [{m}]"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    /// A softmax over three actions, its scores in the logits, and returns.
    fn bandit() -> (Array1<f64>, Array2<f64>, Array1<f64>) {
        let p = array![0.2, 0.5, 0.3];
        let score = Array2::from_shape_fn((3, 3), |(a, k)| f64::from(u8::from(a == k)) - p[k]);
        (p, score, array![1.0, -2.0, 4.0])
    }

    /// Var(sₖ (f − b)) over all outcomes, and its mean.
    fn moments(k: usize, b: f64) -> (f64, f64) {
        let (p, score, f) = bandit();
        let g: Array1<f64> = (0..3).map(|a| score[[a, k]] * (f[a] - b)).collect();
        let mean = p.dot(&g);
        (p.dot(&g.mapv(|x| (x - mean).powi(2))), mean)
    }

    #[test]
    fn deck_19_no_baseline_moves_the_gradient() {
        let (p, _, f) = bandit();
        for k in 0..3 {
            let exact = p[k] * (f[k] - p.dot(&f));
            for b in [-3.0, 0.0, 10.0] {
                assert!((moments(k, b).1 - exact).abs() < 1e-14);
            }
        }
    }

    /// The variance is a parabola in b: through three points its lowest is known.
    #[test]
    fn deck_19_each_parameter_s_baseline_leaves_the_least_variance() {
        let (p, score, f) = bandit();
        let b = optimal_baselines(p.view(), score.view(), f.view());
        for k in 0..3 {
            let [low, mid, high] = [-1.0, 0.0, 1.0].map(|b| moments(k, b).0);
            let lowest = 0.5 * (low - high) / (low - 2.0 * mid + high);
            assert!((b[k] - lowest).abs() < 1e-12, "{k}: {} {lowest}", b[k]);
        }
    }

    #[test]
    fn deck_19_the_optimal_baseline_leaves_the_least_total_variance() {
        let (p, score, f) = bandit();
        let total = |b: f64| (0..3).map(|k| moments(k, b).0).sum::<f64>();
        let b = optimal_baseline(p.view(), score.view(), f.view());
        let [low, mid, high] = [-1.0, 0.0, 1.0].map(total);
        let lowest = 0.5 * (low - high) / (low - 2.0 * mid + high);
        assert!((b - lowest).abs() < 1e-12);
        let mean = p.dot(&f);
        assert!((b - mean).abs() > 0.1 && total(b) < total(mean) - 1e-3);
    }

    /// A sample that comes twice is a sample of twice the weight.
    #[test]
    fn weights_count_samples() {
        let (_, score, f) = bandit();
        let twice = [0, 1, 1, 2];
        let (scores, values) = (
            score.select(ndarray::Axis(0), &twice),
            f.select(ndarray::Axis(0), &twice),
        );
        let sampled = optimal_baseline(Array1::ones(4).view(), scores.view(), values.view());
        let weighted = optimal_baseline(array![1.0, 2.0, 1.0].view(), score.view(), f.view());
        assert!((sampled - weighted).abs() < 1e-14);
    }

    #[test]
    #[should_panic(expected = "weight has shape [2], score 3 rows and f has shape [3]")]
    fn shapes_must_match() {
        let (_, score, f) = bandit();
        optimal_baseline(array![1.0, 1.0].view(), score.view(), f.view());
    }
}
