//! tanh x of an f32, quickly.
//!
//! ```text
//! |x| ≤ 8.4:  tanh x = x a(z)/b(z),  z = x²        beyond:  ±1
//! ```
//!
//! a and b are of degree four, fitted to the least largest error by Lawson's weights, which leaves 10⁻⁸; what rounding
//! adds is a few halves of the last place of 1. Of a hundred scales of a and b, which change nothing but how their
//! coefficients round, the best was taken.

use crate::kernel::horner;
use crate::level::{Level, Sweep};

/// Beyond it tanh is 1 in f32.
const END: f32 = 8.4;
const A: [f32; 5] = [
    1.967_634_4,
    0.263_912_74,
    0.006_952_767,
    4.181_595_8e-5,
    2.811_368_4e-8,
];
const B: [f32; 5] = [
    1.967_634_6,
    0.919_790_57,
    0.051_198_795,
    0.000_658_855_9,
    1.603_420_2e-6,
];

struct QuickTanh<'a>(&'a mut [f32]);

impl Sweep for QuickTanh<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for x in self.0 {
            *x = one::<FMA>(*x);
        }
    }
}

#[inline(always)]
fn one<const FMA: bool>(x: f32) -> f32 {
    let size = x.abs();
    let z = size * size;
    let y = size * horner::<FMA, f32, 5>(A, z) / horner::<FMA, f32, 5>(B, z);
    let y = if y > 1.0 { 1.0 } else { y };
    let y = if size > END { 1.0 } else { y }; // not so a NaN
    y.copysign(x)
}

/// x ← tanh x, element by element, with an error of at most 3.6·10⁻⁷, absolute and relative, in little more than
/// half the time of [`tanh`](crate::tanh).
///
/// # Example
/// ```
/// let mut x = [0.5f32, -100.0, 0.0];
/// kinglet_simd::quick_tanh(&mut x);
/// assert!((x[0] - 0.5f32.tanh()).abs() < 3.6e-7);
/// assert_eq!(x[1..], [-1.0, 0.0]);
/// ```
pub fn quick_tanh(x: &mut [f32]) {
    Level::best().quick_tanh(x);
}

impl Level {
    /// As [`quick_tanh`].
    pub fn quick_tanh(self, x: &mut [f32]) {
        self.run(QuickTanh(x));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One f32 in 257 of all, at every level, beside the library's tanh in f64.
    #[test]
    fn the_error_is_as_stated() {
        for level in Level::available() {
            let mut worst = [0.0f64; 2];
            for start in (0..=u32::MAX).step_by(257 * 4096) {
                let x: Vec<f32> = (0..4096)
                    .map(|i| f32::from_bits(start.wrapping_add(257 * i)))
                    .filter(|x| !x.is_nan())
                    .collect();
                let mut y = x.clone();
                level.quick_tanh(&mut y);
                for (x, y) in x.iter().zip(&y) {
                    let exact = f64::from(*x).tanh();
                    let error = (f64::from(*y) - exact).abs();
                    let subnormal = exact.abs() < f64::from(f32::MIN_POSITIVE);
                    let relative = if subnormal { 0.0 } else { error / exact.abs() };
                    worst = [worst[0].max(error), worst[1].max(relative)];
                    assert!(y.abs() <= 1.0, "{}: {y} at {x}", level.name());
                }
            }
            let name = level.name();
            assert!(worst.iter().all(|w| *w < 3.6e-7), "{name}: {worst:?}");
            assert!(worst.iter().all(|w| *w > 1e-7), "{name}: {worst:?}");
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so_and_zero_keeps_its_sign() {
        let mut x = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, 1e-40];
        quick_tanh(&mut x);
        assert!(x[0].is_nan());
        assert_eq!(x[1..3], [1.0, -1.0]);
        assert_eq!(x[3].to_bits(), (-0f32).to_bits());
        assert!((x[4] - 1e-40).abs() < 1e-44);
    }
}
