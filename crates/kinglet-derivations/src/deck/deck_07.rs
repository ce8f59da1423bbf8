//! DECK-07: what a baseline does to the variance.

use std::error::Error;

use kinglet_critics::optimal_baseline;
use kinglet_envs::fixtures::tab;
use kinglet_envs::{Rewards, TabularMdp, Trajectory};
use kinglet_objectives::{
    Credit, EntropySlope, GradientMoments, PolicyGradient, evaluate_soft_policy_finite,
    policy_gradient, score_gradient, soft_rewards,
};
use kinglet_plots::{Axes, Axis, Reference, Series, lines};
use ndarray::{Array1, Array2, Array3};

use super::deck_04::{second_moment, squared, to_go};
use crate::gradients::{agree, dual_gradient};
use crate::outcome::Computed;
use crate::paths::{LIMIT, probability};
use crate::policies::{softmax, tab_logits, tab_policy};
use crate::{Check, EXACT, Entry, Illustration, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-07",
    title: "A baseline keeps the mean; what it does to the variance has to be computed",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_07,
};

/// What a baseline does to the variance. Catalogue: DECK-07.
///
/// ```text
/// Âₜ = Σ_{t' ≥ t} (r_t' − log q_t') − b(t, sₜ)
/// b*(t, s) = E[|score|² G | sₜ = s] / E[|score|² | sₜ = s]
/// ```
///
/// On TAB: the mean with no baseline, with Vₜ, with the one of least variance; and the variance of
/// each. The brackets of the source also allow to subtract b(sₜ) from each reward of the sum: as
/// right in the mean, much worse in the variance.
pub fn deck_07() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    let mut checks = vec![means(&mdp)?];
    checks.extend(variances(&mdp)?);
    checks.push(least(&mdp)?);
    checks.extend(no_law()?);
    Ok(Outcome {
        checks,
        notes: vec![
            "The primes are swapped in print: s'_t stands for s_{t'}.",
            "The baseline stands outside the sum. Read literally it is inside, once for each \
             reward to come, which is unbiased too, since b(sₜ) does not depend on aₜ.",
            "That b = V lowers the variance is no law: where the rewards to go are near zero, or \
             the policy has nearly decided, none may do better. The baseline that never loses \
             weighs returns by |score|².",
        ],
        figures: vec![figure()?],
        ..Outcome::default()
    })
}

/// The ways to use a baseline.
#[derive(Clone, Copy)]
enum Use {
    FullReturn,
    None,
    Values,
    ValuesInside,
    Optimal,
}

impl Use {
    const ALL: [(&'static str, Use); 5] = [
        ("full return, no baseline", Use::FullReturn),
        ("reward to go, no baseline", Use::None),
        ("b = Vₜ outside the sum", Use::Values),
        ("b = Vₜ inside the sum", Use::ValuesInside),
        ("the b of least variance", Use::Optimal),
    ];

    fn moments(
        self,
        mdp: &TabularMdp,
        logits: &Array3<f64>,
    ) -> Result<GradientMoments, Box<dyn Error>> {
        let policy = softmax(logits);
        let with = |credit, baseline| PolicyGradient {
            credit,
            baseline,
            ..to_go(EntropySlope::Omitted)
        };
        let choice = match self {
            Use::FullReturn => with(Credit::FullReturn, None),
            Use::None => with(Credit::RewardToGo, None),
            Use::Values => with(Credit::RewardToGo, Some(values(mdp, &policy)?)),
            Use::Optimal => with(Credit::RewardToGo, Some(optimal(mdp, &policy)?)),
            Use::ValuesInside => {
                let weight = inside(mdp, &policy, values(mdp, &policy)?);
                return Ok(score_gradient(mdp, logits.view(), weight)?);
            }
        };
        Ok(policy_gradient(mdp, logits.view(), &choice)?)
    }

    fn variance(self, mdp: &TabularMdp, logits: &Array3<f64>) -> Result<f64, Box<dyn Error>> {
        Ok(self.moments(mdp, logits)?.total_variance())
    }
}

fn values(
    mdp: &TabularMdp,
    policy: &Array3<f64>,
) -> Result<Array2<f64>, kinglet_objectives::Error> {
    Ok(evaluate_soft_policy_finite(mdp, policy.view(), 1.0)?.v)
}

/// The sum read literally: b(t, sₜ) with each of the rewards to come.
fn inside(
    mdp: &TabularMdp,
    policy: &Array3<f64>,
    b: Array2<f64>,
) -> impl Fn(&Trajectory, usize) -> f64 {
    move |path, t| {
        let to_come = (path.states.len() - t) as f64;
        sum_to_go(mdp, policy, path, t) - to_come * b[[t, path.states[t]]]
    }
}

fn sum_to_go(mdp: &TabularMdp, policy: &Array3<f64>, path: &Trajectory, t: usize) -> f64 {
    let rewards = soft_rewards(mdp, policy.view(), 1.0, path);
    rewards.slice(ndarray::s![t..]).sum()
}

/// For each step and state, the number that leaves its own scores the least variance.
fn optimal(mdp: &TabularMdp, policy: &Array3<f64>) -> Result<Array2<f64>, Box<dyn Error>> {
    let paths: Vec<Trajectory> = mdp.trajectories(LIMIT)?.collect();
    Ok(Array2::from_shape_fn((3, 3), |(t, s)| {
        let here: Vec<&Trajectory> = paths.iter().filter(|path| path.states[t] == s).collect();
        let weight: Array1<f64> = here.iter().map(|path| probability(path, policy)).collect();
        let score = Array2::from_shape_fn((here.len(), 2), |(i, b)| {
            f64::from(here[i].actions[t] == b) - policy[[t, s, b]]
        });
        let f: Array1<f64> = here
            .iter()
            .map(|path| sum_to_go(mdp, policy, path, t))
            .collect();
        optimal_baseline(weight.view(), score.view(), f.view())
    }))
}

fn means(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let exact = dual_gradient(mdp, &tab_logits(), [1.0, 1.0]);
    let [full, none, outside, inside, optimal] = {
        let mut means = Vec::new();
        for (_, way) in Use::ALL {
            means.push(way.moments(mdp, &tab_logits())?.mean);
        }
        <[_; 5]>::try_from(means).expect("there are five ways")
    };
    Ok(agree(
        "∇J on TAB, whatever the baseline",
        EXACT,
        [
            ("J pushed through dual numbers", &exact),
            (Use::ALL[0].0, &full),
            (Use::ALL[1].0, &none),
            (Use::ALL[2].0, &outside),
            (Use::ALL[3].0, &inside),
            (Use::ALL[4].0, &optimal),
        ],
    ))
}

/// The variance of each way, by the crate and from its weights.
fn variances(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let policy = tab_policy();
    let (v, best) = (values(mdp, &policy)?, optimal(mdp, &policy)?);
    let mut checks = Vec::new();
    for (name, way) in Use::ALL {
        let weight = |path: &Trajectory, t: usize| {
            let (state, sum) = (path.states[t], sum_to_go(mdp, &policy, path, t));
            match way {
                Use::FullReturn => sum_to_go(mdp, &policy, path, 0),
                Use::None => sum,
                Use::Values => sum - v[[t, state]],
                Use::ValuesInside => sum - (3 - t) as f64 * v[[t, state]],
                Use::Optimal => sum - best[[t, state]],
            }
        };
        let moments = way.moments(mdp, &tab_logits())?;
        let by_hand = second_moment(mdp, weight)? - squared(&moments);
        checks.push(Check::exact(
            format!("variance of one trajectory's gradient on TAB: {name}"),
            [
                ("E|g − ∇J|², 216 trajectories", moments.total_variance()),
                ("Σₜ E[w² |score|²] − |∇J|²", by_hand),
            ],
        ));
    }
    Ok(checks)
}

/// The derivative of the variance by one entry of b is 0 at the best b.
fn least(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let best = optimal(mdp, &tab_policy())?;
    let moved = |step: f64| {
        let choice = PolicyGradient {
            baseline: Some(&best + step),
            ..to_go(EntropySlope::Omitted)
        };
        let gradient = policy_gradient(mdp, tab_logits().view(), &choice);
        gradient.map_or(f64::NAN, |g| g.total_variance())
    };
    Ok(Check::within(
        "no shift of the b of least variance lowers it: slope",
        1e-8,
        [
            ("central difference", (moved(1e-4) - moved(-1e-4)) / 2e-4),
            ("none", 0.0),
        ],
    ))
}

/// TAB with a constant added to every reward.
fn shifted(by: f64) -> Result<TabularMdp, kinglet_envs::Error> {
    let table = Array2::from_shape_fn((3, 2), |(s, a)| tab().reward(s, a) + by);
    tab().with_rewards(Rewards::StateAction(table))
}

/// The logits of a policy that has made up its mind: three times those of TAB's.
fn decided() -> Array3<f64> {
    3.0 * tab_logits()
}

fn no_law() -> Result<Vec<Check>, Box<dyn Error>> {
    let of = |way: Use, by: f64| way.variance(&shifted(by)?, &decided());
    let values = Use::Values.variance(&tab(), &tab_logits())?;
    Ok(vec![
        Check::at_most(
            "the policy of TAB: b = V lowers the variance",
            ("b = V", values),
            ("no baseline", Use::None.variance(&tab(), &tab_logits())?),
        ),
        Check::at_most(
            "a more decided one, three times the logits: b = V raises it",
            ("no baseline", of(Use::None, 0.0)?),
            ("b = V", of(Use::Values, 0.0)?),
        ),
        Check::at_most(
            "the b of least variance is no worse than either",
            ("the b of least variance", of(Use::Optimal, 0.0)?),
            ("no baseline", of(Use::None, 0.0)?),
        ),
        Check::exact(
            "with b = V a constant added to all rewards changes no variance",
            [
                ("TAB", of(Use::Values, 0.0)?),
                ("TAB with 0.8 added", of(Use::Values, 0.8)?),
            ],
        ),
    ])
}

fn figure() -> Result<Illustration, Box<dyn Error>> {
    let shifts: Vec<f64> = (-5..=15).map(|i| f64::from(i) * 0.1).collect();
    let mut without = Vec::new();
    for &by in &shifts {
        without.push(Use::None.variance(&shifted(by)?, &decided())?);
    }
    let level = |name: &str, way: Use| -> Result<Series, Box<dyn Error>> {
        let variance = way.variance(&tab(), &decided())?;
        Ok(Series::line(name, [-0.5, 1.5], [variance, variance]))
    };
    let axes = Axes {
        references: vec![Reference::vertical("TAB", 0.0)],
        ..Axes::new(
            "A baseline helps where returns are far from zero",
            Axis::linear("constant added to each reward of TAB"),
            Axis::linear("variance of the gradient"),
            "The variance without a baseline is a parabola in the constant; with b = V it is a \
             level line, which the parabola undercuts near its vertex; the best baseline's level \
             line lies below both.",
        )
    };
    Ok(Illustration {
        caption: "The variance of one trajectory's gradient, summed over components, for a policy \
                  with three times TAB's logits. Subtracting V makes it independent of a constant \
                  in the rewards; that is not the least that a baseline can do.",
        figure: lines(
            &axes,
            &[
                Series::line("no baseline", &shifts, without),
                level("b = V", Use::Values)?,
                level("least variance", Use::Optimal)?,
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_07_holds() {
        assert_eq!(deck_07().verdict(), Verdict::Holds);
    }

    #[test]
    fn deck_07_the_literal_reading_is_right_in_the_mean_and_bad_in_the_variance() {
        let (outside, inside) = (Use::Values, Use::ValuesInside);
        let (outside, inside) = (
            outside.moments(&tab(), &tab_logits()).unwrap(),
            inside.moments(&tab(), &tab_logits()).unwrap(),
        );
        assert!(
            (&outside.mean - &inside.mean)
                .iter()
                .all(|off| off.abs() < 1e-14)
        );
        assert!(inside.total_variance() > 2.0 * outside.total_variance());
    }

    #[test]
    fn deck_07_the_best_baseline_beats_every_other_that_is_tried() {
        let best = Use::Optimal.variance(&tab(), &tab_logits()).unwrap();
        for (name, way) in Use::ALL {
            assert!(
                best <= way.variance(&tab(), &tab_logits()).unwrap(),
                "{name}"
            );
        }
        // Entry by entry, too.
        for index in 0..9 {
            for step in [-0.1, 0.1] {
                let mut b = optimal(&tab(), &tab_policy()).unwrap();
                b[[index / 3, index % 3]] += step;
                let choice = PolicyGradient {
                    baseline: Some(b),
                    ..to_go(EntropySlope::Omitted)
                };
                let moved = policy_gradient(&tab(), tab_logits().view(), &choice).unwrap();
                assert!(moved.total_variance() > best);
            }
        }
    }
}
