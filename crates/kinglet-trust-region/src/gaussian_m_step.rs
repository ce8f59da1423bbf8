//! The M-step of a Gaussian with a bound for the mean and one for the covariance.

use crate::bisect::bisect;
use crate::check::{distribution, finite, positive};
use crate::cholesky::Cholesky;
use crate::gaussian_kl::covariance_part;
use crate::{Error, Gaussian, KlParts, decoupled_kl_parts};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// The bounds of a decoupled M-step, nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecoupledBounds {
    /// ε_mean > 0, for the part of the mean.
    pub mean: f64,
    /// ε_cov > 0, for the part of the covariance.
    pub covariance: f64,
}

/// A bounded fit, and the prices of its bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundedFit {
    /// The new policy.
    pub gaussian: Gaussian,
    /// η_mean ≥ 0; 0 where the bound does not bind.
    pub mean_multiplier: f64,
    /// η_cov ≥ 0; 0 where the bound does not bind.
    pub covariance_multiplier: f64,
    /// The parts of its divergence, as [`decoupled_kl_parts`] has them.
    pub parts: KlParts,
}

/// The M-step of a Gaussian in one state under decoupled bounds, exactly. Catalogue: MPO-20.
///
/// ```text
/// max over μ, Σ, min over η ≥ 0 of   E_q[log N(x; μ, Σᵢ)] + E_q[log N(x; μᵢ, Σ)]
///                                    + η_mean (ε_mean − C_mean) + η_cov (ε_cov − C_cov)
/// μ = (m + η_mean μᵢ) / (1 + η_mean)        m = E_q[x]
/// Σ = (M + η_cov Σᵢ) / (1 + η_cov)          M = E_q[(x − μᵢ)(x − μᵢ)ᵀ]
/// ```
///
/// The derivative of the Lagrangian by a multiplier is ε − C: it is 0 where the bound binds, and the
/// multiplier is 0 elsewhere. η_mean is √(|m − μᵢ|²/2ε) − 1 in Σᵢ's metric; η_cov is the root of
/// C_cov = ε, which falls with η.
///
/// # Shapes
/// `samples`: `[N, D]`; `weights`, q: `[N]`, summing to 1.
/// # Errors
/// When the bounds are not positive, the weights are no distribution, a sample is not finite, or
/// the old covariance is not positive definite.
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018b (Relative entropy regularized policy iteration).
/// # Example
/// ```
/// use kinglet_trust_region::{DecoupledBounds, Gaussian, bounded_gaussian_fit};
/// use ndarray::array;
///
/// let old = Gaussian { mean: array![0.0], covariance: array![[1.0]] };
/// let (samples, weights) = (array![[1.0], [3.0]], array![0.5, 0.5]);
/// let bounds = DecoupledBounds { mean: 0.02, covariance: 1e-4 };
/// let fit = bounded_gaussian_fit(samples.view(), weights.view(), &old, bounds)?;
/// assert!((fit.gaussian.mean[0] - 0.2).abs() < 1e-12); // √(2 · 0.02), towards 2
/// assert!((fit.mean_multiplier - 9.0).abs() < 1e-12); // 2 / (1 + 9) = 0.2
/// assert!((fit.gaussian.covariance[[0, 0]].sqrt() - 1.0101).abs() < 5e-5);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn bounded_gaussian_fit(
    samples: ArrayView2<'_, f64>,
    weights: ArrayView1<'_, f64>,
    old: &Gaussian,
    bounds: DecoupledBounds,
) -> Result<BoundedFit, Error> {
    assert_eq!(samples.nrows(), weights.len(), "as many weights as samples");
    assert_eq!(
        samples.ncols(),
        old.mean.len(),
        "samples of another dimension"
    );
    positive("the mean's bound", bounds.mean)?;
    positive("the covariance's bound", bounds.covariance)?;
    finite("the samples", &samples)?;
    distribution("the weights", 0, weights)?;
    let factor = old.factor()?;
    let away = &samples - &old.mean;
    let weighted = &away * &weights.insert_axis(Axis(1));
    let (mean, mean_multiplier) = mean_step(&weighted.sum_axis(Axis(0)), &factor, bounds.mean);
    let moment = weighted.t().dot(&away);
    let (covariance, covariance_multiplier) =
        covariance_step(&moment, &old.covariance, &factor, bounds.covariance);
    let gaussian = Gaussian {
        mean: &old.mean + &mean,
        covariance,
    };
    let parts = decoupled_kl_parts(old, &gaussian)?;
    Ok(BoundedFit {
        gaussian,
        mean_multiplier,
        covariance_multiplier,
        parts,
    })
}

/// The step of the mean from its old place, and its multiplier.
fn mean_step(target: &Array1<f64>, old: &Cholesky<f64>, bound: f64) -> (Array1<f64>, f64) {
    let white = old.whiten(target.view());
    let multiplier = ((white.dot(&white) / (2.0 * bound)).sqrt() - 1.0).max(0.0);
    (target / (1.0 + multiplier), multiplier)
}

/// The new covariance and its multiplier, by bisection on t = 1 / (1 + η).
fn covariance_step(
    moment: &Array2<f64>,
    old: &Array2<f64>,
    factor: &Cholesky<f64>,
    bound: f64,
) -> (Array2<f64>, f64) {
    let at = |t: f64| moment * t + old * (1.0 - t);
    let inside = |t: f64| {
        Cholesky::new("the covariance", at(t).view())
            .is_ok_and(|new| covariance_part(old.view(), factor, &new) <= bound)
    };
    let t = if inside(1.0) {
        1.0
    } else {
        bisect(0.0, 1.0, inside)
    };
    (at(t), 1.0 / t - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gaussian_fixture::{log_prob, pair};
    use ndarray::array;

    fn data() -> (Array2<f64>, Array1<f64>) {
        let samples = array![
            [1.5, -0.8],
            [0.9, 0.4],
            [-0.2, 0.1],
            [2.0, -0.5],
            [0.4, -1.9]
        ];
        (samples, array![0.35, 0.2, 0.1, 0.25, 0.1])
    }

    #[test]
    fn mpo_20_the_lagrangian_is_stationary_and_the_bounds_bind() {
        let (old, _) = pair();
        let (samples, weights) = data();
        let bounds = DecoupledBounds {
            mean: 0.05,
            covariance: 0.02,
        };
        let fit = bounded_gaussian_fit(samples.view(), weights.view(), &old, bounds).unwrap();
        assert!((fit.parts.mean - 0.05).abs() < 1e-12);
        assert!((fit.parts.covariance - 0.02).abs() < 1e-12);
        let lagrangian = |new: &Gaussian| {
            let moved = Gaussian {
                mean: new.mean.clone(),
                ..old.clone()
            };
            let reshaped = Gaussian {
                covariance: new.covariance.clone(),
                ..old.clone()
            };
            let likelihood: f64 = samples
                .rows()
                .into_iter()
                .zip(&weights)
                .map(|(x, w)| w * (log_prob(&moved, x[0], x[1]) + log_prob(&reshaped, x[0], x[1])))
                .sum();
            let parts = decoupled_kl_parts(&old, new).unwrap();
            likelihood
                - fit.mean_multiplier * parts.mean
                - fit.covariance_multiplier * parts.covariance
        };
        let h = 1e-5;
        let slope = |change: &dyn Fn(&mut Gaussian, f64)| {
            let mut at = [fit.gaussian.clone(), fit.gaussian.clone()];
            change(&mut at[0], h);
            change(&mut at[1], -h);
            (lagrangian(&at[0]) - lagrangian(&at[1])) / (2.0 * h)
        };
        for i in 0..2 {
            assert!(slope(&|g, h| g.mean[i] += h).abs() < 1e-8);
            assert!(slope(&|g, h| g.covariance[[i, i]] += h).abs() < 1e-8);
        }
        let off_diagonal = slope(&|g, h| {
            g.covariance[[0, 1]] += h;
            g.covariance[[1, 0]] += h;
        });
        assert!(off_diagonal.abs() < 1e-8);
    }

    #[test]
    fn mpo_20_wide_bounds_leave_the_weighted_maximum_likelihood() {
        let (old, _) = pair();
        let (samples, weights) = data();
        let bounds = DecoupledBounds {
            mean: 100.0,
            covariance: 100.0,
        };
        let fit = bounded_gaussian_fit(samples.view(), weights.view(), &old, bounds).unwrap();
        assert_eq!((fit.mean_multiplier, fit.covariance_multiplier), (0.0, 0.0));
        assert!(
            (&fit.gaussian.mean - &weights.dot(&samples))
                .iter()
                .all(|x| x.abs() < 1e-15)
        );
        for (i, j) in [(0, 0), (0, 1), (1, 1)] {
            let moment: f64 = (0..5)
                .map(|n| {
                    weights[n] * (samples[[n, i]] - old.mean[i]) * (samples[[n, j]] - old.mean[j])
                })
                .sum();
            assert!((fit.gaussian.covariance[[i, j]] - moment).abs() < 1e-14);
        }
    }

    #[test]
    fn fewer_samples_than_dimensions_still_give_a_covariance() {
        let (old, _) = pair();
        let bounds = DecoupledBounds {
            mean: 0.1,
            covariance: 1e-3,
        };
        let one = array![[2.0, 2.0]];
        let fit = bounded_gaussian_fit(one.view(), array![1.0].view(), &old, bounds).unwrap();
        assert!((fit.parts.covariance - 1e-3).abs() < 1e-12);
        assert!(
            bounded_gaussian_fit(one.view(), array![0.9].view(), &old, bounds).is_err(),
            "weights that do not sum to 1"
        );
    }
}
