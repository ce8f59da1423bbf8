//! The moves of a gridworld.

/// One step on a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// No step.
    Stay,
    /// To the row above.
    North,
    /// To the column on the right.
    East,
    /// To the row below.
    South,
    /// To the column on the left.
    West,
}

impl Move {
    /// What it adds to (row, column).
    pub fn offset(self) -> (isize, isize) {
        match self {
            Self::Stay => (0, 0),
            Self::North => (-1, 0),
            Self::East => (0, 1),
            Self::South => (1, 0),
            Self::West => (0, -1),
        }
    }

    /// An arrow to draw it by.
    pub fn arrow(self) -> char {
        match self {
            Self::Stay => '·',
            Self::North => '↑',
            Self::East => '→',
            Self::South => '↓',
            Self::West => '←',
        }
    }
}

/// The actions of a grid; action a is the a-th move of [`list`](Self::list).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moves {
    /// North, east, south, west.
    Four,
    /// Stay, north, east, south, west.
    Five,
}

impl Moves {
    /// The moves in the order of the actions.
    pub fn list(self) -> &'static [Move] {
        const FIVE: [Move; 5] = [Move::Stay, Move::North, Move::East, Move::South, Move::West];
        match self {
            Self::Four => &FIVE[1..],
            Self::Five => &FIVE,
        }
    }
}
