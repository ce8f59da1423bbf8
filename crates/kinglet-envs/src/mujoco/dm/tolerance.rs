//! How near a number is to where it should be.

use std::f64::consts::PI;

use super::arithmetic::mean;

/// How a value falls outside of its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margin {
    /// The distance from the nearer bound at which the value is [`value`](Self::value), more than 0.
    pub width: f64,
    /// The value there, in (0, 1); 0 too for `Cosine`, `Linear` and `Quadratic`.
    pub value: f64,
    /// The shape.
    pub sigmoid: Sigmoid,
}

impl Margin {
    /// A Gaussian that is 0.1 at `width`.
    pub fn gaussian(width: f64) -> Self {
        Self {
            width,
            value: 0.1,
            sigmoid: Sigmoid::Gaussian,
        }
    }
}

/// Shapes s(x) with s(0) = 1 and s(1) = v.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sigmoid {
    /// exp(−(cx)²/2), c = √(−2 ln v).
    Gaussian,
    /// 1 / cosh(cx), c = arcosh(1/v).
    Hyperbolic,
    /// 1 / ((cx)² + 1), c = √(1/v − 1).
    LongTail,
    /// 1 / (c|x| + 1), c = 1/v − 1.
    Reciprocal,
    /// (1 + cos(πcx)) / 2 for |cx| < 1, else 0; c = arccos(2v − 1) / π.
    Cosine,
    /// 1 − cx for |cx| < 1, else 0; c = 1 − v.
    Linear,
    /// 1 − (cx)² for |cx| < 1, else 0; c = √(1 − v).
    Quadratic,
    /// 1 − tanh²(cx), c = artanh √(1 − v).
    TanhSquared,
}

impl Sigmoid {
    /// s(x) for s(1) = `value`.
    fn at(self, x: f64, value: f64) -> f64 {
        match self {
            Self::Gaussian => (-0.5 * (x * (-2.0 * value.ln()).sqrt()).powi(2)).exp(),
            Self::Hyperbolic => 1.0 / (x * value.recip().acosh()).cosh(),
            Self::LongTail => 1.0 / ((x * (1.0 / value - 1.0).sqrt()).powi(2) + 1.0),
            Self::Reciprocal => 1.0 / (x.abs() * (1.0 / value - 1.0) + 1.0),
            Self::Cosine => bump(x * (2.0 * value - 1.0).acos() / PI, |x| {
                (1.0 + (PI * x).cos()) / 2.0
            }),
            Self::Linear => bump(x * (1.0 - value), |x| 1.0 - x),
            Self::Quadratic => bump(x * (1.0 - value).sqrt(), |x| 1.0 - x * x),
            Self::TanhSquared => 1.0 - (x * (1.0 - value).sqrt().atanh()).tanh().powi(2),
        }
    }

    /// Whether s(1) may be 0.
    fn ends(self) -> bool {
        matches!(self, Self::Cosine | Self::Linear | Self::Quadratic)
    }
}

/// `shape` for |x| < 1, else 0.
fn bump(x: f64, shape: impl Fn(f64) -> f64) -> f64 {
    if x.abs() < 1.0 { shape(x) } else { 0.0 }
}

/// 1 within the bounds, both included; outside 0, or with a margin s(d / width) of the distance d to the nearer bound.
///
/// # Panics
/// If the lower bound is above the upper, or a margin's width or value out of its range.
///
/// # Source
/// dm_control 1.0.50, `utils/rewards.py`, `tolerance`; Tassa et al., DeepMind Control Suite, 2018, section 2.
///
/// # Example
/// ```
/// use kinglet_envs::mujoco::dm::{Margin, Sigmoid, tolerance};
///
/// let margin = Margin { width: 2.0, value: 0.0, sigmoid: Sigmoid::Linear };
/// assert_eq!(tolerance(3.0, (3.0, f64::INFINITY), Some(margin)), 1.0);
/// assert_eq!(tolerance(2.5, (3.0, f64::INFINITY), Some(margin)), 0.75);
/// assert_eq!(tolerance(2.5, (3.0, f64::INFINITY), None), 0.0);
/// ```
pub fn tolerance(x: f64, (lower, upper): (f64, f64), margin: Option<Margin>) -> f64 {
    assert!(lower <= upper, "the bounds are {lower} and {upper}");
    if lower <= x && x <= upper {
        return 1.0;
    }
    let Some(Margin {
        width,
        value,
        sigmoid,
    }) = margin
    else {
        return 0.0;
    };
    assert!(width > 0.0, "the width of a margin is {width}");
    let least = if sigmoid.ends() {
        0.0
    } else {
        f64::MIN_POSITIVE
    };
    assert!(
        (least..1.0).contains(&value),
        "the value at the margin of {sigmoid:?} is {value}"
    );
    let distance = if x < lower { lower - x } else { x - upper };
    sigmoid.at(distance / width, value)
}

/// How small an action is, from 4/5 to 1: (4 + mean max(0, 1 − aᵢ²)) / 5.
pub(super) fn small_control(action: &[f64]) -> f64 {
    let margin = Some(Margin {
        width: 1.0,
        value: 0.0,
        sigmoid: Sigmoid::Quadratic,
    });
    let each = action.iter().map(|&a| tolerance(a, (0.0, 0.0), margin));
    (4.0 + mean(each)) / 5.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Sigmoid; 8] = [
        Sigmoid::Gaussian,
        Sigmoid::Hyperbolic,
        Sigmoid::LongTail,
        Sigmoid::Reciprocal,
        Sigmoid::Cosine,
        Sigmoid::Linear,
        Sigmoid::Quadratic,
        Sigmoid::TanhSquared,
    ];

    fn assert_close(x: f64, y: f64, what: &str) {
        assert!((x - y).abs() < 1e-12, "{what}: {x} is not {y}");
    }

    #[test]
    fn the_value_is_1_at_the_bounds_and_as_told_at_the_margin() {
        for sigmoid in ALL {
            for value in [0.05, 0.1, 0.5, 0.9] {
                let margin = Some(Margin {
                    width: 0.3,
                    value,
                    sigmoid,
                });
                for (inside, outside) in [(-1.0, -1.3), (2.0, 2.3)] {
                    assert_eq!(tolerance(inside, (-1.0, 2.0), margin), 1.0);
                    let there = tolerance(outside, (-1.0, 2.0), margin);
                    assert_close(there, value, &format!("{sigmoid:?}"));
                }
            }
        }
    }

    /// Powers of the value, by hand: at twice the margin each has its own.
    #[test]
    fn beyond_the_margin_each_shape_falls_in_its_way() {
        let twice = |sigmoid, value| {
            tolerance(
                -2.0,
                (0.0, 0.0),
                Some(Margin {
                    width: 1.0,
                    value,
                    sigmoid,
                }),
            )
        };
        assert_close(twice(Sigmoid::Gaussian, 0.5), 1.0 / 16.0, "v⁴");
        // cosh 2y = 2 cosh² y − 1.
        assert_close(twice(Sigmoid::Hyperbolic, 0.5), 1.0 / 7.0, "1/(2/v² − 1)");
        assert_close(twice(Sigmoid::LongTail, 0.5), 0.2, "1/(4(1/v − 1) + 1)");
        assert_close(
            twice(Sigmoid::Reciprocal, 0.5),
            1.0 / 3.0,
            "1/(2(1/v − 1) + 1)",
        );
        // arccos 0 = π/2, doubled: cos π = −1, from where on it is 0.
        assert_close(twice(Sigmoid::Cosine, 0.5), 0.0, "the end of the bump");
        assert_close(twice(Sigmoid::Cosine, 0.75), 0.25, "(1 + cos 2π/3)/2");
        assert_close(twice(Sigmoid::Linear, 0.75), 0.5, "1 − 2(1 − v)");
        assert_close(twice(Sigmoid::Quadratic, 0.8), 0.2, "1 − 4(1 − v)");
        // tanh 2y = 2t/(1 + t²), t² = 1/2: tanh² 2y = 8/9.
        assert_close(
            twice(Sigmoid::TanhSquared, 0.5),
            1.0 / 9.0,
            "1 − 4t²/(1 + t²)²",
        );
    }
}
