//! DECK-09: the discount.

use std::error::Error;

use kinglet_envs::fixtures::tab;
use kinglet_envs::{Rewards, TabularMdp};
use kinglet_objectives::{
    Credit, PolicyGradient, backward_policy_gradient, evaluate_discounted_policy, policy_gradient,
    soft_rewards,
};
use ndarray::{Array2, Array3};

use crate::gradients::{agree, cosine, difference_gradient, distance, dual_gradient};
use crate::outcome::Computed;
use crate::paths::expectation;
use crate::policies::{tab_logits, tab_policy};
use crate::{Check, EXACT, Entry, Kind, Outcome, Printed, Source};

/// The discount at which the numbers are given.
const DISCOUNT: f64 = 0.7;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-09",
    title: "The discounted gradient has a γᵗ before each score; a discount shrinks, it clips nothing",
    kind: Kind::Claim,
    source: Source::Deck,
    run: deck_09,
};

/// The discount. Catalogue: DECK-09.
///
/// ```text
/// ∇ E[ Σₜ γᵗ (rₜ − log qₜ) ] = Σₜ E[ γᵗ ∇ log qₜ Σ_{t' ≥ t} γ^(t'−t) (r_t' − log q_t') ],   t = 0 … T−1
/// ```
///
/// On TAB at γ = 1, .9, .7: by scores, by dual numbers, by differences and by backward values.
/// Printed, and usual, is the form without γᵗ. Then what the discount does to the variance.
pub fn deck_09() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    let mut checks = vec![value(&mdp)?];
    for discount in [0.9, DISCOUNT] {
        checks.extend(gradient(&mdp, discount)?);
    }
    let [right, usual, undiscounted] = [
        mean(&mdp, Credit::RewardToGo, DISCOUNT)?,
        mean(&mdp, Credit::FromNow, DISCOUNT)?,
        mean(&mdp, Credit::RewardToGo, 1.0)?,
    ];
    checks.push(Check::at_most(
        "without γᵗ it is not the undiscounted gradient either, γ = .7",
        ("more than rounding", 1e-3),
        ("the largest error", distance(&usual, &undiscounted)),
    ));
    checks.push(swings(&mdp)?);
    checks.extend(shrinks(&mdp)?);
    let index = (2, 0, 1);
    Ok(Outcome {
        checks,
        printed: vec![
            Printed::number(
                "without γᵗ, γ = .7: ∂J/∂θ[2, 0, 1]",
                usual[index],
                right[index],
                "γ^(t'−t) alone counts a step from itself; the objective counts it from the start",
            ),
            Printed::number(
                "without γᵗ, γ = .7: cosine with the gradient",
                cosine(&usual, &right),
                1.0,
                "usual practice, and the gradient of no objective: it weighs late steps more",
            ),
        ],
        notes: vec![
            "For t = 1 … T the factor is γ^(t−1).",
            "\"Clips the large swings\": the discount multiplies a reward n steps ahead by γⁿ, \
             however large it is. The variance falls, but no value is bounded.",
            "The bracket of the baseline is that of DECK-07: once, outside the sum, and inside the \
             outer factor γᵗ.",
        ],
        ..Outcome::default()
    })
}

fn choice(credit: Credit, discount: f64) -> PolicyGradient {
    PolicyGradient {
        credit,
        discount,
        ..PolicyGradient::reinforce(1.0)
    }
}

fn mean(
    mdp: &TabularMdp,
    credit: Credit,
    discount: f64,
) -> Result<Array3<f64>, kinglet_objectives::Error> {
    Ok(policy_gradient(mdp, tab_logits().view(), &choice(credit, discount))?.mean)
}

fn value(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let policy = tab_policy();
    let listed = expectation(mdp, &policy, |path| {
        let rewards = soft_rewards(mdp, policy.view(), 1.0, path);
        (0..3).map(|t| DISCOUNT.powi(t as i32) * rewards[t]).sum()
    })?;
    let backward = evaluate_discounted_policy(mdp, policy.view(), 1.0, DISCOUNT)?;
    Ok(Check::exact(
        "J on TAB, γ = .7",
        [
            ("216 trajectories", listed),
            ("E[V₁(s₁)], backward", backward.v.row(0).dot(&mdp.initial())),
        ],
    ))
}

fn gradient(mdp: &TabularMdp, discount: f64) -> Result<Vec<Check>, Box<dyn Error>> {
    let logits = tab_logits();
    let to_go = mean(mdp, Credit::RewardToGo, discount)?;
    Ok(vec![
        agree(
            &format!("∇J on TAB, γ = {discount}"),
            EXACT,
            [
                (
                    "J pushed through dual numbers",
                    &dual_gradient(mdp, &logits, [1.0, discount]),
                ),
                ("γᵗ score × discounted reward to go", &to_go),
                (
                    "score × Σ γ^t' (…), the full return",
                    &mean(mdp, Credit::FullReturn, discount)?,
                ),
                (
                    "γᵗ × state law × soft advantages",
                    &backward_policy_gradient(mdp, logits.view(), 1.0, discount)?,
                ),
            ],
        ),
        agree(
            &format!("∇J on TAB and the differences of J, γ = {discount}"),
            1e-8,
            [
                ("scores", &to_go),
                (
                    "central differences",
                    &difference_gradient(mdp, &logits, [1.0, discount]),
                ),
            ],
        ),
    ])
}

/// What J gains when one reward is raised, by much and by little: were anything clipped, the large
/// one would count for less.
fn swings(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let value = |raised: f64| -> Result<f64, Box<dyn Error>> {
        let mut table = Array2::from_shape_fn((3, 2), |(s, a)| mdp.reward(s, a));
        table[[1, 0]] += raised;
        let mdp = mdp.clone().with_rewards(Rewards::StateAction(table))?;
        let values = evaluate_discounted_policy(&mdp, tab_policy().view(), 1.0, DISCOUNT)?;
        Ok(values.v.row(0).dot(&mdp.initial()))
    };
    Ok(Check::exact(
        "nothing is clipped: what a reward that is raised adds to J, per unit, γ = .7",
        [
            ("by 1", value(1.0)? - value(0.0)?),
            ("by 100", (value(100.0)? - value(0.0)?) / 100.0),
        ],
    ))
}

fn shrinks(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let variance = |discount| {
        let choice = choice(Credit::RewardToGo, discount);
        policy_gradient(mdp, tab_logits().view(), &choice).map(|g| g.total_variance())
    };
    let [one, nine, seven] = [variance(1.0)?, variance(0.9)?, variance(DISCOUNT)?];
    let name = "the gradient's variance on TAB";
    Ok(vec![
        Check::at_most(name, ("γ = .9", nine), ("γ = 1", one)),
        Check::at_most(name, ("γ = .7", seven), ("γ = .9", nine)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_09_holds_and_the_outer_factor_matters() {
        let outcome = deck_09();
        assert_eq!(outcome.verdict(), Verdict::Holds);
        assert!(outcome.printed.iter().all(|p| p.off_by.unwrap() > 1e-3));
    }

    /// Without a discount there is nothing to leave out.
    #[test]
    fn deck_09_at_one_all_are_one() {
        let right = mean(&tab(), Credit::RewardToGo, 1.0).unwrap();
        let usual = mean(&tab(), Credit::FromNow, 1.0).unwrap();
        assert_eq!(right, usual);
        // At the first step γᵗ is 1 whatever γ is.
        let right = mean(&tab(), Credit::RewardToGo, DISCOUNT).unwrap();
        let usual = mean(&tab(), Credit::FromNow, DISCOUNT).unwrap();
        let first = |g: &Array3<f64>| g.slice(ndarray::s![0, .., ..]).to_owned();
        assert_eq!(first(&right), first(&usual));
        assert!(distance(&right, &usual) > 1e-2);
    }
}
