//! Numbers as scalars, and back.

use num_traits::Float;

use crate::Error;

/// A constant as a scalar.
pub(crate) fn constant<S: Float>(x: f64) -> S {
    S::from(x).expect("a scalar holds every f64")
}

/// The value of a scalar, without what it carries along.
pub(crate) fn plain<S: Float>(x: S) -> f64 {
    x.to_f64().unwrap_or(f64::NAN)
}

pub(crate) fn sum<S: Float>(terms: impl IntoIterator<Item = S>) -> S {
    terms.into_iter().fold(S::zero(), |sum, term| sum + term)
}

pub(crate) fn dot<S: Float>(a: &[S], b: &[S]) -> S {
    sum(a.iter().zip(b).map(|(a, b)| *a * *b))
}

/// The largest number, −∞ of none.
pub(crate) fn largest<S: Float>(numbers: &[S]) -> S {
    let larger = |a: S, b: &S| if *b > a { *b } else { a };
    numbers.iter().fold(S::neg_infinity(), larger)
}

/// ln Σ e^x, of values of any size.
pub(crate) fn log_sum_exp<S: Float>(terms: &[S]) -> S {
    let largest = largest(terms);
    if largest.is_infinite() {
        return largest;
    }
    largest + sum(terms.iter().map(|x| (*x - largest).exp())).ln()
}

/// Into a scalar's range of positive numbers: a draw that rounds to 0 has no finite density.
pub(crate) fn above_zero<S: Float>(x: f64) -> S {
    let x = constant::<S>(x);
    if x < S::min_positive_value() {
        S::min_positive_value()
    } else {
        x
    }
}

pub(crate) fn finite<S: Float>(name: &'static str, x: S) -> Result<S, Error> {
    let value = plain(x);
    if value.is_finite() {
        Ok(x)
    } else {
        Err(Error::NotFinite { name, value })
    }
}

pub(crate) fn positive<S: Float>(name: &'static str, x: S) -> Result<S, Error> {
    let value = plain(x);
    if value > 0.0 && value.is_finite() {
        Ok(x)
    } else {
        Err(Error::NotPositive { name, value })
    }
}
