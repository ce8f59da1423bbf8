//! CS285-02: the posterior dynamics.

use std::error::Error;

use kinglet_envs::fixtures::{lot, lot_state, tab};
use kinglet_envs::{TabularMdp, Trajectory};
use kinglet_objectives::{exact_inference, soft_value_iteration_finite};
use kinglet_plots::{Axes, Axis, Reference, Series, lines};

use crate::deck::buys;
use crate::outcome::Computed;
use crate::paths::posterior;
use crate::{Check, Entry, Illustration, Kind, Outcome, Source};

/// The jackpots of the catalogue's table.
const JACKPOTS: [f64; 6] = [0.0, 2.0, 4.6, 6.0, 10.0, 20.0];

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-02",
    title: "Conditioning on success changes the dynamics: p(s'|s,a,O) ∝ p(s'|s,a) exp V(s')",
    kind: Kind::Claim,
    source: Source::Cs285,
    run: cs285_02,
};

/// Conditioning on success changes the dynamics too. Catalogue: CS285-02.
///
/// ```text
/// p(s' | s, a, O) ∝ p(s' | s, a) exp Vₜ₊₁(s') ≠ p(s' | s, a)
/// ```
///
/// On the lottery, for six jackpots: how sure of winning the posterior is, and how often the
/// policy buys that leaves the dynamics alone. On TAB: the posterior law of the first state and
/// of the next.
pub fn cs285_02() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mut checks = vec![buy_check(10.0)?];
    for jackpot in JACKPOTS {
        checks.push(win_check(jackpot)?);
    }
    checks.push(even_odds()?);
    for jackpot in JACKPOTS {
        checks.push(choice_check(jackpot)?);
    }
    checks.extend(tab_checks(&tab())?);
    Ok(Outcome {
        checks,
        notes: vec![
            "\"A 1 % chance taken for a certainty\" needs a jackpot far above log 99 = 4.6, where \
             winning becomes as likely as not. At R = 2 the posterior wins 7 % of the time, at \
             R = 6 80 %, at R = 10 99.6 %.",
            "With R = 0 nothing is gained by winning, and the posterior's chance is the prior's.",
            "The policy q* that holds the dynamics fixed values the ticket at R/100, and hardly \
             moves over the same range.",
        ],
        figures: vec![figure()?],
        ..Outcome::default()
    })
}

fn wins(path: &Trajectory) -> bool {
    path.states[1] == lot_state::WIN
}

/// P(buy | O), three ways.
fn buy_check(jackpot: f64) -> Result<Check, Box<dyn Error>> {
    let mdp = lot(jackpot)?;
    let ticket = 0.01 * jackpot.exp() + 0.99;
    Ok(Check::exact(
        format!("P(buy | O) on LOT, R = {jackpot}"),
        [
            ("all trajectories", posterior(&mdp, buys, |_| true)?),
            (
                "backward messages",
                exact_inference(&mdp, 1.0)?.policy()[[0, 0, 1]],
            ),
            ("closed form, by hand", ticket / (ticket + 1_f64.exp())),
        ],
    ))
}

/// P(win | buy, O), three ways.
fn win_check(jackpot: f64) -> Result<Check, Box<dyn Error>> {
    let mdp = lot(jackpot)?;
    let odds = jackpot.exp() / 99.0;
    Ok(Check::exact(
        format!("P(win | buy, O) on LOT, R = {jackpot}"),
        [
            ("all trajectories", posterior(&mdp, wins, buys)?),
            ("p(s' | s, a) tilted by exp V", win_by_tilt(&mdp)?),
            ("odds e^R / 99, by hand", odds / (1.0 + odds)),
        ],
    ))
}

fn win_by_tilt(mdp: &TabularMdp) -> Result<f64, Box<dyn Error>> {
    let dynamics = exact_inference(mdp, 1.0)?.dynamics(mdp, 0, lot_state::START, 1);
    let win = dynamics.iter().find(|(state, _)| *state == lot_state::WIN);
    Ok(win.map_or(0.0, |(_, p)| *p))
}

/// The jackpot at which winning is as likely as not, by bisection.
fn even_odds() -> Result<Check, Box<dyn Error>> {
    let (mut low, mut high) = (0.0, 20.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if win_by_tilt(&lot(middle)?)? < 0.5 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(Check::exact(
        "the jackpot at which winning is as likely as not",
        [("bisection", low), ("log 99", 99_f64.ln())],
    ))
}

/// q*(buy), the dynamics held fixed.
fn choice_check(jackpot: f64) -> Result<Check, Box<dyn Error>> {
    let best = soft_value_iteration_finite(&lot(jackpot)?, 1.0)?;
    Ok(Check::exact(
        format!("q*(buy) on LOT, the dynamics held fixed, R = {jackpot}"),
        [
            ("soft value iteration", best.policy[[0, 0, 1]]),
            (
                "1 / (1 + e^(1 − R/100))",
                1.0 / (1.0 + (1.0 - 0.01 * jackpot).exp()),
            ),
        ],
    ))
}

/// p(s₁ | O), and p(s₂ | s₁ = 0, a₁ = 0, O), one check a component.
fn tab_checks(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let messages = exact_inference(mdp, 1.0)?;
    let initial = messages.initial(mdp);
    let mut checks = Vec::new();
    for state in 0..mdp.n_states() {
        checks.push(Check::exact(
            format!("p(s₁ = {state} | O) on TAB, prior {}", mdp.initial()[state]),
            [
                (
                    "216 trajectories",
                    posterior(mdp, |path| path.states[0] == state, |_| true)?,
                ),
                ("p(s₁) tilted by exp V₁", initial[state]),
            ],
        ));
    }
    let given = |path: &Trajectory| path.states[0] == 0 && path.actions[0] == 0;
    for ((next, tilted), (_, prior)) in messages
        .dynamics(mdp, 0, 0, 0)
        .into_iter()
        .zip(mdp.successors(0, 0))
    {
        checks.push(Check::exact(
            format!("p(s₂ = {next} | s₁ = 0, a₁ = 0, O) on TAB, prior {prior}"),
            [
                (
                    "216 trajectories",
                    posterior(mdp, |path| path.states[1] == next, given)?,
                ),
                ("p(s' | s, a) tilted by exp V₂", tilted),
            ],
        ));
    }
    Ok(checks)
}

fn figure() -> Result<Illustration, Box<dyn Error>> {
    let jackpots: Vec<f64> = (0..=100).map(|i| f64::from(i) / 5.0).collect();
    let (mut win, mut buy) = (Vec::new(), Vec::new());
    for &jackpot in &jackpots {
        let mdp = lot(jackpot)?;
        win.push(win_by_tilt(&mdp)?);
        buy.push(soft_value_iteration_finite(&mdp, 1.0)?.policy[[0, 0, 1]]);
    }
    let axes = Axes {
        references: vec![Reference::vertical("log 99", 99_f64.ln())],
        ..Axes::new(
            "Seen from success, the lottery was never a lottery",
            Axis::linear("jackpot R"),
            Axis::linear("probability"),
            "The posterior probability of winning rises from 0.01 through one half at R = log 99 \
             to 1, while the best policy's probability of buying rises from 0.27 to 0.31.",
        )
    };
    Ok(Illustration {
        caption: "Given success, a bought ticket has won: the posterior's chance of winning \
                  passes one half at a jackpot of log 99. The policy that cannot choose its luck \
                  buys little more often.",
        figure: lines(
            &axes,
            &[
                Series::line("P(win | buy, O)", &jackpots, win),
                Series::line("q*(buy)", &jackpots, buy),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_02_golden_digits_of_the_lottery() {
        assert_eq!(cs285_02().verdict(), Verdict::Holds);
        let mdp = lot(10.0).unwrap();
        for win in [
            posterior(&mdp, wins, buys).unwrap(),
            win_by_tilt(&mdp).unwrap(),
        ] {
            assert!((win - 0.995526).abs() < 5e-7, "{win}");
        }
        let buy = buy_check(10.0).unwrap().values[0].value;
        assert!((buy - 0.987863).abs() < 5e-7, "{buy}");
    }

    #[test]
    fn cs285_02_golden_digits_of_the_table() {
        let wins = [0.0100, 0.0695, 0.5012, 0.8030, 0.9955, 1.0000];
        let choices = [0.2689, 0.2729, 0.2781, 0.2809, 0.2891, 0.3100];
        for ((jackpot, win), choice) in JACKPOTS.into_iter().zip(wins).zip(choices) {
            let by_tilt = win_by_tilt(&lot(jackpot).unwrap()).unwrap();
            assert!((by_tilt - win).abs() < 5e-5, "R = {jackpot}: {by_tilt}");
            let q = choice_check(jackpot).unwrap().values[0].value;
            assert!((q - choice).abs() < 5e-5, "R = {jackpot}: {q}");
        }
    }

    #[test]
    fn cs285_02_posterior_dynamics_are_not_the_dynamics() {
        let mdp = tab();
        let dynamics = exact_inference(&mdp, 1.0).unwrap().dynamics(&mdp, 0, 0, 0);
        let moved = dynamics.iter().zip(mdp.successors(0, 0));
        let moved = moved
            .map(|((_, p), (_, prior))| (p - prior).abs())
            .fold(0.0, f64::max);
        assert!(moved > 1e-2, "{moved}");
    }
}
