//! How one moves on a map, and what that earns.

use crate::{Horizon, Moves};

/// What a map does not say: how one moves on it, and what that earns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GridRules {
    /// The actions. A move into a wall or off the map leaves the walker where it is.
    pub moves: Moves,
    /// The probability, from 0 to 1, that a uniformly random one of the actions is carried out
    /// instead of the one meant (and may be the same).
    pub slip: f64,
    /// What a step earns.
    pub rewards: CellRewards,
    /// Where one goes from a goal.
    pub after_goal: Exit,
    /// Where one goes from a cliff.
    pub after_cliff: Exit,
    /// How far ahead the return looks.
    pub horizon: Horizon,
}

/// The reward of each time step, by the cell in which the walker is at that time, whatever it
/// does there. A step that arrives in a goal thus earns what the cell it left earns; the goal
/// pays at every step that begins in it, for ever if there is no way out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellRewards {
    /// In a free cell or a start.
    pub step: f64,
    /// On a cliff.
    pub cliff: f64,
    /// In a goal.
    pub goal: f64,
}

/// Where a time step leads that begins in a goal or on a cliff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Where the action leads, as from any other cell.
    Free,
    /// Nowhere: every action leads back to the same cell, at every step to come.
    Absorbing,
    /// To the start, whatever the action. The map must then have exactly one.
    ToStart,
}

impl GridRules {
    /// The map of the cliff walk of [`cliff_walking`](Self::cliff_walking).
    pub const CLIFF_WALKING: &str = "\
        ............
        ............
        ............
        SCCCCCCCCCCG";

    /// The cliff walk: four moves, no slip, every step costs 1, a fall costs 100 and leads back
    /// to the start, the goal ends it. Here a fall takes a time step of its own, which costs 99,
    /// after the step over the edge, which costs 1.
    ///
    /// # Source
    /// Sutton and Barto 2018, example 6.6.
    ///
    /// # Example
    /// ```
    /// use kinglet_envs::{GridRules, Gridworld, Horizon};
    /// let rules = GridRules::cliff_walking(Horizon::Finite(20));
    /// let world = Gridworld::from_map(GridRules::CLIFF_WALKING, rules)?;
    /// assert_eq!(world.cells.dim(), (4, 12));
    /// assert_eq!(world.cell(world.starts[0]), (3, 0));
    /// # Ok::<(), kinglet_envs::Error>(())
    /// ```
    pub fn cliff_walking(horizon: Horizon) -> Self {
        let rewards = CellRewards {
            step: -1.0,
            cliff: -99.0,
            goal: 0.0,
        };
        Self {
            moves: Moves::Four,
            slip: 0.0,
            rewards,
            after_goal: Exit::Absorbing,
            after_cliff: Exit::ToStart,
            horizon,
        }
    }
}
