//! VIREL-10: the variational policy.

use std::error::Error;

use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    soft_policy, soft_values, virel_divergence, virel_elbo, virel_policy, virel_policy_gradient,
};
use ndarray::{Array1, Array2, arr2};

use super::values::guess;
use crate::optimise::gradient;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-10",
    title: "The variational policy's reverse KL is log ∫ exp(Q/ε) less E[Q]/ε + H",
    kind: Kind::Formula,
    source: Source::Virel,
    run: virel_10,
};

/// The variational policy. Catalogue: VIREL-10.
///
/// ```text
/// −KL(π_θ ‖ π_ω) = E_{π_θ}[Q] / ε + H(π_θ) − log ∫ exp(Q / ε) da
/// ```
///
/// For four states with three actions, at three temperatures: the divergence from the two policies,
/// by the crate, and by its three terms; its gradient along the logits against differences.
pub fn virel_10() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [identity()?, slopes()?].concat(),
        notes: vec!["The reverse divergence, as the slides name it: the expectation is under π_θ."],
        ..Outcome::default()
    })
}

fn logits() -> Array2<f64> {
    arr2(&[
        [0.3, -0.5, 0.1],
        [-0.2, 0.4, 0.9],
        [0.8, 0.1, -0.4],
        [0.0, -0.9, 0.6],
    ])
}

fn policy(logits: &Array2<f64>) -> Result<Array2<f64>, kinglet_objectives::Error> {
    soft_policy(logits.view(), 1.0)
}

fn states() -> Array1<f64> {
    disc().initial().to_owned()
}

fn identity() -> Result<Vec<Check>, Box<dyn Error>> {
    let (q, policy, d) = (guess(), policy(&logits())?, states());
    let mut checks = Vec::new();
    for temperature in [0.05, 0.6, 4.0] {
        let boltzmann = virel_policy(q.view(), temperature)?;
        let listed: f64 = policy
            .indexed_iter()
            .map(|(pair, p)| d[pair.0] * p * (p / boltzmann[pair]).ln())
            .sum();
        let bound = virel_elbo(q.view(), policy.view(), d.view(), temperature)?;
        let normaliser = d.dot(&soft_values(q.view(), temperature)?) / temperature;
        let divergence = virel_divergence(q.view(), policy.view(), d.view(), temperature)?;
        checks.push(Check::within(
            format!("KL(π_θ ‖ π_ω), averaged over states, ε = {temperature}"),
            1e-12 * listed.max(1.0),
            [
                ("Σ π_θ log(π_θ / π_ω)", listed),
                ("the crate", divergence),
                ("log ∫ exp(Q/ε) − E[Q]/ε − H", normaliser - bound),
            ],
        ));
    }
    Ok(checks)
}

/// ∂(−KL)/∂θ for the logits of the first two states.
fn slopes() -> Result<Vec<Check>, Box<dyn Error>> {
    let (q, d, temperature) = (guess(), states(), 0.6);
    let closed = virel_policy_gradient(q.view(), policy(&logits())?.view(), d.view(), temperature)?;
    let value = |x: &Array1<f64>| {
        let logits = x
            .clone()
            .into_shape_with_order((4, 3))
            .expect("one logit a pair");
        let divergence = policy(&logits)
            .and_then(|p| virel_divergence(q.view(), p.view(), d.view(), temperature));
        -divergence.unwrap_or(f64::NAN)
    };
    let differences = gradient(&value, &Array1::from_iter(logits()));
    let check = |i: usize| {
        Check::within(
            format!("slope of −KL along the logit of ({}, {})", i / 3, i % 3),
            1e-8,
            [
                ("closed form", closed[[i / 3, i % 3]]),
                ("central difference", differences[i]),
            ],
        )
    };
    Ok((0..6).map(check).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn virel_10_divergence_bound_and_gradient_agree() {
        assert_eq!(virel_10().verdict(), Verdict::Holds);
        let (q, d) = (guess(), states());
        let best = virel_policy(q.view(), 0.6).unwrap();
        let kl = virel_divergence(q.view(), best.view(), d.view(), 0.6).unwrap();
        assert!(kl.abs() < 1e-14);
    }
}
