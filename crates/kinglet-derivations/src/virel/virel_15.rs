//! VIREL-15: the balance of exploration.

use std::error::Error;

use kinglet_objectives::{exploration_slope, virel_policy};
use ndarray::{Array1, Axis};

use super::values::guess;
use crate::optimise::derivative;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-15",
    title: "A larger Bellman error means more exploration: dH/dε = Var(Q)/ε³ ≥ 0",
    kind: Kind::Claim,
    source: Source::Virel,
    run: virel_15,
};

/// The balance of exploration and exploitation. Catalogue: VIREL-15.
///
/// ```text
/// dH(π_ε)/dε = Var_{π_ε}(Q) / ε³ ≥ 0
/// ```
///
/// For two states at three temperatures: the slope of the entropy by the crate, by differences and
/// through the second derivative of the log-normaliser; its two limits; and that it never falls.
pub fn virel_15() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [slopes()?, limits()?].concat(),
        notes: vec![
            "The slides' images are lost; this is what the text claims: a critic that is not sure \
             of the best action has a policy that explores, and one that is does not.",
            "It is confidence in the Bellman equation that counts, under d; a wrong Q with a small \
             error where d looks explores no more than a right one.",
        ],
        ..Outcome::default()
    })
}

/// H(π_ε) of one state.
fn entropy(q: &Array1<f64>, temperature: f64) -> Result<f64, kinglet_objectives::Error> {
    let policy = virel_policy(q.view().insert_axis(Axis(0)), temperature)?;
    Ok(-policy
        .iter()
        .filter(|p| **p > 0.0)
        .map(|p| p * p.ln())
        .sum::<f64>())
}

/// β² times the variance of Q, from the second difference of log Σ exp(β Q) in β = 1/ε.
fn through_normaliser(q: &Array1<f64>, temperature: f64) -> f64 {
    let log_normaliser = |inverse: f64| q.mapv(|q| (inverse * q).exp()).sum().ln();
    let (inverse, step) = (1.0 / temperature, 1e-3);
    let [below, here, above] = [-step, 0.0, step].map(|h| log_normaliser(inverse + h));
    (above - 2.0 * here + below) / (step * step) * inverse.powi(3)
}

fn slopes() -> Result<Vec<Check>, Box<dyn Error>> {
    let mut checks = Vec::new();
    for s in 0..2 {
        let q = guess().row(s).to_owned();
        for temperature in [0.3, 0.8, 3.0] {
            let at = |step: f64| entropy(&q, temperature + step).unwrap_or(f64::NAN);
            let closed = exploration_slope(q.view(), temperature)?;
            checks.push(Check::within(
                format!("dH/dε in state {s} at ε = {temperature}"),
                1e-8,
                [
                    ("Var(Q)/ε³", closed),
                    ("central difference of H", derivative(at, 1e-5)),
                ],
            ));
            checks.push(Check::within(
                format!("and by the log-normaliser, state {s}, ε = {temperature}"),
                1e-4 * closed,
                [
                    ("Var(Q)/ε³", closed),
                    (
                        "d²/dβ² log Σ exp(βQ) · β³",
                        through_normaliser(&q, temperature),
                    ),
                ],
            ));
        }
    }
    Ok(checks)
}

/// No entropy at ε = 0, all of it as ε grows, and nowhere a fall between.
fn limits() -> Result<Vec<Check>, Box<dyn Error>> {
    let q = guess().row(0).to_owned();
    let temperatures = (0..=100).map(|i| 10_f64.powf(0.06 * f64::from(i) - 3.0));
    let entropies: Result<Vec<f64>, _> = temperatures.map(|t| entropy(&q, t)).collect();
    let falls = entropies?
        .windows(2)
        .map(|pair| pair[0] - pair[1])
        .collect::<Vec<_>>();
    Ok(vec![
        Check::exact(
            "H at ε = 0",
            [("the crate", entropy(&q, 0.0)?), ("none", 0.0)],
        ),
        Check::within(
            "H as ε grows",
            1e-9,
            [("at ε = 10⁵", entropy(&q, 1e5)?), ("log 3", 3_f64.ln())],
        ),
        Check::at_most(
            "H never falls with ε",
            (
                "the largest fall",
                falls.into_iter().fold(f64::NEG_INFINITY, f64::max),
            ),
            ("0", 0.0),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use ndarray::array;

    #[test]
    fn virel_15_entropy_rises_with_the_temperature() {
        assert_eq!(virel_15().verdict(), Verdict::Holds);
        // Equal values: nothing to choose, at any temperature.
        let level = array![0.7, 0.7];
        assert!(exploration_slope(level.view(), 0.5).unwrap().abs() < 1e-15);
        assert!((entropy(&level, 1e-6).unwrap() - 2_f64.ln()).abs() < 1e-12);
    }
}
