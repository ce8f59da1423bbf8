//! A regular matrix and a shift.

use num_traits::Float;

use super::Bijection;
use super::lu::Lu;
use crate::Error;
use crate::scalar::{dot, finite};

/// y = shift + A x, with a regular matrix A of any sign. Catalogue: XU-01.
///
/// ```text
/// ln |det ∂y/∂x| = ln |det A|
/// ```
///
/// The matrix is factorised once; nothing is inverted.
///
/// # Example
/// ```
/// use kinglet_distributions::{Bijection, MatrixAffine};
///
/// let exchange = MatrixAffine::new(&[1.0, 0.0], &[0.0, 2.0, 1.0, 0.0])?; // det A = −2
/// assert_eq!(exchange.forward(&vec![3.0, 4.0]), [9.0, 3.0]);
/// assert_eq!(exchange.inverse(&vec![9.0, 3.0]), [3.0, 4.0]);
/// assert!((exchange.log_abs_det(&vec![3.0, 4.0]) - 2_f64.ln()).abs() < 1e-15);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixAffine<S = f64> {
    shift: Vec<S>,
    matrix: Vec<S>,
    factors: Lu<S>,
}

impl<S: Float> MatrixAffine<S> {
    /// From the shift, `[D]`, and the matrix row by row, `[D · D]`.
    ///
    /// # Errors
    /// If a number is not finite, or the matrix is singular.
    /// # Panics
    /// If the matrix has not the square of the shift's length.
    pub fn new(shift: &[S], matrix: &[S]) -> Result<Self, Error> {
        let (n, entries) = (shift.len(), matrix.len());
        assert_eq!(entries, n * n, "{entries} entries for {n} rows and columns");
        for (name, numbers) in [("shift", shift), ("matrix", matrix)] {
            for x in numbers {
                finite(name, *x)?;
            }
        }
        let factors = Lu::new(matrix, n).ok_or(Error::Singular { name: "matrix" })?;
        Ok(Self {
            shift: shift.to_vec(),
            matrix: matrix.to_vec(),
            factors,
        })
    }

    fn check(&self, x: &[S]) {
        let (n, len) = (self.shift.len(), x.len());
        assert_eq!(len, n, "a point of {len} coordinates in {n} dimensions");
    }
}

impl<S: Float> Bijection<S> for MatrixAffine<S> {
    type Point = Vec<S>;

    /// # Panics
    /// If the point has another dimension; so do the others.
    fn forward(&self, x: &Vec<S>) -> Vec<S> {
        self.check(x);
        let rows = self.shift.iter().zip(self.matrix.chunks_exact(x.len()));
        rows.map(|(shift, row)| *shift + dot(row, x)).collect()
    }

    fn inverse(&self, y: &Vec<S>) -> Vec<S> {
        self.check(y);
        let moved: Vec<S> = y.iter().zip(&self.shift).map(|(y, s)| *y - *s).collect();
        self.factors.solve(&moved)
    }

    fn log_abs_det(&self, x: &Vec<S>) -> S {
        self.check(x);
        self.factors.log_abs_det()
    }
}
