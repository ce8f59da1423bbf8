//! What is known of the gradient after some trajectories, when their noise is not known either.

use crate::Error;
use crate::check::{finite, plain, positive, symmetric};
use crate::cholesky::Cholesky;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use statrs::function::beta::beta_reg;

/// The normal-inverse-Wishart posterior of the gradient and of its noise. Catalogue: DECK-14.
///
/// ```text
/// R ~ IW(Ψ, ν),   μ ~ N(m, R/κ),   ĝᵢ ~ N(μ, R);   of n gradients with mean ḡ and scatter S:
/// κₙ = κ + n      νₙ = ν + n      mₙ = (κ m + n ḡ) / κₙ
/// Ψₙ = Ψ + S + (κ n / κₙ) (ḡ − m)(ḡ − m)ᵀ
/// ```
///
/// The marginal of the gradient is Student's t with νₙ − D + 1 degrees of freedom: wider than the
/// Gaussian while trajectories are few.
///
/// # Source
/// Murphy 2007, on the normal-inverse-Wishart prior.
/// # Example
/// ```
/// use kinglet_trust_region::NormalInverseWishartPosterior;
/// use ndarray::array;
///
/// let mut posterior = NormalInverseWishartPosterior::new(
///     array![0.0].view(), 1.0, array![[1.0]].view(), 1.0,
/// )?;
/// posterior.update(array![[1.0], [3.0]].view())?;
/// assert!((posterior.mean[0] - 4.0 / 3.0).abs() < 1e-15);
/// assert!((posterior.scatter[[0, 0]] - (1.0 + 2.0 + 2.0 / 3.0 * 4.0)).abs() < 1e-14);
/// assert_eq!((posterior.strength, posterior.degrees), (3.0, 3.0));
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NormalInverseWishartPosterior {
    /// m, `[D]`: the mean of the gradient.
    pub mean: Array1<f64>,
    /// κ > 0: how many trajectories the mean is worth.
    pub strength: f64,
    /// Ψ, `[D, D]`, positive definite.
    pub scatter: Array2<f64>,
    /// ν > D − 1: how many trajectories the scatter is worth.
    pub degrees: f64,
}

impl NormalInverseWishartPosterior {
    /// The prior, from m, κ, Ψ and ν.
    ///
    /// # Shapes
    /// `mean`: `[D]`; `scatter`: `[D, D]`.
    /// # Errors
    /// When κ is not positive, ν not above D − 1, the mean not finite, or the scatter not symmetric
    /// and positive definite.
    /// # Panics
    /// When the shapes do not fit.
    pub fn new(
        mean: ArrayView1<'_, f64>,
        strength: f64,
        scatter: ArrayView2<'_, f64>,
        degrees: f64,
    ) -> Result<Self, Error> {
        let square = [mean.len(), mean.len()];
        assert_eq!(scatter.shape(), square, "the scatter must be [D, D]");
        finite("the prior mean", &mean)?;
        positive("strength", strength)?;
        symmetric("the prior scatter", scatter)?;
        Cholesky::new("the prior scatter", scatter)?;
        if !(degrees > mean.len() as f64 - 1.0 && degrees.is_finite()) {
            let value = plain(degrees);
            return Err(Error::OutOfRange {
                name: "degrees",
                value,
                interval: "(D − 1, ∞)",
            });
        }
        Ok(Self {
            mean: mean.to_owned(),
            strength,
            scatter: scatter.to_owned(),
            degrees,
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
            self.mean.len(),
            "gradients of another dimension"
        );
        finite("the gradients", &gradients)?;
        let Some(centre) = gradients.mean_axis(Axis(0)) else {
            return Ok(());
        };
        let n = gradients.nrows() as f64;
        let spread = &gradients - &centre;
        let away = (&centre - &self.mean).insert_axis(Axis(0));
        let weight = self.strength * n / (self.strength + n);
        self.scatter += &spread.t().dot(&spread);
        self.scatter.scaled_add(weight, &away.t().dot(&away));
        self.strength += n;
        self.degrees += n;
        self.mean
            .scaled_add(n / self.strength, &away.index_axis(Axis(0), 0));
        Ok(())
    }

    /// The probability that a small step along `direction` ascends: that gᵀd > 0.
    ///
    /// ```text
    /// P(gᵀd > 0) = T(mᵀd / √(dᵀΨd / (κ k));  k = ν − D + 1)      T: Student's t, its cdf
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
            self.mean.len(),
            "a direction of another dimension"
        );
        finite("the direction", &direction)?;
        let freedom = self.degrees - self.mean.len() as f64 + 1.0;
        let spread = direction.dot(&self.scatter.dot(&direction)) / (self.strength * freedom);
        let along = self.mean.dot(&direction);
        if spread <= 0.0 {
            return Ok(0.5);
        }
        Ok(student_cdf(along / spread.sqrt(), freedom))
    }
}

/// P(T ≤ t) of Student's t, by the incomplete beta function of t²: exact in both tails.
pub(crate) fn student_cdf(t: f64, freedom: f64) -> f64 {
    let outside = 0.5 * beta_reg(0.5 * freedom, 0.5, freedom / (freedom + t * t));
    if t > 0.0 { 1.0 - outside } else { outside }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, s};

    fn prior() -> NormalInverseWishartPosterior {
        let scatter = array![[2.0, 0.3], [0.3, 1.0]];
        NormalInverseWishartPosterior::new(array![0.2, -0.4].view(), 0.7, scatter.view(), 3.5)
            .unwrap()
    }

    fn gradients() -> Array2<f64> {
        array![
            [1.0, 0.5],
            [-0.3, 0.9],
            [2.0, -1.0],
            [0.4, 0.1],
            [0.8, -0.2]
        ]
    }

    #[test]
    fn deck_14_batch_by_batch_is_all_at_once() {
        let mut whole = prior();
        whole.update(gradients().view()).unwrap();
        let mut parts = prior();
        for range in [0..2, 2..2, 2..3, 3..5] {
            parts.update(gradients().slice(s![range, ..])).unwrap();
        }
        let mean = &whole.mean - &parts.mean;
        let scatter = &whole.scatter - &parts.scatter;
        assert!(mean.iter().chain(&scatter).all(|off| off.abs() < 1e-14));
        assert!((whole.strength - parts.strength).abs() < 1e-14);
        assert_eq!(whole.degrees, parts.degrees);
    }

    #[test]
    fn deck_14_in_one_dimension_it_is_the_quadrature_over_mean_and_variance() {
        let data = [0.4, 1.3, -0.2, 0.9];
        let (m, kappa, psi, nu) = (-0.3, 0.8, 1.7, 2.5);
        let mut posterior =
            NormalInverseWishartPosterior::new(array![m].view(), kappa, array![[psi]].view(), nu)
                .unwrap();
        posterior
            .update(array![[0.4], [1.3], [-0.2], [0.9]].view())
            .unwrap();
        // Prior × likelihood on a grid of μ and ln r, with the Jacobian r.
        let (mut mass, mut first, mut up, mut variance) = (0.0, 0.0, 0.0, 0.0);
        for j in 0..700 {
            let r = (-4.0 + f64::from(j) * 0.02_f64).exp();
            for i in -1500..=1500 {
                let x = f64::from(i) * 0.02;
                let mut log = -0.5 * (nu + 3.0) * r.ln() - 0.5 * psi / r;
                log -= 0.5 * kappa * (x - m).powi(2) / r;
                for g in data {
                    log -= 0.5 * r.ln() + 0.5 * (g - x).powi(2) / r;
                }
                let w = (log + r.ln()).exp();
                mass += w;
                first += w * x;
                variance += w * r;
                up += if i > 0 {
                    w
                } else if i == 0 {
                    0.5 * w
                } else {
                    0.0
                };
            }
        }
        assert!((posterior.mean[0] - first / mass).abs() < 1e-4);
        let chance = posterior.ascends(array![1.0].view()).unwrap();
        assert!((chance - up / mass).abs() < 1e-4, "{chance} {}", up / mass);
        // E[R] = Ψ / (ν − D − 1).
        let expected = posterior.scatter[[0, 0]] / (posterior.degrees - 2.0);
        assert!((expected / (variance / mass) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn students_t_is_arctangent_with_one_degree_and_algebraic_with_two() {
        for t in [-30.0, -2.0, -0.1, 0.0, 0.7, 5.0] {
            let one = 0.5 + f64::atan(t) / std::f64::consts::PI;
            let two = 0.5 + t / (2.0 * (2.0 + t * t).sqrt());
            assert!((student_cdf(t, 1.0) - one).abs() < 1e-12, "{t}");
            assert!((student_cdf(t, 2.0) - two).abs() < 1e-12, "{t}");
        }
    }

    #[test]
    fn deck_14_with_many_trajectories_it_is_the_gaussian_posterior() {
        // 4000 gradients with mean (.02, -.01) and covariance exactly diag(1, ¼).
        let rows = Array2::from_shape_fn((4000, 2), |(n, d)| match (d, n % 4) {
            (0, 0 | 1) => 1.02,
            (0, _) => -0.98,
            (_, 0 | 2) => 0.49,
            _ => -0.51,
        });
        let eye = Array2::<f64>::eye(2);
        let mut unknown =
            NormalInverseWishartPosterior::new(array![0.0, 0.0].view(), 1e-3, eye.view(), 3.0)
                .unwrap();
        unknown.update(rows.view()).unwrap();
        let noise = array![[1.0, 0.0], [0.0, 0.25]];
        let mut known = crate::GaussianPosterior::new(
            array![0.0, 0.0].view(),
            (&eye * 1e3).view(),
            noise.view(),
        )
        .unwrap();
        known.update(rows.view()).unwrap();
        for direction in [array![1.0, 0.0], array![0.0, 1.0], array![-1.0, 0.7]] {
            let pair = unknown.ascends(direction.view()).unwrap()
                - known.ascends(direction.view()).unwrap();
            assert!(pair.abs() < 1e-3, "{direction}: {pair}");
        }
    }

    #[test]
    fn bad_priors_are_refused_and_a_bad_batch_changes_nothing() {
        let (zero, one) = (array![0.0, 0.0], Array2::<f64>::eye(2));
        let make = |strength, degrees| {
            NormalInverseWishartPosterior::new(zero.view(), strength, one.view(), degrees)
        };
        assert!(make(0.0, 3.0).is_err() && make(1.0, 1.0).is_err() && make(1.0, 1.1).is_ok());
        let mut posterior = prior();
        assert!(
            posterior
                .update(array![[f64::INFINITY, 0.0]].view())
                .is_err()
        );
        assert_eq!(posterior, prior());
        assert_eq!(posterior.ascends(zero.view()).unwrap(), 0.5);
    }
}
