//! The Fisher information in three forms: dense, empirical, and as a product.

use crate::Error;
use crate::check::{constant, distribution, finite};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, NdFloat};

/// The Fisher information of a policy, known by its product with a vector. Catalogue: DECK-11.
///
/// ```text
/// F(θ) = E_s E_{a∼π}[∇log π ∇log πᵀ] = −E[∇² log π] = ∇² KL(π_old ‖ π_θ) at θ_old
/// ```
///
/// The expectation over actions is part of it: at a single action, a Gaussian's mean say, the outer
/// product can vanish (XU-24). Both argument orders of the KL have this Hessian (XU-22). Whether F
/// averages or sums over the steps of a trajectory is for the caller to choose, the same for F and
/// for the gradient: the trust region is measured in that unit.
pub trait Fisher<S = f64> {
    /// The number of parameters, D.
    fn dim(&self) -> usize;

    /// F v, of shape `[D]`.
    fn product(&self, v: ArrayView1<'_, S>) -> Array1<S>;
}

/// A Fisher matrix that is written out.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseFisher<S = f64> {
    /// `[D, D]`, symmetric and positive semi-definite.
    pub matrix: Array2<S>,
}

impl DenseFisher {
    /// The exact Fisher matrix of a distribution that can be listed. Catalogue: XU-24.
    ///
    /// ```text
    /// F = Σₙ wₙ ∇log π(aₙ) ∇log π(aₙ)ᵀ
    /// ```
    ///
    /// # Shapes
    /// `scores`: `[N, D]`; `probabilities`: `[N]`, the probability of each event.
    /// # Errors
    /// When the probabilities do not sum to 1, or a score is not finite.
    /// # Panics
    /// When the lengths differ.
    /// # Source
    /// Amari 1998.
    /// # Example
    /// ```
    /// use kinglet_trust_region::DenseFisher;
    /// use ndarray::array;
    ///
    /// // A Bernoulli's logit: the scores are 1 − p and −p, the information p (1 − p).
    /// let fisher = DenseFisher::from_scores(array![[0.75], [-0.25]].view(), array![0.25, 0.75].view())?;
    /// assert!((fisher.matrix[[0, 0]] - 0.1875).abs() < 1e-15);
    /// # Ok::<(), kinglet_trust_region::Error>(())
    /// ```
    pub fn from_scores(
        scores: ArrayView2<'_, f64>,
        probabilities: ArrayView1<'_, f64>,
    ) -> Result<Self, Error> {
        assert_eq!(
            scores.nrows(),
            probabilities.len(),
            "as many probabilities as scores"
        );
        distribution("the probabilities", 0, probabilities)?;
        finite("the scores", &scores)?;
        let weighted = &scores * &probabilities.insert_axis(Axis(1));
        Ok(Self {
            matrix: scores.t().dot(&weighted),
        })
    }
}

impl<S: NdFloat> Fisher<S> for DenseFisher<S> {
    fn dim(&self) -> usize {
        self.matrix.nrows()
    }

    fn product(&self, v: ArrayView1<'_, S>) -> Array1<S> {
        self.matrix.dot(&v)
    }
}

/// The Fisher matrix of samples, never written out: N × D numbers. Catalogue: DECK-12.
///
/// ```text
/// F̂ = (1/N) Σₙ ∇log π(aₙ|sₙ) ∇log π(aₙ|sₙ)ᵀ      aₙ ∼ π_θ
/// ```
///
/// Its rank is at most N, so that fewer samples than parameters need damping. The samples must come
/// from the policy itself.
#[derive(Clone, Debug, PartialEq)]
pub struct EmpiricalFisher<S = f64> {
    /// ∇log π of each sample, `[N, D]`, N at least 1.
    pub scores: Array2<S>,
}

impl<S: NdFloat> EmpiricalFisher<S> {
    /// The matrix written out, `[D, D]`.
    pub fn dense(&self) -> DenseFisher<S> {
        let matrix = self.scores.t().dot(&self.scores) / constant::<S>(self.scores.nrows() as f64);
        DenseFisher { matrix }
    }
}

impl<S: NdFloat> Fisher<S> for EmpiricalFisher<S> {
    fn dim(&self) -> usize {
        self.scores.ncols()
    }

    fn product(&self, v: ArrayView1<'_, S>) -> Array1<S> {
        self.scores.t().dot(&self.scores.dot(&v)) / constant::<S>(self.scores.nrows() as f64)
    }
}

/// A Fisher matrix that is a function: v ↦ F v.
#[derive(Clone, Debug)]
pub struct ProductFisher<F> {
    dim: usize,
    product: F,
}

impl<F> ProductFisher<F> {
    /// From the number of parameters and the product.
    pub fn new(dim: usize, product: F) -> Self {
        Self { dim, product }
    }
}

impl<S: NdFloat, F: Fn(ArrayView1<'_, S>) -> Array1<S>> Fisher<S> for ProductFisher<F> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn product(&self, v: ArrayView1<'_, S>) -> Array1<S> {
        (self.product)(v)
    }
}

/// The Fisher product of a distribution whose parameters are functions of φ. Catalogue: XU-21.
///
/// ```text
/// F_φ = Jᵀ F_θ J      J = ∂θ/∂φ:    v ↦ vjp(F_θ · jvp(v))
/// ```
///
/// For a network's head this is the Gauss–Newton matrix, exactly the Hessian of the KL at φ_old
/// (XU-23); with J a stack of many inputs' Jacobians it is their mean or sum, as `head` weighs them.
///
/// # Shapes
/// `jvp`: `[D]` to `[M]`; `head`, F_θ: `[M]` to `[M]`; `vjp`: `[M]` to `[D]`.
/// # Source
/// Schulman 2015, appendix C.
/// # Example
/// ```
/// use kinglet_trust_region::{Fisher, pull_back};
/// use ndarray::{Array1, ArrayView1, array};
///
/// // N(φ₁ + 2 φ₂, σ² = ¼): F_θ = 4, J = [1, 2].
/// let j = array![[1.0, 2.0]];
/// let fisher = pull_back(
///     2,
///     |v: ArrayView1<'_, f64>| j.dot(&v),
///     |m: ArrayView1<'_, f64>| 4.0 * &m,
///     |m: ArrayView1<'_, f64>| j.t().dot(&m),
/// );
/// assert_eq!(fisher.product(array![1.0, 0.0].view()), array![4.0, 8.0]);
/// ```
pub fn pull_back<S: NdFloat>(
    dim: usize,
    jvp: impl Fn(ArrayView1<'_, S>) -> Array1<S>,
    head: impl Fn(ArrayView1<'_, S>) -> Array1<S>,
    vjp: impl Fn(ArrayView1<'_, S>) -> Array1<S>,
) -> ProductFisher<impl Fn(ArrayView1<'_, S>) -> Array1<S>> {
    ProductFisher::new(dim, move |v: ArrayView1<'_, S>| {
        vjp(head(jvp(v).view()).view())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quadratic_kl;
    use crate::softmax_fixture::{hessian, kl, scores, softmax};
    use ndarray::array;

    #[test]
    fn deck_11_the_fisher_matrix_is_the_hessian_of_either_kl() {
        let logits = array![0.3, -0.7, 1.1];
        let p = softmax(&logits);
        let exact = DenseFisher::from_scores(scores(&p).view(), p.view())
            .unwrap()
            .matrix;
        let forward = hessian(|l| kl(&p, &softmax(l)), &logits);
        let reverse = hessian(|l| kl(&softmax(l), &p), &logits);
        let neg_log = (0..3).fold(Array2::<f64>::zeros((3, 3)), |sum, a| {
            sum - hessian(|l| softmax(l)[a].ln(), &logits) * p[a]
        });
        for other in [forward, reverse, neg_log] {
            assert!(
                (&exact - &other).iter().all(|off| off.abs() < 2e-7),
                "{exact} {other}"
            );
        }
        // One outer product without the expectation is another matrix.
        let first = scores(&p).select(Axis(0), &[0]);
        let single = first.t().dot(&first);
        assert!((&exact - &single).iter().any(|off| off.abs() > 0.1));
    }

    #[test]
    fn deck_12_the_empirical_fisher_matrix_has_the_rank_of_its_samples() {
        let scores = array![[1.0, 0.5, -2.0, 0.0], [0.3, -1.0, 0.7, 2.0]];
        let fisher = EmpiricalFisher {
            scores: scores.clone(),
        };
        let mut dense = Array2::<f64>::zeros((4, 4));
        for i in 0..4 {
            for j in 0..4 {
                dense[[i, j]] = (0..2).map(|n| scores[[n, i]] * scores[[n, j]] / 2.0).sum();
            }
        }
        assert!(
            (&fisher.dense().matrix - &dense)
                .iter()
                .all(|off| off.abs() < 1e-15)
        );
        for i in 0..4 {
            let unit = Array1::from_shape_fn(4, |j| f64::from(u8::from(i == j)));
            let off = fisher.product(unit.view()) - dense.column(i);
            assert!(off.iter().all(|off| off.abs() < 1e-15));
        }
        // Two samples in four dimensions: what is orthogonal to both has no curvature.
        let blind = array![-5.0, 10.0, 0.0, 5.75];
        assert!(scores.dot(&blind).iter().all(|x| x.abs() < 1e-14));
        assert_eq!(quadratic_kl(&fisher, blind.view()), 0.0);
        assert_eq!(fisher.dim(), 4);
    }

    #[test]
    fn deck_12_the_empirical_matrix_of_a_whole_population_is_the_exact_one() {
        // Ten samples in the proportions of p = (.2, .5, .3).
        let p = array![0.2, 0.5, 0.3];
        let rows = scores(&p);
        let exact = DenseFisher::from_scores(rows.view(), p.view()).unwrap();
        let picks = [0, 0, 1, 1, 1, 1, 1, 2, 2, 2];
        let fisher = EmpiricalFisher {
            scores: rows.select(Axis(0), &picks),
        };
        let off = fisher.dense().matrix - exact.matrix;
        assert!(off.iter().all(|off| off.abs() < 1e-15));
    }

    /// A Gaussian's mean and log-deviation from φ, both curved.
    fn head(phi: &Array1<f64>) -> (f64, f64) {
        (
            phi[0].sin() + phi[1] * phi[2],
            0.3 * phi[1] + phi[0] * phi[0],
        )
    }

    fn gaussian_kl((m, l): (f64, f64), (n, k): (f64, f64)) -> f64 {
        let ratio = (l - k).exp();
        0.5 * (ratio * ratio - 1.0 + ((m - n) / k.exp()).powi(2)) + k - l
    }

    #[test]
    fn xu_23_the_pulled_back_product_is_the_hessian_of_the_kl() {
        let phi = array![0.4, -0.3, 0.8];
        let old = head(&phi);
        let j = array![[phi[0].cos(), phi[2], phi[1]], [2.0 * phi[0], 0.3, 0.0]];
        let metric = array![(-2.0 * old.1).exp(), 2.0];
        let fisher = pull_back(
            3,
            |v: ArrayView1<'_, f64>| j.dot(&v),
            |m: ArrayView1<'_, f64>| &metric * &m,
            |m: ArrayView1<'_, f64>| j.t().dot(&m),
        );
        let numeric = hessian(|x| gaussian_kl(old, head(x)), &phi);
        for i in 0..3 {
            let unit = Array1::from_shape_fn(3, |k| f64::from(u8::from(i == k)));
            let off = fisher.product(unit.view()) - numeric.column(i);
            assert!(off.iter().all(|off| off.abs() < 1e-6), "column {i}: {off}");
        }
    }

    #[test]
    fn xu_24_without_the_expectation_a_gaussian_at_its_mean_has_no_information() {
        // Scores of N(0, 1) by the mean, at Gauss–Hermite nodes of three points.
        let r = 3.0_f64.sqrt();
        let nodes = array![[-r], [0.0], [r]];
        let weights = array![1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0];
        let exact = DenseFisher::from_scores(nodes.view(), weights.view()).unwrap();
        assert!((exact.matrix[[0, 0]] - 1.0).abs() < 1e-15);
        let at_mean = EmpiricalFisher {
            scores: array![[0.0]],
        };
        assert_eq!(at_mean.dense().matrix[[0, 0]], 0.0);
    }

    #[test]
    fn probabilities_that_are_none_are_refused() {
        let scores = array![[1.0], [2.0]];
        assert!(DenseFisher::from_scores(scores.view(), array![0.5, 0.6].view()).is_err());
        assert!(DenseFisher::from_scores(scores.view(), array![1.5, -0.5].view()).is_err());
    }
}
