//! The factorisation of a regular matrix.

use num_traits::Float;

/// P A = L U with row exchanges P; L has a unit diagonal, and both share one array.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lu<S> {
    factors: Vec<S>,
    /// Row i of P A is row `rows[i]` of A.
    rows: Vec<usize>,
}

impl<S: Float> Lu<S> {
    /// Factorises a square matrix, given row by row; none if it is singular.
    pub(super) fn new(matrix: &[S], n: usize) -> Option<Self> {
        let mut a = matrix.to_vec();
        let mut rows: Vec<usize> = (0..n).collect();
        for k in 0..n {
            let largest = |p: usize, i: usize| {
                if a[i * n + k].abs() > a[p * n + k].abs() {
                    i
                } else {
                    p
                }
            };
            let pivot = (k..n).fold(k, largest);
            rows.swap(k, pivot);
            for j in 0..n {
                a.swap(k * n + j, pivot * n + j);
            }
            if a[k * n + k] == S::zero() {
                return None;
            }
            for i in k + 1..n {
                let factor = a[i * n + k] / a[k * n + k];
                a[i * n + k] = factor;
                for j in k + 1..n {
                    a[i * n + j] = a[i * n + j] - factor * a[k * n + j];
                }
            }
        }
        Some(Self { factors: a, rows })
    }

    /// A⁻¹ b.
    pub(super) fn solve(&self, b: &[S]) -> Vec<S> {
        let n = self.rows.len();
        let mut x: Vec<S> = self.rows.iter().map(|&row| b[row]).collect();
        for i in 0..n {
            for j in 0..i {
                x[i] = x[i] - self.factors[i * n + j] * x[j];
            }
        }
        for i in (0..n).rev() {
            for j in i + 1..n {
                x[i] = x[i] - self.factors[i * n + j] * x[j];
            }
            x[i] = x[i] / self.factors[i * n + i];
        }
        x
    }

    /// ln |det A|.
    pub(super) fn log_abs_det(&self) -> S {
        let n = self.rows.len();
        (0..n).fold(S::zero(), |sum, i| sum + self.factors[i * n + i].abs().ln())
    }
}
