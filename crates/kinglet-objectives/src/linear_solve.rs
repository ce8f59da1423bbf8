//! A dense linear solve, small enough to be a referee.

use ndarray::{Array1, Array2, s};

/// Solves A x = b by Gaussian elimination with partial pivoting.
///
/// The matrices here, I − γ P, are strictly diagonally dominant by rows, hence regular.
pub(crate) fn solve(mut a: Array2<f64>, mut b: Array1<f64>) -> Array1<f64> {
    let n = b.len();
    for k in 0..n {
        let pivot = (k..n).fold(k, |p, i| {
            if a[[i, k]].abs() > a[[p, k]].abs() {
                i
            } else {
                p
            }
        });
        if pivot != k {
            let (mut above, mut below) = a.multi_slice_mut((s![k, ..], s![pivot, ..]));
            above
                .iter_mut()
                .zip(below.iter_mut())
                .for_each(|(x, y)| std::mem::swap(x, y));
            b.swap(k, pivot);
        }
        for i in k + 1..n {
            let factor = a[[i, k]] / a[[k, k]];
            if factor != 0.0 {
                let (source, mut target) = a.multi_slice_mut((s![k, k..], s![i, k..]));
                target.scaled_add(-factor, &source);
                b[i] -= factor * b[k];
            }
        }
    }
    for k in (0..n).rev() {
        let known = a.slice(s![k, k + 1..]).dot(&b.slice(s![k + 1..]));
        b[k] = (b[k] - known) / a[[k, k]];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_that_needs_row_swaps_is_solved() {
        let a = ndarray::array![[0.0, 2.0, 1.0], [1.0, 1e-3, -1.0], [3.0, 0.0, 2.0]];
        let truth = ndarray::array![1.0, -2.0, 0.5];
        let x = solve(a.clone(), a.dot(&truth));
        assert!((x - truth).iter().all(|off| off.abs() < 1e-15));
    }
}
