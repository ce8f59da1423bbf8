//! Random problems and random maps, for properties that must hold for all of them.

use kinglet_envs::{Cell, CellRewards, Exit, GridRules, Gridworld, Horizon, Moves, TabularMdp};
use ndarray::{Array1, Array2, Array3};
use rand::{Rng, RngExt};

/// The tables of a random problem. One entry in three is zero, but for one in each row.
pub(crate) struct Tables {
    pub(crate) transition: Array3<f64>,
    pub(crate) reward: Array2<f64>,
    pub(crate) initial: Array1<f64>,
    pub(crate) horizon: Horizon,
}

impl Tables {
    pub(crate) fn draw<R: Rng + ?Sized>(rng: &mut R) -> Self {
        let (n_states, n_actions) = (rng.random_range(1..5), rng.random_range(1..4));
        let mut transition = Array3::zeros((n_states, n_actions, n_states));
        for mut row in transition.rows_mut() {
            row.assign(&law(n_states, rng));
        }
        let reward = Array2::from_shape_fn((n_states, n_actions), |_| rng.random_range(-2.0..2.0));
        let initial = law(n_states, rng);
        let horizon = Horizon::Finite(rng.random_range(1..4));
        Self {
            transition,
            reward,
            initial,
            horizon,
        }
    }

    pub(crate) fn mdp(&self) -> Result<TabularMdp, kinglet_envs::Error> {
        let (transition, reward) = (self.transition.view(), self.reward.view());
        TabularMdp::from_dense(transition, reward, self.initial.view(), self.horizon)
    }
}

fn law<R: Rng + ?Sized>(n: usize, rng: &mut R) -> Array1<f64> {
    let mut weights = Array1::from_shape_fn(n, |_| rng.random::<f64>());
    weights.mapv_inplace(|w| if w < 1.0 / 3.0 { 0.0 } else { w });
    weights[rng.random_range(0..n)] += 0.5;
    &weights / weights.sum()
}

/// A random map under random rules, with exactly one start.
pub(crate) fn gridworld<R: Rng + ?Sized>(rng: &mut R) -> Gridworld {
    let shape = (rng.random_range(1..6), rng.random_range(2..6));
    let kinds = [Cell::Wall, Cell::Free, Cell::Free, Cell::Cliff, Cell::Goal];
    let mut cells = Array2::from_shape_fn(shape, |_| kinds[rng.random_range(0..kinds.len())]);
    let start = rng.random_range(0..cells.len());
    let goal = (start + rng.random_range(1..cells.len())) % cells.len();
    let n_cols = cells.ncols();
    cells[[start / n_cols, start % n_cols]] = Cell::Start;
    cells[[goal / n_cols, goal % n_cols]] = Cell::Goal;
    Gridworld::new(cells, rules(rng)).unwrap()
}

fn rules<R: Rng + ?Sized>(rng: &mut R) -> GridRules {
    let exits = [Exit::Free, Exit::Absorbing, Exit::ToStart];
    let slips = [0.0, 1.0, rng.random()];
    GridRules {
        moves: [Moves::Four, Moves::Five][rng.random_range(0..2)],
        slip: slips[rng.random_range(0..3)],
        rewards: CellRewards {
            step: -0.1,
            cliff: -3.0,
            goal: 1.0,
        },
        after_goal: exits[rng.random_range(0..3)],
        after_cliff: exits[rng.random_range(0..3)],
        horizon: Horizon::Discounted(0.9),
    }
}
