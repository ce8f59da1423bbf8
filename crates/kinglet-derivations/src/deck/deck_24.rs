//! DECK-24: a learned variance.

use std::error::Error;

use kinglet_distributions::{Distribution, Normal, Score};
use kinglet_objectives::{Estimate, Quadrature, gauss_hermite, normal_score_gradient};
use kinglet_plots::{Axes, Axis, Series, lines};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-24",
    title: "The score gradient by σ swings as 1/σ; by log σ it does not",
    kind: Kind::Claim,
    source: Source::Deck,
    run: deck_24,
};

const MEAN: f64 = 0.5;

/// σ, and the standard deviations of one draw's gradient by σ, log σ and μ, to the digits kept.
const GOLDEN: [(f64, [f64; 3]); 4] = [
    (1.0, [4.8, 4.8, 2.0]),
    (0.5, [5.3, 2.6, 2.4]),
    (0.1, [26.8, 2.7, 12.2]),
    (0.01, [318.0, 3.2, 273.0]),
];

const NAMES: [&str; 3] = ["σ", "log σ", "μ"];

/// Fixed and learned variance. Catalogue: DECK-24.
///
/// ```text
/// g = ∇ log q(a) (r(a) − log q(a)),     a ~ q = N(μ, σ²),   r = −a²
/// ```
///
/// At μ = ½: the standard deviation of one draw's gradient by σ, by log σ and by μ, as σ falls; by
/// quadrature, by the moments of a normal number and by drawing.
pub fn deck_24() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let quadrature = gauss_hermite(20);
    let mut checks = Vec::new();
    for (std, golden) in GOLDEN {
        let normal = Normal::new(MEAN, std)?;
        checks.extend(means(&normal, &quadrature));
        checks.extend(deviations(&normal, &quadrature, golden));
    }
    checks.extend(drawn(&Normal::new(MEAN, 0.1)?, &quadrature)?);
    checks.extend(growth(&quadrature)?);
    Ok(Outcome {
        checks,
        notes: vec![
            "\"Extremely unstable\" is right for σ as a parameter: its gradient's deviation grows \
             as 1/σ, and a step on it can make σ negative. \"Impossible\" is too strong: by log σ \
             the same gradient keeps a deviation of 2.6 to 4.8.",
            "A fixed small variance is no cure: by μ the deviation grows as 1/σ too, whether σ is \
             learned or not.",
            "The reward behind the figure with learned variance and its environment are not \
             given; r = −a² is our choice.",
        ],
        figures: vec![figure(&quadrature)?],
        ..Outcome::default()
    })
}

/// r − log q.
fn weight(normal: &Normal, action: f64) -> f64 {
    -action * action - normal.log_prob(&action)
}

/// The deviations by σ, log σ and μ.
fn exact(normal: &Normal, quadrature: &Quadrature) -> [f64; 3] {
    let gradient = normal_score_gradient(normal, |a| weight(normal, a), quadrature);
    let [by_mean, by_log_std] = gradient.variance.map(f64::sqrt);
    [by_log_std / normal.std(), by_log_std, by_mean]
}

/// J = −μ² − σ² + log σ + const.
fn means(normal: &Normal, quadrature: &Quadrature) -> Vec<Check> {
    let gradient = normal_score_gradient(normal, |a| weight(normal, a), quadrature);
    let slopes = [-2.0 * MEAN, 1.0 - 2.0 * normal.variance()];
    let check = |i: usize| {
        Check::exact(
            format!("∂J by {} at σ = {}", ["μ", "log σ"][i], normal.std()),
            [
                ("E[score (r − log q)]", gradient.mean[i]),
                ("slope of −μ² − σ² + log σ", slopes[i]),
            ],
        )
    };
    vec![check(0), check(1)]
}

fn deviations(normal: &Normal, quadrature: &Quadrature, golden: [f64; 3]) -> Vec<Check> {
    let (exact, moments) = (exact(normal, quadrature), by_moments(normal));
    let check = |i: usize| {
        Check::within(
            format!("sd of the gradient by {} at σ = {}", NAMES[i], normal.std()),
            1e-12 * exact[i].max(1.0),
            [
                ("quadrature, 20 nodes", exact[i]),
                ("moments of a normal number", moments[i]),
            ],
        )
    };
    let rounded = |i: usize| {
        let digit = if golden[i] > 100.0 { 0.5 } else { 0.05 };
        Check::within(
            format!("which is, by {} at σ = {}", NAMES[i], normal.std()),
            digit,
            [("quadrature", exact[i]), ("to the digits kept", golden[i])],
        )
    };
    (0..3).flat_map(|i| [check(i), rounded(i)]).collect()
}

/// r − log q = c₀ + c₁ ξ + c₂ ξ² with a = μ + σ ξ, and the polynomials' means from E[ξ²ᵏ] = (2k − 1)!!.
fn by_moments(normal: &Normal) -> [f64; 3] {
    let std = normal.std();
    let weight = [
        -MEAN * MEAN + std.ln() + 0.5 * (2.0 * std::f64::consts::PI).ln(),
        -2.0 * MEAN * std,
        0.5 - std * std,
    ];
    let by_mean = deviation(&product(&weight, &[0.0, 1.0 / std]));
    let by_log_std = deviation(&product(&weight, &[-1.0, 0.0, 1.0]));
    [by_log_std / std, by_log_std, by_mean]
}

/// The coefficients of a product of polynomials.
fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut c = vec![0.0; a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            c[i + j] += x * y;
        }
    }
    c
}

/// E of a polynomial in a standard normal number.
fn mean(polynomial: &[f64]) -> f64 {
    let moment = |k: usize| (1..k).step_by(2).map(|odd| odd as f64).product::<f64>();
    let even = polynomial.iter().enumerate().filter(|(k, _)| k % 2 == 0);
    even.map(|(k, c)| c * moment(k)).sum()
}

fn deviation(polynomial: &[f64]) -> f64 {
    let square = mean(&product(polynomial, polynomial));
    (square - mean(polynomial).powi(2)).sqrt()
}

/// The variances at one σ, by drawing.
fn drawn(normal: &Normal, quadrature: &Quadrature) -> Result<Vec<Check>, Box<dyn Error>> {
    let exact = normal_score_gradient(normal, |a| weight(normal, a), quadrature);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(24);
    let gradients: Vec<[f64; 2]> = (0..50_000)
        .map(|_| {
            let action = normal.sample(&mut rng);
            normal
                .score(&action)
                .map(|score| score * weight(normal, action))
        })
        .collect();
    let check = |i: usize| {
        let squares = gradients.iter().map(|g| (g[i] - exact.mean[i]).powi(2));
        Ok(Check::monte_carlo(
            format!(
                "variance of the gradient by {} at σ = 0.1",
                ["μ", "log σ"][i]
            ),
            ("quadrature", exact.variance[i]),
            ("50 000 draws", Estimate::from_samples(squares)?),
        ))
    };
    (0..2).map(check).collect()
}

/// How the deviations grow from σ = .01 to σ = 10⁻⁴.
fn growth(quadrature: &Quadrature) -> Result<Vec<Check>, Box<dyn Error>> {
    let wide = exact(&Normal::new(MEAN, 1e-2)?, quadrature);
    let narrow = exact(&Normal::new(MEAN, 1e-4)?, quadrature);
    let factor = [0, 1, 2].map(|i| narrow[i] / wide[i]);
    Ok(vec![
        Check::at_most(
            "a hundred times narrower, by σ: a hundred times wilder and more",
            ("100", 100.0),
            ("sd at σ = .0001 over sd at .01", factor[0]),
        ),
        Check::at_most(
            "by log σ: not even four times",
            ("sd at σ = .0001 over sd at .01", factor[1]),
            ("4", 4.0),
        ),
    ])
}

fn figure(quadrature: &Quadrature) -> Result<Illustration, Box<dyn Error>> {
    let stds: Vec<f64> = (0..=40)
        .map(|i| 10_f64.powf(f64::from(i) / 20.0 - 2.0))
        .collect();
    let deviations = stds
        .iter()
        .map(|&std| Ok(exact(&Normal::new(MEAN, std)?, quadrature)));
    let deviations = deviations.collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let of = |i: usize| deviations.iter().map(move |d| d[i]).collect::<Vec<f64>>();
    let axes = Axes::new(
        "Why a learned σ is unstable, and a learned log σ is not",
        Axis::log("standard deviation σ of the policy"),
        Axis::log("sd of one draw's gradient"),
        "As σ falls to 0.01 the deviation of the gradient by σ and by μ rises as 1/σ into the \
         hundreds; by log σ it stays near 3.",
    );
    Ok(Illustration {
        caption: "The standard deviation of one draw's score gradient, r = −a², μ = ½.",
        figure: lines(
            &axes,
            &[
                Series::line("by σ", &stds, of(0)),
                Series::line("by log σ", &stds, of(1)),
                Series::line("by μ", &stds, of(2)),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_24_deviations_to_their_digits() {
        let outcome = deck_24();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
    }

    #[test]
    fn deck_24_moments_of_a_polynomial() {
        // E[(1 + 2 ξ + 3 ξ²)] = 4, Var = 4 + 9 · 2.
        assert_eq!(mean(&[1.0, 2.0, 3.0]), 4.0);
        assert!((deviation(&[1.0, 2.0, 3.0]) - 22_f64.sqrt()).abs() < 1e-14);
        assert_eq!(mean(&[0.0, 0.0, 0.0, 0.0, 1.0, 7.0, 1.0]), 18.0);
    }
}
