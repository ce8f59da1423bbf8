//! The cliff.

use kinglet_envs::{CellRewards, Error, GridRules, Gridworld, Horizon};

/// Four rows, eight columns; the start and the goal at both ends of the cliff.
pub const MAP: &str = "\
    ........
    ........
    ........
    SCCCCCCG";

/// How many steps the walker has.
pub const HORIZON: usize = 30;

/// The walk along the cliff: a step costs 0.5, a fall 10 and the way back to the start; the goal
/// ends it. With probability `slip` a step goes in one of the four directions at random.
///
/// # Errors
/// A slip outside [0, 1].
pub fn world(slip: f64) -> Result<Gridworld, Error> {
    let rules = GridRules {
        slip,
        rewards: CellRewards {
            step: -0.5,
            cliff: -10.0,
            goal: 0.0,
        },
        ..GridRules::cliff_walking(Horizon::Finite(HORIZON))
    };
    Gridworld::from_map(MAP, rules)
}
