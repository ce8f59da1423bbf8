//! CS285-08: the gap.

use std::error::Error;

use kinglet_envs::fixtures::{tab, tabdet};
use kinglet_envs::{Rewards, TabularMdp, Transitions};
use kinglet_objectives::{exact_inference, soft_value_iteration_finite};
use ndarray::Array1;

use crate::deck::divergence;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-08",
    title: "The gap of the best bound is KL(q* ‖ p(τ|O)), zero where chance decides nothing",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_08,
};

/// What the best policy cannot explain. Catalogue: CS285-08.
///
/// ```text
/// log p(O) − max ELBO = KL(q* ‖ p(τ | O)) ≥ 0
/// ```
///
/// On TAB, on TABDET, and on the two problems between them: deterministic dynamics with a random
/// first state, and random dynamics from a known one.
pub fn cs285_08() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let (mdp, det) = (tab(), tabdet());
    let mut checks = vec![
        gap("the gap on TAB", &mdp)?,
        gap("the gap on TABDET, all deterministic", &det)?,
        gap(
            "TABDET's dynamics, TAB's random first state",
            &mixed(&det, &mdp)?,
        )?,
        gap(
            "TAB's dynamics, TABDET's certain first state",
            &mixed(&mdp, &det)?,
        )?,
        Check::exact(
            "the gap on TABDET is none",
            [("log p(O) − ELBO(q*)", divergence(&det)?[0]), ("0", 0.0)],
        ),
    ];
    let half_random = [
        ("random dynamics alone leave a gap", mixed(&mdp, &det)?),
        (
            "a random first state alone leaves a gap",
            mixed(&det, &mdp)?,
        ),
    ];
    for (quantity, random) in half_random {
        checks.push(Check::at_most(
            quantity,
            ("a thousandth of a nat", 0.001),
            ("KL(q* ‖ p(τ|O))", divergence(&random)?[1]),
        ));
    }
    checks.push(gap(
        "TAB's chances where every reward is 0",
        &worthless(&mdp)?,
    )?);
    checks.push(jensen(&mdp)?);
    Ok(Outcome {
        checks,
        notes: vec![
            "Zero needs certainty: deterministic dynamics are not enough, the first state must be \
             certain too. Or it needs chance that decides nothing, where all that can happen is \
             worth the same.",
        ],
        ..Outcome::default()
    })
}

fn gap(quantity: &str, mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let [gap, kl] = divergence(mdp)?;
    let values = [
        ("log p(O) − ELBO(q*)", gap),
        ("KL over all trajectories", kl),
    ];
    Ok(Check::exact(quantity, values))
}

/// The dynamics and rewards of one problem from the first state of another.
pub(super) fn mixed(
    dynamics: &TabularMdp,
    start: &TabularMdp,
) -> Result<TabularMdp, kinglet_envs::Error> {
    let transitions: Transitions = dynamics.transitions().clone();
    let initial: Array1<f64> = start.initial().to_owned();
    TabularMdp::new(
        transitions,
        dynamics.rewards().clone(),
        initial,
        dynamics.horizon(),
    )
}

/// The same problem without rewards: chance decides nothing.
fn worthless(mdp: &TabularMdp) -> Result<TabularMdp, kinglet_envs::Error> {
    let nothing = Rewards::State(Array1::zeros(mdp.n_states()));
    mdp.clone().with_rewards(nothing)
}

/// log E[exp V] ≥ E[V], state by state: no soft value exceeds an optimistic one.
fn jensen(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let optimistic = exact_inference(mdp, 1.0)?.v;
    let soft = soft_value_iteration_finite(mdp, 1.0)?.v;
    let excess = (soft - optimistic).fold(f64::NEG_INFINITY, |m, &x| m.max(x));
    Ok(Check::at_most(
        "soft values are at most the optimistic ones, everywhere on TAB",
        ("the largest V_soft − V_optimistic", excess),
        ("0", 0.0),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_08_the_gap_is_the_divergence_and_needs_chance() {
        assert_eq!(cs285_08().verdict(), Verdict::Holds);
        let (mdp, det) = (tab(), tabdet());
        for certain in [&det, &worthless(&mdp).unwrap()] {
            assert!(divergence(certain).unwrap()[0].abs() < 1e-14);
        }
        for random in [mixed(&mdp, &det).unwrap(), mixed(&det, &mdp).unwrap(), mdp] {
            let [gap, kl] = divergence(&random).unwrap();
            assert!(gap > 0.005 && (gap - kl).abs() < 1e-12, "{gap} and {kl}");
        }
    }
}
