//! DECK-08: what the critic is regressed on.

use std::error::Error;

use kinglet_critics::least_squares;
use kinglet_envs::fixtures::tab;
use kinglet_envs::{TabularMdp, Trajectory};
use kinglet_objectives::{
    evaluate_soft_policy_finite, regress_critic, regress_pooled_critic, sample_trajectory,
    soft_rewards, state_marginals,
};
use ndarray::{Array1, Array2, Axis, s};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::gradients::{agree, distance};
use crate::outcome::Computed;
use crate::paths::{LIMIT, probability, steps};
use crate::policies::tab_policy;
use crate::{Check, EXACT, Entry, Kind, Outcome, Printed, Source};

/// Trajectories that the sampled regression sees.
const SAMPLES: usize = 4000;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-08",
    title: "The critic's least squares: with time it learns the soft value, without a mean of them",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_08,
};

/// What the critic is regressed on. Catalogue: DECK-08.
///
/// ```text
/// min_ψ E Σₜ ( b_ψ(t, sₜ) − Σ_{t' ≥ t} (r_t' − log q(a_t' | s_t')) )²
/// ```
///
/// On TAB: the exact minimiser with an entry for each step and state is the soft value of the
/// policy, by listing all trajectories, by Householder's least squares over them, and by a backward
/// pass; drawn trajectories come near it. Without time it is the mean over the times of a visit.
pub fn deck_08() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    let values = evaluate_soft_policy_finite(&mdp, tab_policy().view(), 1.0)?.v;
    let only_rewards = regress_critic(&mdp, tab_policy().view(), only_rewards_summed(&mdp))?;
    Ok(Outcome {
        checks: vec![
            with_time(&mdp, &values)?,
            sampled(&mdp, &values)?,
            without_time(&mdp, &values)?,
            Check::at_most(
                "without time it is the value at no one time: distance to V₁",
                ("more than rounding", 0.1),
                (
                    "the largest of three states",
                    distance(&pooled(&mdp)?, &values.row(0).to_owned()),
                ),
            ),
        ],
        printed: vec![
            Printed::number(
                "the brackets: Σ r − log q of the first step alone, b(1, s = 0)",
                only_rewards[[0, 0]],
                values[[0, 0]],
                "the sum binds both terms, r − log q at each step to come",
            ),
            Printed::number(
                "the brackets: b − Σ r − log q, which regresses on Σ r + log q, b(1, s = 0)",
                flipped(&mdp)?[[0, 0]],
                values[[0, 0]],
                "what is subtracted from b is the whole tail, Σ (r − log q): a bracket is missing",
            ),
            Printed::words(
                "log(q(r(a | s))) in the target",
                "the r is a stray: log q(a | s)",
            ),
        ],
        notes: vec![
            "The reward's arguments are in the order (a, s) here and (s, a) elsewhere, and θ \
             stands for the critic's parameters and for the policy's; they are two sets.",
            "A critic b(s) that is not told the time learns the mean over the times at which the \
             policy visits s. As a baseline it is still unbiased; it is not the value.",
        ],
        ..Outcome::default()
    })
}

/// Σ_{t' ≥ t} (r − log q).
fn target(mdp: &TabularMdp) -> impl Fn(&Trajectory, usize) -> f64 {
    let policy = tab_policy();
    move |path, t| {
        soft_rewards(mdp, policy.view(), 1.0, path)
            .slice(s![t..])
            .sum()
    }
}

/// Σ_{t' ≥ t} r, and −log q of step t alone.
fn only_rewards_summed(mdp: &TabularMdp) -> impl Fn(&Trajectory, usize) -> f64 {
    let policy = tab_policy();
    move |path, t| {
        let all: Vec<[usize; 3]> = steps(path).collect();
        let rewards: f64 = all[t..].iter().map(|&[_, s, a]| mdp.reward(s, a)).sum();
        rewards - policy[all[t]].ln()
    }
}

/// The critic of the target Σ_{t' ≥ t} (r + log q).
fn flipped(mdp: &TabularMdp) -> Result<Array2<f64>, kinglet_objectives::Error> {
    let policy = tab_policy();
    regress_critic(mdp, policy.view(), |path, t| {
        // The temperature −1 turns the sign of the logarithm.
        soft_rewards(mdp, policy.view(), -1.0, path)
            .slice(s![t..])
            .sum()
    })
}

fn pooled(mdp: &TabularMdp) -> Result<Array1<f64>, kinglet_objectives::Error> {
    regress_pooled_critic(mdp, tab_policy().view(), target(mdp))
}

/// One row for each step of each trajectory: an indicator of its place, and the target; both times
/// the root of the trajectory's weight.
fn rows(
    weighted: &[(Trajectory, f64)],
    target: impl Fn(&Trajectory, usize) -> f64,
    places: usize,
    place: impl Fn(usize, usize) -> usize,
) -> (Array2<f64>, Array1<f64>) {
    let mut features = Array2::zeros((3 * weighted.len(), places));
    let mut targets = Array1::zeros(3 * weighted.len());
    for (i, (path, weight)) in weighted.iter().enumerate() {
        for [t, s, _] in steps(path) {
            features[[3 * i + t, place(t, s)]] = weight.sqrt();
            targets[3 * i + t] = weight.sqrt() * target(path, t);
        }
    }
    (features, targets)
}

/// Every trajectory with its probability.
fn listed(mdp: &TabularMdp) -> Result<Vec<(Trajectory, f64)>, kinglet_envs::Error> {
    let policy = tab_policy();
    let weigh = |path: Trajectory| {
        let weight = probability(&path, &policy);
        (path, weight)
    };
    Ok(mdp.trajectories(LIMIT)?.map(weigh).collect())
}

fn with_time(mdp: &TabularMdp, values: &Array2<f64>) -> Result<Check, Box<dyn Error>> {
    let (features, targets) = rows(&listed(mdp)?, target(mdp), 9, |t, s| 3 * t + s);
    let solved = least_squares(features.view(), targets.view(), 0.0)?;
    Ok(agree(
        "the critic b(t, s) on TAB",
        EXACT,
        [
            ("Vₜ(s), backward pass", values),
            (
                "conditional means, 216 trajectories",
                &regress_critic(mdp, tab_policy().view(), target(mdp))?,
            ),
            (
                "least squares, 648 weighted rows",
                &solved.into_shape_with_order((3, 3))?,
            ),
        ],
    ))
}

/// Least squares over drawn trajectories is, for indicators, the mean of the targets at a place.
fn sampled(mdp: &TabularMdp, values: &Array2<f64>) -> Result<Check, Box<dyn Error>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(8);
    let policy = tab_policy();
    let mut drawn = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        drawn.push((sample_trajectory(mdp, policy.view(), &mut rng)?, 1.0));
    }
    let (features, targets) = rows(&drawn, target(mdp), 9, |t, s| 3 * t + s);
    let solved = least_squares(features.view(), targets.view(), 0.0)?;
    let first = drawn.iter().filter(|(path, _)| path.states[0] == 0);
    let estimate =
        kinglet_objectives::Estimate::from_samples(first.map(|(path, _)| target(mdp)(path, 0)))?;
    Ok(Check::monte_carlo(
        "the critic b(1, s = 0), regressed on drawn trajectories",
        ("V₁(0)", values[[0, 0]]),
        (
            "least squares, 4000 trajectories",
            kinglet_objectives::Estimate {
                mean: solved[0],
                ..estimate
            },
        ),
    ))
}

fn without_time(mdp: &TabularMdp, values: &Array2<f64>) -> Result<Check, Box<dyn Error>> {
    let (features, targets) = rows(&listed(mdp)?, target(mdp), 3, |_, s| s);
    let law = state_marginals(mdp, tab_policy().view())?;
    let mean = (&law * values).sum_axis(Axis(0)) / law.sum_axis(Axis(0));
    Ok(agree(
        "the critic b(s) on TAB, which is not told the time",
        EXACT,
        [
            ("Σₜ P(sₜ = s) Vₜ(s) / Σₜ P(sₜ = s)", &mean),
            ("conditional means, 216 trajectories", &pooled(mdp)?),
            (
                "least squares, 648 weighted rows",
                &least_squares(features.view(), targets.view(), 0.0)?,
            ),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_08_holds_and_every_bracket_matters() {
        let outcome = deck_08();
        assert_eq!(outcome.verdict(), Verdict::Holds);
        assert_eq!(outcome.printed.len(), 3);
        assert!(outcome.printed[..2].iter().all(|p| p.off_by.unwrap() > 0.5));
    }

    /// At the last step there is one reward to come, and all brackets are one.
    #[test]
    fn deck_08_brackets_agree_at_the_last_step() {
        let policy = tab_policy();
        let right = regress_critic(&tab(), policy.view(), target(&tab())).unwrap();
        let short = regress_critic(&tab(), policy.view(), only_rewards_summed(&tab())).unwrap();
        assert!(distance(&right.row(2).to_owned(), &short.row(2).to_owned()) < 1e-14);
        assert!(distance(&right.row(1).to_owned(), &short.row(1).to_owned()) > 0.1);
    }
}
