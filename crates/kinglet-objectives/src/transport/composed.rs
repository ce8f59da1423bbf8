//! One family of maps after another.

use super::{PullBack, Transport, check_params};
use crate::Error;
use kinglet_distributions::{Bijection, Composition};
use num_traits::Float;

/// θ = then(first(ξ)), with φ = (φ of first, φ of then). Catalogue: XU-03.
///
/// The force on θ is pulled back through the second map to the first, and so is what the second log-determinant gains
/// by moving its argument.
///
/// # Source
/// Rezende 2015, eq. (7).
/// # Example
/// ```
/// use kinglet_objectives::{AffineTransport, ComposedTransport, PlanarTransport, Transport};
///
/// let flow = ComposedTransport { first: AffineTransport { dim: 2 }, then: PlanarTransport { dim: 2 } };
/// assert_eq!(flow.n_params(), 6 + 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComposedTransport<F, G> {
    /// The maps that the noise meets first.
    pub first: F,
    /// The maps after them.
    pub then: G,
}

impl<F: Transport, G: Transport> Transport for ComposedTransport<F, G> {
    type Map<S: Float> = Composition<F::Map<S>, G::Map<S>>;

    fn n_params(&self) -> usize {
        self.first.n_params() + self.then.n_params()
    }

    fn map<S: Float>(&self, params: &[S]) -> Result<Self::Map<S>, Error> {
        check_params(params.len(), self.n_params());
        let (first, then) = params.split_at(self.first.n_params());
        Ok(Composition {
            first: self.first.map(first)?,
            then: self.then.map(then)?,
        })
    }

    fn pull_back(
        &self,
        params: &[f64],
        noise: &[f64],
        force: &[f64],
        log_det_weight: f64,
    ) -> Result<PullBack, Error> {
        check_params(params.len(), self.n_params());
        let (first, then) = params.split_at(self.first.n_params());
        let between = self.first.map(first)?.forward(&noise.to_vec());
        let by_then = self.then.pull_back(then, &between, force, log_det_weight)?;
        let by_first = self
            .first
            .pull_back(first, noise, &by_then.noise, log_det_weight)?;
        Ok(PullBack {
            params: [by_first.params, by_then.params].concat(),
            noise: by_first.noise,
        })
    }
}
