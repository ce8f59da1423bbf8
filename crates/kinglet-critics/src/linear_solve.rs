//! Dense linear systems.

use crate::Error;
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// A pivot smaller than this, beside the largest entry of the matrix, counts as 0.
const SMALLEST_PIVOT: f64 = 1e-13;

/// X with A X = B, by Gaussian elimination with partial pivoting.
pub(crate) fn solve(mut a: Array2<f64>, mut b: Array2<f64>) -> Result<Array2<f64>, Error> {
    let n = a.nrows();
    let largest = a.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    for k in 0..n {
        let pivot = (k..n)
            .max_by(|&i, &j| a[[i, k]].abs().total_cmp(&a[[j, k]].abs()))
            .expect("k < n");
        if a[[pivot, k]].abs() <= SMALLEST_PIVOT * largest {
            return Err(Error::Singular { unknowns: n });
        }
        swap_rows(&mut a, k, pivot);
        swap_rows(&mut b, k, pivot);
        for i in k + 1..n {
            let factor = a[[i, k]] / a[[k, k]];
            subtract_row(&mut a, i, k, factor);
            subtract_row(&mut b, i, k, factor);
        }
    }
    for k in (0..n).rev() {
        for j in k + 1..n {
            let factor = a[[k, j]];
            subtract_row(&mut b, k, j, factor);
        }
        let pivot = a[[k, k]];
        b.row_mut(k).mapv_inplace(|x| x / pivot);
    }
    Ok(b)
}

/// x with A x = b.
pub(crate) fn solve_vector(a: Array2<f64>, b: Array1<f64>) -> Result<Array1<f64>, Error> {
    Ok(solve(a, b.insert_axis(Axis(1)))?.remove_axis(Axis(1)))
}

/// I − k M.
pub(crate) fn identity_minus(k: f64, m: ArrayView2<'_, f64>) -> Array2<f64> {
    Array2::eye(m.nrows()) - &m * k
}

fn swap_rows(m: &mut Array2<f64>, i: usize, j: usize) {
    for column in 0..m.ncols() {
        m.swap([i, column], [j, column]);
    }
}

/// Row i loses `factor` times row k.
fn subtract_row(m: &mut Array2<f64>, i: usize, k: usize, factor: f64) {
    for column in 0..m.ncols() {
        m[[i, column]] -= factor * m[[k, column]];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_solution_solves() {
        // The first pivot is 0, so rows have to change places.
        let a = array![
            [0.0, 2.0, -1.0, 0.5],
            [1.0, -2.0, 0.3, 4.0],
            [-3.0, 1.0, 0.0, 1.0],
            [0.2, 0.4, 0.6, -0.8]
        ];
        let b = array![[1.0, 0.0], [2.0, -1.0], [0.5, 3.0], [-4.0, 0.25]];
        let x = solve(a.clone(), b.clone()).unwrap();
        assert!((a.dot(&x) - b).iter().all(|off| off.abs() < 1e-13), "{x}");
    }

    #[test]
    fn a_singular_system_is_refused() {
        let a = array![[1.0, 2.0], [2.0, 4.0]];
        let error = solve_vector(a, array![1.0, 1.0]).unwrap_err();
        assert_eq!(error, Error::Singular { unknowns: 2 });
    }
}
