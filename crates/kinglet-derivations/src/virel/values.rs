//! What the entries of VIREL share: DISC, its best values, a guess at them, a law of pairs.

use kinglet_envs::{Rewards, TabularMdp};
use kinglet_objectives::{Error, residual_temperature, soft_policy};
use ndarray::{Array2, arr2};

use crate::disc::optimum;

/// Q*, by value iteration.
pub(crate) fn best_q(mdp: &TabularMdp) -> Result<Array2<f64>, Error> {
    Ok(optimum(mdp)?.q)
}

/// A guess at Q for DISC with no two entries equal.
pub(crate) fn guess() -> Array2<f64> {
    arr2(&[
        [0.9, -0.4, 0.35],
        [-1.1, 0.6, 0.2],
        [0.15, 1.3, -0.7],
        [0.5, -0.9, 1.05],
    ])
}

/// Every pair (s, a) with the same weight.
pub(crate) fn uniform_law(mdp: &TabularMdp) -> Array2<f64> {
    let shape = (mdp.n_states(), mdp.n_actions());
    Array2::from_elem(shape, 1.0 / (shape.0 * shape.1) as f64)
}

/// ‖T* Q − Q‖² under the uniform law of pairs.
pub(crate) fn residual(mdp: &TabularMdp, q: &Array2<f64>) -> Result<f64, Error> {
    let greedy = soft_policy(q.view(), 0.0)?;
    residual_temperature(mdp, q.view(), greedy.view(), uniform_law(mdp).view())
}

/// The same problem with reward k r + c.
pub(crate) fn rescaled(mdp: &TabularMdp, k: f64, c: f64) -> Result<TabularMdp, Error> {
    let shape = (mdp.n_states(), mdp.n_actions());
    let reward = Array2::from_shape_fn(shape, |(s, a)| k * mdp.reward(s, a) + c);
    Ok(mdp.clone().with_rewards(Rewards::StateAction(reward))?)
}

/// max |x − y|.
pub(crate) fn distance(x: &Array2<f64>, y: &Array2<f64>) -> f64 {
    (x - y).fold(0.0, |m, off| m.max(off.abs()))
}

/// The cosine of the angle between two tables.
pub(crate) fn cosine(x: &Array2<f64>, y: &Array2<f64>) -> f64 {
    let dot = |x: &Array2<f64>, y: &Array2<f64>| (x * y).sum();
    dot(x, y) / (dot(x, x) * dot(y, y)).sqrt()
}
