//! eˣ.
//!
//! ```text
//! x = n ln 2 + r,  |r| ≤ ½ ln 2,      eˣ = 2ⁿ (1 + r + r² q(r))
//! ```
//!
//! q is the minimax polynomial of (eʳ − 1 − r)/r², weighted with r²/eʳ, found by Remez exchange in 60 digits: its own
//! error is 2⁻⁵⁸ in f64 and 2⁻²⁸ in f32. n ln 2 is taken off in two parts, the first of which is exact in n; 2ⁿ is
//! multiplied on in two halves, so that a subnormal result is rounded once and an overflow is ∞.

use crate::kernel::{horner, mul_add};

/// 1.5·2⁵²: adding it rounds to an integer, which then stands in the low bits.
const ROUND_F64: f64 = 6_755_399_441_055_744.0;
/// ln 2 in its first 32 bits, and the rest.
pub(crate) const LN2_F64: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
const EXP_F64: [f64; 10] = [
    0.500_000_000_000_001_1,
    0.166_666_666_666_664_13,
    0.041_666_666_666_530_155,
    0.008_333_333_333_494_463,
    0.001_388_888_894_363_085_1,
    0.000_198_412_695_065_709_39,
    2.480_149_309_811_82e-5,
    2.755_758_638_512_543e-6,
    2.763_024_866_065_372e-7,
    2.500_005_688_945_574e-8,
];

#[inline(always)]
pub(crate) fn exp_f64<const FMA: bool>(x: f64) -> f64 {
    // Beyond these the result is ∞ or 0 already; NaN passes both comparisons.
    let x = if x > 710.0 { 710.0 } else { x };
    let x = if x < -746.0 { -746.0 } else { x };
    let rounded = mul_add::<FMA, f64>(x, std::f64::consts::LOG2_E, ROUND_F64);
    let n = rounded - ROUND_F64;
    let r = mul_add::<FMA, f64>(n, -LN2_F64[1], mul_add::<FMA, f64>(n, -LN2_F64[0], x));
    let sum = 1.0 + r;
    let lost = r - (sum - 1.0);
    let e_r = sum + mul_add::<FMA, f64>(r * r, horner::<FMA, f64, 10>(EXP_F64, r), lost);
    let exponents = rounded
        .to_bits()
        .wrapping_sub(ROUND_F64.to_bits() - 2 * 1023);
    let half = exponents >> 1;
    let rest = exponents.wrapping_sub(half);
    e_r * f64::from_bits(half << 52) * f64::from_bits(rest << 52)
}

/// 1.5·2²³.
const ROUND_F32: f32 = 12_582_912.0;
/// ln 2 in its first 9 bits, and the rest.
pub(crate) const LN2_F32: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
const EXP_F32: [f32; 5] = [
    0.499_999_94,
    0.166_665_21,
    0.041_668_39,
    0.008_368_717,
    0.001_381_460_1,
];

#[inline(always)]
pub(crate) fn exp_f32<const FMA: bool>(x: f32) -> f32 {
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let rounded = mul_add::<FMA, f32>(x, std::f32::consts::LOG2_E, ROUND_F32);
    let n = rounded - ROUND_F32;
    let r = mul_add::<FMA, f32>(n, -LN2_F32[1], mul_add::<FMA, f32>(n, -LN2_F32[0], x));
    let sum = 1.0 + r;
    let lost = r - (sum - 1.0);
    let e_r = sum + mul_add::<FMA, f32>(r * r, horner::<FMA, f32, 5>(EXP_F32, r), lost);
    let exponents = rounded
        .to_bits()
        .wrapping_sub(ROUND_F32.to_bits() - 2 * 127);
    let half = exponents >> 1;
    let rest = exponents.wrapping_sub(half);
    e_r * f32::from_bits(half << 23) * f32::from_bits(rest << 23)
}
