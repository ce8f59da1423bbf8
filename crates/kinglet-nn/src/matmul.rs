//! Products of matrices: the only file that knows what multiplies them.
//!
//! All matrices are row-major slices without gaps. What multiplies them is a kernel of our own over the vectors of `pulp`:
//! at the shapes of small networks it is ahead of the libraries, as the README's table has it, and it needs no packing, no
//! threads and no `unsafe`. A matrix of one column is a plain loop.

mod kernel;

use crate::Scalar;
use crate::lanes::Scratch;
use crate::widest::{Loop, arch, with_widest};
use kernel::{Left, Product, Right, Start};

/// Partial sums of a product of two vectors.
const LANES: usize = 16;

/// out ← bias + x w, where x is `[rows, inner]`, w `[inner, columns]` and bias `[columns]`.
pub(crate) fn affine<S: Scalar>(x: &[S], w: &[S], bias: &[S], out: &mut [S]) {
    let (columns, inner) = (bias.len(), w.len() / bias.len());
    if columns == 1 {
        out.fill(bias[0]);
        return with_widest(AddDots { x, w, out });
    }
    add(Left::of_rows(x, inner), w, out, columns, Start::Row(bias));
}

/// out ← out + x w, where x is `[rows, inner]` and w `[inner, columns]`.
pub(crate) fn add_product<S: Scalar>(x: &[S], w: &[S], out: &mut [S], inner: usize) {
    let columns = w.len() / inner;
    if columns == 1 {
        return with_widest(AddDots { x, w, out });
    }
    add(Left::of_rows(x, inner), w, out, columns, Start::Result);
}

/// w ← w + xᵀ d, where x is `[rows, inner]` and d `[rows, columns]`.
pub(crate) fn add_outer<S: Scalar>(x: &[S], d: &[S], w: &mut [S], inner: usize) {
    let columns = w.len() / inner;
    if columns == 1 {
        // As a row: dᵀ x.
        return add(Left::of_rows(d, d.len()), x, w, inner, Start::Result);
    }
    add(Left::of_columns(x, inner), d, w, columns, Start::Result);
}

/// out ← d wᵀ, where d is `[rows, columns]` and w `[inner, columns]`.
pub(crate) fn transposed_product<S: Scalar>(d: &[S], w: &[S], out: &mut [S], inner: usize) {
    let columns = w.len() / inner;
    let left = Left::of_rows(d, columns);
    if columns == 1 {
        return add(left, w, out, inner, Start::Zero);
    }
    S::with_scratch(|scratch| {
        let Scratch { turned, edge } = scratch;
        turned.resize(w.len(), S::zero());
        with_widest(Turn { w, turned, columns });
        multiply(left, turned, out, inner, Start::Zero, edge);
    });
}

fn add<S: Scalar>(a: Left<'_, S>, b: &[S], out: &mut [S], columns: usize, start: Start<'_, S>) {
    S::with_scratch(|scratch| multiply(a, b, out, columns, start, &mut scratch.edge));
}

fn multiply<S: Scalar>(
    a: Left<'_, S>,
    b: &[S],
    out: &mut [S],
    columns: usize,
    start: Start<'_, S>,
    edge: &mut Vec<S>,
) {
    let (inner, stride) = (b.len() / columns, columns);
    arch().dispatch(Product {
        a,
        b: Right { data: b, stride },
        out,
        inner,
        columns,
        start,
        edge,
    });
}

/// turned ← wᵀ, where w is `[rows, columns]`.
struct Turn<'a, S> {
    w: &'a [S],
    turned: &'a mut [S],
    columns: usize,
}

/// Rows and columns that are turned together.
const BLOCK: usize = 8;

impl<S: Scalar> Loop for Turn<'_, S> {
    #[inline(always)]
    fn run(self) {
        let Turn { w, turned, columns } = self;
        let rows = w.len() / columns;
        let (whole_rows, whole_columns) = (rows - rows % BLOCK, columns - columns % BLOCK);
        for i in (0..whole_rows).step_by(BLOCK) {
            for j in (0..whole_columns).step_by(BLOCK) {
                let mut block = [[S::zero(); BLOCK]; BLOCK];
                for (r, row) in block.iter_mut().enumerate() {
                    row.copy_from_slice(&w[(i + r) * columns + j..][..BLOCK]);
                }
                for c in 0..BLOCK {
                    let column: [S; BLOCK] = std::array::from_fn(|r| block[r][c]);
                    turned[(j + c) * rows + i..][..BLOCK].copy_from_slice(&column);
                }
            }
        }
        for (i, row) in w.chunks_exact(columns).enumerate() {
            let done = if i < whole_rows { whole_columns } else { 0 };
            for (j, x) in row.iter().enumerate().skip(done) {
                turned[j * rows + i] = *x;
            }
        }
    }
}

/// out ← out + x w for one column w.
struct AddDots<'a, S> {
    x: &'a [S],
    w: &'a [S],
    out: &'a mut [S],
}

impl<S: Scalar> Loop for AddDots<'_, S> {
    #[inline(always)]
    fn run(self) {
        for (x, out) in self.x.chunks_exact(self.w.len()).zip(self.out) {
            *out += dot(x, self.w);
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

            let bias = table(1, columns, 4);
            let mut out = Array2::from_elem((rows, columns), f64::NAN);
            affine(flat(&x), flat(&w), flat(&bias), out.as_slice_mut().unwrap());
            assert_eq!(out, &product + &bias);

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
