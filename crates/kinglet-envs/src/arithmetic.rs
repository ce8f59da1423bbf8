//! Arithmetic to the last bit as numpy does it, for the environments that are to equal Gymnasium's.

use std::hint::black_box;

/// The number of [low, high] nearest to x. A NaN stays one, so that it is seen.
pub(crate) fn clip(x: f64, low: f64, high: f64) -> f64 {
    if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }
}

/// x² as numpy computes `x**2` of a scalar: by the C library's `pow`, which rounds the last bit
/// otherwise than a product about once in a thousand.
///
/// The exponent is hidden from the compiler, which would make a product of it. The twelve squares
/// of an Acrobot step cost as much as all the rest of it; but its motion is chaotic, and with
/// products about one episode in a hundred ends more than 1e-12 away from Gymnasium's.
pub(crate) fn square(x: f64) -> f64 {
    x.powf(black_box(2.0))
}

/// As [`square`], in single precision, where a last bit shows in a reward.
pub(crate) fn square_single(x: f32) -> f32 {
    x.powf(black_box(2.0))
}
