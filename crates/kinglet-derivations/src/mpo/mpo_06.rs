//! MPO-06: the evidence lower bound of a trajectory about a policy.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::tab;
use kinglet_objectives::{
    decompose_evidence, policy_log_evidence, trajectory_bound, trajectory_bound_enumerated,
    trajectory_kl,
};
use ndarray::{Array1, Array3};

use crate::outcome::Computed;
use crate::paths::{LIMIT, action_probability, expectation, probability};
use crate::policies::{softmax, tab_logits, tab_policy};
use crate::{Check, Entry, Kind, Outcome, Source};

const ALPHA: f64 = 0.7;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-06",
    title: "How probable a policy is to be optimal is bounded by return minus a divergence",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_06,
};

/// MPO's evidence lower bound. Catalogue: MPO-06.
///
/// ```text
/// log p_π(O) ≥ E_q[ log p(O | τ) + log p_π(τ)/q(τ) ] = E_q[Σ rₜ/α] − KL(q(τ) ‖ p_π(τ))
/// ```
///
/// On TAB, two softmax policies: bound, divergence and evidence by listing trajectories and by
/// the law of each state.
pub fn mpo_06() -> Outcome {
    Outcome::of(compute())
}

/// The policy π that q is near to.
fn prior() -> Array3<f64> {
    softmax(&tab_logits().mapv(|logit| 0.3 - 1.4 * logit))
}

fn compute() -> Computed {
    let (mdp, q, prior) = (tab(), tab_policy(), prior());
    Ok(Outcome {
        checks: [bound(&mdp, &q, &prior)?, neumann(&mdp, &q, &prior)?].concat(),
        notes: vec![
            "The older form, log p(R; θ) = L(q, θ) + KL(q ‖ p_R), is the same with p(R | τ) for \
             the reward's event; p_R is the posterior p(τ | R; θ).",
            "The library's J is in units of reward: α times the printed one.",
        ],
        ..Outcome::default()
    })
}

fn bound(
    mdp: &TabularMdp,
    q: &Array3<f64>,
    prior: &Array3<f64>,
) -> Result<Vec<Check>, Box<dyn Error>> {
    let j = trajectory_bound(mdp, q.view(), prior.view(), ALPHA)? / ALPHA;
    let evidence = policy_log_evidence(mdp, prior.view(), ALPHA)? / ALPHA;
    let returns = expectation(mdp, q, |tau| tau.total_reward / ALPHA)?;
    let kl = expectation(mdp, q, |tau| {
        (action_probability(tau, q) / action_probability(tau, prior)).ln()
    })?;
    Ok(vec![
        Check::exact(
            "J(q, π) on TAB, α = 0.7",
            [
                (
                    "Σ q(τ) [log p(O|τ) + log p_π(τ) − log q(τ)]",
                    trajectory_bound_enumerated(mdp, q.view(), prior.view(), ALPHA)? / ALPHA,
                ),
                ("E_q[Σ r/α] − KL, 216 trajectories", returns - kl),
                ("the law of each state", j),
            ],
        ),
        Check::exact(
            "KL(q(τ) ‖ p_π(τ)): the dynamics cancel",
            [
                ("216 trajectories", kl),
                (
                    "Σₜ E KL(q(·|sₜ) ‖ π(·|sₜ))",
                    trajectory_kl(mdp, q.view(), prior.view())?,
                ),
            ],
        ),
        Check::exact(
            "log p_π(O)",
            [
                (
                    "log Σ p_π(τ) exp(Σ r/α), 216 trajectories",
                    listed_evidence(mdp, prior)?,
                ),
                ("backward messages", evidence),
            ],
        ),
        Check::at_most("J ≤ log p_π(O)", ("J", j), ("log p_π(O)", evidence)),
    ])
}

fn listed_evidence(mdp: &TabularMdp, prior: &Array3<f64>) -> Result<f64, Box<dyn Error>> {
    Ok(expectation(mdp, prior, |tau| (tau.total_reward / ALPHA).exp())?.ln())
}

/// The decomposition with trajectories as the latent variable.
fn neumann(
    mdp: &TabularMdp,
    q: &Array3<f64>,
    prior: &Array3<f64>,
) -> Result<Vec<Check>, Box<dyn Error>> {
    let listed: Vec<_> = mdp.trajectories(LIMIT)?.collect();
    let log_joint: Array1<f64> = listed
        .iter()
        .map(|tau| probability(tau, prior).ln() + tau.total_reward / ALPHA)
        .collect();
    let q_tau: Array1<f64> = listed.iter().map(|tau| probability(tau, q)).collect();
    let parts = decompose_evidence(log_joint.view(), q_tau.view())?;
    let j = trajectory_bound(mdp, q.view(), prior.view(), ALPHA)? / ALPHA;
    let evidence = policy_log_evidence(mdp, prior.view(), ALPHA)? / ALPHA;
    Ok(vec![
        Check::exact(
            "L(q, θ), with the trajectory as the latent variable",
            [("Σ q ln(p(R, τ; θ) / q)", parts.bound), ("J(q, π)", j)],
        ),
        Check::exact(
            "KL(q ‖ p_R), from the posterior",
            [
                ("Σ q ln(q / p(τ | R; θ))", parts.kl),
                ("log p_π(O) − J", evidence - j),
            ],
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_06_bound_divergence_and_evidence_agree() {
        assert_eq!(mpo_06().verdict(), Verdict::Holds);
        let (mdp, q) = (tab(), tab_policy());
        let kl = trajectory_kl(&mdp, q.view(), prior().view()).unwrap();
        assert!(kl > 0.1);
        // The order matters.
        let back = trajectory_kl(&mdp, prior().view(), q.view()).unwrap();
        assert!((kl - back).abs() > 1e-3);
    }
}
