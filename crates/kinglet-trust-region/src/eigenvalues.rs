//! The eigenvalues of a symmetric matrix.

use crate::Error;
use crate::check::symmetric;
use ndarray::{Array1, Array2, ArrayView2};

/// The eigenvalues of a symmetric matrix, the least first. Catalogue: DECK-10, DECK-12.
///
/// They say whether a Hessian is indefinite, which rank a Fisher matrix has, and how badly it is
/// conditioned. By Jacobi's rotations, each of which removes one element off the diagonal.
///
/// # Shapes
/// `matrix`: `[D, D]`. Returns `[D]`.
/// # Errors
/// [`Error::NotSymmetric`] or [`Error::NotFinite`].
/// # Panics
/// When the matrix is not square.
/// # Source
/// Golub and Van Loan 2013, section 8.5.
/// # Example
/// ```
/// use kinglet_trust_region::eigenvalues;
/// use ndarray::array;
/// let values = eigenvalues(array![[2.0, 1.0], [1.0, 2.0]].view())?;
/// assert!((values[0] - 1.0).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-15);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn eigenvalues(matrix: ArrayView2<'_, f64>) -> Result<Array1<f64>, Error> {
    assert!(
        matrix.is_square(),
        "the matrix must be square, its shape is {:?}",
        matrix.shape()
    );
    symmetric("the matrix", matrix)?;
    let mut a = matrix.to_owned();
    let n = a.nrows();
    for _ in 0..60 {
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, p, q);
            }
        }
        if off_diagonal(&a) == 0.0 {
            break;
        }
    }
    let mut values = a.diag().to_vec();
    values.sort_by(f64::total_cmp);
    Ok(Array1::from(values))
}

/// The largest element above the diagonal.
fn off_diagonal(a: &Array2<f64>) -> f64 {
    let above = a.indexed_iter().filter(|((i, j), _)| i < j);
    above.fold(0.0, |m, (_, x)| m.max(x.abs()))
}

/// Turns the plane of p and q until a\[p, q\] is 0.
fn rotate(a: &mut Array2<f64>, p: usize, q: usize) {
    let apq = a[[p, q]];
    if apq.abs() <= f64::EPSILON * 1e-3 * (a[[p, p]] * a[[q, q]]).abs().sqrt() {
        a[[p, q]] = 0.0;
        a[[q, p]] = 0.0;
        return;
    }
    // tan of the angle is the smaller root of t² + 2θt − 1.
    let theta = (a[[q, q]] - a[[p, p]]) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cos = 1.0 / (t * t + 1.0).sqrt();
    let sin = t * cos;
    for k in 0..a.nrows() {
        let (x, y) = (a[[k, p]], a[[k, q]]);
        a[[k, p]] = cos * x - sin * y;
        a[[k, q]] = sin * x + cos * y;
    }
    for k in 0..a.nrows() {
        let (x, y) = (a[[p, k]], a[[q, k]]);
        a[[p, k]] = cos * x - sin * y;
        a[[q, k]] = sin * x + cos * y;
    }
    a[[p, q]] = 0.0;
    a[[q, p]] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn they_are_the_roots_of_the_characteristic_polynomial() {
        let a = array![[1.0, 0.4, -0.7], [0.4, -2.0, 0.3], [-0.7, 0.3, 0.5]];
        let values = eigenvalues(a.view()).unwrap();
        for &x in &values {
            let m = &a - &(Array2::<f64>::eye(3) * x);
            let det = m[[0, 0]] * (m[[1, 1]] * m[[2, 2]] - m[[1, 2]] * m[[2, 1]])
                - m[[0, 1]] * (m[[1, 0]] * m[[2, 2]] - m[[1, 2]] * m[[2, 0]])
                + m[[0, 2]] * (m[[1, 0]] * m[[2, 1]] - m[[1, 1]] * m[[2, 0]]);
            assert!(det.abs() < 1e-13, "{x}: {det}");
        }
        assert!((values.sum() - a.diag().sum()).abs() < 1e-14);
        assert!(values[0] < values[1] && values[1] < values[2]);
    }

    #[test]
    fn power_sums_of_a_larger_matrix_are_its_traces() {
        let m = Array2::from_shape_fn((12, 12), |(i, j)| {
            ((3 * i + 7 * j * j + i * j) as f64).sin()
        });
        let a = &m + &m.t();
        let values = eigenvalues(a.view()).unwrap();
        let mut power = Array2::<f64>::eye(12);
        for k in 1..=5 {
            power = power.dot(&a);
            let sum = values.mapv(|x| x.powi(k)).sum();
            let trace = power.diag().sum();
            assert!(
                (sum - trace).abs() < 1e-11 * values[11].powi(k).abs(),
                "{k}: {sum} {trace}"
            );
        }
    }

    #[test]
    fn a_softmax_fisher_matrix_has_one_direction_without_information() {
        let p = array![0.2, 0.5, 0.3];
        let f = Array2::from_diag(&p)
            - p.view()
                .insert_axis(ndarray::Axis(1))
                .dot(&p.view().insert_axis(ndarray::Axis(0)));
        let values = eigenvalues(f.view()).unwrap();
        assert!(values[0].abs() < 1e-16 && values[1] > 0.1);
        // What is no matrix of this kind is refused.
        assert!(eigenvalues(array![[1.0, 2.0], [0.0, 1.0]].view()).is_err());
        assert_eq!(
            eigenvalues(Array2::zeros((2, 2)).view()).unwrap(),
            array![0.0, 0.0]
        );
    }
}
