//! A mixture of Gaussians on the line, to try expectation maximisation on.

use crate::problem::{check_distribution, check_finite, check_positive};
use crate::{Error, LatentModel};
use kinglet_distributions::{Distribution, Normal};
use ndarray::{Array1, Array2, ArrayView2, Axis, aview1};

/// The least standard deviation that a component is given, so that none collapses onto one point,
/// where the likelihood has no maximum.
const LEAST_STD: f64 = 1e-6;

/// A mixture of Gaussians on the line. Catalogue: MPO-05.
///
/// ```text
/// p(x, z) = w_z N(x; μ_z, σ_z²)
/// ```
///
/// Its M-step: w_z is the mean responsibility of component z, μ_z and σ_z² are the mean and variance
/// of the observations, weighted by it.
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianMixture {
    /// w, `[Z]`, summing to 1.
    pub weights: Array1<f64>,
    /// μ, `[Z]`.
    pub means: Array1<f64>,
    /// σ, `[Z]`, above 0.
    pub stds: Array1<f64>,
}

impl GaussianMixture {
    /// A mixture of its parameters.
    ///
    /// # Errors
    /// [`Error::NoDistribution`] when the weights are none; [`Error::NotPositive`] for a standard
    /// deviation; [`Error::NotFinite`] for a mean.
    /// # Panics
    /// When they differ in number.
    pub fn new(weights: &[f64], means: &[f64], stds: &[f64]) -> Result<Self, Error> {
        let numbers = [weights.len(), means.len(), stds.len()];
        assert!(
            numbers.iter().all(|n| *n == weights.len()),
            "weights, means and standard deviations differ in number: {numbers:?}"
        );
        check_distribution("the weights", weights.iter().copied())?;
        check_finite("a mean", means.iter())?;
        stds.iter()
            .try_for_each(|&std| check_positive("standard deviation", std))?;
        Ok(Self {
            weights: weights.to_vec().into(),
            means: means.to_vec().into(),
            stds: stds.to_vec().into(),
        })
    }
}

impl LatentModel for GaussianMixture {
    type Data = [f64];

    fn log_joint(&self, data: &[f64]) -> Array2<f64> {
        Array2::from_shape_fn((data.len(), self.weights.len()), |(n, z)| {
            let component = Normal::from_log_std(self.means[z], self.stds[z].ln());
            self.weights[z].ln() + component.log_prob(&data[n])
        })
    }

    fn maximise(&self, data: &[f64], responsibilities: ArrayView2<'_, f64>) -> Self {
        let counts = responsibilities.sum_axis(Axis(0));
        let mut next = self.clone();
        for (z, &count) in counts.iter().enumerate() {
            next.weights[z] = count / data.len() as f64;
            // A component that explains nothing stays where it is.
            if count > 0.0 {
                let shares = responsibilities.column(z).mapv(|share| share / count);
                let mean = shares.dot(&aview1(data));
                let squares = aview1(data).mapv(|x| (x - mean) * (x - mean));
                next.means[z] = mean;
                next.stds[z] = shares.dot(&squares).sqrt().max(LEAST_STD);
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation_maximisation;

    const DATA: [f64; 9] = [-2.4, -1.7, -2.0, -0.3, 0.4, 1.6, 2.2, 2.9, 2.5];

    fn start() -> GaussianMixture {
        GaussianMixture::new(&[0.6, 0.4], &[-0.5, 1.0], &[1.0, 2.0]).unwrap()
    }

    fn log_evidence(model: &GaussianMixture) -> f64 {
        let density = |x: f64| -> f64 {
            (0..2)
                .map(|z| {
                    let (m, s) = (model.means[z], model.stds[z]);
                    model.weights[z] * (-0.5 * ((x - m) / s).powi(2)).exp()
                        / (s * (2.0 * std::f64::consts::PI).sqrt())
                })
                .sum()
        };
        DATA.iter().map(|&x| density(x).ln()).sum()
    }

    #[test]
    fn mpo_05_the_evidence_never_falls_and_is_that_of_the_density() {
        let fit = expectation_maximisation(start(), &DATA, 60);
        assert!((fit.log_evidence[0] - log_evidence(&start())).abs() < 1e-12);
        assert!((fit.log_evidence[60] - log_evidence(&fit.model)).abs() < 1e-12);
        for pair in fit.log_evidence.windows(2) {
            assert!(pair[1] >= pair[0] - 1e-12, "{pair:?}");
        }
        assert!(fit.log_evidence[60] > fit.log_evidence[0] + 1.0);
    }

    #[test]
    fn mpo_05_the_m_step_is_the_maximum_for_its_responsibilities() {
        let model = start();
        let mut q = model.log_joint(&DATA);
        for mut row in q.rows_mut() {
            row.mapv_inplace(f64::exp);
            let sum = row.sum();
            row /= sum;
        }
        let complete = |model: &GaussianMixture| (&q * &model.log_joint(&DATA)).sum();
        let best = model.maximise(&DATA, q.view());
        assert!((best.weights.sum() - 1.0).abs() < 1e-14);
        for step in [1e-3, -1e-3] {
            for z in 0..2 {
                let mut moved = best.clone();
                moved.means[z] += step;
                assert!(complete(&moved) < complete(&best));
                moved = best.clone();
                moved.stds[z] += step;
                assert!(complete(&moved) < complete(&best));
            }
            let mut moved = best.clone();
            moved.weights[0] += step;
            moved.weights[1] -= step;
            assert!(complete(&moved) < complete(&best));
        }
    }

    #[test]
    fn a_component_on_one_point_does_not_collapse() {
        let model = GaussianMixture::new(&[0.5, 0.5], &[5.0, -5.0], &[0.1, 0.1]).unwrap();
        let fit = expectation_maximisation(model, &[5.0, -5.0][..], 5);
        assert!(fit.model.stds.iter().all(|&std| std == LEAST_STD));
        assert!(fit.log_evidence.iter().all(|evidence| evidence.is_finite()));
    }

    #[test]
    fn parameters_without_meaning_are_refused() {
        assert!(GaussianMixture::new(&[0.5, 0.6], &[0.0, 1.0], &[1.0, 1.0]).is_err());
        assert!(GaussianMixture::new(&[1.0], &[0.0], &[0.0]).is_err());
        assert!(GaussianMixture::new(&[1.0], &[f64::NAN], &[1.0]).is_err());
    }
}
