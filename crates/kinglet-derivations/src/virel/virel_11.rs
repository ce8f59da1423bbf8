//! VIREL-11: the E-step.

use std::error::Error;

use kinglet_distributions::Normal;
use kinglet_objectives::{
    QuadraticCritic, normal_grid, reverse_kl, robust_value, soft_max, virel_elbo, virel_policy,
};
use ndarray::{Array1, Array2, array};

use super::values::guess;
use crate::check::OPTIMISED;
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

const TEMPERATURE: f64 = 0.6;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-11",
    title: "The E-step, times ε, is soft actor-critic's actor at temperature ε",
    kind: Kind::Formula,
    source: Source::Virel,
    run: virel_11,
};

/// The E-step. Catalogue: VIREL-11.
///
/// ```text
/// max_θ E_π[Q] / ε + H(π)   ⇔   max_θ E_π[Q] + ε H(π),   attained at π_ω = exp(Q/ε)/Z
/// ```
///
/// State by state: what a general optimiser of the first finds, beside the Boltzmann policy; the
/// second as the value of a policy under entropy; and both with a Gaussian policy on a parabola.
pub fn virel_11() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [optimum()?, scaled()?, gaussian()?].concat(),
        notes: vec![
            "With a table the E-step is exact: the policy is π_ω itself. A policy network is what \
             makes it a step.",
        ],
        ..Outcome::default()
    })
}

fn softmax(u: &Array1<f64>) -> Array1<f64> {
    let weights = u.mapv(f64::exp);
    &weights / weights.sum()
}

fn row(values: &Array1<f64>) -> Array2<f64> {
    values.clone().insert_axis(ndarray::Axis(0))
}

/// The bound of one state.
fn bound(q: &Array1<f64>, policy: &Array1<f64>) -> Result<f64, kinglet_objectives::Error> {
    virel_elbo(
        row(q).view(),
        row(policy).view(),
        array![1.0].view(),
        TEMPERATURE,
    )
}

fn optimum() -> Result<Vec<Check>, Box<dyn Error>> {
    let boltzmann = virel_policy(guess().view(), TEMPERATURE)?;
    let mut checks = Vec::new();
    for s in 0..2 {
        let q = guess().row(s).to_owned();
        let cost = |u: &Array1<f64>| -bound(&q, &softmax(u)).unwrap_or(f64::NAN);
        let found = softmax(&minimise(cost, Array1::zeros(3)));
        for a in 0..3 {
            checks.push(Check::within(
                format!("the E-step's π({a} | s = {s}) at ε = {TEMPERATURE}"),
                OPTIMISED,
                [
                    ("BFGS of E[Q]/ε + H", found[a]),
                    ("π_ω = exp(Q/ε)/Z", boltzmann[[s, a]]),
                ],
            ));
        }
        checks.push(Check::exact(
            format!("its value in state {s}"),
            [
                ("the bound at π_ω", bound(&q, &boltzmann.row(s).to_owned())?),
                (
                    "log Σ exp(Q/ε)",
                    soft_max(q.view(), TEMPERATURE)? / TEMPERATURE,
                ),
            ],
        ));
    }
    Ok(checks)
}

/// Any policy: ε times the bound is the actor's objective.
fn scaled() -> Result<Vec<Check>, Box<dyn Error>> {
    let (q, policy) = (guess().row(0).to_owned(), array![0.5, 0.2, 0.3]);
    Ok(vec![Check::exact(
        "ε (E[Q]/ε + H) of a policy that is not the best",
        [
            ("ε × the bound", TEMPERATURE * bound(&q, &policy)?),
            (
                "E[Q] + ε H, the actor's objective",
                robust_value(q.view(), policy.view(), TEMPERATURE)?,
            ),
        ],
    )])
}

/// With a Gaussian policy and a parabola, the E-step by quadrature of KL(π_θ ‖ exp(Q/ε)).
fn gaussian() -> Result<Vec<Check>, Box<dyn Error>> {
    let critic = QuadraticCritic {
        peak: 1.0,
        curvature: 2.0,
    };
    let grid = normal_grid(201);
    let divergence = |at: &Array1<f64>| {
        let policy = Normal::from_log_std(at[0], at[1]);
        reverse_kl(&policy, |a| critic.value(a) / TEMPERATURE, &grid)
    };
    let found = minimise(divergence, array![0.0, 0.0]);
    let best = critic.best_policy(TEMPERATURE)?;
    Ok(vec![
        Check::within(
            "a Gaussian policy's E-step on Q = −(a − 1)²: μ",
            OPTIMISED,
            [
                ("BFGS of KL(π ‖ exp(Q/ε))", found[0]),
                ("the peak", best.mean()),
            ],
        ),
        Check::within(
            "and σ²",
            OPTIMISED,
            [
                ("BFGS of KL(π ‖ exp(Q/ε))", (2.0 * found[1]).exp()),
                ("ε / 2", best.variance()),
            ],
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn virel_11_the_e_step_is_the_soft_actor() {
        assert_eq!(virel_11().verdict(), Verdict::Holds);
        let q = guess().row(0).to_owned();
        let best = virel_policy(row(&q).view(), TEMPERATURE)
            .unwrap()
            .row(0)
            .to_owned();
        for worse in [array![0.5, 0.2, 0.3], array![1.0, 0.0, 0.0]] {
            assert!(bound(&q, &worse).unwrap() < bound(&q, &best).unwrap());
        }
    }
}
