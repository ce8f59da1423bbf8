//! The functions of a recorded number, each with its derivative.

use std::num::FpCategory;

use num_traits::Float;

use crate::Var;
use crate::scalar::Scalar;

/// A function that is constant but for jumps.
fn step(x: Var, value: f64) -> Var {
    x.unary(value, 0.0)
}

impl Float for Var {
    fn nan() -> Self {
        Self::known(f64::NAN)
    }
    fn infinity() -> Self {
        Self::known(f64::INFINITY)
    }
    fn neg_infinity() -> Self {
        Self::known(f64::NEG_INFINITY)
    }
    fn neg_zero() -> Self {
        Self::known(-0.0)
    }
    fn min_value() -> Self {
        Self::known(f64::MIN)
    }
    fn min_positive_value() -> Self {
        Self::known(f64::MIN_POSITIVE)
    }
    fn max_value() -> Self {
        Self::known(f64::MAX)
    }
    fn epsilon() -> Self {
        Self::known(f64::EPSILON)
    }

    // Whether a number is one is not taken for a look at its value.
    #[inline]
    fn is_nan(self) -> bool {
        self.plain().is_nan()
    }
    #[inline]
    fn is_infinite(self) -> bool {
        self.plain().is_infinite()
    }
    #[inline]
    fn is_finite(self) -> bool {
        self.plain().is_finite()
    }
    fn is_normal(self) -> bool {
        self.plain().is_normal()
    }
    fn classify(self) -> FpCategory {
        self.plain().classify()
    }
    fn is_sign_positive(self) -> bool {
        self.seen().is_sign_positive()
    }
    fn is_sign_negative(self) -> bool {
        self.seen().is_sign_negative()
    }
    fn integer_decode(self) -> (u64, i16, i8) {
        Float::integer_decode(self.seen())
    }

    fn floor(self) -> Self {
        step(self, self.plain().floor())
    }
    fn ceil(self) -> Self {
        step(self, self.plain().ceil())
    }
    fn round(self) -> Self {
        step(self, self.plain().round())
    }
    fn trunc(self) -> Self {
        step(self, self.plain().trunc())
    }
    fn fract(self) -> Self {
        self.unary(self.plain().fract(), 1.0)
    }
    fn signum(self) -> Self {
        step(self, self.plain().signum())
    }
    fn abs(self) -> Self {
        self.unary(
            self.plain().abs(),
            if self.plain() < 0.0 { -1.0 } else { 1.0 },
        )
    }
    fn max(self, other: Self) -> Self {
        let (a, b) = (self.plain(), other.plain());
        let first = f64::from(a >= b || b.is_nan());
        self.binary(other, a.max(b), [first, 1.0 - first])
    }
    fn min(self, other: Self) -> Self {
        let (a, b) = (self.plain(), other.plain());
        let first = f64::from(a <= b || b.is_nan());
        self.binary(other, a.min(b), [first, 1.0 - first])
    }
    fn abs_sub(self, other: Self) -> Self {
        let difference = self.plain() - other.plain();
        let above = f64::from(difference > 0.0);
        self.binary(other, difference.max(0.0), [above, -above])
    }

    fn mul_add(self, a: Self, b: Self) -> Self {
        self * a + b
    }
    fn recip(self) -> Self {
        let y = self.plain().recip();
        self.unary(y, -y * y)
    }
    fn powi(self, n: i32) -> Self {
        let x = self.plain();
        self.unary(x.powi(n), f64::from(n) * x.powi(n - 1))
    }
    fn powf(self, n: Self) -> Self {
        let (x, exponent) = (self.plain(), n.plain());
        let y = x.powf(exponent);
        let by_exponent = if y == 0.0 { 0.0 } else { y * x.ln() };
        self.binary(n, y, [exponent * x.powf(exponent - 1.0), by_exponent])
    }
    fn sqrt(self) -> Self {
        let y = self.plain().sqrt();
        self.unary(y, 0.5 / y)
    }
    fn cbrt(self) -> Self {
        let y = self.plain().cbrt();
        self.unary(y, 1.0 / (3.0 * y * y))
    }
    fn hypot(self, other: Self) -> Self {
        let (a, b) = (self.plain(), other.plain());
        let y = a.hypot(b);
        self.binary(other, y, [a / y, b / y])
    }

    #[inline]
    fn exp(self) -> Self {
        let y = self.plain().exp();
        self.unary(y, y)
    }
    fn exp2(self) -> Self {
        let y = self.plain().exp2();
        self.unary(y, y * std::f64::consts::LN_2)
    }
    fn exp_m1(self) -> Self {
        let y = self.plain().exp_m1();
        self.unary(y, y + 1.0)
    }
    #[inline]
    fn ln(self) -> Self {
        let x = self.plain();
        self.unary(x.ln(), x.recip())
    }
    fn ln_1p(self) -> Self {
        let x = self.plain();
        self.unary(x.ln_1p(), (1.0 + x).recip())
    }
    fn log(self, base: Self) -> Self {
        self.ln() / base.ln()
    }
    fn log2(self) -> Self {
        let x = self.plain();
        self.unary(x.log2(), (x * std::f64::consts::LN_2).recip())
    }
    fn log10(self) -> Self {
        let x = self.plain();
        self.unary(x.log10(), (x * std::f64::consts::LN_10).recip())
    }

    fn sin(self) -> Self {
        let (sin, cos) = self.plain().sin_cos();
        self.unary(sin, cos)
    }
    fn cos(self) -> Self {
        let (sin, cos) = self.plain().sin_cos();
        self.unary(cos, -sin)
    }
    fn sin_cos(self) -> (Self, Self) {
        (self.sin(), self.cos())
    }
    fn tan(self) -> Self {
        let y = self.plain().tan();
        self.unary(y, 1.0 + y * y)
    }
    fn asin(self) -> Self {
        let x = self.plain();
        self.unary(x.asin(), (1.0 - x * x).sqrt().recip())
    }
    fn acos(self) -> Self {
        let x = self.plain();
        self.unary(x.acos(), -(1.0 - x * x).sqrt().recip())
    }
    fn atan(self) -> Self {
        let x = self.plain();
        self.unary(x.atan(), (1.0 + x * x).recip())
    }
    fn atan2(self, other: Self) -> Self {
        let (y, x) = (self.plain(), other.plain());
        let square = x * x + y * y;
        self.binary(other, y.atan2(x), [x / square, -y / square])
    }
    fn sinh(self) -> Self {
        let x = self.plain();
        self.unary(x.sinh(), x.cosh())
    }
    fn cosh(self) -> Self {
        let x = self.plain();
        self.unary(x.cosh(), x.sinh())
    }
    fn tanh(self) -> Self {
        let y = self.plain().tanh();
        self.unary(y, 1.0 - y * y)
    }
    fn asinh(self) -> Self {
        let x = self.plain();
        self.unary(x.asinh(), (x * x + 1.0).sqrt().recip())
    }
    fn acosh(self) -> Self {
        let x = self.plain();
        self.unary(x.acosh(), (x * x - 1.0).sqrt().recip())
    }
    fn atanh(self) -> Self {
        let x = self.plain();
        self.unary(x.atanh(), (1.0 - x * x).recip())
    }
}
