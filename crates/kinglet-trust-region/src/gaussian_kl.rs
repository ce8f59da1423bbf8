//! The divergence of two Gaussians in two parts: what the mean and what the covariance contribute.

use crate::Error;
use crate::check::{finite, symmetric};
use crate::cholesky::Cholesky;
use ndarray::{Array1, Array2, ArrayView2};

/// A Gaussian by its mean and covariance.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    /// μ, `[D]`.
    pub mean: Array1<f64>,
    /// Σ, `[D, D]`, symmetric and positive definite.
    pub covariance: Array2<f64>,
}

/// What the mean and what the covariance contribute to a divergence, nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KlParts {
    /// The part of the mean.
    pub mean: f64,
    /// The part of the covariance.
    pub covariance: f64,
}

/// KL(old ‖ new) of two Gaussians, exactly, in two parts. Catalogue: MPO-19.
///
/// ```text
/// KL(N(μᵢ, Σᵢ) ‖ N(μ, Σ)) = C_mean + C_cov
/// C_mean = ½ (μ − μᵢ)ᵀ Σ⁻¹ (μ − μᵢ)        C_cov = ½ (tr Σ⁻¹Σᵢ − D + ln |Σ|/|Σᵢ|)
/// ```
///
/// The parts are not independent: C_mean holds the new Σ. [`decoupled_kl_parts`] has the old one.
///
/// # Errors
/// When a covariance is not symmetric and positive definite, or a mean is not finite.
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, eq. (27).
/// # Example
/// ```
/// use kinglet_trust_region::{Gaussian, gaussian_kl_parts};
/// use ndarray::array;
///
/// let old = Gaussian { mean: array![0.0], covariance: array![[1.0]] };
/// let new = Gaussian { mean: array![2.0], covariance: array![[4.0]] };
/// let parts = gaussian_kl_parts(&old, &new)?;
/// assert!((parts.mean - 0.5).abs() < 1e-15); // ½ · 4 / 4
/// assert!((parts.covariance - (2.0_f64.ln() - 0.375)).abs() < 1e-15); // ½ (¼ − 1 + ln 4)
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn gaussian_kl_parts(old: &Gaussian, new: &Gaussian) -> Result<KlParts, Error> {
    let (old_factor, new_factor) = (old.factor()?, new.factor()?);
    let covariance = covariance_part(old.covariance.view(), &old_factor, &new_factor);
    Ok(KlParts {
        mean: mean_part(old, new, &new_factor),
        covariance,
    })
}

/// The two parts with the old covariance in the part of the mean. Catalogue: MPO-19.
///
/// ```text
/// C_mean = ½ (μ − μᵢ)ᵀ Σᵢ⁻¹ (μ − μᵢ) = KL(N(μᵢ, Σᵢ) ‖ N(μ, Σᵢ))
/// C_cov  = ½ (tr Σ⁻¹Σᵢ − D + ln |Σ|/|Σᵢ|) = KL(N(μᵢ, Σᵢ) ‖ N(μᵢ, Σ))
/// ```
///
/// Now the mean's bound does not depend on the new covariance; in turn the sum is no longer the
/// divergence.
///
/// # Errors
/// When a covariance is not symmetric and positive definite, or a mean is not finite.
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018b (Relative entropy regularized policy iteration).
/// # Example
/// ```
/// use kinglet_trust_region::{Gaussian, decoupled_kl_parts};
/// use ndarray::array;
///
/// let old = Gaussian { mean: array![0.0], covariance: array![[1.0]] };
/// let new = Gaussian { mean: array![2.0], covariance: array![[4.0]] };
/// assert!((decoupled_kl_parts(&old, &new)?.mean - 2.0).abs() < 1e-15); // ½ · 4 / 1
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn decoupled_kl_parts(old: &Gaussian, new: &Gaussian) -> Result<KlParts, Error> {
    let (old_factor, new_factor) = (old.factor()?, new.factor()?);
    let covariance = covariance_part(old.covariance.view(), &old_factor, &new_factor);
    Ok(KlParts {
        mean: mean_part(old, new, &old_factor),
        covariance,
    })
}

/// ½ |μ − μᵢ|² in the metric of a covariance.
fn mean_part(old: &Gaussian, new: &Gaussian, metric: &Cholesky<f64>) -> f64 {
    let white = metric.whiten((&new.mean - &old.mean).view());
    0.5 * white.dot(&white)
}

/// ½ (tr Σ⁻¹Σᵢ − D + ln |Σ|/|Σᵢ|).
pub(crate) fn covariance_part(
    old: ArrayView2<'_, f64>,
    old_factor: &Cholesky<f64>,
    new_factor: &Cholesky<f64>,
) -> f64 {
    let columns = old.columns().into_iter().enumerate();
    let trace: f64 = columns.map(|(i, column)| new_factor.solve(column)[i]).sum();
    0.5 * (trace - old.nrows() as f64 + new_factor.log_det() - old_factor.log_det())
}

impl Gaussian {
    /// The factor of its covariance, everything checked.
    pub(crate) fn factor(&self) -> Result<Cholesky<f64>, Error> {
        let square = [self.mean.len(), self.mean.len()];
        assert_eq!(
            self.covariance.shape(),
            square,
            "the covariance must be [D, D]"
        );
        finite("the mean", &self.mean)?;
        symmetric("the covariance", self.covariance.view())?;
        Cholesky::new("the covariance", self.covariance.view())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gaussian_fixture::{log_prob, pair};

    /// KL(p ‖ q) on a grid.
    fn grid_kl(p: &Gaussian, q: &Gaussian) -> f64 {
        let mut sum = 0.0;
        for i in -180..=180 {
            for j in -180..=180 {
                let (x, y) = (
                    p.mean[0] + f64::from(i) * 0.05,
                    p.mean[1] + f64::from(j) * 0.05,
                );
                let log = log_prob(p, x, y);
                sum += log.exp() * (log - log_prob(q, x, y)) * 0.0025;
            }
        }
        sum
    }

    #[test]
    fn mpo_19_the_parts_make_up_the_divergence() {
        let (old, new) = pair();
        let parts = gaussian_kl_parts(&old, &new).unwrap();
        assert!((parts.mean + parts.covariance - grid_kl(&old, &new)).abs() < 1e-10);
        // Each part alone is the divergence of one move.
        let moved = Gaussian {
            mean: new.mean.clone(),
            ..old.clone()
        };
        let reshaped = Gaussian {
            covariance: new.covariance.clone(),
            ..old.clone()
        };
        let decoupled = decoupled_kl_parts(&old, &new).unwrap();
        assert!((decoupled.mean - grid_kl(&old, &moved)).abs() < 1e-10);
        assert!((decoupled.covariance - grid_kl(&old, &reshaped)).abs() < 1e-10);
        assert!((decoupled.covariance - parts.covariance).abs() < 1e-14);
        // And the decoupled sum is no longer the divergence.
        assert!((decoupled.mean - parts.mean).abs() > 0.1);
    }

    #[test]
    fn mpo_19_the_printed_names_are_swapped() {
        // With equal means the part printed as the mean's does not vanish; the covariance's does.
        let (old, new) = pair();
        let reshaped = Gaussian {
            covariance: new.covariance,
            ..old.clone()
        };
        let parts = gaussian_kl_parts(&old, &reshaped).unwrap();
        assert_eq!(parts.mean, 0.0);
        assert!(parts.covariance > 0.1);
    }
}
