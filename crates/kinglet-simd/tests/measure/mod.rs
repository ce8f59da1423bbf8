//! The largest error of each function at each level, in units of the last place.

use kinglet_simd::Level;
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::reference::{self, Double, ulps};

/// The largest error found, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Worst {
    pub(crate) ulps: f64,
    pub(crate) at: f64,
}

impl Worst {
    pub(crate) const NONE: Worst = Worst { ulps: 0.0, at: 0.0 };

    /// A NaN counts as the worst of errors.
    pub(crate) fn of(self, other: Worst) -> Worst {
        if other.ulps <= self.ulps { self } else { other }
    }
}

/// A function, its exact value and the regions to draw from: whole ranges, hard corners, all exponents.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) f64: fn(Level, &mut [f64]),
    pub(crate) f32: fn(Level, &mut [f32]),
    pub(crate) exact: fn(f64) -> (Double, i32),
    pub(crate) regions: &'static [fn(&mut Xoshiro256PlusPlus) -> f64],
}

pub(crate) const CASES: [Case; 3] = [
    Case {
        name: "exp",
        f64: Level::exp,
        f32: Level::exp,
        exact: reference::exp,
        regions: &[
            |rng| rng.random_range(-745.2..709.79),
            |rng| rng.random_range(-1.0..1.0),
            |rng| rng.random_range(-40.0..0.0),
            // Where the reduced argument is largest.
            |rng| {
                (f64::from(rng.random_range(-1070i32..1023)) + 0.5)
                    * std::f64::consts::LN_2
                    * near_one(rng)
            },
            // Subnormal results.
            |rng| rng.random_range(-745.2..-708.0),
            |rng| sign(rng) * of_exponent(rng, -60..10).min(709.78),
        ],
    },
    Case {
        name: "ln",
        f64: Level::ln,
        f32: Level::ln,
        exact: |x| (reference::ln(x), 0),
        regions: &[
            |rng| of_exponent(rng, -1022..1024),
            |rng| rng.random_range(0.5..2.0),
            near_one,
            // Where k changes.
            |rng| {
                std::f64::consts::FRAC_1_SQRT_2 * near_one(rng) * 2f64.powi(rng.random_range(-3..4))
            },
            // Subnormal arguments.
            |rng| {
                f64::from_bits((rng.random_range(1..1u64 << 52) >> rng.random_range(0..52)).max(1))
            },
        ],
    },
    Case {
        name: "tanh",
        f64: Level::tanh,
        f32: Level::tanh,
        exact: |x| (reference::tanh(x), 0),
        regions: &[
            |rng| rng.random_range(-20.0..20.0),
            |rng| rng.random_range(-0.625..0.625),
            // Where the two forms meet, and are worst.
            |rng| rng.random_range(0.5..0.75),
            |rng| sign(rng) * of_exponent(rng, -1022..6),
            |rng| 0.625 * near_one(rng),
        ],
    },
];

/// ±1.
fn sign(rng: &mut Xoshiro256PlusPlus) -> f64 {
    if rng.random() { 1.0 } else { -1.0 }
}

/// A random significand with a random exponent.
fn of_exponent(rng: &mut Xoshiro256PlusPlus, exponents: std::ops::Range<i32>) -> f64 {
    rng.random_range(1.0..2.0) * 2f64.powi(rng.random_range(exponents))
}

/// 1 ± 2⁻ʲ and a little more, j from 2 to 52.
fn near_one(rng: &mut Xoshiro256PlusPlus) -> f64 {
    1.0 + sign(rng) * of_exponent(rng, -52..-2)
}

/// The largest error in f64 at each of the levels, over `n` points of every region.
pub(crate) fn worst_f64(case: &Case, levels: &[Level], n: usize, seed: u64) -> Vec<Worst> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut worst = vec![Worst::NONE; levels.len()];
    for region in case.regions {
        for start in (0..n).step_by(1000) {
            let x: Vec<f64> = (start..n.min(start + 1000))
                .map(|_| region(&mut rng))
                .collect();
            let exact: Vec<(Double, i32)> = x.iter().map(|x| (case.exact)(*x)).collect();
            for (worst, level) in worst.iter_mut().zip(levels) {
                let mut y = x.clone();
                (case.f64)(*level, &mut y);
                for ((x, y), (exact, n)) in x.iter().zip(y).zip(&exact) {
                    *worst = worst.of(Worst {
                        ulps: ulps(y, *exact, *n),
                        at: *x,
                    });
                }
            }
        }
    }
    worst
}

/// The largest error in f32 at each of the levels, over the bit patterns `first`, `first + step`, … below `end`.
/// The referee is the f64 function, whose own error is 2⁻²⁸ of these units.
pub(crate) fn worst_f32(
    case: &Case,
    levels: &[Level],
    bits: std::ops::Range<u64>,
    step: usize,
) -> Vec<Worst> {
    let mut worst = vec![Worst::NONE; levels.len()];
    let (mut x, mut exact, mut y) = (Vec::new(), Vec::new(), Vec::new());
    for start in bits.clone().step_by(4096 * step) {
        let block = start..bits.end.min(start + 4096 * step as u64);
        x.clear();
        x.extend(block.step_by(step).map(|bits| f32::from_bits(bits as u32)));
        exact.clear();
        exact.extend(x.iter().map(|x| f64::from(*x)));
        (case.f64)(Level::best(), &mut exact);
        for (worst, level) in worst.iter_mut().zip(levels) {
            y.clone_from(&x);
            (case.f32)(*level, &mut y);
            if largest_ulps_f32(&y, &exact) > worst.ulps {
                for ((x, y), exact) in x.iter().zip(&y).zip(&exact) {
                    *worst = worst.of(Worst {
                        ulps: ulps_f32(*y, *exact),
                        at: f64::from(*x),
                    });
                }
            }
        }
    }
    worst
}

/// The largest of [`ulps_f32`]: without a branch and on the widest instructions, for there are 2³² of them. The bits of
/// numbers that are not negative are in the numbers' order.
fn largest_ulps_f32(y: &[f32], exact: &[f64]) -> f64 {
    f64::from_bits(pulp::Arch::new().dispatch(|| {
        y.iter().zip(exact).fold(0, |largest, (y, exact)| {
            largest.max(ulps_f32(*y, *exact).to_bits())
        })
    }))
}

/// |y − exact| in units of the last place of the exact value; infinities and NaNs must be the same.
#[inline(always)]
fn ulps_f32(y: f32, exact: f64) -> f64 {
    let nearest = exact as f32;
    let exponent = ((exact.to_bits() >> 52) & 0x7ff).max(1023 - 126);
    let per_ulp = f64::from_bits((2 * 1023 + 23 - exponent.min(2 * 1023)) << 52);
    let ulps = (f64::from(y) - exact).abs() * per_ulp;
    let same = (y == nearest) | (y.is_nan() & nearest.is_nan());
    let special = if same { 0.0 } else { f64::INFINITY };
    if y.is_finite() & nearest.is_finite() {
        ulps
    } else {
        special
    }
}
