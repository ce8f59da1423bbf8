//! MPO's M-step of a Gaussian policy, in one state.

use crate::Error;
use crate::problem::{check_distribution, check_not_negative};
use kinglet_trust_region::Gaussian;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// The Gaussian that weighted samples make most likely. Catalogue: MPO-13.
///
/// ```text
/// max over μ, Σ of  Σⱼ wⱼ log N(aⱼ; μ, Σ):     μ = Σⱼ wⱼ aⱼ,   Σ = Σⱼ wⱼ (aⱼ − μ)(aⱼ − μ)ᵀ
/// ```
///
/// With fewer than D + 1 samples of positive weight Σ is singular: few samples want the penalty of
/// [`penalised_gaussian_fit`] or the bounds of `kinglet-trust-region`'s `bounded_gaussian_fit`.
///
/// # Shapes
/// `samples` (a): `[N, D]`; `weights` (w): `[N]`, summing to 1.
/// # Errors
/// [`Error::NoDistribution`] for weights that are none.
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, the M-step of maximum a posteriori policy optimisation.
/// # Example
/// ```
/// use kinglet_objectives::weighted_gaussian_fit;
/// use ndarray::array;
/// let fit = weighted_gaussian_fit(array![[0.0], [4.0]].view(), array![0.75, 0.25].view())?;
/// assert_eq!((fit.mean[0], fit.covariance[[0, 0]]), (1.0, 3.0)); // ¾ · 1 + ¼ · 9
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn weighted_gaussian_fit(
    samples: ArrayView2<'_, f64>,
    weights: ArrayView1<'_, f64>,
) -> Result<Gaussian, Error> {
    check(samples, weights)?;
    let mean = mean(samples, weights);
    let covariance = moment(samples, weights, &mean);
    Ok(Gaussian { mean, covariance })
}

/// The same under a price on the divergence from the old Gaussian. Catalogue: MPO-13.
///
/// ```text
/// max over μ, Σ of  Σⱼ wⱼ log N(aⱼ; μ, Σ) − λ KL(N(μᵢ, Σᵢ) ‖ N(μ, Σ))
/// μ = (m + λ μᵢ) / (1 + λ)                                             m = Σⱼ wⱼ aⱼ
/// Σ = ( Σⱼ wⱼ (aⱼ − μ)(aⱼ − μ)ᵀ + λ [Σᵢ + (μᵢ − μ)(μᵢ − μ)ᵀ] ) / (1 + λ)
/// ```
///
/// The mean and covariance of the mixture of the samples, with weight 1, and the old Gaussian, with
/// weight λ. For λ > 0 it is positive definite, however few the samples.
///
/// # Shapes
/// `samples` (a): `[N, D]`; `weights` (w): `[N]`, summing to 1; `coefficient`, λ ≥ 0.
/// # Errors
/// [`Error::NoDistribution`] for weights that are none; [`Error::OutOfRange`] for λ.
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, the M-step of maximum a posteriori policy optimisation.
/// # Example
/// ```
/// use kinglet_objectives::penalised_gaussian_fit;
/// use kinglet_trust_region::Gaussian;
/// use ndarray::array;
/// let old = Gaussian { mean: array![0.0], covariance: array![[1.0]] };
/// let fit = penalised_gaussian_fit(array![[2.0]].view(), array![1.0].view(), &old, 1.0)?;
/// assert_eq!((fit.mean[0], fit.covariance[[0, 0]]), (1.0, 1.5)); // (1 + (1 + 1)) / 2
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn penalised_gaussian_fit(
    samples: ArrayView2<'_, f64>,
    weights: ArrayView1<'_, f64>,
    old: &Gaussian,
    coefficient: f64,
) -> Result<Gaussian, Error> {
    let prices = KlPrices {
        mean: coefficient,
        covariance: coefficient,
    };
    decoupled_gaussian_fit(samples, weights, old, prices)
}

/// What a nat costs in each part of a Gaussian's divergence: the multipliers of an M-step's bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KlPrices {
    /// η_mean ≥ 0, of ½ (μ − μᵢ)ᵀ Σ⁻¹ (μ − μᵢ).
    pub mean: f64,
    /// η_cov ≥ 0, of ½ (tr Σ⁻¹Σᵢ − D + ln |Σ|/|Σᵢ|).
    pub covariance: f64,
}

/// The same with a price for each part of the divergence. Catalogue: MPO-20.
///
/// ```text
/// max over μ, Σ of  Σⱼ wⱼ log N(aⱼ; μ, Σ) − η_mean C_mean − η_cov C_cov
/// μ = (m + η_mean μᵢ) / (1 + η_mean)                                   m = Σⱼ wⱼ aⱼ
/// Σ = ( Σⱼ wⱼ (aⱼ − μ)(aⱼ − μ)ᵀ + η_mean (μᵢ − μ)(μᵢ − μ)ᵀ + η_cov Σᵢ ) / (1 + η_cov)
/// ```
///
/// The best answer to the multipliers of MPO's M-step, whose Lagrangian adds η_mean ε_mean and
/// η_cov ε_cov. The slope of its largest value by a multiplier is ε − C, so descending it raises a
/// price whose bound is exceeded.
///
/// # Shapes
/// `samples` (a): `[N, D]`; `weights` (w): `[N]`, summing to 1.
/// # Errors
/// [`Error::NoDistribution`] for weights that are none; [`Error::OutOfRange`] for a price.
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, the Lagrangian of the M-step with decoupled bounds.
/// # Example
/// ```
/// use kinglet_objectives::{KlPrices, decoupled_gaussian_fit};
/// use kinglet_trust_region::Gaussian;
/// use ndarray::array;
/// let old = Gaussian { mean: array![0.0], covariance: array![[1.0]] };
/// let prices = KlPrices { mean: 3.0, covariance: 1.0 };
/// let fit = decoupled_gaussian_fit(array![[2.0]].view(), array![1.0].view(), &old, prices)?;
/// assert_eq!(fit.mean[0], 0.5); // 2 / (1 + 3)
/// assert_eq!(fit.covariance[[0, 0]], 2.0); // (1.5² + 3 · 0.5² + 1) / 2
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn decoupled_gaussian_fit(
    samples: ArrayView2<'_, f64>,
    weights: ArrayView1<'_, f64>,
    old: &Gaussian,
    prices: KlPrices,
) -> Result<Gaussian, Error> {
    check(samples, weights)?;
    check_not_negative("the mean's price", prices.mean)?;
    check_not_negative("the covariance's price", prices.covariance)?;
    assert_eq!(
        samples.ncols(),
        old.mean.len(),
        "the samples' dimension (left) is not that of the old Gaussian (right)"
    );
    let mean = (mean(samples, weights) + prices.mean * &old.mean) / (1.0 + prices.mean);
    let away = (&old.mean - &mean).insert_axis(Axis(0));
    let spread = moment(samples, weights, &mean) + prices.mean * away.t().dot(&away);
    let covariance = (spread + prices.covariance * &old.covariance) / (1.0 + prices.covariance);
    Ok(Gaussian { mean, covariance })
}

/// Σⱼ wⱼ aⱼ.
fn mean(samples: ArrayView2<'_, f64>, weights: ArrayView1<'_, f64>) -> Array1<f64> {
    weights.dot(&samples)
}

/// Σⱼ wⱼ (aⱼ − c)(aⱼ − c)ᵀ.
fn moment(
    samples: ArrayView2<'_, f64>,
    weights: ArrayView1<'_, f64>,
    centre: &Array1<f64>,
) -> Array2<f64> {
    let away = &samples - centre;
    let weighted = &away * &weights.insert_axis(Axis(1));
    weighted.t().dot(&away)
}

fn check(samples: ArrayView2<'_, f64>, weights: ArrayView1<'_, f64>) -> Result<(), Error> {
    assert_eq!(
        samples.nrows(),
        weights.len(),
        "as many samples (left) as weights (right) are needed"
    );
    check_distribution("the weights", weights.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kinglet_trust_region::gaussian_kl_parts;
    use ndarray::array;

    fn samples() -> (Array2<f64>, Array1<f64>) {
        (
            array![[1.0, 0.2], [-0.5, 0.9], [0.3, -1.4], [2.0, 0.1]],
            array![0.4, 0.1, 0.3, 0.2],
        )
    }

    /// Σ w log N(a; μ, Σ) in two dimensions, inverse and determinant by hand.
    fn likelihood(g: &Gaussian) -> f64 {
        let (samples, weights) = samples();
        let c = &g.covariance;
        let det = c[[0, 0]] * c[[1, 1]] - c[[0, 1]] * c[[1, 0]];
        let term = |a: ArrayView1<'_, f64>| {
            let (x, y) = (a[0] - g.mean[0], a[1] - g.mean[1]);
            let square = c[[1, 1]] * x * x - 2.0 * c[[0, 1]] * x * y + c[[0, 0]] * y * y;
            -0.5 * (square / det + det.ln()) - (2.0 * std::f64::consts::PI).ln()
        };
        let rows = samples.rows().into_iter().zip(&weights);
        rows.map(|(row, w)| w * term(row)).sum()
    }

    fn nudges() -> Vec<(Array1<f64>, Array2<f64>)> {
        let still = (Array1::zeros(2), Array2::zeros((2, 2)));
        let mut all = Vec::new();
        for step in [1e-3, -1e-3] {
            all.push((array![step, 0.0], still.1.clone()));
            all.push((array![0.0, step], still.1.clone()));
            all.push((still.0.clone(), array![[step, 0.0], [0.0, 0.0]]));
            all.push((still.0.clone(), array![[0.0, 0.0], [0.0, step]]));
            all.push((still.0.clone(), array![[0.0, step], [step, 0.0]]));
        }
        all
    }

    fn moved(g: &Gaussian, by: &(Array1<f64>, Array2<f64>)) -> Gaussian {
        Gaussian {
            mean: &g.mean + &by.0,
            covariance: &g.covariance + &by.1,
        }
    }

    #[test]
    fn mpo_13_no_other_gaussian_is_more_likely() {
        let (samples, weights) = samples();
        let fit = weighted_gaussian_fit(samples.view(), weights.view()).unwrap();
        for by in nudges() {
            let loss = likelihood(&fit) - likelihood(&moved(&fit, &by));
            assert!(loss > 0.0 && loss < 1e-4, "{loss}");
        }
    }

    #[test]
    fn mpo_13_no_other_gaussian_is_better_at_the_price() {
        let (samples, weights) = samples();
        let old = Gaussian {
            mean: array![0.3, -1.0],
            covariance: array![[1.0, 0.4], [0.4, 0.7]],
        };
        for (mean, covariance) in [(0.3, 0.3), (2.0, 0.5), (0.0, 4.0)] {
            let at = |g: &Gaussian| {
                let parts = gaussian_kl_parts(&old, g).unwrap();
                likelihood(g) - mean * parts.mean - covariance * parts.covariance
            };
            let prices = KlPrices { mean, covariance };
            let fit = decoupled_gaussian_fit(samples.view(), weights.view(), &old, prices).unwrap();
            for by in nudges() {
                let loss = at(&fit) - at(&moved(&fit, &by));
                assert!(loss > 0.0 && loss < 1e-4, "{loss}");
            }
        }
    }

    #[test]
    fn mpo_13_the_price_goes_from_the_samples_to_the_old_policy() {
        let (samples, weights) = samples();
        let old = Gaussian {
            mean: array![0.3, -1.0],
            covariance: array![[1.0, 0.4], [0.4, 0.7]],
        };
        let at =
            |price| penalised_gaussian_fit(samples.view(), weights.view(), &old, price).unwrap();
        let free = weighted_gaussian_fit(samples.view(), weights.view()).unwrap();
        assert_eq!(at(0.0), free);
        let dear = at(1e9);
        assert!((&dear.mean - &old.mean).iter().all(|off| off.abs() < 1e-8));
        let off = &dear.covariance - &old.covariance;
        assert!(off.iter().all(|off| off.abs() < 1e-8));
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        let (samples, weights) = samples();
        let old = Gaussian {
            mean: array![0.0, 0.0],
            covariance: Array2::eye(2),
        };
        let (samples, weights) = (samples.view(), weights.view());
        assert!(weighted_gaussian_fit(samples, (&weights * 2.0).view()).is_err());
        for price in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(penalised_gaussian_fit(samples, weights, &old, price).is_err());
        }
    }
}
