//! A plan for the walk, and what becomes of it.

use kinglet_envs::{Cell, Gridworld};
use kinglet_objectives::{exact_inference, soft_value_iteration_finite};
use ndarray::{Array2, Array3, Axis};

use crate::{Error, Truth, world};

/// What is conditioned on optimality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inference {
    /// The actions alone; the dynamics stay what they are. Catalogue: CS285-07.
    Variational,
    /// Actions and dynamics: the posterior over trajectories. Catalogue: CS285-02.
    Exact,
}

/// Values and policy at the first step, the walk that they ask for, and the policy's fate.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What each cell of the map is, `[rows, columns]`.
    pub cells: Array2<Cell>,
    /// V₁ of each cell, `[rows, columns]`, in units of reward.
    pub values: Array2<f64>,
    /// π₁ of each cell, `[rows, columns, 4]`: north, east, south, west.
    pub policy: Array3<f64>,
    /// The cells (row, column) that the likeliest action of each step leads through without a slip.
    pub walk: Vec<(usize, usize)>,
    /// V₁(start).
    pub promised: f64,
    /// What V₁(start) would be under the true dynamics: return and entropy.
    pub kept: f64,
    /// The policy's expected return under the true dynamics.
    pub expected_return: f64,
    /// The probability of falling at least once, under the true dynamics.
    pub fall: f64,
    /// The probability of reaching the goal in time, under the true dynamics.
    pub goal: f64,
}

impl Plan {
    /// Plans the walk at a temperature, in a world with a slip.
    ///
    /// # Errors
    /// A temperature below 0, a slip outside [0, 1], or a NaN.
    pub fn new(inference: Inference, temperature: f64, slip: f64) -> Result<Self, Error> {
        let world = world(slip)?;
        let (v, policy) = match inference {
            Inference::Variational => {
                let values = soft_value_iteration_finite(&world.mdp, temperature)?;
                (values.v, values.policy)
            }
            Inference::Exact => {
                let messages = exact_inference(&world.mdp, temperature)?;
                let policy = messages.policy();
                (messages.v, policy)
            }
        };
        let truth = Truth::new(&world, policy.view(), temperature)?;
        Ok(Plan {
            values: world.lay_out(v.row(0)),
            policy: lay_out(&world, policy.index_axis(Axis(0), 0).to_owned()),
            walk: walk(&crate::world(0.0)?, &policy),
            promised: v[[0, world.starts[0]]],
            kept: truth.soft_return,
            expected_return: truth.expected_return,
            fall: truth.fall,
            goal: truth.goal,
            cells: world.cells,
        })
    }
}

/// The probabilities of the actions, `[S, A]`, laid out on the map, `[rows, columns, A]`.
fn lay_out(world: &Gridworld, policy: Array2<f64>) -> Array3<f64> {
    let (rows, columns) = world.cells.dim();
    Array3::from_shape_fn((rows, columns, policy.ncols()), |(row, column, action)| {
        let state = world.state(row, column);
        state.map_or(f64::NAN, |state| policy[[state, action]])
    })
}

fn walk(steady: &Gridworld, policy: &Array3<f64>) -> Vec<(usize, usize)> {
    let mut state = steady.starts[0];
    let mut walk = vec![steady.cell(state)];
    for policy_t in policy.outer_iter().take(policy.dim().0 - 1) {
        let action = likeliest(policy_t.row(state).to_vec());
        let mut intended = steady.mdp.successors(state, action);
        state = intended.next().map_or(state, |(successor, _)| successor);
        walk.push(steady.cell(state));
        if matches!(steady.cells[steady.cell(state)], Cell::Goal | Cell::Cliff) {
            break;
        }
    }
    walk
}

/// The first of the likeliest actions: those within rounding of the largest probability.
fn likeliest(policy: Vec<f64>) -> usize {
    let largest = policy.iter().copied().fold(0.0, f64::max);
    policy
        .iter()
        .position(|p| *p > largest - 1e-12)
        .unwrap_or(0)
}
