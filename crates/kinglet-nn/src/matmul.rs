//! Products of matrices: the only file that knows what multiplies them.
//!
//! All matrices are row-major slices without gaps. A batch of one row, and whatever is too small for the packing of a
//! matrix product to pay, is a plain loop.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

use crate::Scalar;
use crate::widest::{Loop, with_widest};

/// Multiplications below which a plain loop is quicker.
const SMALL: usize = 1024;
/// Partial sums of a product.
const LANES: usize = 16;

/// out ← out + x w, where x is `[rows, inner]` and w `[inner, columns]`.
pub(crate) fn add_product<S: Scalar>(x: &[S], w: &[S], out: &mut [S], inner: usize) {
    if is_small(x.len() / inner, w.len()) {
        return with_widest(AddProduct { x, w, out, inner });
    }
    let columns = w.len() / inner;
    let (x, w) = (view(x, inner), view(w, columns));
    general_mat_mul(S::one(), &x, &w, S::one(), &mut view_mut(out, columns));
}

/// w ← w + xᵀ d, where x is `[rows, inner]` and d `[rows, columns]`.
pub(crate) fn add_outer<S: Scalar>(x: &[S], d: &[S], w: &mut [S], inner: usize) {
    if is_small(x.len() / inner, w.len()) {
        return with_widest(AddOuter { x, d, w, inner });
    }
    let columns = w.len() / inner;
    let (x, d) = (view(x, inner), view(d, columns));
    general_mat_mul(S::one(), &x.t(), &d, S::one(), &mut view_mut(w, columns));
}

/// out ← d wᵀ, where d is `[rows, columns]` and w `[inner, columns]`.
pub(crate) fn transposed_product<S: Scalar>(d: &[S], w: &[S], out: &mut [S], inner: usize) {
    if is_small(out.len() / inner, w.len()) {
        return with_widest(TransposedProduct { d, w, out, inner });
    }
    let columns = w.len() / inner;
    let (d, w) = (view(d, columns), view(w, columns));
    general_mat_mul(S::one(), &d, &w.t(), S::zero(), &mut view_mut(out, inner));
}

fn is_small(rows: usize, weights: usize) -> bool {
    rows <= 1 || rows * weights <= SMALL
}

struct AddProduct<'a, S> {
    x: &'a [S],
    w: &'a [S],
    out: &'a mut [S],
    inner: usize,
}

impl<S: Scalar> Loop for AddProduct<'_, S> {
    #[inline(always)]
    fn run(self) {
        let columns = self.w.len() / self.inner;
        let rows = self.x.chunks_exact(self.inner);
        for (x, out) in rows.zip(self.out.chunks_exact_mut(columns)) {
            add_row_product(x, self.w, out);
        }
    }
}

/// out ← out + x w for one row x: four rows of w at a time.
#[inline(always)]
fn add_row_product<S: Scalar>(x: &[S], w: &[S], out: &mut [S]) {
    let columns = out.len();
    let (fours, rest) = x.as_chunks::<4>();
    let (w_fours, w_rest) = w.split_at(fours.len() * 4 * columns);
    for (x, w) in fours.iter().zip(w_fours.chunks_exact(4 * columns)) {
        let (w0, w) = w.split_at(columns);
        let (w1, w) = w.split_at(columns);
        let (w2, w3) = w.split_at(columns);
        let rows = w0.iter().zip(w1).zip(w2).zip(w3);
        for (out, (((w0, w1), w2), w3)) in out.iter_mut().zip(rows) {
            *out += (x[0] * *w0 + x[1] * *w1) + (x[2] * *w2 + x[3] * *w3);
        }
    }
    for (x, w) in rest.iter().zip(w_rest.chunks_exact(columns)) {
        for (out, w) in out.iter_mut().zip(w) {
            *out += *x * *w;
        }
    }
}

struct AddOuter<'a, S> {
    x: &'a [S],
    d: &'a [S],
    w: &'a mut [S],
    inner: usize,
}

impl<S: Scalar> Loop for AddOuter<'_, S> {
    #[inline(always)]
    fn run(self) {
        let columns = self.w.len() / self.inner;
        let rows = self.x.chunks_exact(self.inner);
        for (x, d) in rows.zip(self.d.chunks_exact(columns)) {
            for (x, w) in x.iter().zip(self.w.chunks_exact_mut(columns)) {
                for (w, d) in w.iter_mut().zip(d) {
                    *w += *x * *d;
                }
            }
        }
    }
}

struct TransposedProduct<'a, S> {
    d: &'a [S],
    w: &'a [S],
    out: &'a mut [S],
    inner: usize,
}

impl<S: Scalar> Loop for TransposedProduct<'_, S> {
    #[inline(always)]
    fn run(self) {
        let columns = self.w.len() / self.inner;
        let rows = self.out.chunks_exact_mut(self.inner);
        for (d, out) in self.d.chunks_exact(columns).zip(rows) {
            for (w, out) in self.w.chunks_exact(columns).zip(out) {
                *out = dot(w, d);
            }
        }
    }
}

/// Σ x y, in [`LANES`] partial sums: the order depends on the length only.
#[inline(always)]
fn dot<S: Scalar>(x: &[S], y: &[S]) -> S {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    let mut sums = [S::zero(); LANES];
    for (x, y) in x.iter().zip(y) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += *x * *y;
        }
    }
    let mut rest = S::zero();
    for (x, y) in x_rest.iter().zip(y_rest) {
        rest += *x * *y;
    }
    for i in 0..8 {
        sums[i] += sums[i + 8];
    }
    for i in 0..4 {
        sums[i] += sums[i + 4];
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3]) + rest
}

fn view<S>(matrix: &[S], columns: usize) -> ArrayView2<'_, S> {
    let shape = (matrix.len() / columns, columns);
    ArrayView2::from_shape(shape, matrix).expect("whole rows")
}

fn view_mut<S>(matrix: &mut [S], columns: usize) -> ArrayViewMut2<'_, S> {
    let shape = (matrix.len() / columns, columns);
    ArrayViewMut2::from_shape(shape, matrix).expect("whole rows")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    /// Small whole numbers: every order of addition gives the same bits.
    fn table(rows: usize, columns: usize, seed: usize) -> Array2<f64> {
        Array2::from_shape_fn((rows, columns), |(i, j)| {
            ((i * 7 + j * 3 + seed) % 11) as f64 - 5.0
        })
    }

    /// Sizes on both sides of the plain loop's end, and of each loop's stride.
    const SIZES: [(usize, usize, usize); 8] = [
        (1, 1, 1),
        (1, 17, 9),
        (1, 64, 64),
        (2, 5, 3),
        (3, 16, 21),
        (4, 16, 17),
        (31, 13, 8),
        (64, 17, 40),
    ];

    fn flat(x: &Array2<f64>) -> &[f64] {
        x.as_slice().unwrap()
    }

    #[test]
    fn products_are_those_of_the_definition() {
        for (rows, inner, columns) in SIZES {
            let (x, w) = (table(rows, inner, 1), table(inner, columns, 2));
            let d = table(rows, columns, 3);
            let by_hand =
                |i: usize, j: usize| (0..inner).map(|k| x[[i, k]] * w[[k, j]]).sum::<f64>();
            let product = Array2::from_shape_fn((rows, columns), |(i, j)| by_hand(i, j));
            let mut out = d.clone();
            add_product(flat(&x), flat(&w), out.as_slice_mut().unwrap(), inner);
            assert_eq!(out, &d + &product);

            let mut outer = w.clone();
            add_outer(flat(&x), flat(&d), outer.as_slice_mut().unwrap(), inner);
            let by_hand =
                |i: usize, j: usize| (0..rows).map(|k| x[[k, i]] * d[[k, j]]).sum::<f64>();
            assert_eq!(
                outer,
                Array2::from_shape_fn(w.dim(), |(i, j)| w[[i, j]] + by_hand(i, j))
            );

            let mut back = Array2::from_elem((rows, inner), f64::NAN);
            transposed_product(flat(&d), flat(&w), back.as_slice_mut().unwrap(), inner);
            let by_hand =
                |i: usize, j: usize| (0..columns).map(|k| d[[i, k]] * w[[j, k]]).sum::<f64>();
            assert_eq!(back, Array2::from_shape_fn(x.dim(), |(i, j)| by_hand(i, j)));
        }
    }

    #[test]
    fn no_rows_are_no_work() {
        let (w, mut none) = ([1.0, 2.0], []);
        add_product(&[], &w, &mut none, 2);
        transposed_product(&[], &w, &mut none, 2);
        let mut same = w;
        add_outer(&[], &[], &mut same, 2);
        assert_eq!(same, w);
    }
}
