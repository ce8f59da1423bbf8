//! VIREL-04: the maximum-entropy objective.

use std::error::Error;

use kinglet_envs::fixtures::tab;
use kinglet_objectives::{
    max_entropy_objective, max_entropy_objective_enumerated, robust_value, soft_policy,
};
use ndarray::{Array1, array};

use crate::check::OPTIMISED;
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::paths::{action_probability, expectation};
use crate::policies::tab_policy;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-04",
    title: "At any temperature c > 0 the max-ent policy gives every action a chance",
    kind: Kind::Formula,
    source: Source::Virel,
    run: virel_04,
};

/// The maximum-entropy objective, and what it never learns. Catalogue: VIREL-04.
///
/// ```text
/// L(θ) = E[ Σᵢ rᵢ − c log π(aᵢ | sᵢ) ],   i = 0 … N − 1
/// ```
///
/// On TAB: the objective by trajectories, with −log π and with the entropy, and by the law of each
/// state. On a bandit with r = (1, .9): the worse arm's probability at three temperatures.
pub fn virel_04() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [objective()?, least_probability()?].concat(),
        notes: vec![
            "Right as printed: the sum from 0 to N − 1 has N steps.",
            "\"Optimal deterministic policies are not learned\" is right for every c > 0, and a \
             matter of degree: at c = .01 the worse arm keeps 5 chances in 100 000.",
        ],
        ..Outcome::default()
    })
}

fn objective() -> Result<Vec<Check>, Box<dyn Error>> {
    let (mdp, policy) = (tab(), tab_policy());
    let mut checks = Vec::new();
    for c in [0.1, 1.0, 5.0] {
        let listed = expectation(&mdp, &policy, |path| {
            path.total_reward - c * action_probability(path, &policy).ln()
        })?;
        checks.push(Check::exact(
            format!("the objective of a softmax policy on TAB, c = {c}"),
            [
                ("E[Σ r − c log π], 216 trajectories", listed),
                (
                    "E[Σ r + c H], 216 trajectories",
                    max_entropy_objective_enumerated(&mdp, policy.view(), c)?,
                ),
                (
                    "the law of each state",
                    max_entropy_objective(&mdp, policy.view(), c)?,
                ),
            ],
        ));
    }
    Ok(checks)
}

/// The worse of two arms that differ by .1: closed form, and what an optimiser finds.
fn least_probability() -> Result<Vec<Check>, Box<dyn Error>> {
    let reward = array![1.0, 0.9];
    let mut checks = Vec::new();
    for c in [1.0, 0.1, 0.01] {
        let closed = 1.0 / (1.0 + (0.1_f64 / c).exp());
        let soft = soft_policy(reward.view().insert_axis(ndarray::Axis(0)), c)?[[0, 1]];
        checks.push(Check::exact(
            format!("the worse arm's probability at c = {c}"),
            [
                ("1 / (1 + exp(.1 / c))", closed),
                ("softmax of r / c", soft),
            ],
        ));
        let policy = |u: &Array1<f64>| {
            let second = 1.0 / (1.0 + u[0].exp());
            array![1.0 - second, second]
        };
        // In units of c, so that the slope does not vanish with it.
        let cost = |u: &Array1<f64>| {
            -robust_value(reward.view(), policy(u).view(), c).unwrap_or(f64::NAN) / c
        };
        let found = policy(&minimise(cost, array![0.0]))[1];
        checks.push(Check::within(
            format!("it is the optimum at c = {c}"),
            OPTIMISED,
            [("BFGS of E[r] + c H", found), ("closed form", closed)],
        ));
        checks.push(Check::at_most(
            format!("and it is positive at c = {c}"),
            ("1e-5", 1e-5),
            ("the worse arm's probability", closed),
        ));
    }
    Ok(checks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn virel_04_no_action_is_ever_given_up() {
        assert_eq!(virel_04().verdict(), Verdict::Holds);
        for (c, golden, digit) in [(1.0, 0.475, 1e-3), (0.1, 0.269, 1e-3), (0.01, 4.5e-5, 1e-6)] {
            let worse = soft_policy(array![[1.0, 0.9]].view(), c).unwrap()[[0, 1]];
            assert!((worse - golden).abs() < 0.5 * digit, "c = {c}: {worse}");
        }
    }
}
