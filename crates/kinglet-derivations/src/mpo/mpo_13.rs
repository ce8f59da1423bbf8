//! MPO-13: the M-step as weighted maximum likelihood.

use std::error::Error;

use kinglet_distributions::{Distribution, Kl, Normal};
use kinglet_objectives::{
    MpoMStep, mpo_m_step, penalised_gaussian_fit, soft_policy, weighted_gaussian_fit,
};
use kinglet_trust_region::Gaussian;
use ndarray::{Array1, Array2, ArrayView2, Axis, array};

use crate::disc::{other, policy, states};
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, OPTIMISED, Outcome, Source};

const SAMPLES: [f64; 5] = [0.9, -0.4, 1.7, 0.2, 2.6];
const WEIGHTS: [f64; 5] = [0.3, 0.1, 0.25, 0.15, 0.2];
const PENALTY: f64 = 1.5;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-13",
    title: "The M-step is weighted maximum likelihood: moments for a Gaussian, q for a table",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_13,
};

/// The M-step as weighted maximum likelihood. Catalogue: MPO-13.
///
/// ```text
/// max_θ E_μ E_q[log π(a | s, θ)] + log p(θ)
/// Gaussian: μ = Σ w a, σ² = Σ w (a − μ)²        table: π = q
/// ```
///
/// Closed forms beside an optimiser; then with a price on the divergence from the old policy in the
/// place of log p(θ).
pub fn mpo_13() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [gaussian()?, penalised_gaussian()?, table()?].concat(),
        notes: vec![
            "\"Given the new ϕ\": what the M-step is given is qᵢ; ϕ are the parameters of Q.",
        ],
        ..Outcome::default()
    })
}

fn samples() -> (Array2<f64>, Array1<f64>) {
    let samples = ArrayView2::from_shape((5, 1), &SAMPLES).expect("five samples");
    (samples.to_owned(), Array1::from_iter(WEIGHTS))
}

/// Σ w log N(a; μ, σ²) at (μ, ln σ).
fn likelihood(x: &Array1<f64>) -> f64 {
    let normal = Normal::from_log_std(x[0], x[1]);
    let terms = SAMPLES.iter().zip(WEIGHTS);
    terms.map(|(a, w)| w * normal.log_prob(a)).sum()
}

fn two_checks(what: &str, fit: &Gaussian, found: &Array1<f64>) -> Vec<Check> {
    vec![
        Check::within(
            format!("mean of the {what}"),
            OPTIMISED,
            [("closed form", fit.mean[0]), ("BFGS", found[0])],
        ),
        Check::within(
            format!("standard deviation of the {what}"),
            OPTIMISED,
            [
                ("closed form", fit.covariance[[0, 0]].sqrt()),
                ("BFGS", found[1].exp()),
            ],
        ),
    ]
}

fn gaussian() -> Result<Vec<Check>, Box<dyn Error>> {
    let (samples, weights) = samples();
    let fit = weighted_gaussian_fit(samples.view(), weights.view())?;
    let found = minimise(|x| -likelihood(x), array![0.0, 0.0]);
    Ok(two_checks("weighted Gaussian", &fit, &found))
}

fn penalised_gaussian() -> Result<Vec<Check>, Box<dyn Error>> {
    let (samples, weights) = samples();
    let old = Gaussian {
        mean: array![-0.5],
        covariance: array![[0.36]],
    };
    let fit = penalised_gaussian_fit(samples.view(), weights.view(), &old, PENALTY)?;
    let before = Normal::new(-0.5, 0.6)?;
    let loss = |x: &Array1<f64>| {
        let after = Normal::from_log_std(x[0], x[1]);
        PENALTY * before.kl(&after) - likelihood(x)
    };
    let found = minimise(loss, array![0.0, 0.0]);
    Ok(two_checks(
        "Gaussian at a price of 1.5 per nat",
        &fit,
        &found,
    ))
}

fn table() -> Result<Vec<Check>, Box<dyn Error>> {
    let (target, old, states) = (other(), policy(), states());
    let loss = |x: &Array1<f64>| {
        let policy = from_logits(x);
        -states.dot(&(&target * &policy.mapv(f64::ln)).sum_axis(Axis(1)))
    };
    let found = from_logits(&minimise(loss, Array1::zeros(old.len())));
    let kind = MpoMStep::MaximumLikelihood;
    let fit = mpo_m_step(target.view(), old.view(), states.view(), kind)?;
    Ok([[0, 0], [1, 2], [3, 0]]
        .map(|[s, a]| {
            Check::within(
                format!("π({a} | {s}) of the table"),
                OPTIMISED,
                [
                    ("q", target[[s, a]]),
                    ("M-step", fit[[s, a]]),
                    ("BFGS", found[[s, a]]),
                ],
            )
        })
        .into())
}

fn from_logits(logits: &Array1<f64>) -> Array2<f64> {
    let logits = logits
        .to_shape(policy().dim())
        .expect("one logit for each pair");
    soft_policy(logits.view(), 1.0).expect("the temperature is 1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_13_moments_are_the_maximum() {
        assert_eq!(mpo_13().verdict(), Verdict::Holds);
        let (samples, weights) = samples();
        let fit = weighted_gaussian_fit(samples.view(), weights.view()).unwrap();
        let unweighted = SAMPLES.iter().sum::<f64>() / 5.0;
        assert!((fit.mean[0] - unweighted).abs() > 0.1);
    }
}
