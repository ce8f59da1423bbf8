//! What is known of the gradient after some trajectories, when their noise is known.

use crate::Error;
use crate::check::{finite, symmetric};
use crate::cholesky::Cholesky;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use statrs::function::erf::erfc;

/// The Gaussian posterior of the gradient. Catalogue: DECK-14.
///
/// ```text
/// μ ~ N(m₀, S₀),   ĝᵢ ~ N(μ, R):     Σₙ = (S₀⁻¹ + n R⁻¹)⁻¹,   μₙ = Σₙ (S₀⁻¹ m₀ + R⁻¹ Σᵢ ĝᵢ)
/// ```
///
/// ĝᵢ is one trajectory's estimate of ∇J, scores times advantages (not ∇π: its mean is another
/// vector). Kept are the precision Σₙ⁻¹ and Σₙ⁻¹μₙ, to which trajectories only add, so any split
/// into batches gives the same posterior. A single ĝᵢ need not be normal; the mean of a batch nearly
/// is.
///
/// # Source
/// Murphy 2007, on the multivariate Gaussian with known covariance.
/// # Example
/// ```
/// use kinglet_trust_region::GaussianPosterior;
/// use ndarray::array;
///
/// let one = array![[1.0]];
/// let mut posterior = GaussianPosterior::new(array![0.0].view(), one.view(), one.view())?;
/// posterior.update(array![[1.0], [2.0], [3.0]].view())?;
/// assert!((posterior.mean()?[0] - 1.5).abs() < 1e-15); // 6 / (1 + 3)
/// assert!((posterior.covariance()?[[0, 0]] - 0.25).abs() < 1e-15);
/// assert!((posterior.ascends(array![1.0].view())? - 0.99865010).abs() < 1e-8); // Φ(3)
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianPosterior {
    noise_precision: Array2<f64>,
    precision: Array2<f64>,
    shift: Array1<f64>,
}

impl GaussianPosterior {
    /// The prior N(m₀, S₀), and the covariance R of a trajectory's gradient.
    ///
    /// # Shapes
    /// `mean`: `[D]`; `covariance`, S₀, and `noise`, R: `[D, D]`.
    /// # Errors
    /// When a covariance is not symmetric or not positive definite, or the mean is not finite.
    /// # Panics
    /// When the shapes do not fit.
    pub fn new(
        mean: ArrayView1<'_, f64>,
        covariance: ArrayView2<'_, f64>,
        noise: ArrayView2<'_, f64>,
    ) -> Result<Self, Error> {
        let square = [mean.len(), mean.len()];
        assert_eq!(
            covariance.shape(),
            square,
            "the prior covariance must be [D, D]"
        );
        assert_eq!(
            noise.shape(),
            square,
            "the noise's covariance must be [D, D]"
        );
        finite("the prior mean", &mean)?;
        symmetric("the prior covariance", covariance)?;
        symmetric("the noise's covariance", noise)?;
        let precision = Cholesky::new("the prior covariance", covariance)?.inverse();
        let noise_precision = Cholesky::new("the noise's covariance", noise)?.inverse();
        let shift = precision.dot(&mean);
        Ok(Self {
            noise_precision,
            precision,
            shift,
        })
    }

    /// Takes in a batch of trajectories' gradients.
    ///
    /// # Shapes
    /// `gradients`: `[N, D]`, N may be 0.
    /// # Errors
    /// [`Error::NotFinite`] when one is not finite; the posterior is then unchanged.
    /// # Panics
    /// When the gradients have another dimension.
    pub fn update(&mut self, gradients: ArrayView2<'_, f64>) -> Result<(), Error> {
        assert_eq!(
            gradients.ncols(),
            self.shift.len(),
            "gradients of another dimension"
        );
        finite("the gradients", &gradients)?;
        self.precision
            .scaled_add(gradients.nrows() as f64, &self.noise_precision);
        self.shift += &self.noise_precision.dot(&gradients.sum_axis(Axis(0)));
        Ok(())
    }

    /// μₙ, `[D]`.
    ///
    /// # Errors
    /// [`Error::NotPositiveDefinite`] when rounding has spoilt the precision.
    pub fn mean(&self) -> Result<Array1<f64>, Error> {
        Ok(self.factor()?.solve(self.shift.view()))
    }

    /// Σₙ, `[D, D]`.
    ///
    /// # Errors
    /// [`Error::NotPositiveDefinite`] when rounding has spoilt the precision.
    pub fn covariance(&self) -> Result<Array2<f64>, Error> {
        Ok(self.factor()?.inverse())
    }

    /// The probability that a small step along `direction` ascends: that gᵀd > 0.
    ///
    /// ```text
    /// P(gᵀd > 0) = Φ(μₙᵀd / √(dᵀ Σₙ d))
    /// ```
    ///
    /// One half along the zero direction, about which nothing is known.
    ///
    /// # Shapes
    /// `direction`: `[D]`.
    /// # Errors
    /// [`Error::NotFinite`] when the direction is not finite.
    /// # Panics
    /// When it has another dimension.
    pub fn ascends(&self, direction: ArrayView1<'_, f64>) -> Result<f64, Error> {
        assert_eq!(
            direction.len(),
            self.shift.len(),
            "a direction of another dimension"
        );
        finite("the direction", &direction)?;
        let factor = self.factor()?;
        let white = factor.whiten(direction);
        let spread = white.dot(&white).sqrt();
        if spread == 0.0 {
            return Ok(0.5);
        }
        let z = factor.solve(self.shift.view()).dot(&direction) / spread;
        Ok(0.5 * erfc(-z / std::f64::consts::SQRT_2))
    }

    fn factor(&self) -> Result<Cholesky<f64>, Error> {
        Cholesky::new("the posterior precision", self.precision.view())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, s};

    fn fixture() -> (GaussianPosterior, Array2<f64>) {
        let prior = array![[2.0, 0.3], [0.3, 1.0]];
        let noise = array![[1.5, -0.6], [-0.6, 0.8]];
        let posterior =
            GaussianPosterior::new(array![0.2, -0.4].view(), prior.view(), noise.view()).unwrap();
        let gradients = array![
            [1.0, 0.5],
            [-0.3, 0.9],
            [2.0, -1.0],
            [0.4, 0.1],
            [0.8, -0.2]
        ];
        (posterior, gradients)
    }

    #[test]
    fn deck_14_batch_by_batch_is_all_at_once() {
        let (prior, gradients) = fixture();
        let mut whole = prior.clone();
        whole.update(gradients.view()).unwrap();
        let mut parts = prior.clone();
        for range in [0..2, 2..2, 2..3, 3..5] {
            parts.update(gradients.slice(s![range, ..])).unwrap();
        }
        let mean = whole.mean().unwrap() - parts.mean().unwrap();
        let covariance = whole.covariance().unwrap() - parts.covariance().unwrap();
        assert!(mean.iter().chain(&covariance).all(|off| off.abs() < 1e-14));
    }

    #[test]
    fn deck_14_it_is_the_kalman_update() {
        let (prior, gradients) = fixture();
        let mut posterior = prior.clone();
        posterior.update(gradients.view()).unwrap();
        // Gains: K = S (S + R)⁻¹, m ← m + K (g − m), S ← S − K S; a 2 × 2 inverse by hand.
        let noise = array![[1.5, -0.6], [-0.6, 0.8]];
        let (mut m, mut s) = (array![0.2, -0.4], array![[2.0, 0.3], [0.3, 1.0]]);
        for g in gradients.rows() {
            let t: Array2<f64> = &s + &noise;
            let det = t[[0, 0]] * t[[1, 1]] - t[[0, 1]] * t[[1, 0]];
            let inverse = array![[t[[1, 1]], -t[[0, 1]]], [-t[[1, 0]], t[[0, 0]]]] / det;
            let gain = s.dot(&inverse);
            m = &m + &gain.dot(&(&g - &m));
            s = &s - &gain.dot(&s);
        }
        let mean = posterior.mean().unwrap() - m;
        let covariance = posterior.covariance().unwrap() - s;
        assert!(mean.iter().chain(&covariance).all(|off| off.abs() < 1e-14));
    }

    #[test]
    fn deck_14_mean_and_ascent_are_those_of_a_grid() {
        let (mut posterior, gradients) = fixture();
        posterior.update(gradients.view()).unwrap();
        let (p, r) = (
            array![[2.0, 0.3], [0.3, 1.0]],
            array![[1.5, -0.6], [-0.6, 0.8]],
        );
        let quadratic = |a: &Array2<f64>, x: f64, y: f64| {
            let det = a[[0, 0]] * a[[1, 1]] - a[[0, 1]] * a[[1, 0]];
            (a[[1, 1]] * x * x - 2.0 * a[[0, 1]] * x * y + a[[0, 0]] * y * y) / det
        };
        let direction = array![0.3, -0.5];
        let (mut mass, mut first, mut up) = (0.0, array![0.0, 0.0], 0.0);
        for i in -500..=500 {
            for j in -500..=500 {
                let (x, y) = (0.7 + f64::from(i) * 0.01, f64::from(j) * 0.01);
                let seen: f64 = gradients
                    .rows()
                    .into_iter()
                    .map(|g| quadratic(&r, g[0] - x, g[1] - y))
                    .sum();
                let w = (-0.5 * (quadratic(&p, x - 0.2, y + 0.4) + seen)).exp();
                mass += w;
                first = first + array![x, y] * w;
                let along = x * direction[0] + y * direction[1];
                up += if along > 1e-12 {
                    w
                } else if along > -1e-12 {
                    0.5 * w
                } else {
                    0.0
                };
            }
        }
        let off = posterior.mean().unwrap() - first / mass;
        assert!(off.iter().all(|off| off.abs() < 1e-10), "{off}");
        let chance = posterior.ascends(direction.view()).unwrap();
        assert!((chance - up / mass).abs() < 1e-4, "{chance} {}", up / mass);
        let back = posterior.ascends((-&direction).view()).unwrap();
        assert!((chance + back - 1.0).abs() < 1e-15);
    }

    #[test]
    fn what_is_no_covariance_is_refused_and_a_bad_batch_changes_nothing() {
        let (one, zero) = (array![[1.0, 0.0], [0.0, 1.0]], array![0.0, 0.0]);
        let skew = array![[1.0, 0.5], [0.0, 1.0]];
        let flat = array![[1.0, 1.0], [1.0, 1.0]];
        for bad in [skew, flat] {
            assert!(GaussianPosterior::new(zero.view(), bad.view(), one.view()).is_err());
            assert!(GaussianPosterior::new(zero.view(), one.view(), bad.view()).is_err());
        }
        let (mut posterior, _) = fixture();
        let before = posterior.clone();
        assert!(posterior.update(array![[1.0, f64::NAN]].view()).is_err());
        assert_eq!(posterior, before);
        assert_eq!(posterior.ascends(zero.view()).unwrap(), 0.5);
    }
}
