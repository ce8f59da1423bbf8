//! VIREL-14: MPO out of VIREL.

use std::error::Error;

use kinglet_objectives::{virel_policy, virel_policy_from_prior};
use kinglet_trust_region::{EStep, solve_temperature, temperature_dual};
use ndarray::{Array1, Array2, Axis, arr2};

use super::values::guess;
use crate::check::OPTIMISED;
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

const TEMPERATURE: f64 = 0.6;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-14",
    title: "With the old policy as action prior, VIREL's E-step is MPO's, and ε its temperature",
    kind: Kind::Claim,
    source: Source::Virel,
    run: virel_14,
};

/// MPO out of VIREL. Catalogue: VIREL-14.
///
/// ```text
/// argmax_π E_π[Q] / ε − KL(π ‖ π_old) = π_old exp(Q / ε) / Z
/// ```
///
/// For four states: the tilted policy in closed form and by a general optimiser; and MPO's E-step,
/// which finds its own temperature from a bound: given the divergence that VIREL's policy has, it
/// finds VIREL's temperature.
pub fn virel_14() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [tilted()?, mpo()?, uniform()?].concat(),
        notes: vec![
            "Shown for the E-step. MPO's M-step, with its own bound, is not part of VIREL; and \
             VIREL's ε is the Bellman error, where MPO's η is the price of its bound.",
        ],
        ..Outcome::default()
    })
}

fn prior() -> Array2<f64> {
    arr2(&[
        [0.5, 0.2, 0.3],
        [0.1, 0.1, 0.8],
        [0.4, 0.35, 0.25],
        [0.7, 0.2, 0.1],
    ])
}

fn softmax(u: &Array1<f64>) -> Array1<f64> {
    let weights = u.mapv(f64::exp);
    &weights / weights.sum()
}

fn tilted() -> Result<Vec<Check>, Box<dyn Error>> {
    let policy = virel_policy_from_prior(guess().view(), prior().view(), TEMPERATURE)?;
    let mut checks = Vec::new();
    for s in 0..2 {
        let (q, old) = (guess().row(s).to_owned(), prior().row(s).to_owned());
        let cost = |u: &Array1<f64>| {
            let p = softmax(u);
            let divergence: f64 = p.iter().zip(&old).map(|(p, old)| p * (p / old).ln()).sum();
            divergence - p.dot(&q) / TEMPERATURE
        };
        let found = softmax(&minimise(cost, Array1::zeros(3)));
        for a in 0..3 {
            checks.push(Check::within(
                format!("the E-step's π({a} | s = {s}) with the old policy as prior"),
                OPTIMISED,
                [
                    ("BFGS of E[Q]/ε − KL(π ‖ π_old)", found[a]),
                    ("π_old exp(Q/ε) / Z", policy[[s, a]]),
                ],
            ));
        }
    }
    Ok(checks)
}

/// MPO's E-step under the bound that VIREL's policy just meets.
fn mpo() -> Result<Vec<Check>, Box<dyn Error>> {
    let (q, old) = (guess(), prior());
    let policy = virel_policy_from_prior(q.view(), old.view(), TEMPERATURE)?;
    let states = Array1::from_elem(4, 0.25);
    let kl = (&policy * &(&policy / &old).mapv(f64::ln))
        .sum_axis(Axis(1))
        .dot(&states);
    let step = EStep {
        q: q.view(),
        policy: old.view(),
        states: states.view(),
        kl_bound: kl,
    };
    let improved = solve_temperature(step)?;
    let mut checks = vec![
        Check::exact(
            "KL(q ‖ π_old) at η = ε",
            [
                ("VIREL's policy", kl),
                (
                    "slope of MPO's dual",
                    kl - temperature_dual(step, TEMPERATURE)?.slope,
                ),
            ],
        ),
        Check::within(
            "MPO's temperature under that bound",
            1e-9,
            [
                ("the dual's minimum", improved.temperature),
                ("VIREL's ε", TEMPERATURE),
            ],
        ),
    ];
    for s in 0..4 {
        checks.push(Check::within(
            format!("q(0 | s = {s})"),
            1e-9,
            [
                ("MPO's E-step", improved.policy[[s, 0]]),
                ("VIREL's E-step", policy[[s, 0]]),
            ],
        ));
    }
    Ok(checks)
}

/// With a uniform prior it is the Boltzmann policy.
fn uniform() -> Result<Vec<Check>, Box<dyn Error>> {
    let flat = Array2::from_elem((4, 3), 1.0 / 3.0);
    let tilted = virel_policy_from_prior(guess().view(), flat.view(), TEMPERATURE)?;
    let boltzmann = virel_policy(guess().view(), TEMPERATURE)?;
    Ok(vec![Check::exact(
        "with a uniform prior: π(0 | s = 0)",
        [
            ("π_old exp(Q/ε) / Z", tilted[[0, 0]]),
            ("exp(Q/ε) / Z", boltzmann[[0, 0]]),
        ],
    )])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn virel_14_the_prior_makes_it_mpo() {
        assert_eq!(virel_14().verdict(), Verdict::Holds);
        // The prior matters: without it the policy is another.
        let tilted = virel_policy_from_prior(guess().view(), prior().view(), TEMPERATURE).unwrap();
        let plain = virel_policy(guess().view(), TEMPERATURE).unwrap();
        assert!((&tilted - &plain).iter().any(|off| off.abs() > 0.1));
    }
}
