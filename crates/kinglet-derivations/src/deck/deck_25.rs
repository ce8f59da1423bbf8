//! DECK-25: what the reward for exploration costs.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    discounted_occupancy, evaluate_soft_policy, soft_value_iteration, temperature_cost,
};
use kinglet_plots::{Axes, Axis, Series, lines};
use ndarray::Array2;

use crate::disc::{go_on, optimum};
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, Outcome, Source};

/// The temperatures that are tried.
const TEMPERATURES: [f64; 5] = [0.03, 0.1, 0.3, 1.0, 10.0];

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-25",
    title: "The entropy bonus makes the policy worse in return, by at most α log A / (1 − γ)",
    kind: Kind::Claim,
    source: Source::Deck,
    run: deck_25,
};

/// What the reward for exploration costs. Catalogue: DECK-25.
///
/// ```text
/// 0 ≤ E[V₀(s₁)] − E[V^{π_α}(s₁)] ≤ α log A / (1 − γ)
/// ```
///
/// The claim is that exploration is necessary for the guarantee of a near optimal solution. On
/// DISC: the return of the soft-optimal policy, by a linear solve and by the time that it spends in
/// each state, falls as the temperature rises, within the bound. The guarantee comes from a small
/// temperature.
pub fn deck_25() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    let mut checks = Vec::new();
    for temperature in TEMPERATURES {
        checks.extend(gap_at(&mdp, temperature)?);
    }
    for pair in TEMPERATURES.windows(2) {
        checks.push(Check::at_most(
            format!("the gap grows with the temperature, from α = {}", pair[0]),
            ("gap", gap(&mdp, pair[0])?),
            (&format!("gap at α = {}", pair[1]), gap(&mdp, pair[1])?),
        ));
    }
    let uniform = Array2::from_elem((4, 3), 1.0 / 3.0);
    let worst = best_return(&mdp)? - value(&mdp, &uniform)?;
    checks.push(Check::within(
        "in the limit α → ∞ it is that of the uniform policy",
        1e-6,
        [
            ("gap at α = 1e8", gap(&mdp, 1e8)?),
            ("uniform policy", worst),
        ],
    ));
    Ok(Outcome {
        checks,
        notes: vec![
            "Condition: near optimal means within α log A / (1 − γ) of the best return, so it \
             holds for a small temperature and not because of the bonus. With a large one the \
             policy is nearly uniform.",
            "Necessary is too strong: value iteration on a known model explores nothing and finds \
             the best policy. What a learner from samples needs is that every action goes on being \
             tried; the entropy bonus is one way to see to it.",
            "What is rewarded is randomness of the action, not the novelty of a state.",
        ],
        figures: vec![figure(&mdp)?],
        ..Outcome::default()
    })
}

fn soft_optimal(mdp: &TabularMdp, temperature: f64) -> Result<Array2<f64>, Box<dyn Error>> {
    // Values grow with α: so must the tolerance.
    let tolerance = 1e-13 * temperature.max(1.0);
    Ok(soft_value_iteration(mdp, temperature, tolerance, &mut go_on)?.policy)
}

/// The return of a policy, its entropy not counted.
fn value(mdp: &TabularMdp, policy: &Array2<f64>) -> Result<f64, Box<dyn Error>> {
    Ok(evaluate_soft_policy(mdp, policy.view(), 0.0)?
        .v
        .dot(&mdp.initial()))
}

/// Σ_s d(s) Σₐ π(a | s) r(s, a).
fn by_occupancy(mdp: &TabularMdp, policy: &Array2<f64>) -> Result<f64, Box<dyn Error>> {
    let occupancy = discounted_occupancy(mdp, policy.view())?;
    let terms = policy.indexed_iter();
    Ok(terms
        .map(|((s, a), p)| occupancy[s] * p * mdp.reward(s, a))
        .sum())
}

fn best_return(mdp: &TabularMdp) -> Result<f64, Box<dyn Error>> {
    Ok(optimum(mdp)?.v.dot(&mdp.initial()))
}

fn gap(mdp: &TabularMdp, temperature: f64) -> Result<f64, Box<dyn Error>> {
    Ok(best_return(mdp)? - value(mdp, &soft_optimal(mdp, temperature)?)?)
}

fn gap_at(mdp: &TabularMdp, temperature: f64) -> Result<Vec<Check>, Box<dyn Error>> {
    let policy = soft_optimal(mdp, temperature)?;
    let best = best_return(mdp)?;
    let gap = best - value(mdp, &policy)?;
    Ok(vec![
        Check::exact(
            format!("what the soft-optimal policy lacks in return, α = {temperature}"),
            [
                ("V₀ less a linear solve", gap),
                ("V₀ less Σ d π r", best - by_occupancy(mdp, &policy)?),
            ],
        ),
        Check::at_most("it is not below 0", ("the best", 0.0), ("gap", gap)),
        Check::at_most(
            "and not above α log A / (1 − γ)",
            ("gap", gap),
            ("bound", temperature_cost(mdp, temperature)?),
        ),
    ])
}

fn figure(mdp: &TabularMdp) -> Result<Illustration, Box<dyn Error>> {
    let temperatures: Vec<f64> = (0..=30)
        .map(|i| 10_f64.powf(f64::from(i) / 10.0 - 2.0))
        .collect();
    let (mut gaps, mut bounds) = (Vec::new(), Vec::new());
    for &temperature in &temperatures {
        gaps.push(gap(mdp, temperature)?.max(1e-12));
        bounds.push(temperature_cost(mdp, temperature)?);
    }
    // Below this the gap is rounding.
    let seen = gaps.iter().position(|&gap| gap > 1e-9).unwrap_or(0);
    let axes = Axes::new(
        "The price of exploration",
        Axis::log("temperature α"),
        Axis::log("missing return"),
        "The missing return rises steeply with the temperature from nearly nothing to that of the \
         uniform policy; the bound is a straight line far above it.",
    );
    Ok(Illustration {
        caption: "DISC: what the soft-optimal policy lacks beside the best return, and the bound \
                  α log A / (1 − γ).",
        figure: lines(
            &axes,
            &[
                Series::line("bound", &temperatures, bounds),
                Series::line("gap", &temperatures[seen..], &gaps[seen..]),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use kinglet_objectives::safe_temperature;

    #[test]
    fn deck_25_holds() {
        assert_eq!(deck_25().verdict(), Verdict::Holds);
    }

    /// Below the safe temperature the most likely action is the best everywhere.
    #[test]
    fn deck_25_a_small_temperature_changes_no_decision() {
        let best = optimum(&disc()).unwrap();
        let safe = safe_temperature(&disc(), best.q.view()).unwrap();
        let policy = soft_optimal(&disc(), 0.99 * safe).unwrap();
        for s in 0..4 {
            for a in 0..3 {
                assert!(best.policy[[s, a]] < 1.0 || policy[[s, a]] > 1.0 / 3.0);
            }
        }
        assert!(gap(&disc(), 0.01 * safe).unwrap() < gap(&disc(), safe).unwrap());
    }
}
