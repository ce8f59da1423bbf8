//! Jacobians by forward dual numbers: the referee of closed-form derivatives.

use autodiff::F1;
use ndarray::{Array2, ArrayView1};

/// The Jacobian of f at x, `[M, D]`: one pass for each of the D variables.
pub(crate) fn jacobian(f: impl Fn(&[F1]) -> Vec<F1>, x: ArrayView1<'_, f64>) -> Array2<f64> {
    let column = |i: usize| {
        let seeded = x.iter().enumerate();
        let seeded: Vec<F1> = seeded
            .map(|(j, &x)| F1::new(x, f64::from(i == j)))
            .collect();
        f(&seeded)
    };
    let columns: Vec<Vec<F1>> = (0..x.len()).map(column).collect();
    let rows = columns.first().map_or(0, Vec::len);
    Array2::from_shape_fn((rows, x.len()), |(i, j)| columns[j][i].dx)
}

#[cfg(test)]
mod tests {
    use super::*;
    use autodiff::Float;
    use ndarray::array;

    #[test]
    fn rows_are_functions_and_columns_variables() {
        let f = |x: &[F1]| vec![x[0] * x[1], x[1].exp(), x[0]];
        let expected = array![[3.0, 2.0], [0.0, 3_f64.exp()], [1.0, 0.0]];
        assert_eq!(jacobian(f, array![2.0, 3.0].view()), expected);
    }
}
