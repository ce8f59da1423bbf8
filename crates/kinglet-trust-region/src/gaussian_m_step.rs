//! A Gaussian's divergence in two parts, each with its own bound and its own multiplier.

use crate::Error;
use crate::check::{finite, positive, symmetric};
use crate::cholesky::Cholesky;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

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
fn covariance_part(
    old: ArrayView2<'_, f64>,
    old_factor: &Cholesky<f64>,
    new_factor: &Cholesky<f64>,
) -> f64 {
    let columns = old.columns().into_iter().enumerate();
    let trace: f64 = columns.map(|(i, column)| new_factor.solve(column)[i]).sum();
    0.5 * (trace - old.nrows() as f64 + new_factor.log_det() - old_factor.log_det())
}

impl Gaussian {
    fn factor(&self) -> Result<Cholesky<f64>, Error> {
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

/// Where `left` turns false between `lo`, where it holds, and `hi`, where it does not.
fn bisect(mut lo: f64, mut hi: f64, left: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (lo + hi);
        if middle <= lo || middle >= hi {
            break;
        }
        if left(middle) {
            lo = middle
        } else {
            hi = middle
        }
    }
    0.5 * (lo + hi)
}

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
    crate::check::distribution("the weights", 0, weights)?;
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
    use ndarray::array;

    fn pair() -> (Gaussian, Gaussian) {
        let old = Gaussian {
            mean: array![0.3, -1.0],
            covariance: array![[1.0, 0.4], [0.4, 0.7]],
        };
        let new = Gaussian {
            mean: array![1.1, 0.2],
            covariance: array![[0.5, -0.2], [-0.2, 1.3]],
        };
        (old, new)
    }

    /// ln N(x; μ, Σ) in two dimensions, its inverse and determinant by hand.
    fn log_prob(g: &Gaussian, x: f64, y: f64) -> f64 {
        let c = &g.covariance;
        let det = c[[0, 0]] * c[[1, 1]] - c[[0, 1]] * c[[1, 0]];
        let (u, v) = (x - g.mean[0], y - g.mean[1]);
        let form = c[[1, 1]] * u * u - 2.0 * c[[0, 1]] * u * v + c[[0, 0]] * v * v;
        -0.5 * form / det - 0.5 * det.ln() - (2.0 * std::f64::consts::PI).ln()
    }

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
