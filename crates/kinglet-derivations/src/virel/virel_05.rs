//! VIREL-05: the counterexamples.

use std::error::Error;

use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    crowded_choice, misleading_temperature, safe_temperature, soft_policy, soft_value_iteration,
    soft_value_iteration_finite,
};
use kinglet_plots::{Axes, Axis, Reference, Series, lines};
use ndarray::{Array2, ArrayView1};

use super::values::best_q;
use crate::disc::go_on;
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, Outcome, Source};

/// The better way has one action, the worse one four.
const REWARDS: [f64; 2] = [1.0, 0.9];
const ACTIONS: [usize; 2] = [1, 4];

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-05",
    title: "A crowd of good actions beats a better few once c log(k₂/k₁) > r₁ − r₂",
    kind: Kind::Claim,
    source: Source::Virel,
    run: virel_05,
};

/// The counterexamples to a temperature. Catalogue: VIREL-05.
///
/// ```text
/// s₀ → s₁ (k₁ actions of reward r₁)  or  s₂ (k₂ of r₂):   c* = (r₁ − r₂) / log(k₂ / k₁)
/// ```
///
/// With r = (1, .9) and k = (1, 4): the critical temperature by formula and by bisection of what
/// soft value iteration does; both sides of it; and, on DISC, a temperature that is low enough.
pub fn virel_05() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [critical()?, both_sides()?, vec![safe_mode()?]].concat(),
        notes: vec![
            "\"The optimal policy can't be recovered\" needs a condition: at a given temperature. \
             For a fixed finite problem with a gap between best and next best action some c > 0 \
             always recovers it; no single c does so for all problems.",
            "The slide's own problem is an image that is lost; this one shows the same.",
        ],
        figures: vec![figure()?],
        ..Outcome::default()
    })
}

/// π(a₁ | s₀) by soft value iteration.
fn first(temperature: f64) -> Result<f64, kinglet_objectives::Error> {
    let mdp = crowded_choice(REWARDS, ACTIONS)?;
    Ok(soft_value_iteration_finite(&mdp, temperature)?.policy[[0, 0, 0]])
}

/// π(a₁ | s₀) by hand: the ways are worth rᵢ + c log kᵢ.
fn by_hand(temperature: f64) -> f64 {
    let [few, crowd] = ACTIONS.map(|k| (k as f64).ln());
    1.0 / (1.0 + ((REWARDS[1] - REWARDS[0]) / temperature + crowd - few).exp())
}

fn critical() -> Result<Vec<Check>, Box<dyn Error>> {
    let (mut low, mut high) = (0.01, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if first(middle)? > 0.5 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(vec![Check::exact(
        "the critical temperature c*",
        [
            ("bisection of π(a₁) = ½", low),
            (
                "(r₁ − r₂) / log(k₂/k₁)",
                misleading_temperature(REWARDS, ACTIONS)?,
            ),
            ("0.1 / log 4", 0.1 / 4_f64.ln()),
        ],
    )])
}

fn both_sides() -> Result<Vec<Check>, Box<dyn Error>> {
    let mut checks = Vec::new();
    for temperature in [0.0720, 0.0722, 0.01, 1.0] {
        checks.push(Check::exact(
            format!("π(a₁) at c = {temperature}"),
            [
                ("soft value iteration", first(temperature)?),
                ("softmax of rᵢ + c log kᵢ", by_hand(temperature)),
            ],
        ));
    }
    checks.push(Check::at_most(
        "below c* the mode is right",
        ("½", 0.5),
        ("π(a₁) at .0720", first(0.0720)?),
    ));
    checks.push(Check::at_most(
        "above c* it is wrong",
        ("π(a₁) at .0722", first(0.0722)?),
        ("½", 0.5),
    ));
    Ok(checks)
}

/// On DISC every state's mode is the best action at a temperature below the bound.
fn safe_mode() -> Result<Check, Box<dyn Error>> {
    let mdp = disc();
    let best = best_q(&mdp)?;
    let temperature = 0.99 * safe_temperature(&mdp, best.view())?;
    let soft = soft_value_iteration(&mdp, temperature, 1e-12, &mut go_on)?.policy;
    let hard = soft_policy(best.view(), 0.0)?;
    Ok(Check::exact(
        format!("DISC at c = {temperature:.4}, below the bound: states whose mode is optimal"),
        [
            ("counted", agreeing(&soft, &hard)),
            ("all", mdp.n_states() as f64),
        ],
    ))
}

fn agreeing(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    let rows = a.outer_iter().zip(b.outer_iter());
    rows.filter(|(a, b)| mode(a.view()) == mode(b.view()))
        .count() as f64
}

fn mode(row: ArrayView1<'_, f64>) -> usize {
    (0..row.len()).fold(0, |best, a| if row[a] > row[best] { a } else { best })
}

fn figure() -> Result<Illustration, Box<dyn Error>> {
    let temperatures: Vec<f64> = (0..=80)
        .map(|i| 10_f64.powf(f64::from(i) / 40.0 - 2.0))
        .collect();
    let first: Result<Vec<f64>, _> = temperatures.iter().map(|&c| first(c)).collect();
    let axes = Axes {
        references: vec![
            Reference::vertical("c*", misleading_temperature(REWARDS, ACTIONS)?),
            Reference::horizontal("½", 0.5),
        ],
        ..Axes::new(
            "Four good actions against one that is better",
            Axis::log("temperature c"),
            Axis::linear("π(the better way)"),
            "The probability of the better way falls from 1 through one half, at a temperature of \
             .072, to a fifth.",
        )
    };
    Ok(Illustration {
        caption: "One action of reward 1 against four of reward .9. Above c* = .1 / log 4 the \
                  max-ent policy's mode leads to the four; its choice tends to 4 : 1, their number.",
        figure: lines(&axes, &[Series::line("", &temperatures, first?)])?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn virel_05_the_mode_turns_at_the_critical_temperature() {
        assert_eq!(virel_05().verdict(), Verdict::Holds);
        let critical = misleading_temperature(REWARDS, ACTIONS).unwrap();
        assert!((critical - 0.072135).abs() < 5e-7);
        assert!((first(0.0720).unwrap() - 0.5006).abs() < 1e-4);
        assert!((first(0.0722).unwrap() - 0.4997).abs() < 1e-4);
    }
}
