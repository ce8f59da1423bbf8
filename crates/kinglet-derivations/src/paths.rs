//! Sums over all trajectories of a small problem, written out.

use kinglet_envs::{TabularMdp, Trajectory};
use kinglet_objectives::{Error, trajectory_posterior};
use ndarray::Array3;

/// The fixtures have a few hundred trajectories.
pub(crate) const LIMIT: usize = 10_000;

/// q(τ) = p(s₁) Π p(sₜ₊₁ | sₜ, aₜ) q(aₜ | sₜ).
pub(crate) fn probability(path: &Trajectory, policy: &Array3<f64>) -> f64 {
    path.dynamics_probability * action_probability(path, policy)
}

/// Π q(aₜ | sₜ).
pub(crate) fn action_probability(path: &Trajectory, policy: &Array3<f64>) -> f64 {
    steps(path).map(|step| policy[step]).product()
}

/// The indices [t, s, a] of a trajectory's steps.
pub(crate) fn steps(path: &Trajectory) -> impl Iterator<Item = [usize; 3]> + '_ {
    let pairs = path.states.iter().zip(&path.actions);
    pairs.enumerate().map(|(t, (&s, &a))| [t, s, a])
}

/// E_q[f(τ)].
pub(crate) fn expectation(
    mdp: &TabularMdp,
    policy: &Array3<f64>,
    f: impl Fn(&Trajectory) -> f64,
) -> Result<f64, Error> {
    let paths = mdp.trajectories(LIMIT)?;
    Ok(paths
        .map(|path| probability(&path, policy) * f(&path))
        .sum())
}

/// p(event | given, O) at temperature 1.
pub(crate) fn posterior(
    mdp: &TabularMdp,
    event: impl Fn(&Trajectory) -> bool,
    given: impl Fn(&Trajectory) -> bool,
) -> Result<f64, Error> {
    let (mut both, mut all) = (0.0, 0.0);
    for (path, p) in trajectory_posterior(mdp, 1.0, LIMIT)? {
        if given(&path) {
            all += p;
            both += if event(&path) { p } else { 0.0 };
        }
    }
    Ok(both / all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::tab_policy;
    use kinglet_envs::fixtures::{lot, tab};

    #[test]
    fn probabilities_sum_to_one() {
        let total = expectation(&tab(), &tab_policy(), |_| 1.0).unwrap();
        assert!((total - 1.0).abs() < 1e-14);
    }

    #[test]
    fn the_posterior_of_the_lottery_by_hand() {
        let mdp = lot(10.0).unwrap();
        let buys = |path: &Trajectory| path.actions[0] == 1;
        let ticket = 0.01 * 10_f64.exp() + 0.99;
        let by_hand = ticket / (ticket + 1_f64.exp());
        let listed = posterior(&mdp, buys, |_| true).unwrap();
        assert!((listed - by_hand).abs() < 1e-14);
        assert_eq!(posterior(&mdp, buys, buys).unwrap(), 1.0);
    }
}
