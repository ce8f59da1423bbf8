//! CS285-15: the likelihood of demonstrations.

use std::error::Error;

use kinglet_envs::fixtures::{lot, tab};
use kinglet_envs::{Rewards, TabularMdp};
use kinglet_objectives::{
    IrlModel, MaxEntIrl, RewardTable, demonstration_visits, exact_inference, irl_likelihood,
    log_evidence_enumerated, trajectory_posterior,
};
use ndarray::Array2;

use crate::outcome::Computed;
use crate::paths::LIMIT;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-15",
    title: "The likelihood of demonstrations is their mean reward less the log evidence",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_15,
};

/// The likelihood of demonstrations under a reward. Catalogue: CS285-15.
///
/// ```text
/// L(ψ) = (1/N) Σᵢ r_ψ(τᵢ) − log Z,   Z = Σ_τ p(τ) exp r_ψ(τ)
/// ```
///
/// On TAB, with four demonstrations and two rewards: log Z by listing, by optimistic messages and
/// by the linear messages of [`MaxEntIrl`]; and L as the mean log posterior, up to the part of the
/// dynamics, which no reward changes.
pub fn cs285_15() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    let lottery = lot(10.0)?;
    let mut checks = vec![
        normaliser("log Z on TAB, its own reward", &mdp)?,
        normaliser("log Z on TAB, another reward", &with_reward(&mdp, &OTHER)?)?,
        normaliser("log Z of the lottery", &lottery)?,
        by_state(&lottery)?,
    ];
    for (reward, name) in [
        (own(&mdp), "its own reward"),
        (OTHER.to_vec(), "another reward"),
    ] {
        checks.push(likelihood(&mdp, &reward, name)?);
    }
    checks.push(dynamics_drop_out(&mdp)?);
    Ok(Outcome {
        checks,
        notes: vec![
            "\"The gradient of p(τ | O, ψ)\" means that of log p(τ | O, ψ): it is of the logarithm \
             that the dynamics drop out. The gradient of p itself keeps the factor p.",
            "The demonstrations enter through their mean number of visits alone, since the reward \
             of a trajectory is a sum over its steps.",
        ],
        ..Outcome::default()
    })
}

/// A reward for TAB that is not its own, [S, A] row by row.
pub(super) const OTHER: [f64; 6] = [0.3, -0.6, -1.1, 0.2, -0.5, -0.9];

/// Four trajectories of TAB, pairs (state, action).
pub(super) fn demonstrations() -> Vec<Vec<(usize, usize)>> {
    vec![
        vec![(0, 0), (1, 1), (2, 1)],
        vec![(2, 1), (2, 1), (0, 0)],
        vec![(0, 1), (2, 1), (2, 1)],
        vec![(1, 1), (0, 0), (0, 1)],
    ]
}

/// The rewards of a problem, [S, A] row by row.
pub(super) fn own(mdp: &TabularMdp) -> Vec<f64> {
    let pairs = (0..mdp.n_states()).flat_map(|s| (0..mdp.n_actions()).map(move |a| (s, a)));
    pairs.map(|(s, a)| mdp.reward(s, a)).collect()
}

/// The problem with another reward, [S, A] row by row.
pub(super) fn with_reward(mdp: &TabularMdp, reward: &[f64]) -> Result<TabularMdp, Box<dyn Error>> {
    let shape = (mdp.n_states(), mdp.n_actions());
    let table = Array2::from_shape_vec(shape, reward.to_vec())?;
    Ok(mdp.clone().with_rewards(Rewards::StateAction(table))?)
}

fn normaliser(quantity: &str, mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let reward = own(mdp);
    let mut model = MaxEntIrl::new(mdp, RewardTable::StateAction)?;
    Ok(Check::exact(
        quantity,
        [
            (
                "all trajectories",
                log_evidence_enumerated(mdp, 1.0, LIMIT)?,
            ),
            (
                "optimistic messages",
                exact_inference(mdp, 1.0)?.log_evidence,
            ),
            (
                "the learner's messages",
                model.normaliser(&reward, &mut reward.clone()),
            ),
        ],
    ))
}

/// The lottery's rewards belong to states: messages without logarithms.
fn by_state(lottery: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let mut model = MaxEntIrl::new(lottery, RewardTable::State)?;
    let log_z = model.normaliser(&[0.0, 1.0, 10.0, 0.0], &mut [0.0; 4]);
    Ok(Check::within(
        "log Z of the lottery, as known",
        1e-9,
        [("linear messages", log_z), ("known", 6.104672421)],
    ))
}

/// The mean of log p(τᵢ | O, ψ) over the demonstrations, less log p(τᵢ) if the dynamics are to be
/// left out.
fn mean_log_posterior(
    mdp: &TabularMdp,
    reward: &[f64],
    dynamics_weight: f64,
) -> Result<f64, Box<dyn Error>> {
    let posterior = trajectory_posterior(&with_reward(mdp, reward)?, 1.0, LIMIT)?;
    let demonstrations = demonstrations();
    let mut sum = 0.0;
    for path in &demonstrations {
        for (tau, p) in &posterior {
            let pairs = tau.states.iter().copied().zip(tau.actions.iter().copied());
            if pairs.eq(path.iter().copied()) {
                sum += p.ln() - dynamics_weight * tau.dynamics_probability.ln();
            }
        }
    }
    Ok(sum / demonstrations.len() as f64)
}

pub(super) fn log_likelihood(mdp: &TabularMdp, reward: &[f64]) -> Result<f64, Box<dyn Error>> {
    let counts = demonstration_visits(mdp, &demonstrations())?;
    let counts: Vec<f64> = counts.into_iter().collect();
    let mut model = MaxEntIrl::new(mdp, RewardTable::StateAction)?;
    Ok(irl_likelihood(
        &mut model,
        &counts,
        reward,
        &mut reward.to_vec(),
    ))
}

fn likelihood(mdp: &TabularMdp, reward: &[f64], name: &str) -> Result<Check, Box<dyn Error>> {
    Ok(Check::exact(
        format!("L of four demonstrations, {name}"),
        [
            ("visits · r − log Z", log_likelihood(mdp, reward)?),
            (
                "mean of log p(τᵢ|O) − log p(τᵢ), listed",
                mean_log_posterior(mdp, reward, 1.0)?,
            ),
        ],
    ))
}

fn dynamics_drop_out(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let (own, whole) = (own(mdp), 0.0);
    Ok(Check::exact(
        "how much likelier one reward is than the other: the dynamics do not matter",
        [
            (
                "difference of L",
                log_likelihood(mdp, &own)? - log_likelihood(mdp, &OTHER)?,
            ),
            (
                "difference of the mean log p(τᵢ | O, ψ), with dynamics",
                mean_log_posterior(mdp, &own, whole)? - mean_log_posterior(mdp, &OTHER, whole)?,
            ),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_15_holds() {
        assert_eq!(cs285_15().verdict(), Verdict::Holds);
    }

    #[test]
    fn cs285_15_every_demonstration_is_listed_once() {
        let mdp = tab();
        let whole = mean_log_posterior(&mdp, &OTHER, 0.0).unwrap();
        let without = mean_log_posterior(&mdp, &OTHER, 1.0).unwrap();
        // log p(s₁) + log p(s₂ | s₁, a₁) + log p(s₃ | s₂, a₂), read off the tables.
        let dynamics = [
            [0.5, 0.3, 0.5],
            [0.2, 0.4, 0.35],
            [0.5, 0.7, 0.4],
            [0.3, 0.45, 0.6],
        ];
        let log_dynamics: f64 = dynamics.iter().flatten().map(|p: &f64| p.ln()).sum();
        assert!((whole - without - log_dynamics / 4.0).abs() < 1e-14);
    }

    #[test]
    fn cs285_15_a_constant_reward_explains_nothing() {
        let mdp = tab();
        let l = log_likelihood(&mdp, &OTHER).unwrap();
        let raised = OTHER.map(|r| r + 5.0);
        assert!((log_likelihood(&mdp, &raised).unwrap() - l).abs() < 1e-13);
        assert!((l - log_likelihood(&mdp, &own(&mdp)).unwrap()).abs() > 0.1);
    }
}
