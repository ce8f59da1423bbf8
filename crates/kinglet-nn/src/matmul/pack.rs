//! Columns of a matrix brought together: so many to a row as vectors hold.

use crate::lanes::Lanes;

/// Rows and columns that are turned together.
const BLOCK: usize = 4;

/// The columns from `at` on of a row-major matrix, `wide` places for each row; places without a column stay.
#[inline(always)]
pub(super) fn pack_rows<S: Copy>(from: &[S], columns: usize, at: usize, wide: usize, to: &mut [S]) {
    for (to, from) in to.chunks_exact_mut(wide).zip(from.chunks_exact(columns)) {
        put(&from[at..], to);
    }
}

/// The first rows of a row-major matrix as columns, at most `wide`; places without a row stay.
#[inline(always)]
pub(super) fn pack_turned<S: Lanes>(from: &[S], columns: usize, wide: usize, to: &mut [S]) {
    let fours = from.chunks_exact(BLOCK * columns).take(wide / BLOCK);
    let done = fours.len() * BLOCK;
    for (four, rows) in fours.enumerate() {
        turn_four(rows, columns, wide, &mut to[four * BLOCK..]);
    }
    let rest = from.chunks_exact(columns).enumerate();
    for (r, row) in rest.take(wide).skip(done) {
        for (to, x) in to[r..].iter_mut().step_by(wide).zip(row) {
            *to = *x;
        }
    }
}

/// Four rows as columns.
#[inline(always)]
fn turn_four<S: Lanes>(rows: &[S], columns: usize, wide: usize, to: &mut [S]) {
    let row = |r: usize| rows[r * columns..][..columns].as_chunks::<BLOCK>();
    let [(a, a_rest), (b, b_rest), (c, c_rest), (d, d_rest)] = [row(0), row(1), row(2), row(3)];
    let blocks = a.iter().zip(b).zip(c).zip(d);
    for (block, (((a, b), c), d)) in blocks.enumerate() {
        for (k, turned) in S::turn([*a, *b, *c, *d]).iter().enumerate() {
            put(turned, &mut to[(block * BLOCK + k) * wide..][..BLOCK]);
        }
    }
    let done = a.len() * BLOCK;
    for (r, rest) in [a_rest, b_rest, c_rest, d_rest].iter().enumerate() {
        for (k, x) in rest.iter().enumerate() {
            to[(done + k) * wide + r] = *x;
        }
    }
}

/// A few numbers from one place to another, as many as the shorter has.
#[inline(always)]
pub(super) fn put<S: Copy>(from: &[S], to: &mut [S]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
