//! Policies, laws and tables of DISC, the problem without end.

use std::ops::ControlFlow;

use kinglet_envs::TabularMdp;
use kinglet_objectives::{Error, Progress, StationaryValues, soft_value_iteration};
use ndarray::{Array1, Array2, Array3, array};

/// A policy π of full support, `[S, A]`.
pub(crate) fn policy() -> Array2<f64> {
    array![
        [0.2, 0.5, 0.3],
        [0.4, 0.3, 0.3],
        [0.6, 0.2, 0.2],
        [0.3, 0.3, 0.4]
    ]
}

/// Another one, `[S, A]`: a behaviour, or the q of a pair (q, π).
pub(crate) fn other() -> Array2<f64> {
    array![
        [0.5, 0.3, 0.2],
        [0.1, 0.6, 0.3],
        [0.25, 0.25, 0.5],
        [0.8, 0.1, 0.1]
    ]
}

/// A law of the states in a replay buffer, `[S]`.
pub(crate) fn states() -> Array1<f64> {
    array![0.4, 0.15, 0.3, 0.15]
}

/// P(s' | s, a), `[S, A, S]`, and r(s, a), `[S, A]`.
pub(crate) fn tables(mdp: &TabularMdp) -> (Array3<f64>, Array2<f64>) {
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    let mut transition = Array3::zeros((n_states, n_actions, n_states));
    for ((s, a), _) in policy().indexed_iter() {
        for (next, p) in mdp.successors(s, a) {
            transition[[s, a, next]] = p;
        }
    }
    let reward = Array2::from_shape_fn((n_states, n_actions), |(s, a)| mdp.reward(s, a));
    (transition, reward)
}

/// A progress callback that never stops.
pub(crate) fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// The best values and policy, by value iteration.
pub(crate) fn optimum(mdp: &TabularMdp) -> Result<StationaryValues, Error> {
    soft_value_iteration(mdp, 0.0, 1e-14, &mut go_on)
}

/// KL(q(· | s) ‖ π(· | s)) of each state, by its definition.
pub(crate) fn divergences(q: &Array2<f64>, prior: &Array2<f64>) -> Array1<f64> {
    let terms = q * &(q / prior).mapv(f64::ln);
    terms.sum_axis(ndarray::Axis(1))
}

/// The law of the next state under a policy, from the law of this one.
pub(crate) fn next_law(mdp: &TabularMdp, law: &Array1<f64>, policy: &Array2<f64>) -> Array1<f64> {
    let mut next_law = Array1::zeros(law.len());
    for ((s, a), &p) in policy.indexed_iter() {
        for (next, p_next) in mdp.successors(s, a) {
            next_law[next] += law[s] * p * p_next;
        }
    }
    next_law
}

/// The law of the state that follows an action.
pub(crate) fn after(mdp: &TabularMdp, state: usize, action: usize) -> Array1<f64> {
    let mut law = Array1::zeros(mdp.n_states());
    for (next, p) in mdp.successors(state, action) {
        law[next] = p;
    }
    law
}

#[cfg(test)]
mod tests {
    use super::*;
    use kinglet_envs::fixtures::disc;
    use ndarray::Axis;

    #[test]
    fn the_tables_are_those_of_the_problem() {
        let (transition, reward) = tables(&disc());
        let sums = transition.sum_axis(Axis(2));
        assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-15));
        assert_eq!((transition[[1, 2, 3]], reward[[3, 1]]), (0.8, -1.1));
        assert_eq!(next_law(&disc(), &states(), &policy()).sum(), 1.0);
        assert_eq!(after(&disc(), 2, 0), array![0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn divergences_are_of_the_first_from_the_second() {
        let by_hand = 0.5 * 2.5_f64.ln() + 0.3 * 0.6_f64.ln() + 0.2 * (2.0 / 3.0_f64).ln();
        assert!((divergences(&other(), &policy())[0] - by_hand).abs() < 1e-15);
    }
}
