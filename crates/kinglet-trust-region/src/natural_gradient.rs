//! The natural gradient, and how far a trust region lets it go.

use crate::check::{constant, finite, not_negative, positive};
use crate::cholesky::Cholesky;
use crate::{ConjugateGradient, DenseFisher, Error, Fisher, conjugate_gradient};
use ndarray::{Array1, Array2, ArrayView1, NdFloat};

/// A natural gradient, and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct NaturalGradient<S = f64> {
    /// (F + λ I)⁻¹ g, `[D]`.
    pub direction: Array1<S>,
    /// gᵀ (F + λ I)⁻¹ g, the squared length of the gradient.
    pub squared_length: S,
    /// Fisher products spent (0 for a dense solve).
    pub products: usize,
    /// |g − (F + λ I) direction| / |g|, by the recursion (0 for a dense solve).
    pub residual: S,
}

/// The natural gradient by conjugate gradients. Catalogue: DECK-13, XU-20.
///
/// ```text
/// θ ← θ + β F⁻¹ ∇J(θ)        to maximise J
/// ```
///
/// The same step in any coordinates, to first order. For softmax logits without damping it is the
/// advantage, up to a constant per state.
///
/// # Shapes
/// `gradient`: `[D]`, of the objective that is maximised. Returns `[D]`.
/// # Errors
/// Those of [`conjugate_gradient`].
/// # Panics
/// When the gradient's length is not `fisher.dim()`.
/// # Source
/// Kakade 2002, theorem 1.
/// # Example
/// ```
/// use kinglet_trust_region::{ConjugateGradient, DenseFisher, natural_gradient};
/// use ndarray::array;
///
/// let fisher = DenseFisher { matrix: array![[4.0_f64, 0.0], [0.0, 0.5]] };
/// let settings = ConjugateGradient { damping: 0.0, tolerance: 1e-12, max_iterations: 10 };
/// let natural = natural_gradient(&fisher, array![2.0, 1.0].view(), settings)?;
/// assert!((natural.direction[0] - 0.5).abs() < 1e-14 && (natural.direction[1] - 2.0).abs() < 1e-14);
/// assert!((natural.squared_length - 3.0).abs() < 1e-14);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn natural_gradient<S: NdFloat>(
    fisher: &impl Fisher<S>,
    gradient: ArrayView1<'_, S>,
    settings: ConjugateGradient<S>,
) -> Result<NaturalGradient<S>, Error> {
    assert_eq!(
        gradient.len(),
        fisher.dim(),
        "the gradient has another dimension than the Fisher"
    );
    let solution = conjugate_gradient(|v| fisher.product(v), gradient, settings)?;
    Ok(NaturalGradient {
        squared_length: gradient.dot(&solution.x),
        direction: solution.x,
        products: solution.iterations,
        residual: solution.residual,
    })
}

/// The natural gradient by a Cholesky solve, for matrices that fit. Catalogue: DECK-13.
///
/// # Shapes
/// `gradient`: `[D]`. Returns `[D]`.
/// # Errors
/// [`Error::NotPositiveDefinite`] when F + λ I is singular; [`Error::NotFinite`] and
/// [`Error::Negative`] for a bad gradient or damping.
/// # Panics
/// When the gradient's length is not `fisher.dim()`.
/// # Example
/// ```
/// use kinglet_trust_region::{DenseFisher, natural_gradient_dense};
/// use ndarray::array;
///
/// let fisher = DenseFisher { matrix: array![[3.0, 0.0], [0.0, 0.0]] };
/// let gradient = array![2.0, 1.0];
/// assert!(natural_gradient_dense(&fisher, gradient.view(), 0.0).is_err()); // singular
/// let natural = natural_gradient_dense(&fisher, gradient.view(), 1.0)?;
/// assert_eq!(natural.direction, array![0.5, 1.0]);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn natural_gradient_dense<S: NdFloat>(
    fisher: &DenseFisher<S>,
    gradient: ArrayView1<'_, S>,
    damping: S,
) -> Result<NaturalGradient<S>, Error> {
    assert_eq!(
        gradient.len(),
        fisher.dim(),
        "the gradient has another dimension than the Fisher"
    );
    not_negative("damping", damping)?;
    finite("the gradient", &gradient)?;
    let damped = &fisher.matrix + &(Array2::eye(gradient.len()) * damping);
    let direction = Cholesky::new("the Fisher matrix", damped.view())?.solve(gradient);
    Ok(NaturalGradient {
        squared_length: gradient.dot(&direction),
        direction,
        products: 0,
        residual: S::zero(),
    })
}

/// The step that takes a natural gradient to the edge of the trust region. Catalogue: DECK-13.
///
/// ```text
/// β = √(2δ / gᵀF⁻¹g)        so that ½ (β F⁻¹g)ᵀ F (β F⁻¹g) = δ
/// ```
///
/// With damping it stays inside: the damped length counts what F does not see. A gradient of length
/// 0 (or one that rounding has made negative) has no edge to go to: its step is 0.
///
/// # Shapes
/// `kl_bound`, δ, in nats; `squared_length`, gᵀF⁻¹g, as [`NaturalGradient`] holds it.
/// # Errors
/// [`Error::NotPositive`] when the bound is not positive; [`Error::NotFinite`] when the length is
/// not finite.
/// # Source
/// Schulman 2015, appendix C.
/// # Example
/// ```
/// use kinglet_trust_region::trust_region_step;
/// assert_eq!(trust_region_step(0.02, 4.0)?, 0.1);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn trust_region_step<S: NdFloat>(kl_bound: S, squared_length: S) -> Result<S, Error> {
    positive("kl_bound", kl_bound)?;
    finite("the squared length", &ArrayView1::from(&[squared_length]))?;
    if squared_length <= S::zero() {
        return Ok(S::zero());
    }
    Ok((constant::<S>(2.0) * kl_bound / squared_length).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::softmax_fixture::{kl, softmax};
    use crate::{EmpiricalFisher, ProductFisher, quadratic_kl};
    use ndarray::array;

    fn exactly(damping: f64) -> ConjugateGradient {
        ConjugateGradient {
            damping,
            tolerance: 1e-13,
            max_iterations: 100,
        }
    }

    /// A bandit with four arms: policy, exact Fisher, exact gradient, advantages.
    fn bandit(logits: &Array1<f64>) -> (Array1<f64>, DenseFisher, Array1<f64>, Array1<f64>) {
        let reward = array![1.0, -0.5, 0.3, -2.0];
        let p = softmax(logits);
        let scores = Array2::<f64>::eye(4) - &p;
        let fisher = DenseFisher::from_scores(scores.view(), p.view()).unwrap();
        let advantage = &reward - p.dot(&reward);
        (p.clone(), fisher, &p * &advantage, advantage)
    }

    const LOGITS: [f64; 4] = [0.2, -0.4, 0.9, -0.1];

    #[test]
    fn deck_13_dense_empirical_and_product_forms_agree() {
        let scores = Array2::from_shape_fn((9, 4), |(n, d)| {
            ((n * n + 3 * d * n + 2 * d * d) as f64 + 0.3).sin()
        });
        let empirical = EmpiricalFisher { scores };
        let dense = empirical.dense();
        let product = ProductFisher::new(4, |v: ArrayView1<'_, f64>| dense.matrix.dot(&v));
        let g = array![1.0, -2.0, 0.5, 0.1];
        for damping in [0.0, 0.1] {
            let reference = natural_gradient_dense(&dense, g.view(), damping).unwrap();
            let others = [
                natural_gradient(&dense, g.view(), exactly(damping)).unwrap(),
                natural_gradient(&empirical, g.view(), exactly(damping)).unwrap(),
                natural_gradient(&product, g.view(), exactly(damping)).unwrap(),
            ];
            for other in others {
                let off = &other.direction - &reference.direction;
                assert!(off.iter().all(|off| off.abs() < 1e-9), "{off}");
                assert!((other.squared_length - reference.squared_length).abs() < 1e-9);
                assert!(other.products >= 4);
            }
        }
    }

    #[test]
    fn deck_13_for_softmax_it_is_the_advantage_up_to_a_constant() {
        let (_, fisher, gradient, advantage) = bandit(&Array1::from(LOGITS.to_vec()));
        let natural = natural_gradient(&fisher, gradient.view(), exactly(0.0)).unwrap();
        let off = &natural.direction - &advantage;
        assert!(off.iter().all(|x| (x - off[0]).abs() < 1e-11), "{off}");
        // The dense solve needs damping, and approaches it as damping falls.
        let damped = natural_gradient_dense(&fisher, gradient.view(), 1e-7).unwrap();
        let off = &damped.direction - &advantage;
        assert!(off.iter().all(|x| (x - off[0]).abs() < 1e-5), "{off}");
    }

    #[test]
    fn deck_13_it_is_covariant() {
        // θ = y³ + y: the step in y, carried to θ by dθ/dy, is the step in θ.
        let y = array![0.5, -0.3, 0.8];
        let slope = y.mapv(|y: f64| 3.0 * y * y + 1.0);
        let scores = array![
            [1.0, 0.2, -0.5],
            [0.3, -1.0, 0.4],
            [-0.2, 0.6, 1.5],
            [0.9, 0.9, 0.1]
        ];
        let g = array![0.4, -1.0, 0.7];
        let theta = natural_gradient(
            &EmpiricalFisher {
                scores: scores.clone(),
            },
            g.view(),
            exactly(0.0),
        )
        .unwrap();
        let in_y = EmpiricalFisher {
            scores: &scores * &slope,
        };
        let step = natural_gradient(&in_y, (&g * &slope).view(), exactly(0.0)).unwrap();
        let off = &step.direction * &slope - &theta.direction;
        assert!(off.iter().all(|off| off.abs() < 1e-10), "{off}");
        // The plain gradient is not.
        assert!(
            (&g * &slope * &slope - &g)
                .iter()
                .any(|off| off.abs() > 0.1)
        );
    }

    #[test]
    fn deck_13_plus_ascends_and_the_printed_minus_descends() {
        let logits = Array1::from(LOGITS.to_vec());
        let reward = array![1.0, -0.5, 0.3, -2.0];
        let (p, fisher, gradient, _) = bandit(&logits);
        let natural = natural_gradient(&fisher, gradient.view(), exactly(0.0)).unwrap();
        let value = |step: f64| softmax(&(&logits + &(&natural.direction * step))).dot(&reward);
        assert!(value(0.1) > p.dot(&reward) + 0.05);
        assert!(value(-0.1) < p.dot(&reward) - 0.05);
    }

    #[test]
    fn deck_13_the_step_reaches_the_edge_of_the_trust_region() {
        let logits = Array1::from(LOGITS.to_vec());
        let (p, fisher, gradient, _) = bandit(&logits);
        let natural = natural_gradient(&fisher, gradient.view(), exactly(0.0)).unwrap();
        let gap = |kl_bound: f64| {
            let beta = trust_region_step(kl_bound, natural.squared_length).unwrap();
            let step = &natural.direction * beta;
            assert!((quadratic_kl(&fisher, step.view()) / kl_bound - 1.0).abs() < 1e-10);
            (kl(&p, &softmax(&(&logits + &step))) - kl_bound).abs()
        };
        assert!(gap(0.01) < 0.001);
        // A quarter of the bound is half the step: the gap falls by its third power or better.
        let slope = (gap(1e-3) / gap(2.5e-4)).log2();
        assert!(slope > 2.5, "slope {slope}");
    }

    #[test]
    fn a_damped_step_stays_inside() {
        let (_, fisher, gradient, _) = bandit(&Array1::from(LOGITS.to_vec()));
        let natural = natural_gradient(&fisher, gradient.view(), exactly(0.05)).unwrap();
        let beta = trust_region_step(0.01, natural.squared_length).unwrap();
        let inside = quadratic_kl(&fisher, (&natural.direction * beta).view());
        assert!(inside < 0.01 && inside > 0.005, "{inside}");
    }

    #[test]
    fn a_step_without_gradient_is_none_and_a_bad_bound_is_refused() {
        assert_eq!(trust_region_step(0.01, 0.0).unwrap(), 0.0);
        assert_eq!(trust_region_step(0.01_f32, -1e-9).unwrap(), 0.0);
        assert!(trust_region_step(0.0, 1.0).is_err());
        assert!(trust_region_step(0.01, f64::NAN).is_err());
    }
}
