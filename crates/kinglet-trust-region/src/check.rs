//! The checks that every algorithm makes once of what a user hands over.

use crate::Error;
use ndarray::{ArrayBase, ArrayView1, ArrayView2, Data, Dimension, NdFloat};

/// A scalar as the `f64` that errors carry.
pub(crate) fn plain<S: NdFloat>(x: S) -> f64 {
    x.to_f64().unwrap_or(f64::NAN)
}

/// A constant as a scalar.
pub(crate) fn constant<S: NdFloat>(x: f64) -> S {
    S::from(x).expect("f32 and f64 hold every constant here")
}

pub(crate) fn positive<S: NdFloat>(name: &'static str, value: S) -> Result<(), Error> {
    if value > S::zero() && value.is_finite() {
        return Ok(());
    }
    let value = plain(value);
    Err(Error::NotPositive { name, value })
}

pub(crate) fn not_negative<S: NdFloat>(name: &'static str, value: S) -> Result<(), Error> {
    if value >= S::zero() && value.is_finite() {
        return Ok(());
    }
    let value = plain(value);
    Err(Error::Negative { name, value })
}

pub(crate) fn finite<S, D, B>(name: &'static str, array: &ArrayBase<B, D>) -> Result<(), Error>
where
    S: NdFloat,
    D: Dimension,
    B: Data<Elem = S>,
{
    match array.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(index) => {
            let value = array.iter().nth(index).map_or(f64::NAN, |x| plain(*x));
            Err(Error::NotFinite { name, index, value })
        }
    }
}

/// Symmetric to eight digits of its largest element.
pub(crate) fn symmetric(name: &'static str, matrix: ArrayView2<'_, f64>) -> Result<(), Error> {
    finite(name, &matrix)?;
    let scale = matrix.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    for row in 0..matrix.nrows() {
        for column in row + 1..matrix.ncols() {
            let (above, below) = (matrix[[row, column]], matrix[[column, row]]);
            if (above - below).abs() > 1e-8 * scale {
                return Err(Error::NotSymmetric {
                    name,
                    row,
                    column,
                    above,
                    below,
                });
            }
        }
    }
    Ok(())
}

/// Not negative, and summing to 1 within 1e-9.
pub(crate) fn distribution(
    name: &'static str,
    row: usize,
    probabilities: ArrayView1<'_, f64>,
) -> Result<(), Error> {
    let sum = probabilities.sum();
    let least = probabilities.iter().copied().fold(f64::INFINITY, f64::min);
    if least >= 0.0 && (sum - 1.0).abs() <= 1e-9 {
        return Ok(());
    }
    Err(Error::NotADistribution {
        name,
        row,
        sum,
        least,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn symmetry_is_judged_by_the_size_of_the_matrix() {
        let slightly = |scale: f64, off: f64| {
            let matrix = array![[scale, 1.0], [1.0 + off, scale]];
            symmetric("the matrix", matrix.view())
        };
        assert!(slightly(1e6, 1e-4).is_ok() && slightly(1e6, 0.1).is_err());
        assert!(slightly(1.0, 1e-9).is_ok() && slightly(1.0, 1e-7).is_err());
        assert!(slightly(1.0, f64::NAN).is_err());
    }
}
