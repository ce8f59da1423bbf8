//! What KL divergences are made of: differences between a convex function and its tangent, never negative, and with all
//! their digits where the function and the tangent nearly meet.

use num_traits::Float;

use crate::scalar::constant;
use crate::special::{digamma, ln_gamma, trigamma};

/// Nodes and weights of the eight-point Gauss-Legendre rule on (−1, 1), by symmetry.
const GAUSS_LEGENDRE: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_3),
];

/// e^x − 1 − x.
pub(crate) fn exp_remainder<S: Float>(x: S) -> S {
    if x.abs() > constant(0.5) {
        return x.exp_m1() - x;
    }
    // x²/2 (1 + x/3 (1 + x/4 (1 + …)))
    let step = |sum: S, k: i32| S::one() + x / constant(f64::from(k)) * sum;
    constant::<S>(0.5) * x * x * (3..18).rev().fold(S::one(), step)
}

/// x − ln(1 + x).
pub(crate) fn ln_remainder<S: Float>(x: S) -> S {
    if x.abs() > constant(0.1) {
        return x - x.ln_1p();
    }
    // x² (1/2 − x (1/3 − x (1/4 − …)))
    let step = |sum: S, k: i32| constant::<S>(1.0 / f64::from(k)) - x * sum;
    x * x * (2..18).rev().fold(S::zero(), step)
}

/// ln(a/b), also where a is nearly b, or a/b beyond every number.
pub(crate) fn log_ratio<S: Float>(a: S, b: S) -> S {
    let off = (a - b) / b;
    if off.abs() < constant(0.5) {
        off.ln_1p()
    } else {
        a.ln() - b.ln()
    }
}

/// a/b − 1 − ln(a/b).
pub(crate) fn ratio_remainder<S: Float>(a: S, b: S) -> S {
    let off = (a - b) / b;
    if off.abs() < constant(0.5) {
        ln_remainder(off)
    } else {
        off - log_ratio(a, b)
    }
}

/// a − b − b ln(a/b).
pub(crate) fn weighted_remainder<S: Float>(a: S, b: S) -> S {
    let off = (a - b) / b;
    if off.abs() < constant(0.5) {
        b * ln_remainder(off)
    } else {
        a - b - b * log_ratio(a, b)
    }
}

/// ln Γ(y) − ln Γ(x) − (y − x) ψ(x).
///
/// One step of the recurrence takes off the pole at 0; near y = x what is left is Taylor's remainder in its integral form,
///
/// ```text
/// (y − x)² ∫₀¹ (1 − t) ψ′(x + t (y − x)) dt
/// ```
pub(crate) fn ln_gamma_remainder<S: Float>(y: S, x: S) -> S {
    let pole = ratio_remainder(y, x);
    let (above_y, above_x, step) = (y + S::one(), x + S::one(), y - x);
    if step.abs() > constant::<S>(0.25) * above_x {
        return pole + ln_gamma(above_y) - ln_gamma(above_x) - step * digamma(above_x);
    }
    let at = |t: f64| constant::<S>(1.0 - t) * trigamma(above_x + constant::<S>(t) * step);
    let pair = |(node, weight): &(f64, f64)| {
        constant::<S>(0.5 * weight) * (at(0.5 + 0.5 * node) + at(0.5 - 0.5 * node))
    };
    let integral = GAUSS_LEGENDRE
        .iter()
        .map(pair)
        .fold(S::zero(), |a, b| a + b);
    pole + step * step * integral
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(a: f64, b: f64) {
        assert!((a - b).abs() <= 1e-14 * b.abs(), "{a} {b}");
    }

    /// ln(1 + h) and h − ln(1 + h) of a ratio 1 + h, where the logarithms of the two numbers have lost half the digits of
    /// the one and all of the other.
    #[test]
    fn nearly_equal_numbers_keep_their_digits() {
        let h = f64::powi(2.0, -30);
        let (a, b) = (3.0 * (1.0 + h), 3.0);
        let remainder = h * h * (0.5 - h / 3.0);
        assert_close(log_ratio(a, b), h.ln_1p());
        assert_close(ratio_remainder(a, b), remainder);
        assert_close(weighted_remainder(a, b), 3.0 * remainder);
        assert_close(exp_remainder(h), h * h * (0.5 + h / 6.0));
        assert_close(exp_remainder(-h), h * h * (0.5 - h / 6.0));
        assert_close(ln_remainder(-h), h * h * (0.5 + h / 3.0));
    }

    /// The series and the plain difference meet where one takes over from the other.
    #[test]
    fn the_branches_meet() {
        for x in [0.5, -0.5] {
            let near: f64 = exp_remainder(x * (1.0 - 1e-15));
            assert!((near - exp_remainder(x * (1.0 + 1e-15))).abs() < 1e-14);
        }
        for x in [0.1, -0.1] {
            let near: f64 = ln_remainder(x * (1.0 - 1e-15));
            assert!((near - ln_remainder(x * (1.0 + 1e-15))).abs() < 1e-15);
        }
        let y = [5.0 + 1.5 - 1e-12, 5.0 + 1.5 + 1e-12].map(|y| ln_gamma_remainder(y, 5.0));
        assert!((y[0] - y[1]).abs() < 1e-11);
    }

    /// Ratios beyond every number have a logarithm.
    #[test]
    fn far_numbers_do_not_overflow() {
        assert_close(log_ratio(1e300, 1e-300), 600.0 * std::f64::consts::LN_10);
        assert_close(log_ratio(1e-300, 1e300), -600.0 * std::f64::consts::LN_10);
        assert_close(weighted_remainder(1.0, 1e-300), 1.0);
    }
}
