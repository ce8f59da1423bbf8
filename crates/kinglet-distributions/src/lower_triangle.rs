//! Lower triangular matrices, as Cholesky factors are.

use num_traits::Float;

use crate::Error;
use crate::scalar::{dot, finite, plain, positive, sum};

/// A lower triangular matrix with a positive diagonal: the Cholesky factor L of a positive definite L Lᵀ.
///
/// # Example
/// ```
/// use kinglet_distributions::LowerTriangle;
///
/// let factor = LowerTriangle::of(2, &[4.0, 2.0, 2.0, 10.0])?; // [[4, 2], [2, 10]] = L Lᵀ
/// assert_eq!(factor.rows(), [2.0, 1.0, 3.0]); // [[2, 0], [1, 3]]
/// assert_eq!(factor.product(1, 1), 10.0);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LowerTriangle<S = f64> {
    dimension: usize,
    rows: Vec<S>,
}

/// How many numbers there are in `rows` rows of a triangle.
fn triangle(rows: usize) -> usize {
    rows * (rows + 1) / 2
}

impl<S: Float> LowerTriangle<S> {
    /// From its rows, one after the other: L₁₁, L₂₁, L₂₂, L₃₁, …
    ///
    /// # Errors
    /// If a number is not finite, or a diagonal one not positive.
    /// # Panics
    /// If there are not D(D + 1)/2 of them.
    pub fn from_rows(dimension: usize, rows: Vec<S>) -> Result<Self, Error> {
        let (expected, given) = (triangle(dimension), rows.len());
        assert_eq!(expected, given, "a triangle (left) and numbers (right)");
        for x in &rows {
            finite("factor", *x)?;
        }
        let factor = Self { dimension, rows };
        for i in 0..dimension {
            positive("diagonal of the factor", factor.at(i, i))?;
        }
        Ok(factor)
    }

    /// The Cholesky factor of a symmetric matrix, given row by row; what stands above its diagonal is not read.
    ///
    /// # Errors
    /// If the matrix is not positive definite.
    /// # Panics
    /// If there are not D² numbers.
    pub fn of(dimension: usize, matrix: &[S]) -> Result<Self, Error> {
        let (expected, given) = (dimension * dimension, matrix.len());
        assert_eq!(expected, given, "a square (left) and numbers (right)");
        let mut factor = Self {
            dimension,
            rows: vec![S::zero(); triangle(dimension)],
        };
        for i in 0..dimension {
            for j in 0..=i {
                let rest =
                    matrix[i * dimension + j] - dot(&factor.row(i)[..j], &factor.row(j)[..j]);
                let value = if i > j {
                    rest / factor.at(j, j)
                } else if rest > S::zero() && rest.is_finite() {
                    rest.sqrt()
                } else {
                    let pivot = plain(rest);
                    return Err(Error::NotPositiveDefinite { row: i, pivot });
                };
                factor.rows[triangle(i) + j] = value;
            }
        }
        Ok(factor)
    }

    /// A diagonal matrix.
    pub(crate) fn diagonal(diagonal: &[S]) -> Self {
        Self::build(
            diagonal.len(),
            |i, j| {
                if i == j { diagonal[i] } else { S::zero() }
            },
        )
    }

    pub(crate) fn build(dimension: usize, mut of: impl FnMut(usize, usize) -> S) -> Self {
        let mut rows = Vec::with_capacity(triangle(dimension));
        for i in 0..dimension {
            rows.extend((0..=i).map(|j| of(i, j)));
        }
        Self { dimension, rows }
    }

    /// D.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// L₁₁, L₂₁, L₂₂, L₃₁, …
    pub fn rows(&self) -> &[S] {
        &self.rows
    }

    /// Row i, to the diagonal.
    pub fn row(&self, i: usize) -> &[S] {
        &self.rows[triangle(i)..triangle(i + 1)]
    }

    /// Lᵢⱼ, for j ≤ i.
    pub(crate) fn at(&self, i: usize, j: usize) -> S {
        self.rows[triangle(i) + j]
    }

    /// (L Lᵀ)ᵢⱼ.
    pub fn product(&self, i: usize, j: usize) -> S {
        dot(self.row(i), self.row(j))
    }

    /// ln |L|, half that of L Lᵀ.
    pub fn log_determinant(&self) -> S {
        sum((0..self.dimension).map(|i| self.at(i, i).ln()))
    }

    /// L v.
    pub(crate) fn times(&self, v: &[S]) -> Vec<S> {
        (0..self.dimension).map(|i| dot(self.row(i), v)).collect()
    }

    /// L⁻¹ v.
    pub(crate) fn solve(&self, v: &[S]) -> Vec<S> {
        let (n, m) = (self.dimension, v.len());
        assert_eq!(n, m, "{n} coordinates against {m}");
        let mut x: Vec<S> = Vec::with_capacity(n);
        for (i, v) in v.iter().enumerate() {
            x.push((*v - dot(self.row(i), &x)) / self.at(i, i));
        }
        x
    }

    /// L⁻ᵀ v.
    pub(crate) fn solve_transposed(&self, v: &[S]) -> Vec<S> {
        let mut x = v.to_vec();
        for i in (0..self.dimension).rev() {
            x[i] = x[i] / self.at(i, i);
            for j in 0..i {
                x[j] = x[j] - self.at(i, j) * x[i];
            }
        }
        x
    }

    /// c L.
    pub(crate) fn scaled(&self, c: S) -> Self {
        Self::build(self.dimension, |i, j| c * self.at(i, j))
    }

    /// tril(L⁻ᵀ M), of a matrix M by its entries.
    pub(crate) fn pull(&self, of: impl Fn(usize, usize) -> S) -> Self {
        let n = self.dimension;
        let columns: Vec<Vec<S>> = (0..n)
            .map(|j| self.solve_transposed(&(0..n).map(|i| of(i, j)).collect::<Vec<S>>()))
            .collect();
        Self::build(n, |i, j| columns[j][i])
    }

    /// This and c/Lᵢᵢ of another triangle L on the diagonal.
    pub(crate) fn plus_inverse_diagonal(&self, c: S, other: &Self) -> Self {
        Self::build(self.dimension, |i, j| {
            if i == j {
                self.at(i, i) + c / other.at(i, i)
            } else {
                self.at(i, j)
            }
        })
    }

    /// tril(L⁻ᵀ (W + Wᵀ)), W = L⁻¹ V: half the metric of L Lᵀ, along a triangle V by its rows.
    pub(crate) fn metric(&self, rows: &[S]) -> Self {
        let direction = Self {
            dimension: self.dimension,
            rows: rows.to_vec(),
        };
        let w = self.solve_triangle(&direction);
        self.pull(|i, j| w[j][i] + w[i][j])
    }

    /// Column j, from the top.
    pub(crate) fn column(&self, j: usize) -> Vec<S> {
        let at = |i: usize| if i < j { S::zero() } else { self.at(i, j) };
        (0..self.dimension).map(at).collect()
    }

    /// The columns of L⁻¹ M, for M another such matrix; it is one too.
    pub(crate) fn solve_triangle(&self, other: &Self) -> Vec<Vec<S>> {
        let columns = (0..other.dimension).map(|j| other.column(j));
        columns.map(|column| self.solve(&column)).collect()
    }
}
