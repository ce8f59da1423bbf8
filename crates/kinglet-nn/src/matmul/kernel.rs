//! The product that the others come down to.
//!
//! A tile of the result stays in registers while it is summed: up to eight rows, times one to four vectors of columns.
//! Each of its numbers is one chain of multiply-adds in the order of the inner index, so that its bits depend on its own
//! row and column alone: not on the other rows of the batch, nor on the tile that it fell into.

use pulp::{Simd, WithSimd};

use super::pack::{pack_rows, pack_turned, put};
use crate::lanes::{Lanes, width};

/// Where sums start.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start<'a, S> {
    /// At 0.
    Zero,
    /// At a number for each column.
    Row(&'a [S]),
    /// At what stands in the result.
    Result,
}

/// A matrix whose element (i, k) stands at i `row` + k `step`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left<'a, S> {
    pub(super) data: &'a [S],
    pub(super) row: usize,
    pub(super) step: usize,
}

impl<'a, S> Left<'a, S> {
    /// A row-major matrix of so many columns.
    pub(super) fn of_rows(data: &'a [S], columns: usize) -> Self {
        Self {
            data,
            row: columns,
            step: 1,
        }
    }

    /// The transpose of a row-major matrix of so many columns.
    pub(super) fn of_columns(data: &'a [S], columns: usize) -> Self {
        Self {
            data,
            row: 1,
            step: columns,
        }
    }
}

/// A matrix whose rows of columns, or columns of rows, stand one behind the other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Right<'a, S> {
    /// Row-major.
    Rows(&'a [S]),
    /// The transpose of a row-major matrix.
    Turned(&'a [S]),
}

/// out ← start + a b, where a is `[rows, inner]`, b `[inner, columns]` and out `[rows, columns]` without gaps.
#[derive(Debug)]
pub(super) struct Product<'a, S> {
    pub(super) a: Left<'a, S>,
    pub(super) b: Right<'a, S>,
    pub(super) out: &'a mut [S],
    pub(super) inner: usize,
    pub(super) columns: usize,
    pub(super) start: Start<'a, S>,
    /// Memory for columns of b that are packed: turned ones, and those that fill no vector.
    pub(super) scratch: &'a mut Vec<S>,
}

impl<S: Lanes> WithSimd for Product<'_, S> {
    type Output = ();

    #[inline(always)]
    fn with_simd<D: Simd>(mut self, simd: D) {
        let rows = self.out.len() / self.columns;
        let mut at = 0;
        if rows < 4 {
            at = self.panels::<D, 4>(simd, at);
        }
        at = self.panels::<D, 2>(simd, at);
        at = self.panels::<D, 1>(simd, at);
        if at < self.columns {
            self.edge(simd, at);
        }
    }
}

impl<S: Lanes> Product<'_, S> {
    fn rows(&self) -> usize {
        self.out.len() / self.columns
    }

    /// Whole panels of V vectors, from column `at` on; the column where they end.
    #[inline(always)]
    fn panels<D: Simd, const V: usize>(&mut self, simd: D, mut at: usize) -> usize {
        let (wide, rows) = (V * width::<S, D>(), self.rows());
        while at + wide <= self.columns && rows > 0 && self.inner > 0 {
            let (b, b_stride) = match self.b {
                Right::Rows(b) => (&b[at..], self.columns),
                Right::Turned(b) => {
                    self.scratch.resize(self.inner * wide, S::ZERO);
                    pack_turned(&b[at * self.inner..], self.inner, wide, self.scratch);
                    (self.scratch.as_slice(), wide)
                }
            };
            let panel = Panel {
                a: self.a,
                b,
                b_stride,
                out: &mut self.out[at..],
                out_stride: self.columns,
                inner: self.inner,
                start: match self.start {
                    Start::Row(row) => Start::Row(&row[at..]),
                    other => other,
                },
            };
            panel.run::<D, V>(simd, rows);
            at += wide;
        }
        at
    }

    /// The columns from `at` on, which are fewer than a vector holds: a panel aside, of one vector.
    #[inline(always)]
    fn edge<D: Simd>(&mut self, simd: D, at: usize) {
        let (wide, rows) = (width::<S, D>(), self.rows());
        self.scratch.resize((self.inner + rows + 1) * wide, S::ZERO);
        let (b, rest) = self.scratch.split_at_mut(self.inner * wide);
        let (out, row) = rest.split_at_mut(rows * wide);
        match self.b {
            Right::Rows(from) => pack_rows(from, self.columns, at, wide, b),
            Right::Turned(from) => pack_turned(&from[at * self.inner..], self.inner, wide, b),
        }
        let start = match self.start {
            Start::Zero => Start::Zero,
            Start::Row(values) => {
                put(&values[at..], row);
                Start::Row(&*row)
            }
            Start::Result => {
                pack_rows(self.out, self.columns, at, wide, out);
                Start::Result
            }
        };
        let panel = Panel {
            a: self.a,
            b,
            b_stride: wide,
            out,
            out_stride: wide,
            inner: self.inner,
            start,
        };
        panel.run::<D, 1>(simd, rows);
        let places = self.out.chunks_exact_mut(self.columns);
        for (to, from) in places.zip(out.chunks_exact(wide)) {
            put(from, &mut to[at..]);
        }
    }
}

/// V vectors of neighbouring columns of b and of the result; from row to row each has its stride.
struct Panel<'a, 'b, S> {
    a: Left<'a, S>,
    b: &'b [S],
    b_stride: usize,
    out: &'b mut [S],
    out_stride: usize,
    inner: usize,
    start: Start<'b, S>,
}

impl<S: Lanes> Panel<'_, '_, S> {
    #[inline(always)]
    fn run<D: Simd, const V: usize>(mut self, simd: D, rows: usize) {
        let mut at = 0;
        if V < 4 && D::REGISTER_COUNT > 16 {
            at = self.tiles::<D, 8, V>(simd, at, rows);
            match rows - at {
                7 => at = self.tiles::<D, 7, V>(simd, at, rows),
                6 => at = self.tiles::<D, 6, V>(simd, at, rows),
                5 => at = self.tiles::<D, 5, V>(simd, at, rows),
                _ => {}
            }
        }
        if V < 4 {
            at = self.tiles::<D, 4, V>(simd, at, rows);
        }
        at = self.tiles::<D, 3, V>(simd, at, rows);
        at = self.tiles::<D, 2, V>(simd, at, rows);
        self.tiles::<D, 1, V>(simd, at, rows);
    }

    /// Tiles of R rows, from row `at` on; the row where they end.
    #[inline(always)]
    fn tiles<D: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: D,
        mut at: usize,
        rows: usize,
    ) -> usize {
        while at + R <= rows {
            self.tile::<D, R, V>(simd, at);
            at += R;
        }
        at
    }

    #[inline(always)]
    fn tile<D: Simd, const R: usize, const V: usize>(&mut self, simd: D, at: usize) {
        let wide = V * width::<S, D>();
        let a = &self.a.data[at * self.a.row..];
        let out = &mut self.out[at * self.out_stride..];
        let mut sums = [[S::splat(simd, S::ZERO); V]; R];
        match self.start {
            Start::Zero => {}
            Start::Row(row) => sums = [vectors::<S, D, V>(&row[..wide]); R],
            Start::Result => {
                for (r, sums) in sums.iter_mut().enumerate() {
                    *sums = vectors::<S, D, V>(&out[r * self.out_stride..][..wide]);
                }
            }
        }
        for k in 0..self.inner {
            let b = vectors::<S, D, V>(&self.b[k * self.b_stride..][..wide]);
            for (r, sums) in sums.iter_mut().enumerate() {
                let x = S::splat(simd, a[r * self.a.row + k * self.a.step]);
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum = S::mul_add(simd, x, b, *sum);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let out = S::vectors_mut::<D>(&mut out[r * self.out_stride..][..wide]);
            out.copy_from_slice(sums);
        }
    }
}

#[inline(always)]
fn vectors<S: Lanes, D: Simd, const V: usize>(x: &[S]) -> [S::Vector<D>; V] {
    let x = S::vectors::<D>(x);
    std::array::from_fn(|v| x[v])
}
