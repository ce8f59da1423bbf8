//! Problems and policies to test on.

use kinglet_envs::{
    CellRewards, Exit, GridRules, Gridworld, Horizon, Moves, Rewards, Sparse, TabularMdp,
    Transitions,
};
use kinglet_objectives::Progress;
use ndarray::{Array1, Array2, Array3, Axis};
use rand::{Rng, RngExt};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use std::ops::ControlFlow;

pub(crate) fn generator(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

/// A progress callback that never stops.
pub(crate) fn go_on() -> impl FnMut(Progress) -> ControlFlow<()> {
    |_| ControlFlow::Continue(())
}

/// A distribution over `n` values, from exponential draws; some of them may be left out.
fn law<R: Rng>(n: usize, support: usize, rng: &mut R) -> Vec<f64> {
    let mut law = vec![0.0; n];
    let first = rng.random_range(0..n);
    for i in 0..support {
        law[(first + i) % n] = -(1.0 - rng.random::<f64>()).ln();
    }
    let sum: f64 = law.iter().sum();
    law.into_iter().map(|p| p / sum).collect()
}

/// A random problem with `support` successors a row and rewards in (−2, 2).
pub(crate) fn random_mdp<R: Rng>(
    (n_states, n_actions, support): (usize, usize, usize),
    horizon: Horizon,
    rng: &mut R,
) -> TabularMdp {
    let rows: Vec<_> = (0..n_states * n_actions)
        .map(|_| law(n_states, support, rng).into_iter().enumerate())
        .collect();
    let transitions = Sparse::from_rows(n_states, n_actions, rows).unwrap();
    let reward = Array2::from_shape_fn((n_states, n_actions), |_| rng.random_range(-2.0..2.0));
    let initial = Array1::from(law(n_states, n_states.min(3), rng));
    let rewards = Rewards::StateAction(reward);
    TabularMdp::new(Transitions::Sparse(transitions), rewards, initial, horizon).unwrap()
}

/// A random policy `[T, S, A]` of full support.
pub(crate) fn random_policy<R: Rng>(shape: (usize, usize, usize), rng: &mut R) -> Array3<f64> {
    let mut policy = Array3::zeros(shape);
    for mut row in policy.lanes_mut(Axis(2)) {
        row.assign(&Array1::from(law(shape.2, shape.2, rng)));
    }
    policy
}

/// The policy [T, S, A] with these logits.
pub(crate) fn softmax(logits: &Array3<f64>) -> Array3<f64> {
    let mut policy = logits.mapv(f64::exp);
    for mut row in policy.lanes_mut(Axis(2)) {
        let sum = row.sum();
        row /= sum;
    }
    policy
}

/// An open grid of five moves: −0.01 a step, 1 in the far corner for ever, γ = .95.
pub(crate) fn grid(n_rows: usize, n_cols: usize, slip: f64) -> TabularMdp {
    let rewards = CellRewards {
        step: -0.01,
        cliff: 0.0,
        goal: 1.0,
    };
    let rules = GridRules {
        moves: Moves::Five,
        slip,
        rewards,
        after_goal: Exit::Free,
        after_cliff: Exit::Free,
        horizon: Horizon::Discounted(0.95),
    };
    Gridworld::open(n_rows, n_cols, rules).unwrap().mdp
}

/// |x − y| ≤ tolerance (1 + |y|).
pub(crate) fn assert_close(x: f64, y: f64, tolerance: f64) {
    assert!(
        (x - y).abs() <= tolerance * (1.0 + y.abs()),
        "{x} and {y} differ by {:e}",
        x - y
    );
}
