//! DECK-02: sampling the posterior does not recover a policy.

use kinglet_envs::fixtures::{lot, tab, tabdet};
use kinglet_envs::{TabularMdp, Trajectory};
use kinglet_objectives::{
    Estimate, elbo, exact_inference, likelihood_weighting, log_evidence_enumerated, posterior_kl,
    soft_value_iteration_finite,
};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::outcome::Computed;
use crate::paths::{LIMIT, posterior};
use crate::{Check, Entry, Kind, Outcome, Source};

const JACKPOT: f64 = 10.0;
const RUNS: usize = 200_000;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-02",
    title: "Sampling the posterior does not recover a policy where chance has a say",
    kind: Kind::Claim,
    source: Source::Deck,
    run: deck_02,
};

/// Sampling from the posterior does not recover a policy. Catalogue: DECK-02.
///
/// ```text
/// min_q KL(q ‖ p(τ | O)) = log p(O) − ELBO(q*),   zero where chance decides nothing
/// ```
///
/// On the lottery: what the posterior says about buying a ticket, listed, by messages, in closed
/// form and by 200 000 weighted runs, against the policy q* that leaves the dynamics alone. On
/// TAB: the least divergence of any policy from the posterior, which is zero only where both the
/// dynamics and the first state are deterministic.
pub fn deck_02() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [lottery()?, weighting()?, least_divergence()?].concat(),
        notes: vec![
            "The posterior over trajectories is no policy's trajectory law p_q(τ): it moves the \
             dynamics as well as the actions. A program that samples it recovers a lucky world, \
             not a way to act.",
            "The claim needs chance. With deterministic dynamics and a deterministic first state \
             the divergence is zero, and sampling the posterior does recover the policy.",
            "Likelihood weighting is right but wasteful: one run in two hundred wins, and those \
             carry all the weight.",
        ],
        ..Outcome::default()
    })
}

pub(crate) fn buys(path: &Trajectory) -> bool {
    path.actions[0] == 1
}

fn lottery() -> Result<Vec<Check>, Box<dyn std::error::Error>> {
    let mdp = lot(JACKPOT)?;
    let ticket = 0.01 * JACKPOT.exp() + 0.99;
    Ok(vec![
        Check::exact(
            "P(buy | O) on LOT: exact inference",
            [
                ("all trajectories", posterior(&mdp, buys, |_| true)?),
                (
                    "backward messages",
                    exact_inference(&mdp, 1.0)?.policy()[[0, 0, 1]],
                ),
                ("closed form, by hand", ticket / (ticket + 1_f64.exp())),
            ],
        ),
        Check::exact(
            "q*(buy) on LOT: the best policy",
            [
                (
                    "soft value iteration",
                    soft_value_iteration_finite(&mdp, 1.0)?.policy[[0, 0, 1]],
                ),
                (
                    "1 / (1 + e^(1 − R/100))",
                    1.0 / (1.0 + (1.0 - 0.01 * JACKPOT).exp()),
                ),
            ],
        ),
    ])
}

/// Likelihood weighting, and how many of its runs count.
fn weighting() -> Result<Vec<Check>, Box<dyn std::error::Error>> {
    let mdp = lot(JACKPOT)?;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let bought = |_: &[usize], actions: &[usize]| f64::from(actions[0] == 1);
    let weighted = likelihood_weighting(&mdp, 1.0, RUNS, bought, &mut rng)?;
    Ok(vec![
        Check::monte_carlo(
            "P(buy | O) on LOT by sampling",
            ("all trajectories", posterior(&mdp, buys, |_| true)?),
            ("200 000 weighted runs", weighted.posterior_mean),
        ),
        Check::monte_carlo(
            "log p(O) on LOT by sampling",
            (
                "all trajectories",
                log_evidence_enumerated(&mdp, 1.0, LIMIT)?,
            ),
            ("200 000 weighted runs", weighted.log_evidence),
        ),
        Check::monte_carlo(
            "how much of a run one weighted run is worth",
            ("E[w]² / E[w²], listed", effective_share(&mdp)?),
            (
                "effective sample size / 200 000",
                share_of(weighted.effective_sample_size),
            ),
        ),
    ])
}

/// E[w]² / E[w²] of w = exp(Σ r) under uniform actions.
fn effective_share(mdp: &TabularMdp) -> Result<f64, kinglet_envs::Error> {
    let (mut mean, mut square) = (0.0, 0.0);
    for path in mdp.trajectories(LIMIT)? {
        let p = path.dynamics_probability / 4.0;
        mean += p * path.total_reward.exp();
        square += p * (2.0 * path.total_reward).exp();
    }
    Ok(mean * mean / square)
}

/// The share is that of the winning runs, whose number is binomial.
fn share_of(effective_sample_size: f64) -> Estimate {
    let (n, win) = (RUNS as f64, 0.5 * 0.01);
    Estimate {
        mean: effective_sample_size / n,
        standard_error: (win * (1.0 - win) / n).sqrt(),
    }
}

fn least_divergence() -> Result<Vec<Check>, Box<dyn std::error::Error>> {
    let (tab, det) = (tab(), tabdet());
    let lucky_start = TabularMdp::new(
        det.transitions().clone(),
        det.rewards().clone(),
        tab.initial().to_owned(),
        det.horizon(),
    )?;
    let gap = divergence(&tab)?;
    let gap_of_start = divergence(&lucky_start)?;
    Ok(vec![
        both("min KL(q ‖ p(τ|O)) on TAB", gap),
        both(
            "the same, everything deterministic (TABDET)",
            divergence(&det)?,
        ),
        both("the same, only the first state random", gap_of_start),
        Check::at_most(
            "chance keeps the posterior away from every policy",
            ("a thousandth of a nat", 0.001),
            ("the smaller of both gaps", gap[0].min(gap_of_start[0])),
        ),
    ])
}

/// log p(O) − ELBO(q*), and KL(q* ‖ p(τ | O)) over all trajectories.
pub(crate) fn divergence(mdp: &TabularMdp) -> Result<[f64; 2], kinglet_objectives::Error> {
    let best = soft_value_iteration_finite(mdp, 1.0)?.policy;
    let log_evidence = exact_inference(mdp, 1.0)?.log_evidence;
    let gap = log_evidence - elbo(mdp, best.view(), 1.0)?;
    Ok([gap, posterior_kl(mdp, best.view(), 1.0)?])
}

fn both(quantity: &str, [gap, kl]: [f64; 2]) -> Check {
    let values = [
        ("log p(O) − ELBO(q*)", gap),
        ("KL over all trajectories", kl),
    ];
    Check::exact(quantity, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_02_golden_digits_of_the_lottery() {
        assert_eq!(deck_02().verdict(), Verdict::Holds);
        let mdp = lot(10.0).unwrap();
        let buy = posterior(&mdp, buys, |_| true).unwrap();
        assert!((buy - 0.987863).abs() < 5e-7, "{buy}");
        let best = soft_value_iteration_finite(&mdp, 1.0).unwrap().policy[[0, 0, 1]];
        assert!((best - 0.289050).abs() < 5e-7, "{best}");
    }

    #[test]
    fn deck_02_weighted_runs_are_few_and_right() {
        let outcome = deck_02();
        let sampled = |name: &str| {
            let named = |check: &&Check| check.quantity.starts_with(name);
            outcome.checks.iter().find(named).unwrap().values[1].clone()
        };
        let buy = sampled("P(buy | O) on LOT by sampling");
        assert!((buy.value - 0.987863).abs() < 4.0 * buy.standard_error.unwrap());
        assert!(buy.standard_error.unwrap() < 1e-3);
        let size = sampled("how much").value * RUNS as f64;
        assert!((800.0..1300.0).contains(&size), "{size}");
    }

    #[test]
    fn deck_02_only_certainty_closes_the_gap() {
        let det = divergence(&tabdet()).unwrap();
        assert!(det[0].abs() < 1e-12 && det[1].abs() < 1e-12);
        assert!(divergence(&tab()).unwrap()[0] > 0.05);
    }
}
