//! MPO-12: the E-step over a parametric policy.

use std::error::Error;

use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    evaluate_soft_policy, mpo_e_step, mpo_e_step_objective, mpo_parametric_gradient, soft_policy,
};
use ndarray::{Array1, Array2, Axis};

use crate::disc::{other, policy, states};
use crate::optimise::{gradient, minimise};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, OPTIMISED, Outcome, Source};

const ALPHA: f64 = 0.7;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-12",
    title: "A parametric E-step starts as the policy gradient and ends at the tilted policy",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_12,
};

/// The E-step over a parametric q. Catalogue: MPO-12.
///
/// ```text
/// ∂/∂φ(s, a) E_μ[E_q[Q] − α KL(q_φ ‖ π)] = μ(s) q(a|s) (A(s, a) − E_q[A]),  A = Q − α log(q/π)
/// at q = π:  μ(s) π(a|s) (Q(s, a) − V(s)), the policy gradient
/// ```
///
/// On DISC: the gradient at another policy and at π beside differences, and where ascent ends.
pub fn mpo_12() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let q = evaluate_soft_policy(&disc(), policy().view(), 0.0)?.q;
    Ok(Outcome {
        checks: [
            elsewhere(&q)?,
            at_the_prior(&q)?,
            at_the_end(&q)?,
            small_step(&q)?,
        ]
        .concat(),
        notes: vec![
            "\"Parametric q turns it into an algorithm like TRPO or PPO\": right. The first step \
             is that of a policy gradient, and the divergence from π keeps the next ones near. \
             q is then committed to its family, and the M-step has nothing left to do.",
        ],
        ..Outcome::default()
    })
}

fn from_logits(logits: &Array1<f64>) -> Array2<f64> {
    let logits = logits
        .to_shape(policy().dim())
        .expect("one logit for each pair");
    soft_policy(logits.view(), 1.0).expect("the temperature is 1")
}

fn objective(q: &Array2<f64>, logits: &Array1<f64>, temperature: f64) -> f64 {
    let (prior, candidate) = (policy(), from_logits(logits));
    let (q, prior, states) = (q.view(), prior.view(), states());
    mpo_e_step_objective(q, prior, states.view(), candidate.view(), temperature).unwrap_or(f64::NAN)
}

fn logits_of(policy: &Array2<f64>) -> Array1<f64> {
    policy.iter().map(|p| p.ln()).collect()
}

/// The gradient in closed form, flat.
fn closed(
    q: &Array2<f64>,
    candidate: &Array2<f64>,
    temperature: f64,
) -> Result<Array2<f64>, Box<dyn Error>> {
    let (prior, states) = (policy(), states());
    let (q, prior, candidate) = (q.view(), prior.view(), candidate.view());
    Ok(mpo_parametric_gradient(
        q,
        prior,
        states.view(),
        candidate,
        temperature,
    )?)
}

fn elsewhere(q: &Array2<f64>) -> Result<Vec<Check>, Box<dyn Error>> {
    let closed = closed(q, &other(), ALPHA)?;
    let differences = gradient(
        &|x: &Array1<f64>| objective(q, x, ALPHA),
        &logits_of(&other()),
    );
    Ok([[0, 0], [1, 2], [3, 1]]
        .map(|[s, a]| {
            Check::within(
                format!("∂J/∂φ({s}, {a}) at a q away from π"),
                1e-8,
                [
                    ("closed form", closed[[s, a]]),
                    ("central difference", differences[3 * s + a]),
                ],
            )
        })
        .into())
}

fn at_the_prior(q: &Array2<f64>) -> Result<Vec<Check>, Box<dyn Error>> {
    let prior = policy();
    let closed = closed(q, &prior, ALPHA)?;
    let v = (&prior * q).sum_axis(Axis(1));
    // The plain objective E_μ E_q[Q] has no divergence in it at all.
    let plain = gradient(&|x: &Array1<f64>| objective(q, x, 0.0), &logits_of(&prior));
    Ok([[0, 1], [1, 0], [2, 2]]
        .map(|[s, a]| {
            Check::within(
                format!("∂J/∂φ({s}, {a}) at q = π: the policy gradient"),
                1e-8,
                [
                    ("closed form, α = 0.7", closed[[s, a]]),
                    (
                        "μ π (Q − V)",
                        states()[s] * prior[[s, a]] * (q[[s, a]] - v[s]),
                    ),
                    ("difference of E_μ E_q[Q] alone", plain[3 * s + a]),
                ],
            )
        })
        .into())
}

fn at_the_end(q: &Array2<f64>) -> Result<Vec<Check>, Box<dyn Error>> {
    let found = minimise(|x| -objective(q, x, ALPHA), logits_of(&policy()));
    let found = from_logits(&found);
    let tilted = mpo_e_step(q.view(), policy().view(), ALPHA)?.policy;
    let slope = closed(q, &tilted, ALPHA)?.fold(0.0, |m: f64, g| m.max(g.abs()));
    Ok(vec![
        Check::within(
            "q(1 | 1) where ascent ends",
            OPTIMISED,
            [
                ("BFGS from π", found[[1, 1]]),
                ("π exp(Q/α) / Z", tilted[[1, 1]]),
            ],
        ),
        Check::exact(
            "the largest slope at π exp(Q/α) / Z",
            [("closed form", slope), ("zero", 0.0)],
        ),
    ])
}

/// For a large α the E-step is a small natural-gradient step: log q/π = (Q − V)/α + O(1/α²).
fn small_step(q: &Array2<f64>) -> Result<Vec<Check>, Box<dyn Error>> {
    const LARGE: f64 = 1e5;
    let prior = policy();
    let tilted = mpo_e_step(q.view(), prior.view(), LARGE)?.policy;
    let v = (&prior * q).sum_axis(Axis(1));
    Ok(vec![Check::within(
        "α log q/π in one pair at α = 10⁵: the natural policy gradient",
        1e-4,
        [
            (
                "closed form of q",
                LARGE * (tilted[[2, 0]] / prior[[2, 0]]).ln(),
            ),
            ("Q − V", q[[2, 0]] - v[2]),
        ],
    )])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_12_from_the_policy_gradient_to_the_tilt() {
        assert_eq!(mpo_12().verdict(), Verdict::Holds);
    }

    #[test]
    fn mpo_12_away_from_the_prior_the_price_shows() {
        let q = evaluate_soft_policy(&disc(), policy().view(), 0.0)
            .unwrap()
            .q;
        let at = |temperature| closed(&q, &other(), temperature).unwrap();
        let off = at(0.0) - at(ALPHA);
        assert!(off.iter().any(|off| off.abs() > 1e-2));
    }
}
