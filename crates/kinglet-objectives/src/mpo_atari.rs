//! The published scores of MPO on Atari games, as data.

/// The scores of five agents on one game.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtariScores {
    /// The game.
    pub game: &'static str,
    /// A human's score.
    pub human: f64,
    /// Each agent's name and score.
    pub agents: [(&'static str, f64); 4],
}

/// MPO on five Atari games beside three other agents and a human. Catalogue: MPO-21.
///
/// The scores are those of the paper's table. C51 is alone the best in three of the five games,
/// shares the first place in one, and is second in one; MPO is never alone the best.
///
/// # Source
/// Abdolmaleki 2018, table 1; the other agents' scores are from Bellemare 2017.
/// # Example
/// ```
/// use kinglet_objectives::ATARI_SCORES;
/// let [pong, .., boxing] = &ATARI_SCORES;
/// assert_eq!(pong.best(), ["Dueling", "C51", "MPO"]); // three share the first place
/// assert_eq!(boxing.best(), ["Dueling"]);
/// ```
pub const ATARI_SCORES: [AtariScores; 5] = [
    scores("Pong", 14.6, [19.5, 20.9, 20.9, 20.9]),
    scores("Breakout", 30.5, [385.5, 366.0, 748.0, 360.5]),
    scores("Q*bert", 13_455.0, [13_117.3, 18_760.3, 23_784.0, 10_317.0]),
    scores("Tennis", -8.3, [12.2, 0.0, 23.1, 22.2]),
    scores("Boxing", 12.1, [88.0, 98.9, 97.8, 82.0]),
];

/// A row of the table; "Dueling" is the duelling network with prioritised replay.
const fn scores(game: &'static str, human: f64, agents: [f64; 4]) -> AtariScores {
    let [dqn, dueling, c51, mpo] = agents;
    AtariScores {
        game,
        human,
        agents: [
            ("DQN", dqn),
            ("Dueling", dueling),
            ("C51", c51),
            ("MPO", mpo),
        ],
    }
}

impl AtariScores {
    /// The agents that no other agent beats.
    pub fn best(&self) -> Vec<&'static str> {
        let most = self
            .agents
            .iter()
            .fold(f64::NEG_INFINITY, |m, a| m.max(a.1));
        let first = self.agents.iter().filter(|(_, score)| *score == most);
        first.map(|(agent, _)| *agent).collect()
    }

    /// One more than the number of agents that score higher than this one; nothing for an agent
    /// that is not in the table.
    pub fn rank(&self, agent: &str) -> Option<usize> {
        let (_, own) = self.agents.iter().find(|(name, _)| *name == agent)?;
        Some(1 + self.agents.iter().filter(|(_, score)| score > own).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mpo_21_ranks_count_who_is_better() {
        let ranks = |agent: &str| ATARI_SCORES.map(|game| game.rank(agent).unwrap());
        assert_eq!(ranks("DQN"), [4, 2, 3, 3, 3]);
        assert_eq!(ranks("Dueling"), [1, 3, 2, 4, 1]);
        assert_eq!(ranks("C51"), [1, 1, 1, 1, 2]);
        assert_eq!(ranks("MPO"), [1, 4, 4, 2, 4]);
        assert_eq!(ATARI_SCORES[0].rank("Rainbow"), None);
    }
}
