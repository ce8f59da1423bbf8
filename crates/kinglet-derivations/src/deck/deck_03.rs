//! DECK-03: the maximum-entropy objective.

use kinglet_envs::fixtures::{lot, tab};
use kinglet_objectives::{
    elbo, elbo_enumerated, elbo_monte_carlo, max_entropy_objective,
    max_entropy_objective_enumerated,
};
use ndarray::Array3;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::outcome::Computed;
use crate::policies::tab_policy;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-03",
    title: "Reward plus entropy, summed over time, is the ELBO",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_03,
};

/// The maximum-entropy objective is the bound. Catalogue: DECK-03.
///
/// ```text
/// J = Σₜ E_q[ r(sₜ, aₜ) + H(q(· | sₜ)) ] = E_q[ Σₜ rₜ − log q(aₜ | sₜ) ]
/// ```
///
/// On TAB, with a softmax policy: both sides by listing all trajectories, and by the law of each
/// state. On the lottery, with a uniform policy, by hand.
pub fn deck_03() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let (mdp, policy) = (tab(), tab_policy());
    let q = policy.view();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let listed = max_entropy_objective_enumerated(&mdp, q, 1.0)?;
    let tossed = Array3::from_elem((2, 4, 2), 0.5);
    let lottery = max_entropy_objective(&lot(10.0)?, tossed.view(), 1.0)?;
    Ok(Outcome {
        checks: vec![
            Check::exact(
                "J(q) of a softmax policy on TAB",
                [
                    ("Σ q(τ) Σ (r + H), 216 trajectories", listed),
                    (
                        "Σ q(τ) [log p(τ, O) − log q(τ)]",
                        elbo_enumerated(&mdp, q, 1.0)?,
                    ),
                    (
                        "r + H, the law of each state",
                        max_entropy_objective(&mdp, q, 1.0)?,
                    ),
                    ("r − log q, the law of each state", elbo(&mdp, q, 1.0)?),
                ],
            ),
            Check::monte_carlo(
                "the same by sampling",
                ("Σ q(τ) Σ (r + H), 216 trajectories", listed),
                (
                    "Σ (r − log q) of 20 000 trajectories",
                    elbo_monte_carlo(&mdp, q, 1.0, 20_000, &mut rng)?,
                ),
            ),
            Check::exact(
                "J of tossing a coin on LOT",
                [
                    ("r + H, the law of each state", lottery),
                    ("(1 + R/100)/2 + 2 log 2, by hand", 0.55 + 2.0 * 2_f64.ln()),
                ],
            ),
        ],
        notes: vec![
            "The sum may stand outside the expectation or inside. The entropy depends on the \
             state alone, and −log q(a|s) has it as its mean there, so both objectives agree; \
             their samples do not.",
        ],
        ..Outcome::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_03_entropy_is_the_mean_of_minus_log_q() {
        assert_eq!(deck_03().verdict(), Verdict::Holds);
        let (mdp, q) = (tab(), tab_policy());
        for temperature in [0.3, 1.0, 2.0] {
            let with_entropy = max_entropy_objective(&mdp, q.view(), temperature).unwrap();
            let with_log = elbo_enumerated(&mdp, q.view(), temperature).unwrap();
            assert!((with_entropy - with_log).abs() < 1e-12);
        }
    }

    #[test]
    fn deck_03_a_coin_on_the_lottery() {
        let check = deck_03().checks.pop().unwrap();
        assert!((check.values[0].value - 1.936_294_361_119_890_6).abs() < 1e-12);
    }
}
