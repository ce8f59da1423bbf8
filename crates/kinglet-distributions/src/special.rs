//! The logarithm of the gamma function, its derivatives, and the error function, for any scalar.
//!
//! The gamma functions go up by their recurrence to 10 and on by Stirling's series, whose terms fall below the rounding
//! there; a dual number follows the same line.

use num_traits::Float;

use crate::remainder::log_ratio;
use crate::scalar::constant;

/// ln √(2π).
pub(crate) const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// From here on Stirling's series holds to the last digit.
const STIRLING_FROM: f64 = 10.0;

/// R of ln Γ(x) = (x − ½) ln x − x + ½ ln 2π + R(x), in powers 1/x, 1/x³, …: B₂ₖ / (2k (2k − 1)).
const LN_GAMMA_SERIES: [f64; 7] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
];

/// Q of ψ(x) = ln x − 1/(2x) − Q(x), in powers 1/x², 1/x⁴, …: B₂ₖ / 2k.
const DIGAMMA_SERIES: [f64; 7] = [
    1.0 / 12.0,
    -1.0 / 120.0,
    1.0 / 252.0,
    -1.0 / 240.0,
    1.0 / 132.0,
    -691.0 / 32_760.0,
    1.0 / 12.0,
];

/// ψ′(x) = 1/x + 1/(2x²) + …, in powers 1/x³, 1/x⁵, …: B₂ₖ.
const TRIGAMMA_SERIES: [f64; 8] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
];

/// c₀ + c₁ x + c₂ x² + …
fn polynomial<S: Float>(coefficients: &[f64], x: S) -> S {
    let step = |sum: S, c: &f64| sum * x + constant(*c);
    coefficients.iter().rev().fold(S::zero(), step)
}

/// x, x + 1, … below 10, and the first that is not; NaN for a negative x.
fn up<S: Float>(x: S) -> (impl Iterator<Item = S>, S) {
    let from = constant::<S>(STIRLING_FROM);
    let mut steps = 0;
    let mut end = if x < S::zero() { S::nan() } else { x };
    while end < from {
        end = end + S::one();
        steps += 1;
    }
    let below = (0..steps).map(move |k| x + constant(f64::from(k)));
    (below, end)
}

/// ln Γ(x) for x > 0.
///
/// # Example
/// ```
/// use kinglet_distributions::ln_gamma;
///
/// assert!((ln_gamma(5.0) - 24f64.ln()).abs() < 1e-14); // 4!
/// assert!((ln_gamma(0.5) - 0.5 * std::f64::consts::PI.ln()).abs() < 1e-14);
/// ```
pub fn ln_gamma<S: Float>(x: S) -> S {
    let (below, end) = up(x);
    let product = below.fold(S::one(), |product, x| product * x);
    let half = constant(0.5);
    (end - half) * end.ln() - end + constant(LN_SQRT_2PI) + stirling_remainder(end) - product.ln()
}

/// ψ(x) = d ln Γ(x) / dx for x > 0.
///
/// # Example
/// ```
/// use kinglet_distributions::digamma;
///
/// let (one, two): (f64, f64) = (digamma(1.0), digamma(2.0));
/// assert!((two - one - 1.0).abs() < 1e-14); // ψ(x + 1) = ψ(x) + 1/x
/// assert!((one + 0.577_215_664_901_532_9).abs() < 1e-14); // Euler's constant
/// ```
pub fn digamma<S: Float>(x: S) -> S {
    let (below, end) = up(x);
    let recurrence = below.fold(S::zero(), |sum, x| sum + x.recip());
    end.ln() - (end + end).recip() - digamma_remainder(end) - recurrence
}

/// ψ′(x) for x > 0.
///
/// # Example
/// ```
/// use kinglet_distributions::trigamma;
///
/// assert!((trigamma(1.0) - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-14);
/// ```
pub fn trigamma<S: Float>(x: S) -> S {
    let (below, end) = up(x);
    let recurrence = below.fold(S::zero(), |sum, x| sum + (x * x).recip());
    let inverse = end.recip();
    let square = inverse * inverse;
    let series = polynomial(&TRIGAMMA_SERIES, square) * square * inverse;
    recurrence + inverse + constant::<S>(0.5) * square + series
}

/// ln Γ(x) − (x − ½) ln x + x − ½ ln 2π, for x of 10 or more.
fn stirling_remainder<S: Float>(x: S) -> S {
    let inverse = x.recip();
    polynomial(&LN_GAMMA_SERIES, inverse * inverse) * inverse
}

/// ln x − 1/(2x) − ψ(x), for x of 10 or more.
fn digamma_remainder<S: Float>(x: S) -> S {
    let square = (x * x).recip();
    polynomial(&DIGAMMA_SERIES, square) * square
}

/// The entropy of Gamma(x, 1), x + ln Γ(x) + (1 − x) ψ(x), without the cancellation of x ln x when x is large.
pub(crate) fn gamma_entropy<S: Float>(x: S) -> S {
    let (one, half) = (S::one(), constant::<S>(0.5));
    if x < constant(STIRLING_FROM) {
        return x + ln_gamma(x) + (one - x) * digamma(x);
    }
    half * x.ln() + constant::<S>(LN_SQRT_2PI + 0.5) - half / x
        + stirling_remainder(x)
        + (x - one) * digamma_remainder(x)
}

/// ln Γ(x) − x ln x + x, which grows like −½ ln x only.
pub(crate) fn ln_gamma_centred<S: Float>(x: S) -> S {
    if x < constant(STIRLING_FROM) {
        return ln_gamma(x) - x * x.ln() + x;
    }
    constant::<S>(-0.5) * x.ln() + constant(LN_SQRT_2PI) + stirling_remainder(x)
}

/// ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b), without the cancellation of large logarithms.
pub(crate) fn ln_beta<S: Float>(a: S, b: S) -> S {
    let sum = a + b;
    let centred = ln_gamma_centred(a) + ln_gamma_centred(b) - ln_gamma_centred(sum);
    centred - a * log_ratio(sum, a) - b * log_ratio(sum, b)
}

/// erf(x) = 2/√π ∫₀ˣ e^(−t²) dt: a series of positive terms below 3, a continued fraction above.
///
/// # Example
/// ```
/// let erf: f64 = kinglet_distributions::erf(1.0);
/// assert!((erf - 0.842_700_792_949_714_9).abs() < 1e-15);
/// ```
pub fn erf<S: Float>(x: S) -> S {
    let square = x * x;
    let gauss = constant::<S>(std::f64::consts::FRAC_2_SQRT_PI) * (-square).exp();
    if x.abs() < constant(3.0) {
        // x (1 + 2x²/3 (1 + 2x²/5 (1 + …)))
        let step = |sum: S, k: i32| S::one() + square / constant(f64::from(k) + 0.5) * sum;
        return gauss * x * (1..60).rev().fold(S::one(), step);
    }
    // erfc(x) = e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …))))
    let far = x.abs();
    let step = |sum: S, k: i32| far + constant::<S>(0.5 * f64::from(k)) / sum;
    let fraction = (1..60).rev().fold(far, step);
    let tail = constant::<S>(0.5) * gauss / fraction;
    x.signum() * (S::one() - tail)
}
