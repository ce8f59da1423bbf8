//! Where a temperature makes the maximum-entropy policy prefer the wrong action.

use crate::Error;
use crate::problem::check_positive;
use kinglet_envs::{Horizon, Rewards, Sparse, TabularMdp, Transitions};
use ndarray::{Array2, array};

/// What an action earns that [`crowded_choice`] means to forbid: no policy at a temperature below
/// a thousand takes it.
const FORBIDDEN: f64 = -1e6;

/// The temperature above which a crowd of good actions beats a better few. Catalogue: VIREL-05.
///
/// ```text
/// c* = (r₁ − r₂) / log(k₂ / k₁)
/// ```
///
/// One way leads to k₁ actions of reward r₁, the other to k₂ of reward r₂. At temperature c they
/// are worth rᵢ + c log kᵢ, so the mode of the maximum-entropy policy is wrong if and only if
/// c > c*. There is always a temperature below; it need not be known in advance. Infinite where
/// the better way also has the more actions, or as many.
///
/// # Units
/// Reward.
/// # Errors
/// [`Error::NotPositive`] for r₁ − r₂ and for the numbers of actions.
/// # Source
/// Fellows 2019, counterexamples.
/// # Example
/// ```
/// use kinglet_objectives::misleading_temperature;
/// let temperature = misleading_temperature([1.0, 0.9], [1, 4])?;
/// assert!((temperature - 0.072135).abs() < 5e-7); // 0.1 / log 4
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn misleading_temperature(rewards: [f64; 2], actions: [usize; 2]) -> Result<f64, Error> {
    check_positive("the first reward's lead", rewards[0] - rewards[1])?;
    check_positive("the number of actions of the first way", actions[0] as f64)?;
    check_positive("the number of actions of the second way", actions[1] as f64)?;
    let crowd = (actions[1] as f64 / actions[0] as f64).ln();
    Ok(if crowd > 0.0 {
        (rewards[0] - rewards[1]) / crowd
    } else {
        f64::INFINITY
    })
}

/// The problem of [`misleading_temperature`]. Catalogue: VIREL-05, VIREL-04.
///
/// ```text
/// s₀ → s₁ with k₁ actions of reward r₁,   or   s₀ → s₂ with k₂ actions of reward r₂,   T = 2
/// ```
///
/// States s₀, s₁, s₂ are 0, 1, 2; in s₀ action 0 leads to s₁ and action 1 to s₂, for nothing. Every
/// state has max(2, k₁, k₂) actions, of which those that it is not to have earn −10⁶.
///
/// # Errors
/// [`Error::NotPositive`] for a number of actions; [`Error::Environment`] for a reward.
/// # Source
/// Fellows 2019, counterexamples.
/// # Example
/// ```
/// use kinglet_objectives::{crowded_choice, soft_value_iteration_finite};
/// let mdp = crowded_choice([1.0, 0.9], [1, 4])?;
/// let first = |temperature| Ok::<_, kinglet_objectives::Error>(
///     soft_value_iteration_finite(&mdp, temperature)?.policy[[0, 0, 0]]
/// );
/// assert!((first(0.0720)? - 0.5006).abs() < 1e-4);
/// assert!((first(0.0722)? - 0.4997).abs() < 1e-4);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn crowded_choice(rewards: [f64; 2], actions: [usize; 2]) -> Result<TabularMdp, Error> {
    for k in actions {
        check_positive("the number of actions of a way", k as f64)?;
    }
    let n_actions = actions[0].max(actions[1]).max(2);
    let row = |s: usize, a: usize| match (s, a) {
        (0, 0) => vec![(1, 1.0)],
        (0, 1) => vec![(2, 1.0)],
        _ => vec![(s, 1.0)],
    };
    let rows = (0..3).flat_map(|s| (0..n_actions).map(move |a| row(s, a)));
    let reward = Array2::from_shape_fn((3, n_actions), |(s, a)| match s {
        0 if a < 2 => 0.0,
        1 | 2 if a < actions[s - 1] => rewards[s - 1],
        _ => FORBIDDEN,
    });
    Ok(TabularMdp::new(
        Transitions::Sparse(Sparse::from_rows(3, n_actions, rows)?),
        Rewards::StateAction(reward),
        array![1.0, 0.0, 0.0],
        Horizon::Finite(2),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soft_value_iteration_finite;

    #[test]
    fn the_two_ways_are_equal_at_the_temperature_and_nowhere_else() {
        for (rewards, actions) in [([1.0, 0.9], [1, 4]), ([0.2, -0.5], [2, 5])] {
            let mdp = crowded_choice(rewards, actions).unwrap();
            let first = |t: f64| soft_value_iteration_finite(&mdp, t).unwrap().policy[[0, 0, 0]];
            let at = misleading_temperature(rewards, actions).unwrap();
            assert!((first(at) - 0.5).abs() < 1e-13);
            assert!(first(0.9 * at) > 0.5 && first(1.1 * at) < 0.5);
        }
    }

    #[test]
    fn a_better_way_with_more_actions_is_never_missed() {
        assert_eq!(
            misleading_temperature([1.0, 0.9], [4, 1]),
            Ok(f64::INFINITY)
        );
        assert_eq!(
            misleading_temperature([1.0, 0.9], [3, 3]),
            Ok(f64::INFINITY)
        );
        assert!(misleading_temperature([0.9, 1.0], [1, 4]).is_err());
        assert!(misleading_temperature([1.0, 0.9], [0, 4]).is_err());
    }
}
