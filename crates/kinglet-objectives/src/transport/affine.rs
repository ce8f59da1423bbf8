//! All parameters by one matrix.

use super::{PullBack, Transport, check_params, check_point};
use crate::Error;
use kinglet_distributions::{Bijection, MatrixAffine};
use num_traits::Float;

/// θ = m + A ξ, with φ = (m, A row by row): any normal distribution over θ. Catalogue: XU-01.
///
/// ```text
/// ∂ ln |det A| / ∂A = A⁻ᵀ
/// ```
///
/// # Source
/// Xu 2018, eq. (4).
/// # Example
/// ```
/// use kinglet_objectives::{AffineTransport, Transport};
///
/// let parameters = [0.0, 0.0, 2.0, 0.0, 0.0, 4.0]; // m = 0, A = diag(2, 4)
/// let pulled = AffineTransport { dim: 2 }.pull_back(&parameters, &[1.0, 1.0], &[0.0, 0.0], 1.0)?;
/// assert_eq!(pulled.params, [0.0, 0.0, 0.5, 0.0, 0.0, 0.25]);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AffineTransport {
    /// The number of coordinates of θ.
    pub dim: usize,
}

impl AffineTransport {
    /// A⁻ᵀ, row by row.
    fn inverse_transposed(&self, matrix: &[f64]) -> Result<Vec<f64>, Error> {
        let inverse = MatrixAffine::new(&vec![0.0; self.dim], matrix)?;
        // Row i of A⁻ᵀ is column i of A⁻¹.
        Ok((0..self.dim)
            .flat_map(|i| {
                let mut unit = vec![0.0; self.dim];
                unit[i] = 1.0;
                inverse.inverse(&unit)
            })
            .collect())
    }
}

impl Transport for AffineTransport {
    type Map<S: Float> = MatrixAffine<S>;

    fn n_params(&self) -> usize {
        self.dim + self.dim * self.dim
    }

    fn map<S: Float>(&self, params: &[S]) -> Result<MatrixAffine<S>, Error> {
        check_params(params.len(), self.n_params());
        let (shift, matrix) = params.split_at(self.dim);
        Ok(MatrixAffine::new(shift, matrix)?)
    }

    fn pull_back(
        &self,
        params: &[f64],
        noise: &[f64],
        force: &[f64],
        log_det_weight: f64,
    ) -> Result<PullBack, Error> {
        check_params(params.len(), self.n_params());
        check_point(noise.len(), self.dim);
        check_point(force.len(), self.dim);
        let matrix = &params[self.dim..];
        let repulsion = self.inverse_transposed(matrix)?;
        let pairs = force.iter().flat_map(|f| noise.iter().map(move |x| f * x));
        let by_matrix = pairs.zip(repulsion).map(|(p, r)| p + log_det_weight * r);
        let column = |j: usize| (0..self.dim).map(move |i| matrix[i * self.dim + j] * force[i]);
        Ok(PullBack {
            params: force.iter().copied().chain(by_matrix).collect(),
            noise: (0..self.dim).map(|j| column(j).sum()).collect(),
        })
    }
}
