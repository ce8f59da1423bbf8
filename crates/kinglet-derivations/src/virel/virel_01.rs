//! VIREL-01: the pseudo-likelihood's divergence.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::tab;
use kinglet_objectives::{pseudo_likelihood_round, reward_weighted};
use ndarray::{Array1, Array3, array};

use crate::check::OPTIMISED;
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::paths::{LIMIT, probability, steps};
use crate::policies::tab_policy;
use crate::{Check, Entry, Kind, Outcome, Source};

const ROUNDS: i32 = 12;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-01",
    title: "A pseudo-likelihood method is EM: the policy moves onto its own posterior",
    kind: Kind::Formula,
    source: Source::Virel,
    run: virel_01,
};

/// EM on the evidence of optimality. Catalogue: VIREL-01.
///
/// ```text
/// E: q(τ) = p_π(τ | O), where KL(q ‖ p_π(· | O)) = 0,   M: π ← argmax E_q[log p_π(τ)]
/// ```
///
/// On a bandit: the M-step by a general optimiser, and twelve rounds in closed form. On TAB: a
/// round by backward messages and by listing all trajectories; and the evidence, which never falls.
pub fn virel_01() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    Ok(Outcome {
        checks: [
            m_step()?,
            rounds()?,
            trajectories(&mdp)?,
            vec![monotone(&mdp)?],
        ]
        .concat(),
        notes: vec![
            "The M-step moves the policy to the posterior, in the forward direction \
             KL(q ‖ p_π): a moment projection, which covers whatever q allows.",
        ],
        ..Outcome::default()
    })
}

fn policy() -> Array1<f64> {
    array![0.5, 0.3, 0.2]
}

/// exp r of r = (0.2, −0.5, 0.9).
fn likelihood() -> Array1<f64> {
    array![0.2, -0.5, 0.9].mapv(f64::exp)
}

fn softmax(logits: &Array1<f64>) -> Array1<f64> {
    let weights = logits.mapv(f64::exp);
    &weights / weights.sum()
}

/// π(a) after the M-step, one check an arm.
fn m_step() -> Result<Vec<Check>, Box<dyn Error>> {
    let (next, _) = reward_weighted(policy().view(), likelihood().view())?;
    let cross = |logits: &Array1<f64>| -next.dot(&softmax(logits).mapv(f64::ln));
    let found = softmax(&minimise(cross, Array1::zeros(3)));
    let check = |arm: usize| {
        Check::within(
            format!("π({arm}) of a bandit after the M-step"),
            OPTIMISED,
            [
                ("the posterior π L / p(O)", next[arm]),
                ("optimiser of E_q[log π]", found[arm]),
            ],
        )
    };
    Ok((0..3).map(check).collect())
}

/// Twelve rounds: π ∝ π₀ L¹².
fn rounds() -> Result<Vec<Check>, Box<dyn Error>> {
    let mut after = policy();
    for _ in 0..ROUNDS {
        after = reward_weighted(after.view(), likelihood().view())?.0;
    }
    let tilted = policy() * likelihood().mapv(|l| l.powi(ROUNDS));
    let closed = &tilted / tilted.sum();
    let check = |arm: usize| {
        Check::exact(
            format!("π({arm}) after twelve rounds"),
            [
                ("EM, round by round", after[arm]),
                ("∝ π₀ L¹²", closed[arm]),
            ],
        )
    };
    Ok((0..3).map(check).collect())
}

/// The posterior of a policy's trajectories: pairs of a path's steps and its probability.
fn posterior(mdp: &TabularMdp, policy: &Array3<f64>) -> Result<(Vec<Path>, f64), Box<dyn Error>> {
    let joint = |path: kinglet_envs::Trajectory| {
        let weight = probability(&path, policy) * path.total_reward.exp();
        (steps(&path).collect(), weight)
    };
    let mut paths: Vec<Path> = mdp.trajectories(LIMIT)?.map(joint).collect();
    let evidence: f64 = paths.iter().map(|(_, weight)| weight).sum();
    paths.iter_mut().for_each(|(_, weight)| *weight /= evidence);
    Ok((paths, evidence.ln()))
}

type Path = (Vec<[usize; 3]>, f64);

/// One round on TAB: the evidence, and p(a = 1 | s, O) at each step.
fn trajectories(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let policy = tab_policy();
    let round = pseudo_likelihood_round(mdp, policy.view(), 1.0)?;
    let (paths, log_evidence) = posterior(mdp, &policy)?;
    let mut checks = vec![Check::exact(
        "log p_π(O) of a softmax policy on TAB",
        [
            ("backward messages", round.log_evidence),
            ("216 trajectories", log_evidence),
        ],
    )];
    for t in 0..3 {
        let state = t;
        let mass = |keep: &dyn Fn(&[usize; 3]) -> bool| -> f64 {
            let kept = paths.iter().filter(|(steps, _)| keep(&steps[t]));
            kept.map(|(_, p)| p).sum()
        };
        let there = mass(&|step| step[1] == state);
        let both = mass(&|step| step[1] == state && step[2] == 1);
        checks.push(Check::exact(
            format!("the next policy's π(1 | s = {state}) at step {}", t + 1),
            [
                ("backward messages", round.policy[[t, state, 1]]),
                ("q(a, s) / q(s), 216 trajectories", both / there),
            ],
        ));
    }
    Ok(checks)
}

/// The evidence of ten rounds never falls.
fn monotone(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let (mut policy, mut before, mut largest) =
        (tab_policy(), f64::NEG_INFINITY, f64::NEG_INFINITY);
    for _ in 0..10 {
        let round = pseudo_likelihood_round(mdp, policy.view(), 1.0)?;
        largest = largest.max(before - round.log_evidence);
        (policy, before) = (round.policy, round.log_evidence);
    }
    Ok(Check::at_most(
        "the evidence never falls from round to round",
        ("the largest fall of ten rounds", largest),
        ("0", 0.0),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn virel_01_the_policy_moves_onto_its_posterior() {
        assert_eq!(virel_01().verdict(), Verdict::Holds);
        let mdp = tab();
        let first = pseudo_likelihood_round(&mdp, tab_policy().view(), 1.0).unwrap();
        let mut last = first.clone();
        for _ in 0..200 {
            last = pseudo_likelihood_round(&mdp, last.policy.view(), 1.0).unwrap();
        }
        assert!(last.log_evidence > first.log_evidence + 0.5);
        // In the limit each state that is reached has one action left.
        let best = last.policy.fold(0.0_f64, |m, &p| m.max(p));
        assert!(best > 0.999999);
    }
}
