//! How far a bound on the divergence lets a Gaussian go.

use crate::Error;
use crate::bisect::bisect;
use crate::check::positive;

/// How far a bound lets a Gaussian's mean go, in standard deviations: √(2ε). Catalogue: MPO-19.
///
/// # Errors
/// [`Error::NotPositive`] when the bound is not positive.
/// # Source
/// Abdolmaleki 2018, eq. (27), in one dimension.
/// # Example
/// ```
/// use kinglet_trust_region::mean_reach;
/// assert!((mean_reach(0.1)? - 0.4472).abs() < 5e-5);
/// assert!((mean_reach(1e-4)? - 0.0141).abs() < 5e-5);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn mean_reach(kl_bound: f64) -> Result<f64, Error> {
    positive("kl_bound", kl_bound)?;
    Ok((2.0 * kl_bound).sqrt())
}

/// The least and the greatest σ_new / σ_old within KL(old ‖ new) ≤ ε. Catalogue: MPO-19.
///
/// ```text
/// ½ (1/r² − 1) + ln r = ε
/// ```
///
/// These are ratios of standard deviations; those of variances are their squares.
///
/// # Errors
/// [`Error::NotPositive`] when the bound is not positive.
/// # Source
/// Abdolmaleki 2018, eq. (27), in one dimension.
/// # Example
/// ```
/// use kinglet_trust_region::std_reach;
/// let (least, greatest) = std_reach(0.1)?;
/// assert!((least - 0.751).abs() < 5e-4 && (greatest - 1.424).abs() < 5e-4);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn std_reach(kl_bound: f64) -> Result<(f64, f64), Error> {
    positive("kl_bound", kl_bound)?;
    // In u = ln r: ½ (e⁻²ᵘ − 1) + u = ε has one root below 0, above −√ε, and one above, below ε + ½ + √ε.
    let kl = |u: f64| 0.5 * (-2.0 * u).exp_m1() + u;
    let low = bisect(-kl_bound.sqrt(), 0.0, |u| kl(u) > kl_bound);
    let high = bisect(0.0, kl_bound + 0.5 + kl_bound.sqrt(), |u| kl(u) < kl_bound);
    Ok((low.exp(), high.exp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Gaussian, gaussian_kl_parts};
    use ndarray::array;

    #[test]
    fn mpo_19_the_table_of_trust_sizes() {
        for (kl_bound, mean, least, greatest, digits) in [
            (0.1, 0.4472, 0.751, 1.424, 5e-4),
            (1e-4, 0.0141, 0.9901, 1.0101, 5e-5),
        ] {
            let (low, high) = std_reach(kl_bound).unwrap();
            assert!((mean_reach(kl_bound).unwrap() - mean).abs() < 5e-5);
            assert!((low - least).abs() < digits && (high - greatest).abs() < digits);
            let old = Gaussian {
                mean: array![0.0],
                covariance: array![[1.0]],
            };
            for ratio in [low, high] {
                let new = Gaussian {
                    mean: array![0.0],
                    covariance: array![[ratio * ratio]],
                };
                let kl = gaussian_kl_parts(&old, &new).unwrap().covariance;
                assert!((kl - kl_bound).abs() < 1e-12, "{ratio}: {kl}");
            }
        }
        // Of the variance, where the bound is 0.1.
        let (low, high) = std_reach(0.1).unwrap();
        assert!((low * low - 0.564).abs() < 5e-4 && (high * high - 2.027).abs() < 1e-3);
        assert!(std_reach(0.0).is_err() && mean_reach(-1.0).is_err());
    }
}
