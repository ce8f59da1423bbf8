//! DECK-04: the gradient of the maximum-entropy objective, and the −1 in it.

use std::error::Error;

use kinglet_envs::fixtures::{lot, tab};
use kinglet_envs::{TabularMdp, Trajectory};
use kinglet_objectives::{
    Credit, EntropySlope, GradientMoments, PolicyGradient, backward_policy_gradient,
    policy_gradient, policy_gradient_monte_carlo,
};
use ndarray::{Array3, Axis};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::gradients::{agree, difference_gradient, distance, dual_gradient};
use crate::outcome::Computed;
use crate::paths::{expectation, steps};
use crate::policies::{tab_logits, tab_policy};
use crate::{Check, EXACT, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-04",
    title: "The soft policy gradient; where its −1 stands changes the variance alone",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_04,
};

/// The soft policy gradient, and the −1 in it. Catalogue: DECK-04.
///
/// ```text
/// ∇J = Σₜ E[ ∇ log q(aₜ | sₜ) Σ_{t' ≥ t} (r_t' − log q(a_t' | s_t') [− 1]) ]
/// ```
///
/// On TAB and on the lottery: with no −1, with one at each step, with one for each reward, with
/// the full return, by dual numbers, by differences and by backward values. Then what the −1
/// costs, and what is lost without −log q.
pub fn deck_04() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let (mdp, logits) = (tab(), tab_logits());
    let mut checks = gradients("TAB", &mdp, &logits)?;
    checks.extend(gradients("the lottery", &lot(10.0)?, &lottery_logits())?);
    checks.push(without_entropy(&mdp)?);
    for (name, slope) in [
        ("no −1", EntropySlope::Omitted),
        ("one −1 a step", EntropySlope::Once),
        ("a −1 for each reward", EntropySlope::EachReward),
    ] {
        checks.push(variance(&mdp, name, slope)?);
    }
    checks.push(sampled(&mdp)?);
    Ok(Outcome {
        checks,
        notes: vec![
            "The −1 is the derivative of −log q by q's own logits. It multiplies a score, whose \
             mean is zero, so every place that the brackets leave it, inside the sum or outside, \
             gives one mean.",
            "It is not neutral to the variance, which depends on where the returns lie: on TAB, \
             where they are below zero, it adds to it.",
        ],
        ..Outcome::default()
    })
}

fn lottery_logits() -> Array3<f64> {
    Array3::from_shape_fn((2, 4, 2), |(t, s, a)| {
        0.4 * (s as f64) * (a as f64) - 0.3 * (t as f64)
    })
}

pub(crate) fn to_go(entropy_slope: EntropySlope) -> PolicyGradient {
    PolicyGradient {
        credit: Credit::RewardToGo,
        entropy_slope,
        ..PolicyGradient::reinforce(1.0)
    }
}

fn gradients(
    name: &str,
    mdp: &TabularMdp,
    logits: &Array3<f64>,
) -> Result<Vec<Check>, Box<dyn Error>> {
    let of = |choice| policy_gradient(mdp, logits.view(), &choice).map(|g| g.mean);
    let plain = of(to_go(EntropySlope::Omitted))?;
    let once = of(to_go(EntropySlope::Once))?;
    let each = of(to_go(EntropySlope::EachReward))?;
    let full = of(PolicyGradient::reinforce(1.0))?;
    let backward = backward_policy_gradient(mdp, logits.view(), 1.0, 1.0)?;
    let duals = dual_gradient(mdp, logits, [1.0, 1.0]);
    let differences = difference_gradient(mdp, logits, [1.0, 1.0]);
    Ok(vec![
        agree(
            &format!("∇J on {name}, α = 1"),
            EXACT,
            [
                ("J pushed through dual numbers", &duals),
                ("scores, reward to go, no −1", &plain),
                ("one −1 a step", &once),
                ("a −1 for each reward", &each),
                ("full return", &full),
                ("state law × soft advantages", &backward),
            ],
        ),
        agree(
            &format!("∇J on {name} and the differences of J"),
            1e-8,
            [("scores", &plain), ("central differences", &differences)],
        ),
    ])
}

/// The gradient without −log q is that of the return alone.
fn without_entropy(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let logits = tab_logits();
    let soft = backward_policy_gradient(mdp, logits.view(), 1.0, 1.0)?;
    let hard = policy_gradient(mdp, logits.view(), &PolicyGradient::reinforce(0.0))?.mean;
    Ok(Check::at_most(
        "−log q is no baseline: without it the gradient is another",
        ("more than rounding", 1e-3),
        ("the largest component's error", distance(&soft, &hard)),
    ))
}

/// tr Var[g] by the crate, and as Σₜ E[wₜ² |∇ log qₜ|²] − |∇J|²: scores of two steps have no
/// component in common.
fn variance(mdp: &TabularMdp, name: &str, slope: EntropySlope) -> Result<Check, Box<dyn Error>> {
    let moments = policy_gradient(mdp, tab_logits().view(), &to_go(slope))?;
    let by_hand = second_moment(mdp, |path, t| {
        let all: Vec<_> = steps(path).collect();
        let policy = tab_policy();
        let reward = |&step: &[usize; 3]| mdp.reward(step[1], step[2]) - policy[step].ln();
        let sum: f64 = all[t..].iter().map(reward).sum();
        sum - match slope {
            EntropySlope::Omitted => 0.0,
            EntropySlope::Once => 1.0,
            EntropySlope::EachReward => (all.len() - t) as f64,
        }
    })?;
    Ok(Check::exact(
        format!("variance of one trajectory's gradient on TAB, all components: {name}"),
        [
            ("E|g − ∇J|², 216 trajectories", moments.total_variance()),
            ("Σₜ E[w² |score|²] − |∇J|²", by_hand - squared(&moments)),
        ],
    ))
}

/// Σₜ E[wₜ² |∇ log q(aₜ | sₜ)|²] on TAB.
pub(crate) fn second_moment(
    mdp: &TabularMdp,
    weight: impl Fn(&Trajectory, usize) -> f64,
) -> Result<f64, kinglet_objectives::Error> {
    let policy = tab_policy();
    let squares = policy.mapv(|q| q * q).sum_axis(Axis(2));
    expectation(mdp, &policy, |path| {
        let term = |step: [usize; 3]| {
            let [t, s, _] = step;
            weight(path, t).powi(2) * (1.0 - 2.0 * policy[step] + squares[[t, s]])
        };
        steps(path).map(term).sum()
    })
}

pub(crate) fn squared(moments: &GradientMoments) -> f64 {
    moments.mean.iter().map(|x| x * x).sum()
}

fn sampled(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let choice = to_go(EntropySlope::Omitted);
    let exact = policy_gradient(mdp, tab_logits().view(), &choice)?.mean;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
    let drawn = policy_gradient_monte_carlo(mdp, tab_logits().view(), &choice, 5000, &mut rng)?;
    Ok(Check::monte_carlo(
        "∂J/∂θ[0, 0, 0] on TAB",
        ("216 trajectories", exact[[0, 0, 0]]),
        ("5000 drawn trajectories", drawn[[0, 0, 0]]),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use kinglet_objectives::{score_gradient, softmax_policy};

    #[test]
    fn deck_04_holds() {
        assert_eq!(deck_04().verdict(), Verdict::Holds);
    }

    #[test]
    fn deck_04_every_component_is_sampled_right() {
        let choice = to_go(EntropySlope::EachReward);
        let exact = policy_gradient(&tab(), tab_logits().view(), &choice).unwrap();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(40);
        let logits = tab_logits();
        let drawn = policy_gradient_monte_carlo(&tab(), logits.view(), &choice, 3000, &mut rng);
        for (index, estimate) in drawn.unwrap().indexed_iter() {
            assert!(estimate.z(exact.mean[index]).abs() < 4.0, "θ{index:?}");
        }
    }

    /// A weight that knows the time alone is harmless, one that knows aₜ is not.
    #[test]
    fn deck_04_what_depends_on_the_action_is_no_constant() {
        let logits = tab_logits();
        let time = score_gradient(&tab(), logits.view(), |_, t| t as f64).unwrap();
        assert!(time.mean.iter().all(|x| x.abs() < 1e-14));
        let action = score_gradient(&tab(), logits.view(), |path, t| path.actions[t] as f64);
        assert!(action.unwrap().mean.iter().any(|x| x.abs() > 0.05));
        assert_eq!(softmax_policy(logits.view()).unwrap(), tab_policy());
    }
}
