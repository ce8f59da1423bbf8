//! Each parameter by its own mean and scale.

use super::{PullBack, Transport, check_params, check_point};
use crate::Error;
use kinglet_distributions::{Affine, Elementwise};
use num_traits::Float;

/// θᵢ = μᵢ + σᵢ ξᵢ, with φ = (μ, σ): the weights of a Bayesian network. Catalogue: XU-05, XU-12.
///
/// ```text
/// ln |det ∂h/∂ξ| = Σᵢ ln |σᵢ|
/// ∂/∂μᵢ = fᵢ,   ∂/∂σᵢ = ξᵢ fᵢ + 1/σᵢ        for a force f on θ
/// ```
///
/// # Source
/// Xu 2018, example 1.
/// # Example
/// ```
/// use kinglet_objectives::{DiagonalTransport, Transport};
///
/// let pulled = DiagonalTransport { dim: 1 }.pull_back(&[0.0, 2.0], &[0.5], &[3.0], 1.0)?;
/// assert_eq!(pulled.params, [3.0, 0.5 * 3.0 + 1.0 / 2.0]);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiagonalTransport {
    /// The number of coordinates of θ.
    pub dim: usize,
}

impl Transport for DiagonalTransport {
    type Map<S: Float> = Elementwise<Affine<S>>;

    fn n_params(&self) -> usize {
        2 * self.dim
    }

    fn map<S: Float>(&self, params: &[S]) -> Result<Elementwise<Affine<S>>, Error> {
        check_params(params.len(), self.n_params());
        let (means, scales) = params.split_at(self.dim);
        let lines = means.iter().zip(scales).map(|(m, s)| Affine::new(*m, *s));
        Ok(Elementwise {
            maps: lines.collect::<Result<_, _>>()?,
        })
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
        let scales = &params[self.dim..];
        let by_scale = |i: usize| force[i] * noise[i] + log_det_weight / scales[i];
        Ok(PullBack {
            params: force
                .iter()
                .copied()
                .chain((0..self.dim).map(by_scale))
                .collect(),
            noise: force.iter().zip(scales).map(|(f, s)| f * s).collect(),
        })
    }
}
