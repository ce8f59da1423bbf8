//! ln x.
//!
//! ```text
//! x = 2ᵏ (1 + f),  √½ ≤ 1 + f < √2,   s = f/(2 + f),   ln(1 + f) = 2s + s³ p(s²)
//! ```
//!
//! p is the minimax polynomial of (2 artanh s − 2s)/s³, weighted with s², found by Remez exchange in 60 digits: its own
//! error is 2⁻⁵⁹ in f64 and 2⁻³⁰ in f32. The sum is taken as f − (f²/2 − s (f²/2 + s² p)), where f is exact, so that the
//! rounding of s counts only in the small terms.

use crate::exp::{LN2_F32, LN2_F64};
use crate::kernel::{horner, mul_add};

const LN_F64: [f64; 7] = [
    0.666_666_666_666_673_4,
    0.399_999_999_994_143_26,
    0.285_714_287_424_74,
    0.222_221_985_635_656_8,
    0.181_835_648_627_952_98,
    0.153_140_359_297_530_2,
    0.147_961_045_308_125_6,
];
/// The bits of the first number above √½ with 32 of them zero.
const SQRT_HALF_F64: u64 = 0x3fe6_a09e_0000_0000;
const MANTISSA_F64: u64 = 0x000f_ffff_ffff_ffff;
/// 2⁵²: an integer below it, put into its low bits, is added to it.
const INTEGER_F64: f64 = 4_503_599_627_370_496.0;

#[inline(always)]
pub(crate) fn ln_f64<const FMA: bool>(x: f64) -> f64 {
    let subnormal = x < f64::MIN_POSITIVE;
    let y = if subnormal {
        x * 18_014_398_509_481_984.0
    } else {
        x
    };
    let shift = if subnormal { 1023.0 + 54.0 } else { 1023.0 };
    let bits = y.to_bits().wrapping_add(1f64.to_bits() - SQRT_HALF_F64);
    let k = f64::from_bits((bits >> 52) | INTEGER_F64.to_bits()) - INTEGER_F64 - shift;
    let f = f64::from_bits((bits & MANTISSA_F64) + SQRT_HALF_F64) - 1.0;

    let s = f / (2.0 + f);
    let z = s * s;
    let half_square = 0.5 * f * f;
    let tail = mul_add::<FMA, f64>(z, horner::<FMA, f64, 7>(LN_F64, z), half_square);
    let small = mul_add::<FMA, f64>(k, LN2_F64[1], s * tail);
    let ln = mul_add::<FMA, f64>(k, LN2_F64[0], f - (half_square - small));

    let below = if x == 0.0 {
        f64::NEG_INFINITY
    } else {
        f64::NAN
    };
    let ln = if x > 0.0 { ln } else { below };
    if x < f64::INFINITY { ln } else { x }
}

const LN_F32: [f32; 3] = [0.666_667_76, 0.399_775_36, 0.298_718_6];
const SQRT_HALF_F32: u32 = 0x3f35_04f3;
const MANTISSA_F32: u32 = 0x007f_ffff;
/// 2²³.
const INTEGER_F32: f32 = 8_388_608.0;

#[inline(always)]
pub(crate) fn ln_f32<const FMA: bool>(x: f32) -> f32 {
    let subnormal = x < f32::MIN_POSITIVE;
    let y = if subnormal { x * 33_554_432.0 } else { x };
    let shift = if subnormal { 127.0 + 25.0 } else { 127.0 };
    let bits = y.to_bits().wrapping_add(1f32.to_bits() - SQRT_HALF_F32);
    let k = f32::from_bits((bits >> 23) | INTEGER_F32.to_bits()) - INTEGER_F32 - shift;
    let f = f32::from_bits((bits & MANTISSA_F32) + SQRT_HALF_F32) - 1.0;

    let s = f / (2.0 + f);
    let z = s * s;
    let half_square = 0.5 * f * f;
    let tail = mul_add::<FMA, f32>(z, horner::<FMA, f32, 3>(LN_F32, z), half_square);
    let small = mul_add::<FMA, f32>(k, LN2_F32[1], s * tail);
    let ln = mul_add::<FMA, f32>(k, LN2_F32[0], f - (half_square - small));

    let below = if x == 0.0 {
        f32::NEG_INFINITY
    } else {
        f32::NAN
    };
    let ln = if x > 0.0 { ln } else { below };
    if x < f32::INFINITY { ln } else { x }
}
