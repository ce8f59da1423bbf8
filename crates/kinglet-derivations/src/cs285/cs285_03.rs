//! CS285-03: the posterior policy.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::{lot, lot_state, tab};
use kinglet_objectives::{elbo, exact_inference, soft_value_iteration_finite};
use kinglet_plots::{Axes, Axis, Reference, Series, lines};
use ndarray::Array3;

use crate::deck::buys;
use crate::outcome::Computed;
use crate::paths::{expectation, posterior};
use crate::{Check, Entry, Illustration, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-03",
    title: "The posterior policy is p(a|s,O) = exp(Q − V), with the optimistic Q",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_03,
};

/// The posterior policy. Catalogue: CS285-03.
///
/// ```text
/// p(a | s, O) = exp(Qₜ(s, a) − Vₜ(s)),   with the optimistic Q
/// ```
///
/// On the lottery and on TAB, against the trajectories listed; and what that policy earns once the
/// dice fall as they do.
pub fn cs285_03() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let lottery = lot(10.0)?;
    let mut checks = vec![Check::exact(
        "P(buy | O) on LOT, R = 10",
        [
            ("exp(Q − V), backward messages", by_messages(&lottery)?),
            ("all trajectories", posterior(&lottery, buys, |_| true)?),
        ],
    )];
    checks.extend(prizes(&lottery)?);
    checks.extend(tab_checks(&tab())?);
    Ok(Outcome {
        checks,
        notes: vec![
            "The posterior buys because it has moved the odds as well. Played in a world where \
             they stay, its policy earns a ninth of the safe prize.",
            "The optimistic Q makes the policy; the same exponential of a Q with E[V] in place of \
             log E[exp V] is the best policy when the dynamics stay.",
        ],
        figures: vec![figure()?],
        ..Outcome::default()
    })
}

fn by_messages(mdp: &TabularMdp) -> Result<f64, kinglet_objectives::Error> {
    let messages = exact_inference(mdp, 1.0)?;
    Ok((messages.q[[0, lot_state::START, 1]] - messages.v[[0, lot_state::START]]).exp())
}

/// What each choice earns on average, and what each policy does.
fn prizes(lottery: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let optimistic = exact_inference(lottery, 1.0)?.policy();
    let best = soft_value_iteration_finite(lottery, 1.0)?.policy;
    let (buy, choice) = (optimistic[[0, 0, 1]], best[[0, 0, 1]]);
    let earned = |chance: f64| 0.1 * chance + (1.0 - chance);
    Ok(vec![
        returns(
            "E[r] of a ticket: a tenth of the safe prize, 1",
            lottery,
            &always_buy(),
            0.1,
        )?,
        returns(
            "E[r] of the posterior policy",
            lottery,
            &optimistic,
            earned(buy),
        )?,
        returns(
            "E[r] of the best policy at α = 1",
            lottery,
            &best,
            earned(choice),
        )?,
    ])
}

fn always_buy() -> Array3<f64> {
    Array3::from_shape_fn((2, 4, 2), |(_, _, action)| action as f64)
}

fn returns(
    quantity: &str,
    mdp: &TabularMdp,
    policy: &Array3<f64>,
    by_hand: f64,
) -> Result<Check, Box<dyn Error>> {
    Ok(Check::exact(
        quantity,
        [
            (
                "all trajectories",
                expectation(mdp, policy, |path| path.total_reward)?,
            ),
            ("the law of each state", elbo(mdp, policy.view(), 0.0)?),
            ("P(buy)/10 + P(safe), by hand", by_hand),
        ],
    ))
}

/// p(a = 1 | s, O) at the first and the last step of TAB, one check a component.
fn tab_checks(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let messages = exact_inference(mdp, 1.0)?;
    let mut checks = Vec::new();
    for t in [0, 2] {
        for state in 0..mdp.n_states() {
            let listed = posterior(
                mdp,
                |path| path.actions[t] == 1,
                |path| path.states[t] == state,
            )?;
            let by_messages = (messages.q[[t, state, 1]] - messages.v[[t, state]]).exp();
            checks.push(Check::exact(
                format!("p(a = 1 | s = {state}, O) on TAB at t = {}", t + 1),
                [
                    ("exp(Q − V), backward messages", by_messages),
                    ("216 trajectories", listed),
                ],
            ));
        }
    }
    Ok(checks)
}

fn figure() -> Result<Illustration, Box<dyn Error>> {
    let jackpots: Vec<f64> = (0..=100).map(|i| f64::from(i) / 5.0).collect();
    let (mut optimistic, mut best) = (Vec::new(), Vec::new());
    for &jackpot in &jackpots {
        let mdp = lot(jackpot)?;
        optimistic.push(by_messages(&mdp)?);
        best.push(soft_value_iteration_finite(&mdp, 1.0)?.policy[[0, 0, 1]]);
    }
    let axes = Axes {
        references: vec![Reference::horizontal("a coin", 0.5)],
        ..Axes::new(
            "Who buys the ticket",
            Axis::linear("jackpot R"),
            Axis::linear("probability of buying"),
            "The posterior's probability of buying rises from 0.27 to 1 as the jackpot rises to \
             20; the best policy's stays near 0.3.",
        )
    };
    Ok(Illustration {
        caption: "The posterior policy buys as soon as a jackpot could explain success; the \
                  policy that takes the odds as they are is not impressed.",
        figure: lines(
            &axes,
            &[
                Series::line("p(buy | O)", &jackpots, optimistic),
                Series::line("q*(buy)", &jackpots, best),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_03_the_posterior_policy_is_listed_and_passed_back() {
        assert_eq!(cs285_03().verdict(), Verdict::Holds);
        let lottery = lot(10.0).unwrap();
        let buy = by_messages(&lottery).unwrap();
        assert!((buy - 0.987863).abs() < 5e-7, "{buy}");
        assert!((buy - posterior(&lottery, buys, |_| true).unwrap()).abs() < 1e-12);
    }

    #[test]
    fn cs285_03_it_earns_little() {
        let lottery = lot(10.0).unwrap();
        let ticket = elbo(&lottery, always_buy().view(), 0.0).unwrap();
        assert!((ticket - 0.1).abs() < 1e-15);
        let optimistic = exact_inference(&lottery, 1.0).unwrap().policy();
        let best = soft_value_iteration_finite(&lottery, 1.0).unwrap().policy;
        let earned = |policy: &Array3<f64>| elbo(&lottery, policy.view(), 0.0).unwrap();
        assert!(earned(&optimistic) < 0.12 && earned(&best) > 0.7);
    }
}
