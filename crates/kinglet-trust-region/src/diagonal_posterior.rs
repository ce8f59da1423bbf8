//! What is known of a gradient of very many numbers, each for itself.

use crate::Error;
use crate::check::{finite, positive};
use crate::normal_inverse_wishart::student_cdf;
use ndarray::{Array1, ArrayView1, ArrayView2, Axis, Zip};

/// The posterior of a gradient and of its noise, each coordinate for itself: normal-inverse-gamma. Catalogue: DECK-14.
///
/// ```text
/// rⱼ ~ IG(ν/2, ψⱼ/2),   gⱼ ~ N(mⱼ, rⱼ/κ),   ĝᵢⱼ ~ N(gⱼ, rⱼ);   of n gradients with mean ḡ and scatter s:
/// κₙ = κ + n      νₙ = ν + n      mₙ = (κ m + n ḡ) / κₙ      ψₙ = ψ + s + (κ n / κₙ) (ḡ − m)²
/// ```
///
/// It is [`NormalInverseWishartPosterior`](crate::NormalInverseWishartPosterior) in each dimension apart, which a
/// network's gradient asks for: of D numbers a covariance has D². What it does not see is that the coordinates' errors
/// hang together; where they do, it is surer of a direction than it should be.
///
/// That the noise is a part of it, and not estimated from each batch for that batch, matters: a batch of gradients that
/// happens to be small also shows little scatter, and a mean weighed by precisions found batch by batch is biased.
///
/// A prior may be infinitely wide. [`forget`](Self::forget) widens what is known once the parameters have moved, so that
/// the posterior follows a gradient that drifts.
///
/// # Source
/// Murphy 2007, on the normal-inverse-chi-squared prior; the forgetting is Ibrahim and Chen 2000: the power
/// prior.
/// # Example
/// ```
/// use kinglet_trust_region::DiagonalPosterior;
/// use ndarray::array;
///
/// let mut posterior = DiagonalPosterior::flat(2);
/// posterior.update(array![[1.0, 4.0], [3.0, 4.0], [5.0, 7.0]].view())?;
/// assert_eq!(posterior.mean, array![3.0, 5.0]);
/// assert_eq!(posterior.scatter, array![8.0, 6.0]);
/// assert_eq!((posterior.strength, posterior.degrees), (3.0, 2.0));
/// let chance = posterior.ascends(array![1.0, 0.0].view())?; // Student's t at 3 / √(8 / (3 · 2)), of two degrees
/// assert!((chance - (0.5 + 2.5980762 / (2.0 * 8.75_f64.sqrt()))).abs() < 1e-7);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DiagonalPosterior {
    /// m, `[D]`: the mean of the gradient.
    pub mean: Array1<f64>,
    /// κ ≥ 0: how many gradients the mean is worth; 0 for an infinitely wide law.
    pub strength: f64,
    /// ψ ≥ 0, `[D]`: the sum of so many squares of noise.
    pub scatter: Array1<f64>,
    /// ν ≥ −1: how many gradients the scatter is worth.
    pub degrees: f64,
}

impl DiagonalPosterior {
    /// The prior, from m, κ, ψ and ν.
    ///
    /// # Shapes
    /// `mean`, `scatter`: `[D]`.
    /// # Errors
    /// When κ, ν or a ψ is not positive, or a mean not finite.
    /// # Panics
    /// When the lengths differ.
    pub fn new(
        mean: ArrayView1<'_, f64>,
        strength: f64,
        scatter: ArrayView1<'_, f64>,
        degrees: f64,
    ) -> Result<Self, Error> {
        assert_eq!(mean.len(), scatter.len(), "as many scatters as means");
        finite("the prior mean", &mean)?;
        positive("strength", strength)?;
        positive("degrees", degrees)?;
        for scatter in scatter {
            positive("the prior scatter", *scatter)?;
        }
        Ok(Self {
            mean: mean.to_owned(),
            strength,
            scatter: scatter.to_owned(),
            degrees,
        })
    }

    /// The prior that knows nothing of any of D numbers: p(g, r) ∝ 1/r.
    pub fn flat(dim: usize) -> Self {
        Self {
            mean: Array1::zeros(dim),
            strength: 0.0,
            scatter: Array1::zeros(dim),
            degrees: -1.0,
        }
    }

    /// Widens what is known and leaves its mean: its density to the power `kept`, times the flat prior's to the rest.
    /// With 0 all is forgotten; with 1, nothing.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a power outside [0, 1].
    pub fn forget(&mut self, kept: f64) -> Result<(), Error> {
        if !(0.0..=1.0).contains(&kept) {
            return Err(Error::OutOfRange {
                name: "what is kept",
                value: kept,
                interval: "[0, 1]",
            });
        }
        self.strength *= kept;
        self.scatter *= kept;
        self.degrees = kept * (self.degrees + 1.0) - 1.0;
        Ok(())
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
            self.mean.len(),
            "gradients of another dimension"
        );
        finite("the gradients", &gradients)?;
        let Some(centre) = gradients.mean_axis(Axis(0)) else {
            return Ok(());
        };
        let n = gradients.nrows() as f64;
        for gradient in gradients.rows() {
            let own = Zip::from(&mut self.scatter).and(gradient).and(&centre);
            own.for_each(|scatter, g, centre| *scatter += (g - centre) * (g - centre));
        }
        let strength = self.strength + n;
        let weight = self.strength * n / strength;
        let own = Zip::from(&mut self.mean)
            .and(&mut self.scatter)
            .and(&centre);
        own.for_each(|mean, scatter, centre| {
            let away = centre - *mean;
            *scatter += weight * away * away;
            *mean += n / strength * away;
        });
        self.strength = strength;
        self.degrees += n;
        Ok(())
    }

    /// The squared scale of each coordinate's gradient, ψ/(κν), whose law is Student's t with ν degrees of freedom.
    ///
    /// # Shapes
    /// Returns `[D]`; infinite before two gradients.
    pub fn squared_scale(&self) -> Array1<f64> {
        let known = self.strength * self.degrees;
        if known <= 0.0 {
            return Array1::from_elem(self.mean.len(), f64::INFINITY);
        }
        self.scatter.mapv(|scatter| scatter / known)
    }

    /// The probability that a small step along `direction` ascends: that gᵀd > 0.
    ///
    /// ```text
    /// P(gᵀd > 0) = T(mᵀd / √(Σⱼ dⱼ² ψⱼ / (κν));  ν)      T: Student's t, its cdf
    /// ```
    ///
    /// Along an axis that is exact. Along another direction the sum of Student's is nearer to a normal law than this is,
    /// and the answer errs to the side of caution. One half along the zero direction, and where nothing is known.
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
            self.mean.len(),
            "a direction of another dimension"
        );
        finite("the direction", &direction)?;
        let known = self.strength * self.degrees;
        let terms = self.scatter.iter().zip(direction);
        let spread = terms.map(|(scatter, d)| scatter * d * d).sum::<f64>() / known;
        if known <= 0.0 || spread <= 0.0 {
            return Ok(0.5);
        }
        let along = self.mean.dot(&direction);
        Ok(student_cdf(along / spread.sqrt(), self.degrees))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GaussianPosterior, NormalInverseWishartPosterior};
    use ndarray::{Array2, array, s};

    fn prior() -> DiagonalPosterior {
        let scatter = array![2.0, 0.3, 1.0];
        DiagonalPosterior::new(array![0.2, -0.4, 1.0].view(), 0.7, scatter.view(), 1.5).unwrap()
    }

    fn gradients() -> Array2<f64> {
        array![
            [1.0, 0.5, -2.0],
            [-0.3, 0.9, 0.1],
            [2.0, -1.0, 0.6],
            [0.4, 0.1, 0.0]
        ]
    }

    fn assert_close(x: &Array1<f64>, y: &Array1<f64>, tolerance: f64) {
        assert!((x - y).iter().all(|off| off.abs() < tolerance), "{x} {y}");
    }

    #[test]
    fn deck_14_batch_by_batch_is_all_at_once() {
        for prior in [prior(), DiagonalPosterior::flat(3)] {
            let (mut whole, mut parts) = (prior.clone(), prior);
            whole.update(gradients().view()).unwrap();
            for range in [0..1, 1..1, 1..3, 3..4] {
                parts.update(gradients().slice(s![range, ..])).unwrap();
            }
            assert_close(&whole.mean, &parts.mean, 1e-14);
            assert_close(&whole.scatter, &parts.scatter, 1e-14);
            assert!((whole.strength - parts.strength).abs() < 1e-14);
            assert_eq!(whole.degrees, parts.degrees);
        }
    }

    #[test]
    fn deck_14_each_coordinate_is_the_dense_posterior_in_one_dimension() {
        let mut posterior = prior();
        posterior.update(gradients().view()).unwrap();
        for j in 0..3 {
            let own = j..j + 1;
            let prior = prior();
            let psi = prior.scatter.slice(s![own.clone()]).insert_axis(Axis(0));
            let mean = prior.mean.slice(s![own.clone()]);
            let mut referee = NormalInverseWishartPosterior::new(mean, 0.7, psi, 1.5).unwrap();
            referee.update(gradients().slice(s![.., own])).unwrap();
            assert!((posterior.mean[j] - referee.mean[0]).abs() < 1e-14);
            assert!((posterior.scatter[j] - referee.scatter[[0, 0]]).abs() < 1e-14);
            let axis = Array1::from_shape_fn(3, |k| if k == j { -0.7 } else { 0.0 });
            let chance = posterior.ascends(axis.view()).unwrap();
            let expected = referee.ascends(array![-0.7].view()).unwrap();
            assert!((chance - expected).abs() < 1e-14);
        }
    }

    /// A prior worth so many gradients of noise that the noise is known.
    #[test]
    fn deck_14_when_the_noise_is_known_it_is_the_gaussian_posterior_of_diagonal_matrices() {
        let (many, noise, mean) = (1e12, array![1.5, 0.6, 4.0], array![0.2, -0.4, 1.0]);
        let mut posterior =
            DiagonalPosterior::new(mean.view(), 0.7, (&noise * many).view(), many).unwrap();
        let dense = Array2::from_diag(&noise);
        let mut referee =
            GaussianPosterior::new(mean.view(), (&dense / 0.7).view(), dense.view()).unwrap();
        posterior.update(gradients().view()).unwrap();
        referee.update(gradients().view()).unwrap();
        assert_close(&posterior.mean, &referee.mean().unwrap(), 1e-14);
        let covariance = referee.covariance().unwrap();
        let variance = covariance.diag().to_owned();
        assert_close(&posterior.squared_scale(), &variance, 1e-11);
        for d in [array![0.3, -0.5, 0.1], array![0.0, 1.0, -2.0]] {
            // Student's t with 10⁶ degrees is within 10⁻⁶ of the normal law.
            let by = DiagonalPosterior {
                scatter: &posterior.scatter * 1e-6,
                degrees: 1e6,
                ..posterior.clone()
            };
            let gap = by.ascends(d.view()).unwrap() - referee.ascends(d.view()).unwrap();
            assert!(gap.abs() < 1e-6, "{d}: {gap}");
        }
    }

    #[test]
    fn forgetting_is_the_power_of_the_density() {
        let mut posterior = prior();
        posterior.update(gradients().view()).unwrap();
        let mut wide = posterior.clone();
        wide.forget(0.3).unwrap();
        // ln of IG(r; ν/2, ψ/2) N(g; m, r/κ), less its norm; of the flat prior, −ln r.
        let log_density = |p: &DiagonalPosterior, j: usize, g: f64, r: f64| {
            let square = p.scatter[j] + p.strength * (g - p.mean[j]).powi(2);
            -0.5 * (p.degrees + 3.0) * r.ln() - 0.5 * square / r
        };
        for j in 0..3 {
            let gap = |g: f64, r: f64| {
                let power = 0.3 * log_density(&posterior, j, g, r) - 0.7 * r.ln();
                log_density(&wide, j, g, r) - power
            };
            for (g, r) in [(0.1, 2.0), (-1.3, 0.4), (5.0, 9.0)] {
                assert!((gap(g, r) - gap(0.0, 1.0)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn what_is_forgotten_entirely_leaves_the_mean_of_the_gradients() {
        let mut posterior = prior();
        posterior.forget(0.0).unwrap();
        assert_eq!(posterior.ascends(array![1.0, 0.0, 0.0].view()), Ok(0.5));
        assert_eq!(posterior.squared_scale()[0], f64::INFINITY);
        posterior.update(gradients().view()).unwrap();
        let centre = gradients().mean_axis(Axis(0)).unwrap();
        let error = gradients().var_axis(Axis(0), 1.0) / 4.0;
        assert_close(&posterior.mean, &centre, 1e-14);
        assert_close(&posterior.squared_scale(), &error, 1e-14);
    }

    #[test]
    fn bad_priors_are_refused_and_a_bad_batch_changes_nothing() {
        let (zero, one) = (array![0.0, 0.0], array![1.0, 1.0]);
        let make = |strength, scatter: f64, degrees| {
            let scatter = array![1.0, scatter];
            DiagonalPosterior::new(zero.view(), strength, scatter.view(), degrees)
        };
        assert!(make(1.0, 1.0, 1.0).is_ok());
        for bad in [0.0, -1.0, f64::NAN] {
            let all = [
                make(bad, 1.0, 1.0),
                make(1.0, bad, 1.0),
                make(1.0, 1.0, bad),
            ];
            assert!(all.iter().all(Result::is_err), "{bad}");
        }
        assert!(
            DiagonalPosterior::new(array![0.0, f64::NAN].view(), 1.0, one.view(), 1.0).is_err()
        );
        let mut posterior = prior();
        let nan = array![[1.0, f64::NAN, 0.0]];
        assert!(posterior.update(nan.view()).is_err());
        assert!(posterior.forget(1.1).is_err() && posterior.forget(f64::NAN).is_err());
        assert_eq!(posterior, prior());
        assert_eq!(posterior.ascends(Array1::zeros(3).view()), Ok(0.5));
    }
}
