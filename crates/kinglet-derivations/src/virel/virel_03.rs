//! VIREL-03: risk.

use std::error::Error;

use kinglet_envs::{Horizon, Rewards, Sparse, TabularMdp, Transitions};
use kinglet_objectives::{
    exact_inference, pseudo_likelihood_round, reward_weighted, soft_max, soft_policy,
    soft_value_iteration_finite,
};
use ndarray::{Array1, Array3, array};

use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// What the safe arm pays, and what the risky one may pay.
const SAFE: f64 = 1.0;
const RISKY: [f64; 2] = [0.0, 3.0];
/// The chance of the risky arm's prize.
const CHANCE: f64 = 0.3;
const ROUNDS: i32 = 200;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-03",
    title: "Pseudo-likelihood seeks risk if it exponentiates the return, not if it is the return",
    kind: Kind::Claim,
    source: Source::Virel,
    run: virel_03,
};

/// Risk-seeking. Catalogue: VIREL-03.
///
/// ```text
/// EM with p(O | R) ∝ exp R ends at argmax E[exp R],   with p(O | R) ∝ R at argmax E[R]
/// ```
///
/// A safe arm pays 1; a risky one pays 3 with probability .3, else nothing, so .9 in the mean. Two
/// hundred rounds of EM with either likelihood, in closed form, as a bandit and over trajectories;
/// beside the variational and the exact posterior policy.
pub fn virel_03() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = arms()?;
    Ok(Outcome {
        checks: [
            worth(&mdp)?,
            exponentiated(&mdp)?,
            proportional()?,
            policies(&mdp)?,
        ]
        .concat(),
        notes: vec![
            "The claim holds for a likelihood that is the exponential of the return. For one that \
             is proportional to the return, as the same slides have it elsewhere, EM takes the \
             safe arm: the mean of R is then all that counts.",
            "The variational policy is not drawn to risk: it knows E[R] and no more.",
        ],
        ..Outcome::default()
    })
}

/// The two arms as a problem of two steps: choose, then be paid by the state.
fn arms() -> Result<TabularMdp, kinglet_envs::Error> {
    let chooses = [vec![(1, 1.0)], vec![(2, 1.0 - CHANCE), (3, CHANCE)]];
    let stays = (1..4).flat_map(|s| [vec![(s, 1.0)], vec![(s, 1.0)]]);
    TabularMdp::new(
        Transitions::Sparse(Sparse::from_rows(4, 2, chooses.into_iter().chain(stays))?),
        Rewards::State(array![0.0, SAFE, RISKY[0], RISKY[1]]),
        array![1.0, 0.0, 0.0, 0.0],
        Horizon::Finite(2),
    )
}

/// E[exp R] of the two arms.
fn mean_exponential() -> Array1<f64> {
    array![
        SAFE.exp(),
        (1.0 - CHANCE) * RISKY[0].exp() + CHANCE * RISKY[1].exp()
    ]
}

/// E[R] of the two arms.
fn mean() -> Array1<f64> {
    array![SAFE, (1.0 - CHANCE) * RISKY[0] + CHANCE * RISKY[1]]
}

/// log E[exp R]: the second step's two actions add log 2 to the messages.
fn worth(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let messages = exact_inference(mdp, 1.0)?.q;
    let check = |arm: usize, name: &str| {
        Check::exact(
            format!("log E[exp R] of the {name} arm"),
            [
                ("by hand", mean_exponential()[arm].ln()),
                (
                    "optimistic message less log 2",
                    messages[[0, 0, arm]] - 2_f64.ln(),
                ),
            ],
        )
    };
    Ok(vec![
        check(0, "safe"),
        check(1, "risky"),
        Check::at_most(
            "in the mean the risky arm pays less",
            ("E[R], risky", mean()[1]),
            ("E[R], safe", mean()[0]),
        ),
    ])
}

/// π(risky) after rounds of EM from the uniform policy.
fn after(likelihood: &Array1<f64>, rounds: i32) -> Result<f64, Box<dyn Error>> {
    let mut policy = array![0.5, 0.5];
    for _ in 0..rounds {
        policy = reward_weighted(policy.view(), likelihood.view())?.0;
    }
    Ok(policy[1])
}

/// π ∝ Lᵏ from the uniform policy.
fn closed(likelihood: &Array1<f64>, rounds: i32) -> f64 {
    1.0 / (1.0 + (likelihood[0] / likelihood[1]).powi(rounds))
}

fn exponentiated(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let mut checks = Vec::new();
    for rounds in [1, ROUNDS] {
        let mut policy = Array3::from_elem((2, 4, 2), 0.5);
        for _ in 0..rounds {
            policy = pseudo_likelihood_round(mdp, policy.view(), 1.0)?.policy;
        }
        checks.push(Check::exact(
            format!("L ∝ exp R: π(risky) after {rounds} rounds of EM"),
            [
                ("over trajectories", policy[[0, 0, 1]]),
                ("as a bandit", after(&mean_exponential(), rounds)?),
                ("∝ E[exp R]ᵏ", closed(&mean_exponential(), rounds)),
            ],
        ));
    }
    Ok(checks)
}

fn proportional() -> Result<Vec<Check>, Box<dyn Error>> {
    let mut checks = Vec::new();
    for rounds in [1, ROUNDS] {
        checks.push(Check::exact(
            format!("L ∝ R: π(risky) after {rounds} rounds of EM"),
            [
                ("as a bandit", after(&mean(), rounds)?),
                ("∝ E[R]ᵏ", closed(&mean(), rounds)),
            ],
        ));
    }
    checks.push(Check::at_most(
        "and it falls",
        ("π(risky) after 200 rounds", after(&mean(), ROUNDS)?),
        ("1e-9", 1e-9),
    ));
    Ok(checks)
}

/// The two policies of inference, for the same choice.
fn policies(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let variational = soft_value_iteration_finite(mdp, 1.0)?.policy[[0, 0, 1]];
    let exact = exact_inference(mdp, 1.0)?.policy()[[0, 0, 1]];
    let row = mean().insert_axis(ndarray::Axis(0));
    let soft = soft_max(mean_exponential().mapv(f64::ln).view(), 1.0)?;
    Ok(vec![
        Check::exact(
            "π(risky) of the variational policy",
            [
                ("soft value iteration", variational),
                ("softmax of E[R]", soft_policy(row.view(), 1.0)?[[0, 1]]),
            ],
        ),
        Check::exact(
            "π(risky) of the exact posterior",
            [
                ("backward messages", exact),
                (
                    "softmax of log E[exp R]",
                    (mean_exponential()[1].ln() - soft).exp(),
                ),
            ],
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn virel_03_luck_counts_only_if_it_is_exponentiated() {
        assert_eq!(virel_03().verdict(), Verdict::Holds);
        assert!(after(&mean_exponential(), ROUNDS).unwrap() > 0.99999);
        assert!(after(&mean(), ROUNDS).unwrap() < 1e-9);
    }

    #[test]
    fn virel_03_golden_numbers() {
        let mdp = arms().unwrap();
        let near = |value: f64, golden: f64, digit: f64| {
            assert!((value - golden).abs() < 0.5 * digit, "{value} and {golden}");
        };
        near(mean_exponential()[1].ln(), 1.90593, 1e-5);
        near(mean()[1], 0.9, 1e-12);
        near(
            soft_value_iteration_finite(&mdp, 1.0).unwrap().policy[[0, 0, 1]],
            0.4750,
            1e-4,
        );
        near(
            exact_inference(&mdp, 1.0).unwrap().policy()[[0, 0, 1]],
            0.7122,
            1e-4,
        );
    }
}
