//! MPO-21: who is best on Atari.

use std::error::Error;

use kinglet_objectives::{ATARI_SCORES, AtariScores};
use kinglet_plots::{Axes, Axis, Bars, bars};

use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-21",
    title: "\"C51 performed the best\": alone in three of five games, not in Pong nor in Boxing",
    kind: Kind::Claim,
    source: Source::Mpo,
    run: mpo_21,
};

/// Who is best on five Atari games. Catalogue: MPO-21.
///
/// ```text
/// C51 alone: Breakout, Q*bert, Tennis;  shared: Pong (Dueling, C51, MPO);  Dueling alone: Boxing
/// ```
///
/// From the published scores.
pub fn mpo_21() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mut checks = vec![
        tally("C51 is alone the best", alone("C51"), 3),
        tally("C51 is the best or shares the first place", first("C51"), 4),
        tally("MPO is alone the best", alone("MPO"), 0),
        tally("MPO is the best or shares the first place", first("MPO"), 1),
        tally(
            "the duelling network is alone the best",
            alone("Dueling"),
            1,
        ),
    ];
    checks.extend(ATARI_SCORES.iter().map(|game| {
        Check::at_most(
            format!("{}: MPO's score is at most the best one", game.game),
            ("MPO", score(game, "MPO")),
            (game.best()[0], score(game, game.best()[0])),
        )
    }));
    Ok(Outcome {
        checks,
        notes: vec![
            "True in Breakout, Q*bert and Tennis. In Pong the duelling network, C51 and MPO share \
             the best score, 20.9; in Boxing the duelling network has 98.9, C51 97.8.",
            "MPO is nowhere alone the best, and below a human in Q*bert. Its parameters were not \
             tuned for these games: the table shows that it works for discrete actions.",
            "The screenshots beside the table, Pitfall and Space Invaders, are of none of its games.",
        ],
        figures: vec![figure()?],
        ..Outcome::default()
    })
}

/// In how many games one agent alone is the best, counted in two ways.
fn alone(agent: &str) -> [usize; 2] {
    let listed = ATARI_SCORES.iter().filter(|game| game.best() == [agent]);
    let ranked = ATARI_SCORES.iter().filter(|game| {
        let ties = game
            .agents
            .iter()
            .filter(|(name, _)| game.rank(name) == Some(1));
        game.rank(agent) == Some(1) && ties.count() == 1
    });
    [listed.count(), ranked.count()]
}

/// In how many games no agent beats this one, counted in two ways.
fn first(agent: &str) -> [usize; 2] {
    let listed = ATARI_SCORES
        .iter()
        .filter(|game| game.best().contains(&agent));
    let beaten = ATARI_SCORES.iter().filter(|game| {
        game.agents
            .iter()
            .any(|(_, other)| *other > score(game, agent))
    });
    [listed.count(), ATARI_SCORES.len() - beaten.count()]
}

fn tally(what: &str, [listed, ranked]: [usize; 2], known: u32) -> Check {
    Check::exact(
        format!("in how many of five games {what}"),
        [
            ("best of each row", listed as f64),
            ("ranks", ranked as f64),
            ("known", f64::from(known)),
        ],
    )
}

fn score(game: &AtariScores, agent: &str) -> f64 {
    let own = game.agents.iter().find(|(name, _)| *name == agent);
    own.map_or(f64::NAN, |(_, score)| *score)
}

/// Each score in units of the best one in its game.
fn figure() -> Result<Illustration, Box<dyn Error>> {
    let games = ATARI_SCORES.map(|game| game.game);
    let shares = ["DQN", "Dueling", "C51", "MPO"].map(|agent| {
        let share = |game: &AtariScores| score(game, agent) / score(game, game.best()[0]);
        Bars::new(agent, ATARI_SCORES.iter().map(share).collect::<Vec<_>>())
    });
    let axes = Axes::new(
        "Who is best on five Atari games",
        Axis::linear("game"),
        Axis::linear("score / best score"),
        "C51 reaches the best score in four of five games, three of them alone; the duelling \
         network leads in Boxing.",
    );
    Ok(Illustration {
        caption: "Published scores, each divided by the best of its game: C51 leads alone in \
                  three games, shares Pong, and is second in Boxing.",
        figure: bars(&axes, &games, &shares)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_21_c51_is_not_the_best_everywhere() {
        assert_eq!(mpo_21().verdict(), Verdict::Holds);
        let boxing = &ATARI_SCORES[4];
        assert_eq!((boxing.game, boxing.best()), ("Boxing", vec!["Dueling"]));
        assert_eq!(boxing.rank("C51"), Some(2));
    }
}
