//! VIREL-06: the Boltzmann policy.

use std::error::Error;

use kinglet_distributions::Distribution;
use kinglet_objectives::{QuadraticCritic, virel_policy};
use ndarray::{Array1, array};

use crate::check::OPTIMISED;
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Printed, Source};

const TEMPERATURES: [f64; 3] = [0.1, 1.0, 10.0];

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-06",
    title: "The Boltzmann policy is exp(Q/ε) over ∫ exp(Q/ε) da: ε stands in the exponent",
    kind: Kind::Formula,
    source: Source::Virel,
    run: virel_06,
};

/// The Boltzmann policy. Catalogue: VIREL-06.
///
/// ```text
/// π_ω(a | s) = exp(Q(s, a) / ε) / ∫ exp(Q(s, a) / ε) da
/// ```
///
/// For Q = (1.4, .6, 0) at ε = .1, 1, 10: the policy by its formula and as the maximum of
/// E\[Q\]/ε + H; for a parabola, as a density. And what the two printed forms give.
pub fn virel_06() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let right = policy(0.1)?;
    Ok(Outcome {
        checks: [tables()?, density()?].concat(),
        printed: vec![
            Printed::number(
                "exp(Q)/ε over ∫ exp(Q)/ε: the first action's probability at ε = .1",
                cancelled(0.1)[0],
                right[0],
                "ε stands outside the exponent and cancels: the printed policy is the same at \
                 every ε, (.590, .265, .145). It belongs into the exponent, exp(Q/ε).",
            ),
            Printed::number(
                "exp(Q) over ∫ exp(Q)/ε: the sum of the probabilities at ε = .1",
                unnormalised(0.1).sum(),
                right.sum(),
                "The later slides drop ε from the numerator only; the result sums to ε.",
            ),
            Printed::words(
                "∫ … dh",
                "h is the pair (s, a); the normaliser of a state's policy integrates over \
                 actions: da.",
            ),
        ],
        notes: vec![
            "The integral runs over the actions of one state, and is a sum for finitely many.",
        ],
        ..Outcome::default()
    })
}

fn q() -> Array1<f64> {
    array![1.4, 0.6, 0.0]
}

fn policy(temperature: f64) -> Result<Array1<f64>, kinglet_objectives::Error> {
    let row = q().insert_axis(ndarray::Axis(0));
    Ok(virel_policy(row.view(), temperature)?.row(0).to_owned())
}

/// As first printed: exp(Q)/ε over Σ exp(Q)/ε.
fn cancelled(temperature: f64) -> Array1<f64> {
    let weights = q().mapv(|q| q.exp() / temperature);
    &weights / weights.sum()
}

/// As later printed: exp(Q) over Σ exp(Q)/ε.
fn unnormalised(temperature: f64) -> Array1<f64> {
    let weights = q().mapv(f64::exp);
    &weights / (weights.sum() / temperature)
}

fn tables() -> Result<Vec<Check>, Box<dyn Error>> {
    let mut checks = Vec::new();
    for temperature in TEMPERATURES {
        let computed = policy(temperature)?;
        let weights = q().mapv(|q| (q / temperature).exp());
        let by_hand = &weights / weights.sum();
        let found = best(temperature);
        for a in 0..3 {
            checks.push(Check::exact(
                format!("π({a}) at ε = {temperature}"),
                [("the crate", computed[a]), ("by hand", by_hand[a])],
            ));
            checks.push(Check::within(
                format!("and as the best of E[Q]/ε + H: π({a}) at ε = {temperature}"),
                OPTIMISED,
                [("BFGS", found[a]), ("the crate", computed[a])],
            ));
        }
    }
    Ok(checks)
}

/// The policy of the largest E[Q]/ε + H, by an optimiser over logits.
fn best(temperature: f64) -> Array1<f64> {
    let softmax = |u: &Array1<f64>| {
        let weights = u.mapv(f64::exp);
        &weights / weights.sum()
    };
    let cost = |u: &Array1<f64>| {
        let p = softmax(u);
        -p.dot(&q()) / temperature + p.dot(&p.mapv(f64::ln))
    };
    softmax(&minimise(cost, Array1::zeros(3)))
}

/// For Q = −½ h (a − m)² the policy is N(m, ε/h): its density, and exp(Q/ε) over its integral.
fn density() -> Result<Vec<Check>, Box<dyn Error>> {
    let critic = QuadraticCritic {
        peak: 0.5,
        curvature: 3.0,
    };
    let mut checks = Vec::new();
    for temperature in TEMPERATURES {
        let normal = critic.best_policy(temperature)?;
        let tilted = |a: f64| (critic.value(a) / temperature).exp();
        let (step, reach) = (0.01 * normal.std(), 10.0 * normal.std());
        let n = (reach / step) as i32;
        let integral: f64 = (-n..=n)
            .map(|i| step * tilted(0.5 + step * f64::from(i)))
            .sum();
        checks.push(Check::exact(
            format!("a parabola's Boltzmann density at a = .7, ε = {temperature}"),
            [
                ("exp(Q/ε) / ∫ exp(Q/ε) da", tilted(0.7) / integral),
                ("N(m, ε/h)", normal.log_prob(&0.7).exp()),
            ],
        ));
    }
    Ok(checks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn virel_06_tables() {
        assert_eq!(virel_06().verdict(), Verdict::Holds);
        let near = |value: f64, golden: f64, digit: f64| {
            assert!((value - golden).abs() < 0.5 * digit, "{value} and {golden}");
        };
        near(policy(0.1).unwrap()[0], 0.9997, 1e-4);
        near(policy(1.0).unwrap()[0], 0.590, 1e-3);
        near(policy(10.0).unwrap()[0], 0.358, 1e-3);
        for temperature in TEMPERATURES {
            for (a, golden) in [0.590, 0.265, 0.145].into_iter().enumerate() {
                near(cancelled(temperature)[a], golden, 1e-3);
            }
            near(unnormalised(temperature).sum(), temperature, 1e-12);
        }
    }
}
