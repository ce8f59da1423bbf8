//! A system of linear equations without any symmetry.

use crate::Error;
use ndarray::{Array1, ArrayView1, ArrayView2, s};

/// A⁻¹ b, by elimination with the largest pivot of each column.
pub(crate) fn linear_solve(
    name: &'static str,
    a: ArrayView2<'_, f64>,
    b: ArrayView1<'_, f64>,
) -> Result<Array1<f64>, Error> {
    let n = b.len();
    assert_eq!(a.shape(), [n, n], "{name} must be [D, D]");
    let (mut a, mut x) = (a.to_owned(), b.to_owned());
    let scale = a.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    for k in 0..n {
        let pivot = (k..n).fold(k, |best, i| {
            if a[[i, k]].abs() > a[[best, k]].abs() {
                i
            } else {
                best
            }
        });
        if a[[pivot, k]].abs() <= 1e-14 * scale {
            return Err(Error::Singular { name, pivot: k });
        }
        if pivot != k {
            let (mut above, mut below) = a.multi_slice_mut((s![k, ..], s![pivot, ..]));
            ndarray::Zip::from(&mut above)
                .and(&mut below)
                .for_each(std::mem::swap);
            x.swap(k, pivot);
        }
        for i in k + 1..n {
            let factor = a[[i, k]] / a[[k, k]];
            let (above, mut row) = a.multi_slice_mut((s![k, ..], s![i, ..]));
            row.scaled_add(-factor, &above);
            x[i] -= factor * x[k];
        }
    }
    for i in (0..n).rev() {
        let known = a.slice(s![i, i + 1..]).dot(&x.slice(s![i + 1..]));
        x[i] = (x[i] - known) / a[[i, i]];
    }
    Ok(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn it_solves_a_system_that_needs_its_rows_swapped() {
        let a = array![[0.0, 2.0, -1.0], [1.0, 1.0, 3.0], [-4.0, 0.5, 2.0]];
        let x = linear_solve("a", a.view(), array![1.0, -2.0, 0.5].view()).unwrap();
        let left = a.dot(&x) - array![1.0, -2.0, 0.5];
        assert!(left.iter().all(|off| off.abs() < 1e-14), "{left}");
    }

    #[test]
    fn a_singular_system_is_refused_at_its_pivot() {
        let a = array![[1.0, 2.0], [0.5, 1.0]];
        let got = linear_solve("a", a.view(), array![1.0, 1.0].view());
        assert_eq!(
            got,
            Err(Error::Singular {
                name: "a",
                pivot: 1
            })
        );
    }
}
