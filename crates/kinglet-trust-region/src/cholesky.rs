//! The Cholesky factorisation, for the dense forms of this crate.

use crate::Error;
use crate::check::plain;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, NdFloat, s};

/// A = L Lᵀ, L lower triangular.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky<S> {
    lower: Array2<S>,
}

impl<S: NdFloat> Cholesky<S> {
    /// Factorises the lower triangle of `a`.
    pub(crate) fn new(name: &'static str, a: ArrayView2<'_, S>) -> Result<Self, Error> {
        assert!(
            a.is_square(),
            "{name} must be square, its shape is {:?}",
            a.shape()
        );
        let mut lower = Array2::zeros(a.dim());
        for i in 0..a.nrows() {
            for j in 0..=i {
                let known = lower.slice(s![i, ..j]).dot(&lower.slice(s![j, ..j]));
                let left = a[[i, j]] - known;
                if i != j {
                    lower[[i, j]] = left / lower[[j, j]];
                } else if left > S::zero() && left.is_finite() {
                    lower[[i, i]] = left.sqrt();
                } else {
                    let value = plain(left);
                    return Err(Error::NotPositiveDefinite {
                        name,
                        pivot: i,
                        value,
                    });
                }
            }
        }
        Ok(Self { lower })
    }

    /// L⁻¹ b.
    pub(crate) fn whiten(&self, b: ArrayView1<'_, S>) -> Array1<S> {
        assert_eq!(
            b.len(),
            self.lower.nrows(),
            "a vector's length differs from the matrix's"
        );
        let mut x = b.to_owned();
        for i in 0..x.len() {
            let known = self.lower.slice(s![i, ..i]).dot(&x.slice(s![..i]));
            x[i] = (x[i] - known) / self.lower[[i, i]];
        }
        x
    }

    /// A⁻¹ b.
    pub(crate) fn solve(&self, b: ArrayView1<'_, S>) -> Array1<S> {
        let mut x = self.whiten(b);
        for i in (0..x.len()).rev() {
            let known = self.lower.slice(s![i + 1.., i]).dot(&x.slice(s![i + 1..]));
            x[i] = (x[i] - known) / self.lower[[i, i]];
        }
        x
    }

    /// A⁻¹.
    pub(crate) fn inverse(&self) -> Array2<S> {
        let mut inverse = Array2::eye(self.lower.nrows());
        for mut column in inverse.axis_iter_mut(Axis(1)) {
            let solved = self.solve(column.view());
            column.assign(&solved);
        }
        inverse
    }

    /// ln |A|.
    pub(crate) fn log_det(&self) -> S {
        let half = self.lower.diag().mapv(S::ln).sum();
        half + half
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn it_solves_inverts_and_takes_the_determinant() {
        let a: Array2<f64> = array![[4.0, 2.0, -1.0], [2.0, 5.0, 1.5], [-1.0, 1.5, 3.0]];
        let factor = Cholesky::new("a", a.view()).unwrap();
        let b: Array1<f64> = array![1.0, -2.0, 0.5];
        assert!(
            (a.dot(&factor.solve(b.view())) - &b)
                .iter()
                .all(|off| off.abs() < 1e-14)
        );
        let one = a.dot(&factor.inverse()) - Array2::<f64>::eye(3);
        assert!(one.iter().all(|off| off.abs() < 1e-14));
        // By cofactors: 4 (15 − 2.25) − 2 (6 + 1.5) − (3 + 5).
        assert!((factor.log_det() - 28.0_f64.ln()).abs() < 1e-14);
        let white = factor.whiten(b.view());
        assert!((white.dot(&white) - b.dot(&factor.solve(b.view()))).abs() < 1e-14);
    }

    #[test]
    fn an_indefinite_matrix_is_refused_at_its_pivot() {
        let error = Cholesky::new("a", array![[1.0, 2.0], [2.0, 1.0]].view()).unwrap_err();
        assert_eq!(
            error,
            Error::NotPositiveDefinite {
                name: "a",
                pivot: 1,
                value: -3.0
            }
        );
    }
}
