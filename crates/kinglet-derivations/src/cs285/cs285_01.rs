//! CS285-01: the optimistic backup.

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::{lot, tab};
use kinglet_objectives::{ExactInference, exact_inference, log_evidence_enumerated};

use crate::outcome::Computed;
use crate::paths::LIMIT;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-01",
    title: "The optimistic backup Q = r + log E[exp V] computes the log evidence",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_01,
};

/// The optimistic backup. Catalogue: CS285-01.
///
/// ```text
/// Qₜ(s, a) = r(s, a) + log E[exp Vₜ₊₁(s')],   Vₜ(s) = log Σₐ exp Qₜ(s, a)
/// ```
///
/// V₁ is the log evidence log p(O | s₁), found here by listing the trajectories from s₁ too: on
/// the lottery, and from each state of TAB.
pub fn cs285_01() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let (lottery, mdp) = (lot(10.0)?, tab());
    let messages = exact_inference(&mdp, 1.0)?;
    let mut checks = vec![
        Check::exact(
            "log p(O) = V₁(s₁) on LOT",
            [
                (
                    "backward messages",
                    exact_inference(&lottery, 1.0)?.v[[0, 0]],
                ),
                (
                    "all trajectories",
                    log_evidence_enumerated(&lottery, 1.0, LIMIT)?,
                ),
                ("log 2 (e + e¹⁰/100 + 0.99), by hand", by_hand()),
            ],
        ),
        Check::exact(
            "log p(O) on TAB: E[exp V₁(s₁)] stands in the logarithm",
            [
                ("backward messages", messages.log_evidence),
                (
                    "216 trajectories",
                    log_evidence_enumerated(&mdp, 1.0, LIMIT)?,
                ),
            ],
        ),
    ];
    for state in 0..mdp.n_states() {
        checks.push(first_value(&mdp, &messages, state)?);
    }
    checks.push(last_value(&mdp, &messages));
    Ok(Outcome {
        checks,
        notes: vec![
            "At the last step nothing follows, and Q is the reward alone.",
            "The action weight is one. A uniform prior over actions would take log A from V at \
             every step and change no posterior.",
            "The expectation stands inside the exponential: one lucky successor in a hundred is \
             worth its value less log 100, however bad the others are.",
        ],
        ..Outcome::default()
    })
}

/// Both final actions count, and the three prizes are 1, 10 and 0.
fn by_hand() -> f64 {
    (2.0 * (1_f64.exp() + 0.01 * 10_f64.exp() + 0.99)).ln()
}

fn first_value(
    mdp: &TabularMdp,
    messages: &ExactInference,
    state: usize,
) -> Result<Check, kinglet_envs::Error> {
    let from_here = mdp
        .trajectories(LIMIT)?
        .filter(|path| path.states[0] == state);
    let joint: f64 = from_here
        .map(|path| path.dynamics_probability * path.total_reward.exp())
        .sum();
    Ok(Check::exact(
        format!("V₁({state}) on TAB"),
        [
            ("backward messages", messages.v[[0, state]]),
            (
                "log p(O, s₁) − log p(s₁), 72 trajectories",
                (joint / mdp.initial()[state]).ln(),
            ),
        ],
    ))
}

fn last_value(mdp: &TabularMdp, messages: &ExactInference) -> Check {
    Check::exact(
        "V₃(0) on TAB, the last step",
        [
            ("backward messages", messages.v[[2, 0]]),
            (
                "log Σ exp r(0, a)",
                (mdp.reward(0, 0).exp() + mdp.reward(0, 1).exp()).ln(),
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_01_golden_digits_of_the_evidence() {
        assert_eq!(cs285_01().verdict(), Verdict::Holds);
        let mdp = lot(10.0).unwrap();
        let messages = exact_inference(&mdp, 1.0).unwrap().log_evidence;
        let listed = log_evidence_enumerated(&mdp, 1.0, LIMIT).unwrap();
        for log_evidence in [messages, listed, by_hand()] {
            assert!((log_evidence - 6.104672421).abs() < 5e-10, "{log_evidence}");
        }
    }

    #[test]
    fn cs285_01_luck_is_worth_its_value_less_the_log_of_its_rarity() {
        let messages = exact_inference(&lot(20.0).unwrap(), 1.0).unwrap();
        let bought = messages.q[[0, 0, 1]];
        assert!((bought - (20.0 + 2_f64.ln() - 100_f64.ln())).abs() < 1e-6);
    }
}
