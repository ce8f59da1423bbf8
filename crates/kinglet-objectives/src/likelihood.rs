//! Optimality as a likelihood: a probability, or an unnormalised factor.

use crate::Error;
use crate::problem::check_positive;
use kinglet_envs::TabularMdp;
use ndarray::Array2;

/// The Bernoulli likelihood of optimality. Catalogue: DECK-17.
///
/// ```text
/// p(O = 1 | s, a) = exp(r(s, a) / α) ≤ 1,   which needs r ≤ 0
/// ```
///
/// # Shapes
/// Returns `[S, A]`.
/// # Errors
/// [`Error::PositiveReward`] names the first state and action whose reward is above 0;
/// [`Error::NotPositive`] for the temperature.
/// # Source
/// Levine 2018, section 2.2.
/// # Example
/// ```
/// use kinglet_objectives::{Error, bernoulli_likelihood, log_factor};
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// let mdp = |reward: f64| TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, reward]].view(), array![1.0].view(),
///     Horizon::Finite(1),
/// );
/// assert_eq!(bernoulli_likelihood(&mdp(-1.0)?, 1.0)?, array![[1.0, (-1f64).exp()]]);
/// let refused = bernoulli_likelihood(&mdp(3.7)?, 1.0);
/// assert_eq!(refused, Err(Error::PositiveReward { state: 0, action: 1, reward: 3.7 }));
/// assert_eq!(log_factor(&mdp(3.7)?, 1.0)?, array![[0.0, 3.7]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn bernoulli_likelihood(mdp: &TabularMdp, temperature: f64) -> Result<Array2<f64>, Error> {
    let factors = log_factor(mdp, temperature)?;
    for (state, action) in ndarray::indices(factors.dim()) {
        let reward = mdp.reward(state, action);
        if reward > 0.0 {
            return Err(Error::PositiveReward {
                state,
                action,
                reward,
            });
        }
    }
    Ok(factors.mapv(f64::exp))
}

/// The logarithm of the unnormalised factor that stands for optimality. Catalogue: DECK-17.
///
/// ```text
/// log f(s, a) = r(s, a) / α,   of any sign
/// ```
///
/// With a fixed number of steps a constant added to all rewards leaves the posterior as it is;
/// where trajectories differ in length it does not.
///
/// # Shapes
/// Returns `[S, A]`. Units: nats.
/// # Errors
/// [`Error::NotPositive`] for the temperature.
pub fn log_factor(mdp: &TabularMdp, temperature: f64) -> Result<Array2<f64>, Error> {
    check_positive("temperature", temperature)?;
    let shape = (mdp.n_states(), mdp.n_actions());
    Ok(Array2::from_shape_fn(shape, |(s, a)| {
        mdp.reward(s, a) / temperature
    }))
}
