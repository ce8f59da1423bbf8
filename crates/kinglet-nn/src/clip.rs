//! Shortening a gradient that is too long.

use crate::Scalar;
use crate::widest::{Loop, with_widest};

/// Shortens a gradient to `max_norm` if it is longer; returns how long it was.
///
/// ```text
/// g ← g min(1, max_norm / |g|)
/// ```
///
/// The norm is added up in f64. A gradient with a NaN or an infinity is left as it is, and its norm says so.
///
/// # Source
/// Pascanu, Mikolov & Bengio 2013, algorithm 1.
/// # Example
/// ```
/// let mut gradient = [3.0, 4.0];
/// assert_eq!(kinglet_nn::clip_global_norm(&mut gradient, 2.5), 5.0);
/// assert_eq!(gradient, [1.5, 2.0]);
/// assert_eq!(kinglet_nn::clip_global_norm(&mut gradient, 10.0), 2.5);
/// assert_eq!(gradient, [1.5, 2.0]);
/// ```
pub fn clip_global_norm<S: Scalar>(gradient: &mut [S], max_norm: f64) -> f64 {
    let norm = global_norm(gradient);
    if let Some(factor) = shortening(norm, max_norm) {
        with_widest(Shorten { gradient, factor });
    }
    norm
}

/// |g|, added up in f64.
pub(crate) fn global_norm<S: Scalar>(gradient: &[S]) -> f64 {
    let mut square = 0.0;
    with_widest(Square {
        gradient,
        sum: &mut square,
    });
    square.sqrt()
}

/// What a gradient of this norm is to be multiplied with, if it is too long.
pub(crate) fn shortening<S: Scalar>(norm: f64, max_norm: f64) -> Option<S> {
    (norm > max_norm && norm.is_finite()).then(|| S::from_f64(max_norm / norm))
}

/// Partial sums, so that the order of addition depends on the length alone.
const SUMS: usize = 32;

struct Square<'a, S> {
    gradient: &'a [S],
    sum: &'a mut f64,
}

impl<S: Scalar> Loop for Square<'_, S> {
    #[inline(always)]
    fn run(self) {
        let square = |g: &S| g.to_f64().map_or(f64::NAN, |g| g * g);
        let (whole, rest) = self.gradient.as_chunks::<SUMS>();
        let mut sums = [0.0; SUMS];
        for block in whole {
            for (sum, g) in sums.iter_mut().zip(block) {
                *sum += square(g);
            }
        }
        *self.sum = sums.iter().sum::<f64>() + rest.iter().map(square).sum::<f64>();
    }
}

struct Shorten<'a, S> {
    gradient: &'a mut [S],
    factor: S,
}

impl<S: Scalar> Loop for Shorten<'_, S> {
    #[inline(always)]
    fn run(self) {
        for g in self.gradient {
            *g *= self.factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_f32_gradient_does_not_overflow() {
        let mut gradient = [3e30f32, -4e30];
        assert!((clip_global_norm(&mut gradient, 1.0) / 5e30 - 1.0).abs() < 1e-6);
        assert!((gradient[0] - 0.6).abs() < 1e-6 && (gradient[1] + 0.8).abs() < 1e-6);
    }

    #[test]
    fn what_is_not_finite_is_left_to_be_seen() {
        for bad in [f64::NAN, f64::INFINITY] {
            let mut gradient = [1.0, bad];
            assert!(!clip_global_norm(&mut gradient, 0.1).is_finite());
            assert_eq!(gradient[0], 1.0);
        }
        assert_eq!(clip_global_norm(&mut [0.0], 0.0), 0.0);
    }
}
