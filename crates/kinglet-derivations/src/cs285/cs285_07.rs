//! CS285-07: soft value iteration is the best bound.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::{lot, tab};
use kinglet_objectives::{
    SoftValues, elbo, elbo_enumerated, exact_inference, soft_value_iteration_finite,
};
use ndarray::{Array1, Array3};
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::check::OPTIMISED;
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::policies::softmax;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-07",
    title: "The best bound is soft value iteration: Q = r + E[V], V = log Σ exp Q",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_07,
};

/// The best bound is soft value iteration. Catalogue: CS285-07.
///
/// ```text
/// q(aₜ | sₜ) = exp(Qₜ − Vₜ),   Qₜ = r + E[Vₜ₊₁(s')],   Vₜ = log Σₐ exp Qₜ
/// max ELBO = E[V₁(s₁)]
/// ```
///
/// On TAB: a general optimiser over the logits, 1000 random policies, and the optimistic policy,
/// all against the backward recursion. On the lottery, by hand.
pub fn cs285_07() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    let values = soft_value_iteration_finite(&mdp, 1.0)?;
    let optimised = optimised(&mdp);
    Ok(Outcome {
        checks: [
            value_checks(&mdp, &values, &optimised)?,
            policy_checks(&values, &optimised),
            rivals(&mdp, &values)?,
            vec![on_the_lottery()?],
        ]
        .concat(),
        notes: vec![
            "The backup is an ordinary expectation over s': the optimism is gone with the choice \
             of a family that keeps the dynamics.",
            "The optimistic policy of exact inference is one of that family, and a worse one.",
        ],
        ..Outcome::default()
    })
}

/// The policy of the logits, 18 of them on TAB, that maximise the ELBO.
fn optimised(mdp: &TabularMdp) -> Array3<f64> {
    let shape = (3, mdp.n_states(), mdp.n_actions());
    let policy = |logits: &Array1<f64>| {
        let shaped = Array3::from_shape_vec(shape, logits.to_vec());
        softmax(&shaped.expect("as many logits as the shape has"))
    };
    let start = Array1::zeros(shape.0 * shape.1 * shape.2);
    let cost = |logits: &Array1<f64>| -elbo(mdp, policy(logits).view(), 1.0).unwrap_or(f64::NAN);
    policy(&minimise(cost, start))
}

fn value_checks(
    mdp: &TabularMdp,
    values: &SoftValues,
    optimised: &Array3<f64>,
) -> Result<Vec<Check>, Box<dyn Error>> {
    let recursion = values.v.row(0).dot(&mdp.initial());
    Ok(vec![
        Check::within(
            "the largest ELBO on TAB: optimiser",
            OPTIMISED,
            [
                ("BFGS over 18 logits", elbo(mdp, optimised.view(), 1.0)?),
                ("E[V₁(s₁)], soft value iteration", recursion),
            ],
        ),
        Check::exact(
            "the largest ELBO on TAB: recursion",
            [
                ("E[V₁(s₁)], soft value iteration", recursion),
                (
                    "ELBO of exp(Q − V), all trajectories",
                    elbo_enumerated(mdp, values.policy.view(), 1.0)?,
                ),
            ],
        ),
    ])
}

/// q(1 | s) at each step of TAB, one check a component.
fn policy_checks(values: &SoftValues, optimised: &Array3<f64>) -> Vec<Check> {
    let mut checks = Vec::new();
    for ((t, s, a), &found) in optimised.indexed_iter().filter(|((.., a), _)| *a == 1) {
        checks.push(Check::within(
            format!("q*(a = 1 | s = {s}) on TAB at t = {}", t + 1),
            OPTIMISED,
            [
                ("BFGS over 18 logits", found),
                (
                    "exp(Q − V), soft value iteration",
                    (values.q[[t, s, a]] - values.v[[t, s]]).exp(),
                ),
            ],
        ));
    }
    checks
}

/// Policies that should not beat the best one.
fn rivals(mdp: &TabularMdp, values: &SoftValues) -> Result<Vec<Check>, Box<dyn Error>> {
    let best = values.v.row(0).dot(&mdp.initial());
    let optimistic = exact_inference(mdp, 1.0)?.policy();
    Ok(vec![
        Check::at_most(
            "1000 random changes of q* on TAB are never better",
            ("the best of 1000", best_of_perturbed(mdp, values)?),
            ("max ELBO", best),
        ),
        Check::at_most(
            "the optimistic policy scores less",
            ("ELBO of p(a | s, O)", elbo(mdp, optimistic.view(), 1.0)?),
            ("max ELBO", best),
        ),
    ])
}

fn best_of_perturbed(mdp: &TabularMdp, values: &SoftValues) -> Result<f64, Box<dyn Error>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut best = f64::NEG_INFINITY;
    for i in 0..1000 {
        let size = 10_f64.powi(-(i % 4));
        let perturbed = values.q.mapv(|q| q + size * (rng.random::<f64>() - 0.5));
        best = best.max(elbo(mdp, softmax(&perturbed).view(), 1.0)?);
    }
    Ok(best)
}

fn on_the_lottery() -> Result<Check, Box<dyn Error>> {
    let values = soft_value_iteration_finite(&lot(10.0)?, 1.0)?;
    Ok(Check::exact(
        "q*(buy) on LOT, R = 10",
        [
            ("soft value iteration", values.policy[[0, 0, 1]]),
            (
                "e^0.1 / (e + e^0.1), by hand",
                0.1_f64.exp() / (1_f64.exp() + 0.1_f64.exp()),
            ),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_07_the_optimiser_finds_soft_value_iteration() {
        assert_eq!(cs285_07().verdict(), Verdict::Holds);
        let mdp = tab();
        let values = soft_value_iteration_finite(&mdp, 1.0).unwrap();
        let found = elbo(&mdp, optimised(&mdp).view(), 1.0).unwrap();
        assert!((found - values.v.row(0).dot(&mdp.initial())).abs() < 1e-9);
    }

    #[test]
    fn cs285_07_golden_digits_of_the_lottery() {
        let q = on_the_lottery().unwrap().values[0].value;
        assert!((q - 0.289050).abs() < 5e-7, "{q}");
    }

    #[test]
    fn cs285_07_the_optimistic_policy_is_strictly_worse() {
        let mdp = tab();
        let best = soft_value_iteration_finite(&mdp, 1.0).unwrap();
        let optimistic = exact_inference(&mdp, 1.0).unwrap().policy();
        let lost = best.v.row(0).dot(&mdp.initial()) - elbo(&mdp, optimistic.view(), 1.0).unwrap();
        assert!(lost > 1e-5, "{lost}");
        assert!(best_of_perturbed(&mdp, &best).unwrap() < best.v.row(0).dot(&mdp.initial()));
    }
}
