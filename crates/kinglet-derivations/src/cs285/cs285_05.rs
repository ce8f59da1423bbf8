//! CS285-05: reward plus entropy.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::{lot, tab};
use kinglet_objectives::{
    elbo, elbo_enumerated, elbo_monte_carlo, evaluate_soft_policy_finite, max_entropy_objective,
    soft_value_iteration_finite,
};
use ndarray::Array3;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::outcome::Computed;
use crate::paths::{expectation, steps};
use crate::policies::tab_policy;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-05",
    title: "The bound is the expected reward plus the entropy of the policy",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_05,
};

/// The bound is reward plus entropy. Catalogue: CS285-05.
///
/// ```text
/// log p(O₁:T) ≥ Σₜ E_q[ r(sₜ, aₜ) + H(q(aₜ | sₜ)) ]
/// ```
///
/// On TAB and on the lottery: forward with the law of each state, backward with soft values, by
/// all trajectories and by sampling; and split into what is earned and what is left to chance.
pub fn cs285_05() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let (mdp, policy) = (tab(), tab_policy());
    let lottery = lot(10.0)?;
    let best = soft_value_iteration_finite(&lottery, 1.0)?.policy;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let sampled = elbo_monte_carlo(&lottery, best.view(), 1.0, 20_000, &mut rng)?;
    Ok(Outcome {
        checks: vec![
            bound("the ELBO of a softmax policy on TAB", &mdp, &policy)?,
            bound("the ELBO of q* on LOT", &lottery, &best)?,
            Check::monte_carlo(
                "the ELBO of q* on LOT by sampling",
                ("the law of each state", elbo(&lottery, best.view(), 1.0)?),
                ("20 000 trajectories drawn from q*", sampled),
            ),
            parts("on TAB: the bound in two parts", &mdp, &policy)?,
        ],
        notes: vec![
            "This is the policy-gradient objective with the entropy added. Only the policy can \
             be chosen in it: the law of the states follows.",
        ],
        ..Outcome::default()
    })
}

fn bound(quantity: &str, mdp: &TabularMdp, q: &Array3<f64>) -> Result<Check, Box<dyn Error>> {
    let backward = evaluate_soft_policy_finite(mdp, q.view(), 1.0)?.v;
    Ok(Check::exact(
        quantity,
        [
            (
                "E_q[log p(τ, O) − log q(τ)], listed",
                elbo_enumerated(mdp, q.view(), 1.0)?,
            ),
            (
                "Σ E[r + H], the law of each state",
                max_entropy_objective(mdp, q.view(), 1.0)?,
            ),
            (
                "E[V(s₁)], soft values of q backwards",
                backward.row(0).dot(&mdp.initial()),
            ),
        ],
    ))
}

/// The expected return and the expected −Σ log q, listed, against the whole.
fn parts(quantity: &str, mdp: &TabularMdp, q: &Array3<f64>) -> Result<Check, Box<dyn Error>> {
    let earned = expectation(mdp, q, |path| path.total_reward)?;
    let surprise = expectation(mdp, q, |path| steps(path).map(|step| -q[step].ln()).sum())?;
    Ok(Check::exact(
        quantity,
        [
            ("E[Σ r] + E[−Σ log q], 216 trajectories", earned + surprise),
            (
                "Σ E[r + H], the law of each state",
                max_entropy_objective(mdp, q.view(), 1.0)?,
            ),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_05_reward_plus_entropy_is_the_bound() {
        assert_eq!(cs285_05().verdict(), Verdict::Holds);
        let (mdp, policy) = (tab(), tab_policy());
        let listed = elbo_enumerated(&mdp, policy.view(), 1.0).unwrap();
        let forward = max_entropy_objective(&mdp, policy.view(), 1.0).unwrap();
        assert!((listed - forward).abs() < 1e-12);
    }

    #[test]
    fn cs285_05_the_best_bound_on_the_lottery_by_hand() {
        let lottery = lot(10.0).unwrap();
        let best = soft_value_iteration_finite(&lottery, 1.0).unwrap().policy;
        let by_hand = 2_f64.ln() + (1_f64.exp() + 0.1_f64.exp()).ln();
        assert!((elbo(&lottery, best.view(), 1.0).unwrap() - by_hand).abs() < 1e-12);
    }
}
