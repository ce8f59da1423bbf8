//! CS285-17: where the gradient vanishes.

use std::error::Error;
use std::ops::ControlFlow;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::{lot, tab, tabdet};
use kinglet_objectives::{
    CausalIrl, IrlModel, MaxEntIrl, RewardTable, fit_reward, irl_likelihood, policy_visits,
    soft_value_iteration_finite, trajectory_posterior,
};
use kinglet_plots::{Axes, Axis, Bars, bars};
use ndarray::Array3;

use super::cs285_08::mixed;
use super::cs285_15::{own, with_reward};
use super::cs285_16::listed_visits;
use crate::outcome::Computed;
use crate::paths::{LIMIT, probability, steps};
use crate::{Check, Entry, Illustration, Kind, Outcome, Printed, Source};

/// How far the two laws may differ where nothing is left to chance.
const ROUNDING: f64 = 1e-15;
/// Where a fit ends: the largest component of the gradient.
const FITTED: f64 = 1e-9;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-17",
    title: "An expert who is soft-optimal is the maximum of the causal likelihood, not of the other",
    kind: Kind::Claim,
    source: Source::Cs285,
    run: cs285_17,
};

/// Whether the gradient vanishes at the expert's own reward. Catalogue: CS285-17.
///
/// ```text
/// ∇L = n̂ − E_{p(τ | O, ψ)}[visits]      zero at the expert only where nothing is left to chance
/// ∇L = n̂ − E_{π_ψ}[visits]              zero at the expert: the causal form
/// ```
///
/// The expert is the soft-optimal policy of TAB's own reward, and demonstrates its exact visits. The
/// gradient of either likelihood at that reward; how far the two laws lie apart, on TAB, on TABDET
/// and on the problems between them; and the policies of the rewards that each likelihood fits.
pub fn cs285_17() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let (mdp, det) = (tab(), tabdet());
    let mut checks = vec![distance(&mdp)?, variation(&mdp)?];
    checks.extend(certain(&det)?);
    checks.extend(half_certain(&mdp, &det)?);
    checks.push(Check::exact(
        "the causal gradient at the expert's own reward",
        [
            (
                "|∇L|, visits of the soft-optimal policy",
                at_the_expert(&mdp)?[1],
            ),
            ("zero", 0.0),
        ],
    ));
    checks.extend(fits(&mdp)?);
    checks.push(lottery()?);
    Ok(Outcome {
        checks,
        printed: vec![zero_at_the_expert(&mdp)?],
        notes: vec![
            "To sample the second term with maximum-entropy RL is to replace the posterior by the \
             soft-optimal policy. That is another likelihood, the causal one, whose normaliser is \
             E[V₁] of soft value iteration. It is the one that has the expert for its maximum.",
            "Both forms are of use: the posterior's for certain dynamics and known starts, where \
             it is cheap and the two agree, the causal one wherever chance has a say.",
        ],
        figures: vec![figure(&mdp)?],
    })
}

fn go_on(_: kinglet_objectives::Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// The soft-optimal policy of a problem's own reward.
fn expert(mdp: &TabularMdp) -> Result<Array3<f64>, Box<dyn Error>> {
    Ok(soft_value_iteration_finite(mdp, 1.0)?.policy)
}

/// What the expert demonstrates: its expected visits [S, A], by listing all trajectories.
fn demonstrated(mdp: &TabularMdp) -> Result<Vec<f64>, Box<dyn Error>> {
    let policy = expert(mdp)?;
    let mut visits = vec![0.0; mdp.n_states() * mdp.n_actions()];
    for path in mdp.trajectories(LIMIT)? {
        for [_, s, a] in steps(&path) {
            visits[s * mdp.n_actions() + a] += probability(&path, &policy);
        }
    }
    Ok(visits)
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// |∇L| at the expert's own reward: of the posterior form, of the causal form.
fn at_the_expert(mdp: &TabularMdp) -> Result<[f64; 2], Box<dyn Error>> {
    let (counts, reward) = (demonstrated(mdp)?, own(mdp));
    let mut gradients = [reward.clone(), reward.clone()];
    let mut exact = MaxEntIrl::new(mdp, RewardTable::StateAction)?;
    irl_likelihood(&mut exact, &counts, &reward, &mut gradients[0]);
    let mut causal = CausalIrl::new(mdp, RewardTable::StateAction)?;
    irl_likelihood(&mut causal, &counts, &reward, &mut gradients[1]);
    Ok(gradients.map(|gradient| norm(&gradient)))
}

fn zero_at_the_expert(mdp: &TabularMdp) -> Result<Printed, Box<dyn Error>> {
    let [exact, causal] = at_the_expert(mdp)?;
    Ok(Printed::number(
        "∇L = 0 where the expert is the soft-optimal policy of r_ψ, the second term over \
         p(τ | O, ψ): |∇L|",
        exact,
        causal,
        "The posterior p(τ | O, ψ) is the law of the soft-optimal policy only if the dynamics and \
         the first state are certain. Elsewhere its visits count on luck, and the gradient leads \
         away from the expert's own reward. With the visits of the soft-optimal policy in the \
         second term it is zero there.",
    ))
}

/// |visits of the posterior − visits of the soft-optimal policy|, by listing.
fn listed_distance(mdp: &TabularMdp) -> Result<f64, Box<dyn Error>> {
    let off = listed_visits(mdp)? - policy_visits(mdp, expert(mdp)?.view())?;
    Ok(norm(&off.into_iter().collect::<Vec<_>>()))
}

fn distance(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    Ok(Check::exact(
        "|visits of the posterior − visits of the soft-optimal policy| on TAB",
        [
            (
                "216 trajectories, and the law of each state",
                listed_distance(mdp)?,
            ),
            (
                "gradient of the posterior form at the expert",
                at_the_expert(mdp)?[0],
            ),
        ],
    ))
}

/// p(τ | O) and p_π(τ) of all trajectories.
fn laws(mdp: &TabularMdp) -> Result<Vec<[f64; 2]>, Box<dyn Error>> {
    let policy = expert(mdp)?;
    let posterior = trajectory_posterior(mdp, 1.0, LIMIT)?;
    let both = |(tau, p): &(_, f64)| [*p, probability(tau, &policy)];
    Ok(posterior.iter().map(both).collect())
}

fn total_variation(mdp: &TabularMdp) -> Result<f64, Box<dyn Error>> {
    let halves = laws(mdp)?.into_iter().map(|[p, q]| 0.5 * (p - q).abs());
    Ok(halves.sum())
}

fn variation(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let excess = laws(mdp)?.into_iter().map(|[p, q]| (p - q).max(0.0));
    Ok(Check::exact(
        "total variation between the two laws of trajectories on TAB",
        [
            ("½ Σ |p − q|", total_variation(mdp)?),
            ("Σ max(p − q, 0)", excess.sum()),
        ],
    ))
}

/// TABDET: the two laws are one.
fn certain(det: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let reward = own(det);
    let (mut exact, mut causal) = (reward.clone(), reward.clone());
    MaxEntIrl::new(det, RewardTable::StateAction)?.normaliser(&reward, &mut exact);
    CausalIrl::new(det, RewardTable::StateAction)?.normaliser(&reward, &mut causal);
    let largest = exact
        .iter()
        .zip(&causal)
        .fold(0.0, |m: f64, (x, y)| m.max((x - y).abs()));
    Ok(vec![
        Check::within(
            "largest difference of visits on TABDET, all deterministic",
            ROUNDING,
            [("messages less backups", largest), ("none", 0.0)],
        ),
        Check::within(
            "total variation of the two laws on TABDET",
            ROUNDING,
            [("½ Σ |p − q|", total_variation(det)?), ("none", 0.0)],
        ),
    ])
}

/// A random start alone, and random dynamics alone, part the two laws.
fn half_certain(mdp: &TabularMdp, det: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let problems = [
        (
            "TABDET's dynamics, TAB's random first state: distance of visits",
            mixed(det, mdp)?,
        ),
        (
            "TAB's dynamics, TABDET's certain first state: distance of visits",
            mixed(mdp, det)?,
        ),
    ];
    let mut checks = Vec::new();
    for (quantity, problem) in problems {
        let (listed, gradient) = (listed_distance(&problem)?, at_the_expert(&problem)?);
        let values = [("listed", listed), ("gradient at the expert", gradient[0])];
        checks.push(Check::exact(quantity, values));
        checks.push(Check::at_most(
            "it is not zero",
            ("0.01", 0.01),
            ("distance", listed),
        ));
    }
    Ok(checks)
}

/// How far the policy of the reward that a likelihood fits lies from the expert's.
fn fitted_policy(mdp: &TabularMdp, model: &mut impl IrlModel) -> Result<f64, Box<dyn Error>> {
    let fit = fit_reward(model, &demonstrated(mdp)?, FITTED, 5000, &mut go_on)?;
    let policy = expert(&with_reward(mdp, &fit.reward.to_vec())?)?;
    let off = policy - expert(mdp)?;
    Ok(off.iter().fold(0.0, |m, x| m.max(x.abs())))
}

fn fits(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let mut causal = CausalIrl::new(mdp, RewardTable::StateAction)?;
    let mut exact = MaxEntIrl::new(mdp, RewardTable::StateAction)?;
    let causal = fitted_policy(mdp, &mut causal)?;
    let exact = fitted_policy(mdp, &mut exact)?;
    Ok(vec![
        Check::within(
            "largest error of the policy whose reward the causal likelihood fits",
            crate::OPTIMISED,
            [("gradient ascent", causal), ("none", 0.0)],
        ),
        Check::at_most(
            "and of the one whose reward the posterior's likelihood fits: more than 0.01",
            ("0.01", 0.01),
            ("gradient ascent", exact),
        ),
    ])
}

/// What the posterior expects of a lottery's soft-optimal player: that it has won.
fn lottery() -> Result<Check, Box<dyn Error>> {
    let lottery = lot(10.0)?;
    let mut visits = [0.0; 4];
    let mut exact = MaxEntIrl::new(&lottery, RewardTable::State)?;
    exact.normaliser(&[0.0, 1.0, 10.0, 0.0], &mut visits);
    let player = policy_visits(&lottery, expert(&lottery)?.view())?;
    Ok(Check::at_most(
        "the lottery: how often a soft-optimal player wins, and how often the posterior has it win",
        ("its policy", player.row(2).sum()),
        ("the posterior", visits[2]),
    ))
}

fn figure(mdp: &TabularMdp) -> Result<Illustration, Box<dyn Error>> {
    let axes = Axes::new(
        "What the second term expects of the expert",
        Axis::linear("state, action"),
        Axis::linear("expected visits in three steps"),
        "The soft-optimal expert's visits to the six pairs of state and action on TAB, and those \
         of the posterior under the expert's own reward, which differ for most pairs.",
    );
    let posterior: Vec<f64> = listed_visits(mdp)?.into_iter().collect();
    Ok(Illustration {
        caption: "The expert's visits on TAB, which are also those of the causal form, and the \
                  posterior's under the same reward. Their difference is the gradient that should \
                  have been zero.",
        figure: bars(
            &axes,
            &["0, 0", "0, 1", "1, 0", "1, 1", "2, 0", "2, 1"],
            &[
                Bars::new("expert, causal form", demonstrated(mdp)?),
                Bars::new("posterior", posterior),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_17_holds() {
        assert_eq!(
            cs285_17().verdict(),
            Verdict::Holds,
            "{:#?}",
            cs285_17().checks
        );
    }

    #[test]
    fn cs285_17_the_posterior_form_is_not_zero_at_the_expert() {
        let printed = &cs285_17().printed[0];
        assert!(printed.value.unwrap() > 0.1, "{printed:?}");
        assert!(total_variation(&tab()).unwrap() > 0.1);
        assert!(at_the_expert(&tab()).unwrap()[1] < 1e-14);
    }

    #[test]
    fn cs285_17_the_posterior_wins_the_lottery() {
        let check = lottery().unwrap();
        assert!((check.values[0].value - 0.289050 * 0.01).abs() < 1e-8);
        assert!((check.values[1].value - 0.987863 * 0.995526).abs() < 1e-6);
    }
}
