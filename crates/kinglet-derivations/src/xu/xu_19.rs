//! XU-19: annealing the temperature.

use std::error::Error;

use kinglet_objectives::{Annealing, DiagonalTransport, Noise, transport_kl};
use kinglet_plots::{Axes, Axis, Series, lines};
use ndarray::{Array1, arr1};

use super::sigmoid_bandit::integral;
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-19",
    title: "As α falls, p ∝ e^(R/α) draws together at the best parameters",
    kind: Kind::Claim,
    source: Source::Xu,
    run: xu_19,
};

/// The limit of a falling temperature. Catalogue: XU-19.
///
/// ```text
/// p ∝ e^(R/α) → δ at argmax R,   with standard deviation √(α/−R″) near the limit
/// ```
///
/// For R = sin 3θ − ½ θ², which has more than one local maximum: the law itself, by integration, and the
/// normal law that a transport fits to it.
pub fn xu_19() -> Outcome {
    Outcome::of(compute())
}

fn reward(theta: f64) -> f64 {
    (3.0 * theta).sin() - 0.5 * theta * theta
}

/// R″.
fn curvature(theta: f64) -> f64 {
    -9.0 * (3.0 * theta).sin() - 1.0
}

/// Where R′ = 3 cos 3θ − θ is 0, near .5, by Newton's method.
fn best() -> f64 {
    (0..20).fold(0.5, |theta: f64, _| {
        theta - (3.0 * (3.0 * theta).cos() - theta) / curvature(theta)
    })
}

/// e^((R(θ) − max R)/α).
fn weight(theta: f64, temperature: f64) -> f64 {
    ((reward(theta) - reward(best())) / temperature).exp()
}

/// The mean and the standard deviation of p ∝ e^(R/α).
fn moments(temperature: f64) -> (f64, f64) {
    let mean_of = |f: &dyn Fn(f64) -> f64| {
        integral(-8.0, 8.0, 8000, |theta| {
            weight(theta, temperature) * f(theta)
        })
    };
    let mass = mean_of(&|_| 1.0);
    let mean = mean_of(&|theta| theta) / mass;
    let variance = mean_of(&|theta| (theta - mean).powi(2)) / mass;
    (mean, variance.sqrt())
}

/// The normal law nearest to p in KL(q‖p), by a general optimiser over (μ, log σ).
fn fitted(temperature: f64) -> (f64, f64) {
    let (family, noise) = (DiagonalTransport { dim: 1 }, Noise::quadrature(40, 1));
    let kl = |x: &Array1<f64>| {
        let params = [x[0], x[1].exp()];
        let log_p = |theta: &[f64]| reward(theta[0]) / temperature;
        transport_kl(&family, &params, &noise, log_p).unwrap_or(f64::NAN)
    };
    let start = 0.5 * (temperature / 10.0).ln();
    let found = minimise(kl, arr1(&[0.5, start]));
    (found[0], found[1].exp())
}

fn compute() -> Computed {
    let schedule = Annealing {
        start: 1.0,
        end: 1e-4,
        steps: 4,
    };
    let temperatures = (0..=4).map(|step| schedule.temperature(step));
    let temperatures = temperatures.collect::<Result<Vec<_>, _>>()?;
    let laws: Vec<(f64, f64)> = temperatures.iter().map(|&t| moments(t)).collect();
    let mut checks: Vec<Check> = laws
        .windows(2)
        .zip(&temperatures)
        .map(|(pair, temperature)| {
            Check::at_most(
                format!("a tenth of α = {temperature:.4} narrows p: its standard deviation"),
                ("at α/10", pair[1].1),
                ("at α", pair[0].1),
            )
        })
        .collect();
    let (coldest, (mean, std)) = (temperatures[4], laws[4]);
    checks.push(Check::within(
        "mean of p at α = 10⁻⁴",
        1e-4,
        [("integral", mean), ("argmax R", best())],
    ));
    checks.push(Check::within(
        "its standard deviation over √(α/−R″)",
        1e-3,
        [
            ("integral", std / (coldest / -curvature(best())).sqrt()),
            ("limit", 1.0),
        ],
    ));
    let (mean, std) = fitted(0.01);
    checks.push(Check::within(
        "mean at α = .01, the normal law that a transport fits",
        1e-3,
        [("fitted", mean), ("integral", laws[2].0)],
    ));
    checks.push(Check::within(
        "its standard deviation",
        1e-3,
        [("fitted", std), ("integral", laws[2].1)],
    ));
    Ok(Outcome {
        checks,
        notes: vec![
            "Where R has several best parameters the limit is spread over them; and at a small α a \
             fit by descent stays in the mode where it starts.",
            "The paper names no schedule; ours multiplies α by a constant.",
        ],
        figures: vec![figure()?],
        ..Outcome::default()
    })
}

fn figure() -> Result<Illustration, Box<dyn Error>> {
    let thetas: Vec<f64> = (0..=300).map(|i| -3.0 + 0.02 * f64::from(i)).collect();
    let density = |temperature: f64| -> Vec<f64> {
        let mass = integral(-8.0, 8.0, 8000, |theta| weight(theta, temperature));
        let density = |theta: &f64| weight(*theta, temperature) / mass;
        thetas.iter().map(density).collect()
    };
    let axes = Axes::new(
        "A falling temperature draws the law together",
        Axis::linear("θ"),
        Axis::linear("p(θ)"),
        "At α = 1 the law has a second bump on the left; at 0.3 little is left of it, at 0.1 nothing.",
    );
    Ok(Illustration {
        caption: "p ∝ e^(R/α) for R = sin 3θ − ½ θ² at three temperatures.",
        figure: lines(
            &axes,
            &[
                Series::line("α = 1", &thetas, density(1.0)),
                Series::line("α = 0.3", &thetas, density(0.3)),
                Series::line("α = 0.1", &thetas, density(0.1)),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_19_the_law_narrows_to_the_best_parameter() {
        assert_eq!(xu_19().verdict(), Verdict::Holds);
    }

    #[test]
    fn xu_19_the_best_parameter_is_a_maximum_and_the_highest() {
        let best = best();
        assert!(curvature(best) < 0.0);
        let grid = (-400..=400).map(|i| reward(f64::from(i) * 0.01));
        assert!(grid.fold(f64::NEG_INFINITY, f64::max) <= reward(best));
    }
}
