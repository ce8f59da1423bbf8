//! DECK-05: the index of the baseline.

use std::error::Error;

use kinglet_envs::fixtures::tab;
use kinglet_envs::{TabularMdp, Trajectory};
use kinglet_objectives::{
    EntropySlope, PolicyGradient, evaluate_soft_policy_finite, policy_gradient, score_gradient,
    soft_rewards,
};
use ndarray::{Array2, Array3};

use super::deck_04::to_go;
use crate::gradients::{agree, by_differences, difference_gradient, distance, dual_gradient};
use crate::outcome::Computed;
use crate::paths::{expectation, steps};
use crate::policies::{softmax, tab_logits, tab_policy};
use crate::{Check, EXACT, Entry, Kind, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-05",
    title: "A baseline is that of the step itself, b(sₜ); that of later states is biased",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_05,
};

/// The index of the baseline. Catalogue: DECK-05.
///
/// ```text
/// ∇J = Σₜ E[ ∇ log q(aₜ | sₜ) ( Σ_{t' ≥ t} (r_t' − log q_t') − b(sₜ) ) ]
/// ```
///
/// On TAB, with b = Vₜ and with an arbitrary table: b(sₜ) changes no component. Printed is
/// b(s_t') inside the sum; later states depend on aₜ, and what comes out is the gradient of
/// J − E[Σ b(sₜ)].
pub fn deck_05() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    let exact = dual_gradient(&mdp, &tab_logits(), [1.0, 1.0]);
    let values = evaluate_soft_policy_finite(&mdp, tab_policy().view(), 1.0)?.v;
    let printed = printed(&mdp, &values)?;
    let (index, off) = largest(&exact, &printed);
    Ok(Outcome {
        checks: vec![
            unbiased(&mdp, &exact, &values)?,
            loses(&mdp, &printed, &values)?,
            harmless(&mdp, &exact)?,
            Check::at_most(
                "the error beside the gradient itself",
                (
                    "a tenth of the largest component",
                    0.1 * largest(&exact, &Array3::zeros((3, 3, 2))).1,
                ),
                ("the printed form's largest error", off),
            ),
        ],
        printed: vec![Printed::number(
            format!(
                "b(s_t') inside the sum, b = V: ∂J/∂θ{:?}",
                <[usize; 3]>::from(index)
            ),
            printed[index],
            exact[index],
            "the states after t depend on aₜ, so their baseline is no constant to its score; the \
             baseline is b(sₜ), subtracted once",
        )],
        notes: vec![
            "Inside the sum only its first term, t' = t, is harmless. A baseline that is one \
             number for all states is harmless even there.",
        ],
        ..Outcome::default()
    })
}

/// The component in which two gradients differ most, and by how much.
fn largest(x: &Array3<f64>, y: &Array3<f64>) -> ((usize, usize, usize), f64) {
    let off = (x - y).mapv(f64::abs);
    let larger = |best: ((usize, usize, usize), f64), (index, &off): (_, &f64)| {
        if off > best.1 { (index, off) } else { best }
    };
    off.indexed_iter().fold(((0, 0, 0), 0.0), larger)
}

/// The printed weight: Σ_{t' ≥ t} (r − log q − b(t', s_t')).
fn printed(mdp: &TabularMdp, b: &Array2<f64>) -> Result<Array3<f64>, kinglet_objectives::Error> {
    let policy = tab_policy();
    let weight = |path: &Trajectory, t: usize| {
        let rewards = soft_rewards(mdp, policy.view(), 1.0, path);
        (t..rewards.len())
            .map(|later| rewards[later] - b[[later, path.states[later]]])
            .sum()
    };
    Ok(score_gradient(mdp, tab_logits().view(), weight)?.mean)
}

fn unbiased(
    mdp: &TabularMdp,
    exact: &Array3<f64>,
    values: &Array2<f64>,
) -> Result<Check, Box<dyn Error>> {
    let with = |b: Option<Array2<f64>>| {
        let choice = PolicyGradient {
            baseline: b,
            ..to_go(EntropySlope::Omitted)
        };
        policy_gradient(mdp, tab_logits().view(), &choice).map(|g| g.mean)
    };
    let arbitrary = Array2::from_shape_fn((3, 3), |(t, s)| 5.0 - 3.0 * t as f64 + (s * s) as f64);
    Ok(agree(
        "∇J with b(sₜ) outside the sum",
        EXACT,
        [
            ("J pushed through dual numbers", exact),
            ("no baseline", &with(None)?),
            ("b = Vₜ(sₜ)", &with(Some(values.clone()))?),
            ("b = 5 − 3t + s²", &with(Some(arbitrary))?),
        ],
    ))
}

/// What the printed form is the gradient of: J less the baselines of all states on the way.
fn loses(
    mdp: &TabularMdp,
    printed: &Array3<f64>,
    b: &Array2<f64>,
) -> Result<Check, Box<dyn Error>> {
    let baselines = by_differences(&tab_logits(), |logits| {
        let collected = |path: &Trajectory| steps(path).map(|[t, s, _]| b[[t, s]]).sum();
        expectation(mdp, &softmax(logits), collected).unwrap_or(f64::NAN)
    });
    let lost = difference_gradient(mdp, &tab_logits(), [1.0, 1.0]) - baselines;
    Ok(agree(
        "what b(s_t') inside the sum gives, b = V",
        1e-8,
        [
            ("scores of 216 trajectories", printed),
            ("differences of J − E[Σ b(sₜ)]", &lost),
        ],
    ))
}

fn harmless(mdp: &TabularMdp, exact: &Array3<f64>) -> Result<Check, Box<dyn Error>> {
    let constant = printed(mdp, &Array2::from_elem((3, 3), 2.5))?;
    Ok(Check::exact(
        "inside the sum one number for all states is harmless: the largest error",
        [("b = 2.5", distance(exact, &constant)), ("none", 0.0)],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_05_holds_and_the_printed_index_is_biased() {
        let outcome = deck_05();
        assert_eq!(outcome.verdict(), Verdict::Holds);
        assert!(outcome.printed[0].off_by.unwrap() > 0.02);
    }

    /// Where the horizon is one step, inside and outside are one.
    #[test]
    fn deck_05_one_step_has_no_later_states() {
        let mdp = tab()
            .with_horizon(kinglet_envs::Horizon::Finite(1))
            .unwrap();
        let logits = tab_logits().slice(ndarray::s![..1, .., ..]).to_owned();
        let weight = |path: &Trajectory, _: usize| path.total_reward - path.states[0] as f64;
        let inside = score_gradient(&mdp, logits.view(), weight).unwrap().mean;
        let exact = dual_gradient(&mdp, &logits, [0.0, 1.0]);
        assert!(distance(&inside, &exact) < 1e-14);
    }
}
