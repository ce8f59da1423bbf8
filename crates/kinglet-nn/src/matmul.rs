//! Products of matrices: the only file that knows what multiplies them.
//!
//! All matrices are row-major slices without gaps. What multiplies them is a kernel of our own over the vectors of `pulp`:
//! at the shapes of small networks it is ahead of the libraries, as the README's table has it, and it needs no packing, no
//! threads and no `unsafe`. A matrix of one column is a plain loop.

mod kernel;
mod pack;

use crate::Scalar;
use crate::widest::{Loop, arch, with_widest};
use kernel::{Left, Product, Right, Start};

/// Partial sums of a product of two vectors.
const LANES: usize = 16;

/// out ← bias + x w, where x is `[rows, inner]`, w `[inner, columns]` and bias `[columns]`.
pub(crate) fn affine<S: Scalar>(x: &[S], w: &[S], bias: &[S], out: &mut [S]) {
    let (columns, inner) = (bias.len(), w.len() / bias.len());
    if columns == 1 {
        with_widest(Dots { w: x, d: w, out });
        return out.iter_mut().for_each(|y| *y += bias[0]);
    }
    multiply(
        Left::of_rows(x, inner),
        Right::Rows(w),
        out,
        columns,
        Start::Row(bias),
    );
}

/// out ← out + x w, where x is `[rows, inner]` and w `[inner, columns]`.
pub(crate) fn add_product<S: Scalar>(x: &[S], w: &[S], out: &mut [S], inner: usize) {
    let columns = w.len() / inner;
    multiply(
        Left::of_rows(x, inner),
        Right::Rows(w),
        out,
        columns,
        Start::Result,
    );
}

/// w ← w + xᵀ d, where x is `[rows, inner]` and d `[rows, columns]`.
pub(crate) fn add_outer<S: Scalar>(x: &[S], d: &[S], w: &mut [S], inner: usize) {
    let columns = w.len() / inner;
    if columns == 1 {
        // As a row: dᵀ x.
        return multiply(
            Left::of_rows(d, d.len()),
            Right::Rows(x),
            w,
            inner,
            Start::Result,
        );
    }
    multiply(
        Left::of_columns(x, inner),
        Right::Rows(d),
        w,
        columns,
        Start::Result,
    );
}

/// sums ← sums + the rows of d, where d is `[rows, columns]` and sums `[columns]`.
pub(crate) fn add_rows<S: Scalar>(d: &[S], sums: &mut [S]) {
    let (one, columns) = ([S::one()], sums.len());
    let ones = Left {
        data: &one,
        row: 0,
        step: 0,
    };
    multiply(ones, Right::Rows(d), sums, columns, Start::Result);
}

/// out ← d wᵀ, where d is `[rows, columns]` and w `[inner, columns]`.
pub(crate) fn transposed_product<S: Scalar>(d: &[S], w: &[S], out: &mut [S], inner: usize) {
    let columns = w.len() / inner;
    if out.len() == inner && columns > 1 {
        return with_widest(Dots { w, d, out }); // turning w would cost more than the product
    }
    let left = Left::of_rows(d, columns);
    multiply(left, Right::Turned(w), out, inner, Start::Zero);
}

/// out ← start + a b.
fn multiply<S: Scalar>(
    a: Left<'_, S>,
    b: Right<'_, S>,
    out: &mut [S],
    columns: usize,
    start: Start<'_, S>,
) {
    let (Right::Rows(numbers) | Right::Turned(numbers)) = b;
    let inner = numbers.len() / columns;
    S::with_scratch(|scratch| {
        arch().dispatch(Product {
            a,
            b,
            out,
            inner,
            columns,
            start,
            scratch,
        });
    });
}

/// out ← w d for one vector d, a product of two vectors for each row of w.
struct Dots<'a, S> {
    w: &'a [S],
    d: &'a [S],
    out: &'a mut [S],
}

impl<S: Scalar> Loop for Dots<'_, S> {
    #[inline(always)]
    fn run(self) {
        let Dots { w, d, out } = self;
        let (fours, rest) = out.as_chunks_mut::<4>();
        let (w_fours, w_rest) = w.split_at(4 * fours.len() * d.len());
        for (out, w) in fours.iter_mut().zip(w_fours.chunks_exact(4 * d.len())) {
            *out = dots(w, d);
        }
        for (out, w) in rest.iter_mut().zip(w_rest.chunks_exact(d.len())) {
            [*out] = dots(w, d);
        }
    }
}

/// The products of R rows with a vector, each in [`LANES`] partial sums: the order depends on the length only.
#[inline(always)]
fn dots<S: Scalar, const R: usize>(rows: &[S], y: &[S]) -> [S; R] {
    let rows: [&[S]; R] = std::array::from_fn(|r| &rows[r * y.len()..][..y.len()]);
    let mut sums = [[S::zero(); LANES]; R];
    let (blocks, y_rest) = y.as_chunks::<LANES>();
    for (at, y) in blocks.iter().enumerate() {
        for (sums, row) in sums.iter_mut().zip(rows) {
            let x = &row[at * LANES..][..LANES];
            for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
                *sum += *x * *y;
            }
        }
    }
    let mut products = [S::zero(); R];
    for ((product, sums), row) in products.iter_mut().zip(sums).zip(rows) {
        let rest = row[blocks.len() * LANES..].iter().zip(y_rest);
        let rest = rest.fold(S::zero(), |sum, (x, y)| sum + *x * *y);
        *product = sum(sums) + rest;
    }
    products
}

/// In halves.
#[inline(always)]
fn sum<S: Scalar>(mut sums: [S; LANES]) -> S {
    for i in 0..8 {
        sums[i] += sums[i + 8];
    }
    for i in 0..4 {
        sums[i] += sums[i + 4];
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small whole numbers: every order of addition gives the same bits.
    fn table<S: Scalar>(rows: usize, columns: usize, seed: usize) -> Vec<S> {
        let number = |at: usize| ((at / columns * 7 + at % columns * 3 + seed) % 11) as f64 - 5.0;
        (0..rows * columns)
            .map(|at| S::from_f64(number(at)))
            .collect()
    }

    /// The definition: c `[m, n]` + a b.
    fn plain<S: Scalar>(
        (m, inner, n): (usize, usize, usize),
        c: impl Fn(usize, usize) -> S,
        a: impl Fn(usize, usize) -> S,
        b: impl Fn(usize, usize) -> S,
    ) -> Vec<S> {
        let number = |i, j| (0..inner).fold(c(i, j), |sum, k| sum + a(i, k) * b(k, j));
        (0..m * n).map(|at| number(at / n, at % n)).collect()
    }

    /// Sizes on both sides of each tile's and each vector's end: rows, inner, columns.
    const SIZES: [(usize, usize, usize); 16] = [
        (1, 1, 1),
        (1, 17, 9),
        (1, 64, 64),
        (2, 5, 3),
        (3, 16, 21),
        (3, 33, 130),
        (4, 16, 17),
        (5, 70, 1),
        (6, 7, 33),
        (7, 9, 47),
        (13, 1, 6),
        (23, 40, 12),
        (31, 13, 8),
        (64, 17, 40),
        (9, 64, 100),
        (70, 23, 1),
    ];

    fn assert_by_definition<S: Scalar>() {
        for (rows, inner, columns) in SIZES {
            let (x, w) = (table::<S>(rows, inner, 1), table::<S>(inner, columns, 2));
            let (d, bias) = (table::<S>(rows, columns, 3), table::<S>(1, columns, 4));
            let sizes = (rows, inner, columns);
            let (x_at, w_at) = (
                |i: usize, k: usize| x[i * inner + k],
                |k: usize, j: usize| w[k * columns + j],
            );
            let d_at = |i: usize, j: usize| d[i * columns + j];

            let mut out = d.clone();
            add_product(&x, &w, &mut out, inner);
            assert_eq!(out, plain(sizes, d_at, x_at, w_at), "{sizes:?}");

            let mut out = vec![S::nan(); d.len()];
            affine(&x, &w, &bias, &mut out);
            assert_eq!(out, plain(sizes, |_, j| bias[j], x_at, w_at), "{sizes:?}");

            let mut outer = w.clone();
            add_outer(&x, &d, &mut outer, inner);
            let turned = (inner, rows, columns);
            let expected = plain(turned, w_at, |k, i| x_at(i, k), d_at);
            assert_eq!(outer, expected, "{sizes:?}");

            let mut back = vec![S::nan(); x.len()];
            transposed_product(&d, &w, &mut back, inner);
            let turned = (rows, columns, inner);
            let expected = plain(turned, |_, _| S::zero(), d_at, |j, k| w_at(k, j));
            assert_eq!(back, expected, "{sizes:?}");

            let mut sums = bias.clone();
            add_rows(&d, &mut sums);
            let flat = (1, rows, columns);
            let expected = plain(flat, |_, j| bias[j], |_, _| S::one(), d_at);
            assert_eq!(sums, expected, "{sizes:?}");
        }
    }

    #[test]
    fn products_are_those_of_the_definition() {
        assert_by_definition::<f32>();
        assert_by_definition::<f64>();
    }

    /// What a row gives does not depend on the rows beside it.
    #[test]
    fn a_row_of_a_batch_has_the_bits_of_a_row_alone() {
        let wave = |n: usize| -> Vec<f32> { (0..n).map(|i| (i as f32).sin()).collect() };
        for (rows, inner, columns) in SIZES {
            let (x, w, bias) = (wave(rows * inner), wave(inner * columns), wave(columns));
            let mut together = vec![0.0; rows * columns];
            affine(&x, &w, &bias, &mut together);
            for (x, together) in x.chunks(inner).zip(together.chunks(columns)) {
                let mut alone = vec![0.0; columns];
                affine(x, &w, &bias, &mut alone);
                assert_eq!(alone, together);
            }
        }
    }

    #[test]
    fn no_rows_are_no_work() {
        let (w, mut none) = ([1.0, 2.0], []);
        affine(&[], &w, &[1.0], &mut none);
        add_product(&[], &w, &mut none, 2);
        transposed_product(&[], &w, &mut none, 2);
        let mut same = w;
        add_outer(&[], &[], &mut same, 2);
        add_rows(&[], &mut same);
        assert_eq!(same, w);
    }
}
