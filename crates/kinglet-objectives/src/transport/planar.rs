//! A planar flow as a family of maps.

use super::{PullBack, Transport, check_params, check_point, dot};
use crate::Error;
use kinglet_distributions::Planar;
use num_traits::Float;

/// θ = ξ + û tanh(wᵀξ + b), with φ = (w, u, b): one bend of space. Catalogue: XU-03.
///
/// û is u moved along w so far that the map stays invertible, as [`Planar`] says. Compose several, after an affine map,
/// for a posterior that is not normal.
///
/// # Source
/// Rezende 2015, eq. (10) and appendix A.1.
/// # Example
/// ```
/// use kinglet_objectives::{PlanarTransport, Transport};
///
/// let family = PlanarTransport { dim: 1 };
/// let pulled = family.pull_back(&[1.0, 0.0, 0.0], &[0.0], &[1.0], 0.0)?;
/// assert_eq!(pulled.params[0], 0.0); // at wᵀξ + b = 0 the bend is 0, whatever w is
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanarTransport {
    /// The number of coordinates of θ.
    pub dim: usize,
}

/// The numbers of the map at one point, and the derivatives of the objective by the scalars among them.
struct Bend {
    /// |w|² and softplus(wᵀu) − 1 − wᵀu, over which û is u + added/length · w.
    length: f64,
    added: f64,
    /// softplus′(wᵀu).
    sigmoid: f64,
    bend: f64,
    by_argument: f64,
    by_steepest: f64,
}

impl Bend {
    fn new(w: &[f64], u: &[f64], b: f64, x: &[f64], force: &[f64], log_det_weight: f64) -> Self {
        let (length, along) = (dot(w, w), dot(w, u));
        let sigmoid = 1.0 / (1.0 + (-along).exp());
        let steepest = if along > 0.0 {
            along + (-along).exp().ln_1p()
        } else {
            along.exp().ln_1p()
        };
        let added = steepest - 1.0 - along;
        let bend = (dot(w, x) + b).tanh();
        let slope = 1.0 - bend * bend;
        let det = steepest * slope + bend * bend;
        // det = steepest (1 − bend²) + bend²
        let det_by_bend = 2.0 * bend * (1.0 - steepest);
        let pushed = dot(force, u) + added / length * dot(force, w);
        Self {
            length,
            added,
            sigmoid,
            bend,
            by_argument: slope * (pushed + log_det_weight * det_by_bend / det),
            by_steepest: log_det_weight * slope / det,
        }
    }
}

impl Transport for PlanarTransport {
    type Map<S: Float> = Planar<S>;

    fn n_params(&self) -> usize {
        2 * self.dim + 1
    }

    fn map<S: Float>(&self, params: &[S]) -> Result<Planar<S>, Error> {
        check_params(params.len(), self.n_params());
        let (weight, rest) = params.split_at(self.dim);
        Ok(Planar::new(weight, &rest[..self.dim], rest[self.dim])?)
    }

    fn pull_back(
        &self,
        params: &[f64],
        noise: &[f64],
        force: &[f64],
        log_det_weight: f64,
    ) -> Result<PullBack, Error> {
        self.map(params)?;
        check_point(noise.len(), self.dim);
        check_point(force.len(), self.dim);
        let (w, rest) = params.split_at(self.dim);
        let (u, b) = (&rest[..self.dim], rest[self.dim]);
        let at = Bend::new(w, u, b, noise, force, log_det_weight);
        // û = u + (added/|w|²) w is pushed by force · bend.
        let along = at.bend * dot(force, w) / at.length;
        let by_product = along * (at.sigmoid - 1.0) + at.by_steepest * at.sigmoid;
        let by_w = |i: usize| {
            noise[i] * at.by_argument
                + u[i] * by_product
                + at.added / at.length * (force[i] * at.bend - 2.0 * along * w[i])
        };
        let by_u = |i: usize| force[i] * at.bend + w[i] * by_product;
        let by_noise = |i: usize| force[i] + w[i] * at.by_argument;
        Ok(PullBack {
            params: (0..self.dim)
                .map(by_w)
                .chain((0..self.dim).map(by_u))
                .chain([at.by_argument])
                .collect(),
            noise: (0..self.dim).map(by_noise).collect(),
        })
    }
}
