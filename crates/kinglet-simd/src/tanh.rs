//! tanh x.
//!
//! Below 5/8 Lambert's continued fraction x/(1 + x²/(3 + x²/(5 + …))), cut after eight terms in f64 and five in f32 and
//! multiplied out, so that its coefficients are whole numbers; above, 1 − 2/(e²ˣ + 1). The two share one division:
//!
//! ```text
//! |x| < ⅝:  tanh x = x − x z a(z)/b(z),  z = x²        |x| ≥ ⅝:  tanh |x| = 1 − 2/(e²|ˣ| + 1)
//! ```

use crate::exp::{exp_f32, exp_f64};
use crate::kernel::horner;

const A_F64: [f64; 4] = [675_675.0, 45_045.0, 594.0, 1.0];
const B_F64: [f64; 5] = [2_027_025.0, 945_945.0, 51_975.0, 630.0, 1.0];

#[inline(always)]
pub(crate) fn tanh_f64<const FMA: bool>(x: f64) -> f64 {
    let size = x.abs();
    let z = size * size;
    let below = size < 0.625;
    let a = size * z * horner::<FMA, f64, 4>(A_F64, z);
    let b = horner::<FMA, f64, 5>(B_F64, z);
    let numerator = if below { a } else { 2.0 };
    let denominator = if below {
        b
    } else {
        exp_f64::<FMA>(2.0 * size) + 1.0
    };
    let whole = if below { size } else { 1.0 };
    (whole - numerator / denominator).copysign(x)
}

const A_F32: [f32; 2] = [315.0, 14.0];
const B_F32: [f32; 3] = [945.0, 420.0, 15.0];

#[inline(always)]
pub(crate) fn tanh_f32<const FMA: bool>(x: f32) -> f32 {
    let size = x.abs();
    let z = size * size;
    let below = size < 0.625;
    let a = size * z * horner::<FMA, f32, 2>(A_F32, z);
    let b = horner::<FMA, f32, 3>(B_F32, z);
    let numerator = if below { a } else { 2.0 };
    let denominator = if below {
        b
    } else {
        exp_f32::<FMA>(2.0 * size) + 1.0
    };
    let whole = if below { size } else { 1.0 };
    (whole - numerator / denominator).copysign(x)
}
