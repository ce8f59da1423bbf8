//! XU-20: the variational policy gradient of a trust region's objective.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::tab;
use kinglet_objectives::{
    DiagonalTransport, Noise, backward_policy_gradient, elbo, evaluate_soft_policy_finite,
    exact_surrogate, state_marginals, vpg_gradient, vpg_objective,
};
use kinglet_trust_region::{
    ConjugateGradient, Evaluation, LineSearch, Search, line_search, natural_gradient,
    trust_region_step,
};
use ndarray::{Array1, Array3, ArrayView1, Axis};

use crate::gradients::by_differences;
use crate::optimise::gradient;
use crate::outcome::Computed;
use crate::paths::{expectation, steps};
use crate::policies::{softmax, tab_logits, tab_policy};
use crate::{Check, Entry, Kind, Outcome, Source, bandit, tab_fisher};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-20",
    title: "TRPO maximises an importance surrogate in a KL ball; its variational gradient puts L for R",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_20,
};

/// The objective of TRPO, and its variational policy gradient. Catalogue: XU-20.
///
/// ```text
/// max L(θ) = E_old[ (π_θ/π_old) A ]   with   KL(π_old ‖ π_θ) ≤ δ
/// −∂KL/∂φ = E_ξ[ (1/α) ∂L/∂θ ∂θ/∂φ + ∂ log |det ∂h_φ/∂ξ| / ∂φ ]
/// ```
///
/// On TAB: L and its gradient, and one step by natural gradient and line search. On BAND: the
/// variational gradient of L for a normal law over each logit, beside differences.
pub fn xu_20() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    let mut checks = surrogate(&mdp)?;
    checks.extend(step(&mdp)?);
    checks.extend(variational()?);
    Ok(Outcome {
        checks,
        notes: vec![
            "A(a|s) is the advantage A(s, a). Sign and 1/α of the variational gradient are right.",
        ],
        ..Outcome::default()
    })
}

/// A_t(s, a) under the old policy.
fn advantages(mdp: &TabularMdp) -> Result<Array3<f64>, Box<dyn Error>> {
    let values = evaluate_soft_policy_finite(mdp, tab_policy().view(), 0.0)?;
    Ok(values.q - &values.v.insert_axis(Axis(2)))
}

/// Logits away from the old ones.
fn moved() -> Array3<f64> {
    tab_logits()
        + Array3::from_shape_fn((3, 3, 2), |(t, s, a)| {
            ((5 * t + 3 * s + 7 * a) as f64).sin()
        })
}

/// L, from the law of each state: Σₜ E_old[E_π[A]].
fn by_states(mdp: &TabularMdp, logits: &Array3<f64>) -> Result<f64, Box<dyn Error>> {
    let (law, advantages) = (state_marginals(mdp, tab_policy().view())?, advantages(mdp)?);
    let new = softmax(logits);
    let terms = new
        .indexed_iter()
        .map(|((t, s, a), p)| law[[t, s]] * p * advantages[[t, s, a]]);
    Ok(terms.sum())
}

fn surrogate(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let (old, advantages) = (tab_logits(), advantages(mdp)?);
    let at = |logits: &Array3<f64>| {
        exact_surrogate(mdp, logits.view(), old.view(), |path, t| {
            advantages[[t, path.states[t], path.actions[t]]]
        })
    };
    let (away, here) = (at(&moved())?, at(&old)?);
    let policy = backward_policy_gradient(mdp, old.view(), 0.0, 1.0)?;
    let value = |logits: &Array3<f64>| by_states(mdp, logits).unwrap_or(f64::NAN);
    let (slopes, away_slopes) = (by_differences(&old, value), by_differences(&moved(), value));
    let mut checks = vec![
        Check::exact(
            "L away from the old policy",
            [
                ("ratios over 216 trajectories", away.value),
                ("law of each state, E_π[A]", by_states(mdp, &moved())?),
            ],
        ),
        Check::exact(
            "L at the old policy",
            [("216 trajectories", here.value), ("0", 0.0)],
        ),
    ];
    for place in [[0, 0, 0], [1, 2, 1], [2, 1, 0]] {
        checks.push(Check::within(
            format!("∂L / ∂θ{place:?} at θ_old"),
            1e-8,
            [
                ("216 trajectories", here.gradient[place]),
                ("the policy gradient", policy[place]),
                ("differences", slopes[place]),
            ],
        ));
        checks.push(Check::within(
            format!("∂L / ∂θ{place:?} elsewhere"),
            1e-8,
            [
                ("216 trajectories", away.gradient[place]),
                ("differences", away_slopes[place]),
            ],
        ));
    }
    Ok(checks)
}

const BOUND: f64 = 0.05;

/// Natural gradient to the edge of the ball, then backwards until L rises inside it.
fn step(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let exactly = ConjugateGradient {
        damping: 0.0,
        tolerance: 1e-13,
        max_iterations: 60,
    };
    let old = Array1::from_iter(tab_logits());
    let g = Array1::from_iter(backward_policy_gradient(
        mdp,
        tab_logits().view(),
        0.0,
        1.0,
    )?);
    let natural = natural_gradient(&tab_fisher::product(mdp, &tab_policy())?, g.view(), exactly)?;
    let full = trust_region_step(BOUND, natural.squared_length)? * &natural.direction;
    let settings = LineSearch {
        kl_bound: BOUND,
        shrink: 0.8,
        max_tries: 20,
    };
    let evaluate = |theta: ArrayView1<'_, f64>| evaluate(mdp, theta);
    let found = line_search(old.view(), full.view(), 0.0, settings, evaluate)?;
    let Search::Accepted {
        theta, evaluation, ..
    } = &found
    else {
        return Err("the line search failed".into());
    };
    let logits = theta.view().into_shape_with_order((3, 3, 2))?.to_owned();
    let returns = |logits: &Array3<f64>| elbo(mdp, softmax(logits).view(), 0.0);
    Ok(vec![
        Check::at_most(
            "the step stays in the ball",
            ("KL(old ‖ new)", evaluation.kl),
            ("δ", BOUND),
        ),
        Check::at_most(
            "and goes most of the way",
            ("δ / 2", 0.5 * BOUND),
            ("KL(old ‖ new)", evaluation.kl),
        ),
        Check::at_most(
            "it raises L",
            ("a tenth", 0.1),
            ("L(θ)", evaluation.objective),
        ),
        Check::at_most(
            "and the return",
            ("before, and a tenth", returns(&tab_logits())? + 0.1),
            ("after", returns(&logits)?),
        ),
    ])
}

fn evaluate(mdp: &TabularMdp, theta: ArrayView1<'_, f64>) -> Evaluation {
    let logits = theta
        .into_shape_with_order((3, 3, 2))
        .expect("18 logits")
        .to_owned();
    let (old, new) = (tab_policy(), softmax(&logits));
    let kl = expectation(mdp, &old, |path| {
        steps(path).map(|i| (old[i] / new[i]).ln()).sum()
    });
    Evaluation {
        objective: by_states(mdp, &logits).unwrap_or(f64::NAN),
        kl: kl.unwrap_or(f64::NAN),
    }
}

const TEMPERATURE: f64 = 0.5;

/// φ = (μ, σ) of BAND's three logits, and L(θ) = E_old[ρ A] = E_θ[r] − E_old[r].
fn variational() -> Result<Vec<Check>, Box<dyn Error>> {
    let (family, noise) = (DiagonalTransport { dim: 3 }, Noise::quadrature(8, 3));
    let params = [0.4, 0.9, -0.1, 0.5, 0.3, 0.7];
    let mean = bandit::value(bandit::logits().view());
    let surrogate = |theta: &[f64]| bandit::value(ArrayView1::from(theta)) - mean;
    let slope = |theta: &[f64]| bandit::gradient(theta).unwrap_or(vec![f64::NAN; 3]);
    let closed = vpg_gradient(&family, &params, &noise, TEMPERATURE, slope)?;
    let value = |params: &Array1<f64>| {
        let value = vpg_objective(&family, &params.to_vec(), &noise, TEMPERATURE, surrogate);
        value.map_or(f64::NAN, |value| value / TEMPERATURE)
    };
    let differences = gradient(&value, &Array1::from_iter(params));
    let check = |i: usize| {
        Check::within(
            format!("−∂KL/∂φ with L for R, component {i}"),
            1e-8,
            [
                ("over the noise", closed[i]),
                ("differences", differences[i]),
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
    fn xu_20_surrogate_step_and_variational_gradient() {
        let outcome = xu_20();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
    }

    #[test]
    fn xu_20_the_surrogate_is_not_the_return_away_from_the_old_policy() {
        let mdp = tab();
        let gain = elbo(&mdp, softmax(&moved()).view(), 0.0).unwrap()
            - elbo(&mdp, tab_policy().view(), 0.0).unwrap();
        assert!((by_states(&mdp, &moved()).unwrap() - gain).abs() > 1e-3);
    }
}
