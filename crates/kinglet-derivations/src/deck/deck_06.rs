//! DECK-06: the temperature.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::tab;
use kinglet_objectives::{
    elbo, evaluate_soft_policy_finite, max_entropy_objective, soft_value_iteration_finite,
    state_marginals,
};
use kinglet_plots::{Axes, Axis, Series, lines};
use ndarray::{Array3, Axis as Along, arr3};

use crate::optimise::{STEP, derivative};
use crate::outcome::Computed;
use crate::paths::{LIMIT, expectation, probability, steps};
use crate::policies::{softmax, tab_logits, tab_policy};
use crate::{Check, Entry, Illustration, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-06",
    title: "A temperature prices randomness: the gradient weighs r − α log q",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_06,
};

/// The temperature as the price of randomness. Catalogue: DECK-06.
///
/// ```text
/// J = Σₜ E[ r + α H(q(· | sₜ)) ]
/// ∇J = Σₜ E[ ∇ log q(aₜ | sₜ) Σ_{t' ≥ t} (r_t' − α log q(a_t' | s_t')) ]
/// ```
///
/// On TAB at α = 0, .1, 1, 5: the slope of J along one direction of the logits by differences, by
/// the scores of all trajectories, and by soft action values. Then what a falling temperature
/// does to the entropy of the best policy.
pub fn deck_06() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    let mut checks = Vec::new();
    for temperature in [0.0, 0.1, 1.0, 5.0] {
        checks.push(slope(&mdp, temperature)?);
    }
    checks.push(no_temperature(&mdp)?);
    for temperature in [1.0, 0.5, 0.2] {
        checks.push(entropy_of_the_best(&mdp, temperature)?);
    }
    checks.push(Check::at_most(
        "the incentive falls, the randomness with it: entropy of the best policy",
        ("at α = 0.05", entropy(&mdp, &best(&mdp, 0.05)?)?),
        ("at α = 1", entropy(&mdp, &best(&mdp, 1.0)?)?),
    ));
    Ok(Outcome {
        checks,
        notes: vec![
            "\"We are not removing randomness\" is right for every α above 0: the best policy \
             gives each action a positive probability. It is a matter of degree, and in the limit \
             α → 0 the best policy is deterministic.",
            "The sum starts at t = 0 here and at t = 1 elsewhere, which makes T + 1 steps of it; \
             and the policy is called π here, q elsewhere.",
        ],
        figures: vec![figure(&mdp)?],
        ..Outcome::default()
    })
}

/// A direction in the space of logits, no two of its components equal.
fn direction() -> Array3<f64> {
    arr3(&[
        [[0.5, -0.31], [0.12, 0.77], [-0.64, 0.28]],
        [[-0.19, 0.43], [0.88, -0.05], [0.37, -0.72]],
        [[0.66, 0.21], [-0.47, 0.94], [0.09, -0.58]],
    ])
}

/// The derivative of log q(a | s) along the direction: uₜ(s, a) − E_q[uₜ(s, ·)].
fn score(policy: &Array3<f64>) -> Array3<f64> {
    let along = direction();
    let mean = (&along * policy).sum_axis(Along(2)).insert_axis(Along(2));
    along - &mean
}

fn slope(mdp: &TabularMdp, temperature: f64) -> Result<Check, Box<dyn Error>> {
    let moved = |step: f64| {
        let policy = softmax(&(tab_logits() + step * direction()));
        max_entropy_objective(mdp, policy.view(), temperature).unwrap_or(f64::NAN)
    };
    let differences = derivative(moved, STEP);
    Ok(Check::within(
        format!("slope of J along one direction of the logits, α = {temperature}"),
        1e-8 * differences.abs().max(1.0),
        [
            ("central difference of J", differences),
            (
                "scores of 216 trajectories",
                slope_by_scores(mdp, temperature)?,
            ),
            (
                "scores × soft action values",
                slope_by_values(mdp, temperature)?,
            ),
        ],
    ))
}

/// Σ q(τ) Σₜ score Σ_{t' ≥ t} (r − α log q).
fn slope_by_scores(mdp: &TabularMdp, temperature: f64) -> Result<f64, Box<dyn Error>> {
    let policy = tab_policy();
    let score = score(&policy);
    Ok(expectation(mdp, &policy, |path| {
        let (mut to_go, mut sum) = (0.0, 0.0);
        for [t, s, a] in steps(path).collect::<Vec<_>>().into_iter().rev() {
            to_go += mdp.reward(s, a) - temperature * policy[[t, s, a]].ln();
            sum += score[[t, s, a]] * to_go;
        }
        sum
    })?)
}

/// Σₜ E[score (Qₜ(s, a) − α log q(a | s))], with the law of each state.
fn slope_by_values(mdp: &TabularMdp, temperature: f64) -> Result<f64, Box<dyn Error>> {
    let policy = tab_policy();
    let score = score(&policy);
    let q = evaluate_soft_policy_finite(mdp, policy.view(), temperature)?.q;
    let law = state_marginals(mdp, policy.view())?;
    let terms = policy.indexed_iter().map(|((t, s, a), &p)| {
        let index = [t, s, a];
        law[[t, s]] * p * score[index] * (q[index] - temperature * p.ln())
    });
    Ok(terms.sum())
}

fn no_temperature(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let policy = tab_policy();
    let listed = mdp.trajectories(LIMIT)?;
    let value: f64 = listed
        .map(|path| probability(&path, &policy) * path.total_reward)
        .sum();
    Ok(Check::exact(
        "α = 0: J is the expected return",
        [
            ("E_q[Σ r], 216 trajectories", value),
            (
                "J at α = 0",
                max_entropy_objective(mdp, policy.view(), 0.0)?,
            ),
        ],
    ))
}

fn best(mdp: &TabularMdp, temperature: f64) -> Result<Array3<f64>, Box<dyn Error>> {
    Ok(soft_value_iteration_finite(mdp, temperature)?.policy)
}

/// Σₜ E[H(q(· | sₜ))]: the objective at α = 1 less the one at α = 0.
fn entropy(mdp: &TabularMdp, policy: &Array3<f64>) -> Result<f64, Box<dyn Error>> {
    Ok(elbo(mdp, policy.view(), 1.0)? - elbo(mdp, policy.view(), 0.0)?)
}

/// The largest J as a function of α: its slope is the entropy of the policy that attains it.
fn entropy_of_the_best(mdp: &TabularMdp, temperature: f64) -> Result<Check, Box<dyn Error>> {
    let largest = |step: f64| {
        let values = soft_value_iteration_finite(mdp, temperature + step);
        values.map_or(f64::NAN, |values| values.v.row(0).dot(&mdp.initial()))
    };
    Ok(Check::within(
        format!("entropy of the best policy, summed over t, α = {temperature}"),
        1e-8,
        [
            (
                "Σ E[H], the law of each state",
                entropy(mdp, &best(mdp, temperature)?)?,
            ),
            (
                "slope of max J in α",
                derivative(largest, 1e-4 * temperature),
            ),
        ],
    ))
}

fn figure(mdp: &TabularMdp) -> Result<Illustration, Box<dyn Error>> {
    let temperatures: Vec<f64> = (0..=60)
        .map(|i| 10_f64.powf(f64::from(i) / 20.0 - 2.0))
        .collect();
    let (mut returns, mut entropies) = (Vec::new(), Vec::new());
    for &temperature in &temperatures {
        let policy = best(mdp, temperature)?;
        returns.push(elbo(mdp, policy.view(), 0.0)?);
        entropies.push(entropy(mdp, &policy)?);
    }
    let axes = Axes::new(
        "What the temperature buys, and what it costs",
        Axis::log("temperature α"),
        Axis::linear("nats, units of reward"),
        "With rising temperature the best policy's entropy rises from 0 to 3 log 2 and its \
         expected return falls.",
    );
    Ok(Illustration {
        caption: "The best policy of TAB at each temperature. Its entropy vanishes only in the \
                  limit α → 0, where its return is the largest.",
        figure: lines(
            &axes,
            &[
                Series::line("entropy", &temperatures, entropies),
                Series::line("return", &temperatures, returns),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use crate::optimise::gradient;
    use ndarray::Array1;

    #[test]
    fn deck_06_holds_at_every_temperature() {
        assert_eq!(deck_06().verdict(), Verdict::Holds);
    }

    #[test]
    fn deck_06_the_whole_gradient_component_by_component() {
        let (mdp, policy) = (tab(), tab_policy());
        let j = |logits: &Array1<f64>| {
            let logits = logits.clone().into_shape_with_order((3, 3, 2)).unwrap();
            max_entropy_objective(&mdp, softmax(&logits).view(), 0.1).unwrap()
        };
        let flat = Array1::from_iter(tab_logits());
        let differences = gradient(&j, &flat);
        for (i, difference) in differences.indexed_iter() {
            let [t, s, b] = [i / 6, i / 2 % 3, i % 2];
            let scored = expectation(&mdp, &policy, |path| {
                let all: Vec<_> = steps(path).collect();
                let visited = all[t][1] == s;
                let indicator = f64::from(all[t][2] == b);
                let to_go: f64 = all[t..]
                    .iter()
                    .map(|&step| mdp.reward(step[1], step[2]) - 0.1 * policy[step].ln())
                    .sum();
                f64::from(visited) * (indicator - policy[[t, s, b]]) * to_go
            });
            assert!(
                (difference - scored.unwrap()).abs() < 1e-8,
                "θ[{t}, {s}, {b}]"
            );
        }
    }

    #[test]
    fn deck_06_forgetting_the_entropy_changes_the_slope() {
        let mdp = tab();
        let with = slope_by_scores(&mdp, 1.0).unwrap();
        let without = slope_by_scores(&mdp, 0.0).unwrap();
        assert!((with - without).abs() > 1e-2);
    }

    #[test]
    fn deck_06_randomness_vanishes_in_the_limit_alone() {
        let mdp = tab();
        for temperature in [1.0, 0.1, 0.05] {
            assert!(best(&mdp, temperature).unwrap().iter().all(|&p| p > 0.0));
        }
        assert!(entropy(&mdp, &best(&mdp, 0.05).unwrap()).unwrap() < 1e-3);
        let hard = best(&mdp, 0.0).unwrap();
        assert!(hard.iter().all(|&p| p == 0.0 || p == 1.0));
    }
}
