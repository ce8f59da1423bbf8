//! Shortening a gradient that is too long.

use crate::Scalar;

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
    let square = |g: &S| g.to_f64().map_or(f64::NAN, |g| g * g);
    let norm = gradient.iter().map(square).sum::<f64>().sqrt();
    if norm > max_norm && norm.is_finite() {
        let scale = S::from_f64(max_norm / norm);
        gradient.iter_mut().for_each(|g| *g *= scale);
    }
    norm
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
