//! A tabular problem read from a map.

use std::fmt::{self, Display};

use ndarray::{Array1, Array2, ArrayView1};

use crate::cell::read_map;
use crate::sparse::count_rows;
use crate::{Cell, Error, Exit, GridRules, Rewards, Slip, TabularMdp, Transitions};

/// A walker on a grid, as a [`TabularMdp`] that remembers where its states lie.
///
/// The states are the cells that are no walls, numbered row by row; the dynamics are a [`Slip`].
/// On a map, `#` is a wall, `.` free, `S` a start, `C` a cliff, `G` a goal.
///
/// # Example
/// ```
/// use kinglet_envs::{GridRules, Gridworld, Horizon, Moves};
/// let rules = GridRules { slip: 0.2, ..GridRules::cliff_walking(Horizon::Discounted(0.9)) };
/// let world = Gridworld::from_map(
///     "S.#
///      CCG",
///     rules,
/// )?;
/// assert_eq!(world.mdp.n_states(), 5);
/// assert_eq!(world.state(1, 0), Some(2));
/// assert_eq!(world.cell(2), (1, 0));
///
/// // From the start, "south" falls off the cliff but for a slip.
/// let south = 2;
/// let law: Vec<_> = world.mdp.successors(0, south).map(|(s, p)| (world.cell(s), p)).collect();
/// let expected = [((0, 0), 0.10), ((0, 1), 0.05), ((1, 0), 0.85)];
/// for ((cell, p), (expected_cell, expected_p)) in law.into_iter().zip(expected) {
///     assert!(cell == expected_cell && (p - expected_p).abs() < 1e-15);
/// }
///
/// // A picture of a policy.
/// assert_eq!(world.draw(|s| if s < 2 { '→' } else { '↑' }), "→→#\n↑↑↑");
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Gridworld {
    /// The problem.
    pub mdp: TabularMdp,
    /// The map, `[rows, columns]`.
    pub cells: Array2<Cell>,
    /// The rules that made the problem of the map.
    pub rules: GridRules,
    /// The states of the start cells.
    pub starts: Vec<usize>,
    /// The states of the goal cells.
    pub goals: Vec<usize>,
    numbering: Numbering,
}

/// The states of the cells and the cells of the states; cells are numbered row by row.
#[derive(Clone, Debug, PartialEq)]
struct Numbering {
    n_cols: usize,
    /// By cell; [`Numbering::WALL`] where there is no state.
    state_of: Vec<u32>,
    /// By state.
    cell_of: Vec<u32>,
}

impl Gridworld {
    /// From a text map, one line a row. White space around the lines does not matter.
    ///
    /// # Errors
    /// An unknown character with its line and column, a line longer or shorter than the first,
    /// and whatever [`new`](Self::new) refuses.
    pub fn from_map(map: &str, rules: GridRules) -> Result<Self, Error> {
        Self::new(read_map(map)?, rules)
    }

    /// A grid without walls or cliffs, from the top left corner to the bottom right one.
    ///
    /// # Errors
    /// A grid of fewer than two cells, and whatever [`new`](Self::new) refuses.
    pub fn open(n_rows: usize, n_cols: usize, rules: GridRules) -> Result<Self, Error> {
        if n_rows == 0 || n_cols == 0 {
            return Err(Error::EmptyMap);
        }
        let n_states = n_rows.saturating_mul(n_cols);
        count_rows(n_states, rules.moves.list().len())?;
        let mut cells = Array2::from_elem((n_rows, n_cols), Cell::Free);
        cells[[0, 0]] = Cell::Start;
        cells[[n_rows - 1, n_cols - 1]] = Cell::Goal;
        Self::new(cells, rules)
    }

    /// From the kinds of cells, `[rows, columns]`.
    ///
    /// # Errors
    /// A map without cells, start or goal; several starts where a cell leads back to the start; a
    /// slip outside [0, 1], a reward that is not finite, a horizon or discount out of range, more
    /// states than 32 bits number.
    pub fn new(cells: Array2<Cell>, rules: GridRules) -> Result<Self, Error> {
        if cells.is_empty() {
            return Err(Error::EmptyMap);
        }
        let n_actions = rules.moves.list().len();
        count_rows(cells.len(), n_actions)?;
        let numbering = Numbering::new(&cells);
        let starts = numbering.states_of(&cells, Cell::Start);
        let goals = numbering.states_of(&cells, Cell::Goal);
        if starts.is_empty() {
            return Err(Error::NoStart);
        }
        if goals.is_empty() {
            return Err(Error::NoGoal);
        }
        if starts.len() > 1 && leads_to_start(&cells, &rules) {
            return Err(Error::AmbiguousStart {
                starts: starts.len(),
            });
        }
        let successor = numbering.successors(&cells, &rules, starts[0]);
        let transitions = Transitions::Slip(Slip::new(n_actions, successor, rules.slip)?);
        let rewards = Rewards::State(numbering.rewards(&cells, &rules));
        let mut initial = Array1::zeros(numbering.cell_of.len());
        for &start in &starts {
            initial[start] = 1.0 / starts.len() as f64;
        }
        let mdp = TabularMdp::new(transitions, rewards, initial, rules.horizon)?;
        Ok(Self {
            mdp,
            cells,
            rules,
            starts,
            goals,
            numbering,
        })
    }

    /// The state of the cell in a row and a column, from 0; none for a wall or off the map.
    pub fn state(&self, row: usize, column: usize) -> Option<usize> {
        let on_map = row < self.cells.nrows() && column < self.cells.ncols();
        on_map.then(|| self.numbering.state(row, column))?
    }

    /// The row and column of a state, from 0.
    ///
    /// # Panics
    /// If there is no such state.
    pub fn cell(&self, state: usize) -> (usize, usize) {
        self.numbering.cell(state)
    }

    /// Numbers of the states laid out on the map, `[rows, columns]`; NaN at walls.
    ///
    /// # Panics
    /// If `values` is not `[S]`.
    pub fn lay_out(&self, values: ArrayView1<f64>) -> Array2<f64> {
        let n_states = self.numbering.cell_of.len();
        assert_eq!(
            values.len(),
            n_states,
            "{} values for {n_states} states",
            values.len()
        );
        let value = |(row, column)| self.state(row, column).map_or(f64::NAN, |s| values[s]);
        Array2::from_shape_fn(self.cells.dim(), value)
    }

    /// The map with a symbol of your own for each state, one line a row.
    pub fn draw(&self, mut symbol: impl FnMut(usize) -> char) -> String {
        let mut picture = String::new();
        for ((row, column), cell) in self.cells.indexed_iter() {
            if row > 0 && column == 0 {
                picture.push('\n');
            }
            picture.push(self.state(row, column).map_or(cell.symbol(), &mut symbol));
        }
        picture
    }
}

/// The map, as [`Gridworld::from_map`] reads it.
impl Display for Gridworld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.draw(|state| self.cells[self.cell(state)].symbol()))
    }
}

fn exit(cell: Cell, rules: &GridRules) -> Exit {
    match cell {
        Cell::Goal => rules.after_goal,
        Cell::Cliff => rules.after_cliff,
        Cell::Wall | Cell::Free | Cell::Start => Exit::Free,
    }
}

fn leads_to_start(cells: &Array2<Cell>, rules: &GridRules) -> bool {
    cells.iter().any(|&cell| exit(cell, rules) == Exit::ToStart)
}

impl Numbering {
    const WALL: u32 = u32::MAX;

    /// `cells` has been seen to fit 32 bits.
    fn new(cells: &Array2<Cell>) -> Self {
        let mut state_of = vec![Self::WALL; cells.len()];
        let mut cell_of = Vec::with_capacity(cells.len());
        for (index, &cell) in cells.iter().enumerate() {
            if cell != Cell::Wall {
                state_of[index] = cell_of.len() as u32;
                cell_of.push(index as u32);
            }
        }
        Self {
            n_cols: cells.ncols(),
            state_of,
            cell_of,
        }
    }

    fn state(&self, row: usize, column: usize) -> Option<usize> {
        let state = self.state_of[row * self.n_cols + column];
        (state != Self::WALL).then_some(state as usize)
    }

    fn cell(&self, state: usize) -> (usize, usize) {
        let index = self.cell_of[state] as usize;
        (index / self.n_cols, index % self.n_cols)
    }

    fn states_of(&self, cells: &Array2<Cell>, kind: Cell) -> Vec<usize> {
        let states = 0..self.cell_of.len();
        states
            .filter(|&state| cells[self.cell(state)] == kind)
            .collect()
    }

    /// The table next(s, a), `[S A]`.
    fn successors(&self, cells: &Array2<Cell>, rules: &GridRules, start: usize) -> Vec<u32> {
        let moves = rules.moves.list();
        let mut successor = Vec::with_capacity(self.cell_of.len() * moves.len());
        for state in 0..self.cell_of.len() {
            let (row, column) = self.cell(state);
            let exit = exit(cells[[row, column]], rules);
            successor.extend(moves.iter().map(|step| match exit {
                Exit::Absorbing => state as u32,
                Exit::ToStart => start as u32,
                Exit::Free => self.neighbour(cells, (row, column), step.offset()) as u32,
            }));
        }
        successor
    }

    /// The state one step away, or the same one where a wall or the map's edge is in the way.
    fn neighbour(&self, cells: &Array2<Cell>, from: (usize, usize), by: (isize, isize)) -> usize {
        let along = |from: usize, by: isize, n: usize| from.saturating_add_signed(by).min(n - 1);
        let row = along(from.0, by.0, cells.nrows());
        let column = along(from.1, by.1, cells.ncols());
        let stays = || {
            self.state(from.0, from.1)
                .expect("a walker stands on a state")
        };
        self.state(row, column).unwrap_or_else(stays)
    }

    fn rewards(&self, cells: &Array2<Cell>, rules: &GridRules) -> Array1<f64> {
        Array1::from_shape_fn(self.cell_of.len(), |state| match cells[self.cell(state)] {
            Cell::Goal => rules.rewards.goal,
            Cell::Cliff => rules.rewards.cliff,
            Cell::Wall | Cell::Free | Cell::Start => rules.rewards.step,
        })
    }
}
