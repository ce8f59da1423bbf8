//! What every kernel is written in: a·b + c, Horner's scheme, and the trait that ties a kernel to its scalar.

use std::ops::{Add, Div, Mul, Sub};

/// The scalars of this crate: `f32` and `f64`.
pub trait Element: Kernel {}

impl Element for f32 {}
impl Element for f64 {}

/// What a sweep needs of its scalar. The name is private, so that no other scalar can have it.
///
/// `FMA` says whether a·b + c is rounded once (a fused instruction, where the processor has one) or twice. It is a
/// parameter and not a question asked at run time, so that a loop over a kernel has no branch and vectorises.
pub trait Kernel:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    /// −∞.
    const NEG_INFINITY: Self;
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;

    /// a·b + c, rounded once.
    fn fused(self, b: Self, c: Self) -> Self;
    /// Neither infinite nor NaN.
    fn finite(self) -> bool;
    /// eˣ.
    fn exp<const FMA: bool>(self) -> Self;
    /// The natural logarithm.
    fn ln<const FMA: bool>(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh<const FMA: bool>(self) -> Self;
}

/// a·b + c.
#[inline(always)]
pub(crate) fn mul_add<const FMA: bool, F: Kernel>(a: F, b: F, c: F) -> F {
    if FMA { a.fused(b, c) } else { a * b + c }
}

/// c₀ + c₁ x + c₂ x² + …
#[inline(always)]
pub(crate) fn horner<const FMA: bool, F: Kernel, const N: usize>(c: [F; N], x: F) -> F {
    let mut sum = c[N - 1];
    for i in (0..N - 1).rev() {
        sum = mul_add::<FMA, F>(sum, x, c[i]);
    }
    sum
}

impl Kernel for f64 {
    const NEG_INFINITY: f64 = f64::NEG_INFINITY;
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;

    #[inline(always)]
    fn fused(self, b: f64, c: f64) -> f64 {
        self.mul_add(b, c)
    }
    #[inline(always)]
    fn finite(self) -> bool {
        self.is_finite()
    }
    #[inline(always)]
    fn exp<const FMA: bool>(self) -> f64 {
        crate::exp::exp_f64::<FMA>(self)
    }
    #[inline(always)]
    fn ln<const FMA: bool>(self) -> f64 {
        crate::ln::ln_f64::<FMA>(self)
    }
    #[inline(always)]
    fn tanh<const FMA: bool>(self) -> f64 {
        crate::tanh::tanh_f64::<FMA>(self)
    }
}

impl Kernel for f32 {
    const NEG_INFINITY: f32 = f32::NEG_INFINITY;
    const ZERO: f32 = 0.0;
    const ONE: f32 = 1.0;

    #[inline(always)]
    fn fused(self, b: f32, c: f32) -> f32 {
        self.mul_add(b, c)
    }
    #[inline(always)]
    fn finite(self) -> bool {
        self.is_finite()
    }
    #[inline(always)]
    fn exp<const FMA: bool>(self) -> f32 {
        crate::exp::exp_f32::<FMA>(self)
    }
    #[inline(always)]
    fn ln<const FMA: bool>(self) -> f32 {
        crate::ln::ln_f32::<FMA>(self)
    }
    #[inline(always)]
    fn tanh<const FMA: bool>(self) -> f32 {
        crate::tanh::tanh_f32::<FMA>(self)
    }
}
