//! The divergence of a small step, to second order.

use crate::Fisher;
use crate::check::constant;
use ndarray::{ArrayView1, NdFloat};

/// The divergence of a small step, to second order. Catalogue: XU-22, MPO-14.
///
/// ```text
/// KL(π_θ ‖ π_{θ+δ}) = ½ δᵀ F δ + O(|δ|³)
/// ```
///
/// As a prior on the new parameters, N(θ, (λF)⁻¹) has −λ times this as its log-density, up to a
/// constant: the covariance is the inverse of λF.
///
/// # Shapes
/// `step`, δ: `[D]`. Returns nats.
/// # Panics
/// When the length of `step` is not `fisher.dim()`.
/// # Source
/// Schulman 2015, appendix C.
/// # Example
/// ```
/// use kinglet_trust_region::{DenseFisher, quadratic_kl};
/// use ndarray::array;
/// let fisher = DenseFisher { matrix: array![[4.0, 0.0], [0.0, 2.0]] };
/// assert_eq!(quadratic_kl(&fisher, array![0.5, 1.0].view()), 1.5);
/// ```
pub fn quadratic_kl<S: NdFloat>(fisher: &impl Fisher<S>, step: ArrayView1<'_, S>) -> S {
    assert_eq!(
        step.len(),
        fisher.dim(),
        "the step has another dimension than the Fisher matrix"
    );
    constant::<S>(0.5) * step.dot(&fisher.product(step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DenseFisher;
    use crate::softmax_fixture::{kl, scores, softmax};
    use ndarray::array;

    #[test]
    fn xu_22_the_two_orders_agree_to_third_order() {
        let logits = array![0.3, -0.7, 1.1];
        let direction = array![1.0, 0.5, -0.4];
        let p = softmax(&logits);
        let fisher = DenseFisher::from_scores(scores(&p).view(), p.view()).unwrap();
        let gaps = [0.1, 0.05, 0.025].map(|e| {
            let step = &direction * e;
            let q = softmax(&(&logits + &step));
            let quadratic = quadratic_kl(&fisher, step.view());
            (kl(&p, &q) - quadratic)
                .abs()
                .max((kl(&q, &p) - quadratic).abs())
        });
        for pair in gaps.windows(2) {
            let slope = (pair[0] / pair[1]).log2();
            assert!((2.8..3.3).contains(&slope), "slope {slope}");
        }
    }

    #[test]
    fn mpo_14_the_prior_is_minus_lambda_kl_and_not_its_inverse() {
        let logits = array![0.3, -0.7, 1.1];
        let p = softmax(&logits);
        let fisher = DenseFisher::from_scores(scores(&p).view(), p.view()).unwrap();
        let step = array![0.03, -0.02, 0.01];
        let exact = kl(&p, &softmax(&(&logits + &step)));
        let quadratic = quadratic_kl(&fisher, step.view());
        assert!((quadratic / exact - 1.0).abs() < 0.03);
        // The inverse in place of the matrix (on the logits' plane) is off by an order or more.
        let settings = crate::ConjugateGradient {
            damping: 0.0,
            tolerance: 1e-12,
            max_iterations: 9,
        };
        let centred = &step - step.sum() / 3.0;
        let inverse = crate::conjugate_gradient(|v| fisher.product(v), centred.view(), settings)
            .unwrap()
            .x;
        assert!(centred.dot(&inverse) > 10.0 * exact);
    }
}
