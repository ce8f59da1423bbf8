//! What a critic learns from returns: exact least squares.

use crate::Error;
use crate::enumeration::{ENUMERATION_LIMIT, path_probability};
use crate::problem::check_policy;
use kinglet_envs::{TabularMdp, Trajectory};
use ndarray::{Array1, Array2, ArrayView3, Axis};

/// The critic b(t, s) that predicts targets best, by listing all trajectories. Catalogue: DECK-08.
///
/// ```text
/// min_b E_q[ Σₜ (b(t, sₜ) − yₜ)² ]  at  b(t, s) = E[ yₜ | sₜ = s ]
/// ```
///
/// With the soft reward to go as the target it is Vₜ of
/// [`evaluate_soft_policy_finite`](crate::evaluate_soft_policy_finite).
///
/// # Shapes
/// `policy`: `[T, S, A]`; `target(τ, t)` is yₜ. Returns `[T, S]`, 0 where the policy never comes.
/// # Errors
/// [`Error::NeedsFiniteHorizon`]; [`Error::PolicyRow`]; [`Error::Environment`] for more than
/// [`ENUMERATION_LIMIT`] trajectories.
/// # Panics
/// When the policy has another shape.
/// # Source
/// Sutton & Barto 2018, section 9.2, of the mean squared value error.
/// # Example
/// ```
/// use kinglet_envs::fixtures::tab;
/// use kinglet_objectives::regress_critic;
/// let uniform = ndarray::Array3::from_elem((3, 3, 2), 0.5);
/// let last = |path: &kinglet_envs::Trajectory, t: usize| tab().reward(path.states[t], path.actions[t]);
/// let critic = regress_critic(&tab(), uniform.view(), last)?;
/// assert!((critic[[1, 0]] + (0.4 + 1.9) / 2.0).abs() < 1e-14); // the mean reward of state 0
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn regress_critic(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    target: impl Fn(&Trajectory, usize) -> f64,
) -> Result<Array2<f64>, Error> {
    let (sum, mass) = sums(mdp, policy, target)?;
    Ok(ndarray::Zip::from(&sum).and(&mass).map_collect(mean))
}

/// The critic b(s) without time that predicts targets best, by listing all trajectories.
/// Catalogue: DECK-08.
///
/// ```text
/// min_b E_q[ Σₜ (b(sₜ) − yₜ)² ]  at  b(s) = Σₜ P(sₜ = s) E[ yₜ | sₜ = s ] / Σₜ P(sₜ = s)
/// ```
///
/// Not the value of s at any one time, but the mean over the times at which the policy is there.
///
/// # Shapes
/// As [`regress_critic`]. Returns `[S]`.
/// # Errors
/// As [`regress_critic`].
/// # Panics
/// When the policy has another shape.
/// # Source
/// Sutton & Barto 2018, section 9.2, of the mean squared value error.
pub fn regress_pooled_critic(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    target: impl Fn(&Trajectory, usize) -> f64,
) -> Result<Array1<f64>, Error> {
    let (sum, mass) = sums(mdp, policy, target)?;
    let (sum, mass) = (sum.sum_axis(Axis(0)), mass.sum_axis(Axis(0)));
    Ok(ndarray::Zip::from(&sum).and(&mass).map_collect(mean))
}

/// E[yₜ 1(sₜ = s)] and P(sₜ = s), `[T, S]` each.
fn sums(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    target: impl Fn(&Trajectory, usize) -> f64,
) -> Result<(Array2<f64>, Array2<f64>), Error> {
    let steps = check_policy(mdp, policy)?;
    let mut sum = Array2::zeros((steps, mdp.n_states()));
    let mut mass = sum.clone();
    for path in mdp.trajectories(ENUMERATION_LIMIT)? {
        let p = path_probability(&path, policy);
        if p == 0.0 {
            continue; // its target may be undefined
        }
        for (t, &state) in path.states.iter().enumerate() {
            sum[[t, state]] += p * target(&path, t);
            mass[[t, state]] += p;
        }
    }
    Ok((sum, mass))
}

fn mean(&sum: &f64, &mass: &f64) -> f64 {
    if mass == 0.0 { 0.0 } else { sum / mass }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evaluate_soft_policy_finite, soft_rewards, state_marginals};
    use kinglet_envs::fixtures::{tab, tabdet};
    use ndarray::Array3;

    fn policy() -> Array3<f64> {
        Array3::from_shape_fn((3, 3, 2), |(t, s, a)| {
            let p = 0.2 + 0.1 * t as f64 + 0.15 * s as f64;
            [p, 1.0 - p][a]
        })
    }

    fn to_go(mdp: &TabularMdp) -> impl Fn(&Trajectory, usize) -> f64 {
        move |path, t| {
            let rewards = soft_rewards(mdp, policy().view(), 0.5, path);
            rewards.slice(ndarray::s![t..]).sum()
        }
    }

    #[test]
    fn deck_08_the_critic_of_each_step_is_the_soft_value() {
        let critic = regress_critic(&tab(), policy().view(), to_go(&tab())).unwrap();
        let values = evaluate_soft_policy_finite(&tab(), policy().view(), 0.5).unwrap();
        assert!((critic - values.v).iter().all(|off| off.abs() < 1e-13));
    }

    #[test]
    fn deck_08_the_critic_without_time_is_the_mean_over_times() {
        let pooled = regress_pooled_critic(&tab(), policy().view(), to_go(&tab())).unwrap();
        let v = evaluate_soft_policy_finite(&tab(), policy().view(), 0.5)
            .unwrap()
            .v;
        let law = state_marginals(&tab(), policy().view()).unwrap();
        let mean = (&law * &v).sum_axis(Axis(0)) / law.sum_axis(Axis(0));
        assert!((&pooled - &mean).iter().all(|off| off.abs() < 1e-13));
        assert!((&pooled - &v.row(0)).iter().all(|off| off.abs() > 0.1));
    }

    /// A hard policy on the deterministic problem has one trajectory; elsewhere there is nothing
    /// to learn, and no −log 0 is asked for.
    #[test]
    fn states_never_visited_stay_at_zero() {
        let hard = Array3::from_shape_fn((3, 3, 2), |(_, _, a)| [1.0, 0.0][a]);
        let target = |path: &Trajectory, t: usize| {
            let rewards = soft_rewards(&tabdet(), hard.view(), 1.0, path);
            rewards.slice(ndarray::s![t..]).sum()
        };
        let critic = regress_critic(&tabdet(), hard.view(), target).unwrap();
        // 0 → 1 → 0 by action 0: −.4, −2.6, −.4.
        let exact = ndarray::array![[-3.4, 0.0, 0.0], [0.0, -3.0, 0.0], [-0.4, 0.0, 0.0]];
        assert!((critic - exact).iter().all(|off| off.abs() < 1e-15));
    }
}
