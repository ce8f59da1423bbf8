//! MPO-14: the prior over the new parameters.

use std::error::Error;

use kinglet_distributions::{Categorical, Distribution, Kl, MvNormal};
use kinglet_plots::{Axes, Axis, Series, lines};
use kinglet_trust_region::{DenseFisher, quadratic_kl};
use ndarray::{Array1, Array2, array};

use crate::matrices::elements;
use crate::optimise::hessian;
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, OPTIMISED, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-14",
    title: "The M-step's prior has the covariance (λF)⁻¹; its log-density is −λ KL to second order",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_14,
};

/// λ.
const WEIGHT: f64 = 3.0;

/// The features of three states, whose logits are φ(s)ᵀθ.
const FEATURES: [[f64; 2]; 3] = [[1.0, 0.4], [-0.3, 0.9], [0.6, -1.1]];

/// μ(s).
const LAW: [f64; 3] = [0.5, 0.2, 0.3];

/// The prior over the new parameters. Catalogue: MPO-14.
///
/// ```text
/// p(θ) = N(θᵢ, (λF)⁻¹):   log p(θ) = −(λ/2) δᵀF δ + const ≈ −λ E_μ KL(π_i ‖ π_θ),   δ = θ − θᵢ
/// ```
///
/// A policy of two actions in three states with two parameters: its Fisher matrix, the divergence of
/// a small step, and the log-density of the prior, as it should be and as printed.
pub fn mpo_14() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let fisher = fisher()?;
    let mut checks = elements(
        "F",
        OPTIMISED,
        [
            ("scores of all states and actions", &fisher.matrix),
            ("Σ μ p (1 − p) φ φᵀ", &by_hand()),
            ("Hessian of E_μ KL", &hessian(&|t| kl(t), &theta_old())),
        ],
    );
    checks.extend(small_step(&fisher)?);
    Ok(Outcome {
        checks,
        printed: printed(&fisher)?,
        notes: vec![
            "The prior holds up to a constant, and to second order: the generalised M-step with \
             −λ KL in place of log p(θ) is another problem for large steps.",
        ],
        figures: vec![figure(&fisher)?],
    })
}

fn theta_old() -> Array1<f64> {
    array![0.4, -0.7]
}

/// δ.
fn step() -> Array1<f64> {
    array![0.07, -0.05]
}

/// π_θ(·|s).
fn policy(theta: &Array1<f64>, state: usize) -> Result<Categorical, kinglet_distributions::Error> {
    let logit = FEATURES[state][0] * theta[0] + FEATURES[state][1] * theta[1];
    Categorical::from_logits(&[0.0, logit])
}

/// E_μ KL(π_i ‖ π_θ).
fn kl(theta: &Array1<f64>) -> f64 {
    let term = |s: usize| Ok(policy(&theta_old(), s)?.kl(&policy(theta, s)?));
    let terms: Result<Vec<f64>, kinglet_distributions::Error> = (0..3).map(term).collect();
    terms.map_or(f64::NAN, |terms| {
        terms.iter().zip(LAW).map(|(kl, w)| w * kl).sum()
    })
}

/// From ∂ log π(a|s) = (a − p) φ(s).
fn fisher() -> Result<DenseFisher, Box<dyn Error>> {
    let (mut scores, mut weights) = (Array2::zeros((6, 2)), Array1::zeros(6));
    for s in 0..3 {
        let p = policy(&theta_old(), s)?.probabilities().to_vec();
        for a in 0..2 {
            weights[2 * s + a] = LAW[s] * p[a];
            for i in 0..2 {
                scores[[2 * s + a, i]] = (a as f64 - p[1]) * FEATURES[s][i];
            }
        }
    }
    Ok(DenseFisher::from_scores(scores.view(), weights.view())?)
}

fn by_hand() -> Array2<f64> {
    let mut sum = Array2::zeros((2, 2));
    for (feature, weight) in FEATURES.iter().zip(LAW) {
        let logit = feature[0] * 0.4 - feature[1] * 0.7;
        let p = 1.0 / (1.0 + (-logit).exp());
        let square = Array2::from_shape_fn((2, 2), |(i, j)| feature[i] * feature[j]);
        sum.scaled_add(weight * p * (1.0 - p), &square);
    }
    sum
}

fn inverse(a: &Array2<f64>) -> Array2<f64> {
    let det = a[[0, 0]] * a[[1, 1]] - a[[0, 1]] * a[[1, 0]];
    array![[a[[1, 1]], -a[[0, 1]]], [-a[[1, 0]], a[[0, 0]]]] / det
}

/// log N(θᵢ + δ; θᵢ, Σ) − log N(θᵢ; θᵢ, Σ).
fn log_prior(covariance: &Array2<f64>, step: &Array1<f64>) -> Result<f64, Box<dyn Error>> {
    let covariance: Vec<f64> = covariance.iter().copied().collect();
    let prior = MvNormal::from_covariance(theta_old().to_vec(), &covariance)?;
    let (here, there) = (theta_old().to_vec(), (theta_old() + step).to_vec());
    Ok(prior.log_prob(&there) - prior.log_prob(&here))
}

fn small_step(fisher: &DenseFisher) -> Result<Vec<Check>, Box<dyn Error>> {
    let step = step();
    let quadratic = quadratic_kl(fisher, step.view());
    let divergence = kl(&(theta_old() + &step));
    let right = log_prior(&inverse(&(WEIGHT * &fisher.matrix)), &step)?;
    let off = |scale: f64| {
        let step = scale * &step;
        (kl(&(theta_old() + &step)) - quadratic_kl(fisher, step.view())).abs()
    };
    Ok(vec![
        Check::exact(
            "log p(θ) − log p(θᵢ), λ = 3",
            [
                ("N(θᵢ, (λF)⁻¹)", right),
                ("−(λ/2) δᵀF δ", -WEIGHT * quadratic),
            ],
        ),
        Check::within(
            "½ δᵀF δ is the divergence, up to a twentieth",
            0.05 * divergence,
            [("E_μ KL", divergence), ("½ δᵀF δ", quadratic)],
        ),
        Check::at_most(
            "what is left falls as the third power of the step or faster",
            ("5/2", 2.5),
            ("slope from δ to δ / 2", (off(1.0) / off(0.5)).log2()),
        ),
    ])
}

fn printed(fisher: &DenseFisher) -> Result<Vec<Printed>, Box<dyn Error>> {
    let step = step();
    let divergence = kl(&(theta_old() + &step));
    let inverted = step.dot(&inverse(&fisher.matrix).dot(&step));
    Ok(vec![
        Printed::number(
            "Σ = F/λ: log p(θ) − log p(θᵢ)",
            log_prior(&(&fisher.matrix / WEIGHT), &step)?,
            -WEIGHT * divergence,
            "The covariance is the inverse, (λF)⁻¹: where the policy is sensitive, the parameters \
             are held.",
        ),
        Printed::number(
            "δᵀF⁻¹δ as the second-order expansion of the divergence",
            inverted,
            divergence,
            "The expansion is ½ δᵀF δ: F, not its inverse, and with the half.",
        ),
        Printed::number(
            "the same with F for F⁻¹, the half still missing",
            step.dot(&fisher.matrix.dot(&step)),
            divergence,
            "Without the half the divergence is counted twice.",
        ),
    ])
}

fn figure(fisher: &DenseFisher) -> Result<Illustration, Box<dyn Error>> {
    let scales: Vec<f64> = (-60..=60).map(|i| 0.5 * f64::from(i)).collect();
    let lengths: Vec<f64> = scales
        .iter()
        .map(|c| c * step().dot(&step()).sqrt())
        .collect();
    let prior = inverse(&(WEIGHT * &fisher.matrix));
    let logs = scales.iter().map(|&c| log_prior(&prior, &(c * step())));
    let logs = logs.collect::<Result<Vec<_>, _>>()?;
    let kls = scales
        .iter()
        .map(|&c| -WEIGHT * kl(&(theta_old() + c * &step())));
    let axes = Axes::new(
        "The prior is the penalty, near the old policy",
        Axis::linear("|δ|, along one direction"),
        Axis::linear("nats"),
        "The prior's log-density is a parabola that −λ KL touches at the old parameters and \
         leaves for large steps.",
    );
    Ok(Illustration {
        caption: "log p(θ) of N(θᵢ, (λF)⁻¹), up to its constant, and −λ E_μ KL(π_i ‖ π_θ), λ = 3.",
        figure: lines(
            &axes,
            &[
                Series::line("log p(θ)", &lengths, logs),
                Series::line("−λ KL", &lengths, kls.collect::<Vec<_>>()),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_14_the_prior_is_the_penalty_to_second_order() {
        let outcome = mpo_14();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
    }

    #[test]
    fn mpo_14_the_printed_forms_are_off_by_more_than_the_step_is_large() {
        let divergence = kl(&(theta_old() + step()));
        let [covariance, inverted, doubled] = &mpo_14().printed[..] else {
            panic!("three errata");
        };
        assert!(covariance.off_by.unwrap() > 10.0 * WEIGHT * divergence);
        assert!(inverted.off_by.unwrap() > 10.0 * divergence);
        assert!((doubled.off_by.unwrap() / divergence - 1.0).abs() < 0.1);
    }
}
