//! Sums over neighbours.

use crate::sweep::{Runs, combine};

/// A sparse matrix whose rows repeat, one column further, along runs of states: what a gridworld's dynamics are.
#[derive(Debug)]
pub(super) struct Stencil {
    /// Where each row starts, and the last one ends.
    starts: Vec<usize>,
    columns: Vec<u32>,
    weights: Vec<f64>,
    runs: Runs,
}

impl Stencil {
    /// From the columns and weights of each row.
    pub(super) fn new(rows: impl Iterator<Item = Vec<(u32, f64)>>) -> Self {
        let (mut starts, mut columns, mut weights) = (vec![0], Vec::new(), Vec::new());
        for row in rows {
            columns.extend(row.iter().map(|&(column, _)| column));
            weights.extend(row.iter().map(|&(_, weight)| weight));
            starts.push(columns.len());
        }
        let row = |i: usize| {
            let range = starts[i]..starts[i + 1];
            (&columns[range.clone()], &weights[range])
        };
        let runs = Runs::of(starts.len() - 1, |i| {
            let ((before, w_before), (here, w_here)) = (row(i - 1), row(i));
            w_before == w_here && before.iter().zip(here).all(|(&x, &y)| y == x + 1)
        });
        Self {
            starts,
            columns,
            weights,
            runs,
        }
    }

    /// The transpose of this square matrix.
    pub(super) fn transposed(&self) -> Self {
        let n = self.n_rows();
        let mut rows = vec![Vec::new(); n];
        for i in 0..n {
            let (columns, weights) = self.row(i);
            for (&column, &weight) in columns.iter().zip(weights) {
                rows[column as usize].push((i as u32, weight));
            }
        }
        Self::new(rows.into_iter())
    }

    fn n_rows(&self) -> usize {
        self.starts.len() - 1
    }

    fn row(&self, i: usize) -> (&[u32], &[f64]) {
        let range = self.starts[i]..self.starts[i + 1];
        (&self.columns[range.clone()], &self.weights[range])
    }

    /// out ← M x.
    ///
    /// # Panics
    /// If a length is not that of the matrix.
    #[inline(always)]
    pub(super) fn apply(&self, x: &[f64], out: &mut [f64]) {
        let n = self.n_rows();
        assert_eq!(
            (x.len(), out.len()),
            (n, n),
            "lengths of x and out (left), rows (right)"
        );
        let (mut done, mut number) = (0, 0);
        while done < n {
            let run = self.runs.cut(number, done..n);
            number += 1;
            for (i, out) in (done..run.start).zip(&mut out[done..run.start]) {
                let (columns, weights) = self.row(i);
                let mut sum = 0.0;
                for (&column, weight) in columns.iter().zip(weights) {
                    sum += weight * x[column as usize];
                }
                *out = sum;
            }
            done = run.end;
            if !run.is_empty() {
                let (columns, weights) = self.row(run.start);
                combine(columns, weights, (0, x), &mut out[run]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring of 30 states that looks one back and two on, but for state 11.
    fn ring() -> Stencil {
        Stencil::new((0..30u32).map(|i| match i {
            11 => vec![(0, 5.0)],
            _ => vec![((i + 29) % 30, 2.0), ((i + 2) % 30, -1.0)],
        }))
    }

    fn dense(stencil: &Stencil) -> Vec<Vec<f64>> {
        let unit = |j: usize| {
            (0..30)
                .map(|i| f64::from(u8::from(i == j)))
                .collect::<Vec<_>>()
        };
        (0..30)
            .map(|j| {
                let mut column = vec![f64::NAN; 30];
                stencil.apply(&unit(j), &mut column);
                column
            })
            .collect()
    }

    #[test]
    fn products_are_those_of_the_rows() {
        let columns = dense(&ring());
        for (i, j) in (0..30).flat_map(|i| (0..30).map(move |j| (i, j))) {
            let expected = match (i, j) {
                (11, 0) => 5.0,
                (11, _) => 0.0,
                _ if j == (i + 29) % 30 => 2.0,
                _ if j == (i + 2) % 30 => -1.0,
                _ => 0.0,
            };
            assert_eq!(columns[j][i], expected, "{i}, {j}");
        }
    }

    #[test]
    fn the_transpose_has_rows_and_columns_exchanged() {
        let (columns, transposed) = (dense(&ring()), dense(&ring().transposed()));
        assert!((0..30).all(|i| (0..30).all(|j| columns[j][i] == transposed[i][j])));
    }
}
