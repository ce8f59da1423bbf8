//! XU-15: the score without the inverse.

use std::error::Error;

use autodiff::{F1, grad};
use kinglet_distributions::{Bijection, Cubic, Normal, Reparameterised};
use kinglet_objectives::{Estimate, NoisePartials, direct_score};
use ndarray::array;
use num_traits::Float;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-15",
    title: "The direct score has a minus in its first term, and one more term for curved g",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_15,
};

/// ∂ log π_θ(a)/∂θ from ζ, where the inverse of a = g_θ(ζ) is hard to get. Catalogue: XU-15.
///
/// ```text
/// ∂ log π/∂θ = −∂_ζ log π₀ (∂_ζ g)⁻¹ ∂_θ g − ∂_θ log |det ∂_ζ g| − ∂_ζ log |det ∂_ζ g| dζ/dθ
/// dζ/dθ = −(∂_ζ g)⁻¹ ∂_θ g
/// ```
///
/// For g = θ + ζ, θ ζ and ζ + θ ζ³ at ζ = .8: the corrected form beside dual numbers through the
/// inverse; the printed form; and the printed form with one of its two faults mended.
pub fn xu_15() -> Outcome {
    Outcome::of(compute())
}

const ZETA: f64 = 0.8;

/// The three maps, with the θ that each is tried at.
#[derive(Clone, Copy)]
enum Map {
    Shift,
    Scale,
    Bend,
}

impl Map {
    fn theta(self) -> f64 {
        match self {
            Map::Shift => 0.0,
            Map::Scale => 1.4,
            Map::Bend => 0.5,
        }
    }

    /// ∂_ζ g, ∂_θ g, ∂_ζ log |det|, ∂_θ log |det|, by hand.
    fn partials(self, zeta: f64) -> [f64; 4] {
        let theta = self.theta();
        match self {
            Map::Shift => [1.0, 1.0, 0.0, 0.0],
            Map::Scale => [theta, zeta, 0.0, 1.0 / theta],
            Map::Bend => {
                let slope = 1.0 + 3.0 * theta * zeta * zeta;
                let by_theta = 3.0 * zeta * zeta / slope;
                [slope, zeta.powi(3), 6.0 * theta * zeta / slope, by_theta]
            }
        }
    }

    fn action(self, zeta: f64) -> f64 {
        match self {
            Map::Shift => self.theta() + zeta,
            Map::Scale => self.theta() * zeta,
            Map::Bend => zeta + self.theta() * zeta.powi(3),
        }
    }

    /// log π_θ(a) through the inverse, less ½ log 2π.
    fn log_prob(self, theta: F1, a: f64) -> F1 {
        let a = F1::cst(a);
        let (zeta, log_det) = match self {
            Map::Shift => (a - theta, F1::cst(0.0)),
            Map::Scale => (a / theta, theta.abs().ln()),
            Map::Bend => {
                let bend = Cubic::new(theta).expect("θ is not negative");
                let zeta = bend.inverse(&a);
                (zeta, bend.log_abs_det(&zeta))
            }
        };
        -F1::cst(0.5) * zeta * zeta - log_det
    }
}

fn corrected(map: Map, zeta: f64) -> f64 {
    let [by_zeta, by_theta, log_det_by_zeta, log_det_by_theta] = map.partials(zeta);
    let partials = NoisePartials {
        log_base_by_noise: array![-zeta],
        action_by_noise: array![[by_zeta]],
        action_by_params: array![[by_theta]],
        log_det_by_noise: array![log_det_by_zeta],
        log_det_by_params: array![log_det_by_theta],
    };
    direct_score(&partials)[0]
}

/// The printed form, `sign` = 1; with its sign mended, −1.
fn printed(map: Map, sign: f64, zeta: f64) -> f64 {
    let [by_zeta, by_theta, _, log_det_by_theta] = map.partials(zeta);
    sign * -zeta / by_zeta * by_theta - log_det_by_theta
}

const MAPS: [(&str, Map, f64, f64); 3] = [
    ("θ + ζ", Map::Shift, 0.800, 5e-4),
    ("θ ζ", Map::Scale, -0.257, 5e-4),
    ("ζ + θ ζ³", Map::Bend, -0.4507, 5e-5),
];

fn compute() -> Computed {
    let mut checks = Vec::new();
    for (name, map, known, digits) in MAPS {
        let a = map.action(ZETA);
        let right = corrected(map, ZETA);
        let dual = grad(|t: &[F1]| map.log_prob(t[0], a), &[map.theta()])[0];
        checks.push(Check::exact(
            format!("∂ log π/∂θ of a = {name}, θ = {}", map.theta()),
            [
                ("from ζ alone", right),
                ("dual numbers through the inverse", dual),
            ],
        ));
        checks.push(Check::within(
            format!("the same for {name}, known digits"),
            digits,
            [("from ζ alone", right), ("known", known)],
        ));
    }
    checks.push(slope_of_the_mean()?);
    Ok(Outcome {
        checks,
        printed: errata()?,
        notes: vec![
            "Where g is affine in ζ the third term is 0, and mending the sign is enough.",
            "\"∂R(θ)/∂θ =\" has slipped to the end of the line.",
        ],
        ..Outcome::default()
    })
}

/// dE[a]/dθ of a = θ + ζ from scores of one sign or the other.
fn sampled(sign: f64) -> Result<Estimate, kinglet_objectives::Error> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(15);
    let unit: Normal = Normal::from_log_std(0.0, 0.0);
    let draws = (0..10_000).map(|_| {
        let zeta = unit.noise(&mut rng);
        sign * corrected(Map::Shift, zeta) * Map::Shift.action(zeta)
    });
    Ok(Estimate::from_samples(draws)?)
}

fn slope_of_the_mean() -> Result<Check, Box<dyn Error>> {
    Ok(Check::monte_carlo(
        "dE[a]/dθ of a = θ + ζ by its scores",
        ("exact", 1.0),
        ("10 000 draws", sampled(1.0)?),
    ))
}

fn errata() -> Result<Vec<Printed>, Box<dyn Error>> {
    let sign = "The first term needs a minus sign: at a fixed action ζ moves against θ.";
    let term = "For a curved g it also lacks −∂_ζ log |det| dζ/dθ: the determinant is taken at \
                ζ = g⁻¹(a), which θ moves.";
    let mut errata: Vec<Printed> = MAPS
        .map(|(name, map, ..)| {
            Printed::number(
                format!("the printed score of a = {name}"),
                printed(map, 1.0, ZETA),
                corrected(map, ZETA),
                sign,
            )
        })
        .to_vec();
    errata.push(Printed::number(
        "ζ + θ ζ³ with the sign mended, the term still missing",
        printed(Map::Bend, -1.0, ZETA),
        corrected(Map::Bend, ZETA),
        term,
    ));
    errata.push(Printed::number(
        "dE[a]/dθ of a = θ + ζ with the printed score, sampled",
        sampled(-1.0)?.mean,
        1.0,
        "With the printed sign the policy gradient runs downhill.",
    ));
    Ok(errata)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_15_the_corrected_score_for_three_maps() {
        assert_eq!(xu_15().verdict(), Verdict::Holds);
    }

    #[test]
    fn xu_15_the_printed_and_the_half_mended_score() {
        let values: Vec<f64> = xu_15().printed.iter().map(|p| p.value.unwrap()).collect();
        let known = [-0.800, -1.171, -1.1886, -0.7706];
        for (value, known) in values.iter().zip(known) {
            assert!((value - known).abs() < 5e-4, "{value} {known}");
        }
        assert!((values[4] + 1.0).abs() < 0.05);
        let mended = printed(Map::Scale, -1.0, ZETA);
        assert!((mended - corrected(Map::Scale, ZETA)).abs() < 1e-15);
    }
}
