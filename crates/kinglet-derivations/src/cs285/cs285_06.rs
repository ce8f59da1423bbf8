//! CS285-06: the base case.

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::tab;
use kinglet_objectives::{boltzmann, robust_value, soft_max, soft_value_iteration_finite};
use ndarray::{Array1, array};

use crate::check::OPTIMISED;
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-06",
    title: "At the last step the best policy is the softmax of the reward",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_06,
};

/// The base case: at the last step the best policy is the softmax of the reward.
/// Catalogue: CS285-06.
///
/// ```text
/// q(a_T | s_T) = argmax_q { E_q[r] + H(q) } = exp r / Σ exp r = exp(Q − V)
/// ```
///
/// In each state of TAB: a general optimiser, which knows nothing of exponentials, against the
/// closed form and the last step of soft value iteration.
pub fn cs285_06() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    let mut checks = Vec::new();
    for state in 0..mdp.n_states() {
        let (policy, value) = optimised(&rewards(&mdp, state));
        checks.extend(policy_checks(&mdp, state, &policy)?);
        checks.push(Check::within(
            format!("max E[r] + H in state {state} of TAB"),
            OPTIMISED,
            [
                ("optimiser", value),
                ("log Σ exp r", soft_max(rewards(&mdp, state).view(), 1.0)?),
            ],
        ));
    }
    Ok(Outcome {
        checks,
        notes: vec!["The comma in \"da,\" under the integral is a slip of the pen."],
        ..Outcome::default()
    })
}

fn rewards(mdp: &TabularMdp, state: usize) -> Array1<f64> {
    Array1::from_shape_fn(mdp.n_actions(), |action| mdp.reward(state, action))
}

/// The maximum of E_q[r] + H(q) over q(1) = ½ + ½ sin φ, and where it lies.
fn optimised(reward: &Array1<f64>) -> (Array1<f64>, f64) {
    let policy = |angle: f64| array![0.5 - 0.5 * angle.sin(), 0.5 + 0.5 * angle.sin()];
    let cost = |angle: &Array1<f64>| {
        let value = robust_value(reward.view(), policy(angle[0]).view(), 1.0);
        -value.unwrap_or(f64::NAN)
    };
    let angle = minimise(cost, array![0.1]);
    (policy(angle[0]), -cost(&angle))
}

/// q(1 | s_T), three ways, and their sum with q(0 | s_T).
fn policy_checks(
    mdp: &TabularMdp,
    state: usize,
    optimised: &Array1<f64>,
) -> Result<[Check; 2], kinglet_objectives::Error> {
    let closed = boltzmann(rewards(mdp, state).view(), 1.0)?;
    let last = soft_value_iteration_finite(mdp, 1.0)?;
    let by_values = (last.q[[2, state, 1]] - last.v[[2, state]]).exp();
    Ok([
        Check::within(
            format!("q(a = 1 | s = {state}) at the last step of TAB: optimiser"),
            OPTIMISED,
            [
                ("optimiser over q", optimised[1]),
                ("exp r / Σ exp r", closed[1]),
            ],
        ),
        Check::exact(
            format!("q(a = 1 | s = {state}) at the last step of TAB: closed form"),
            [
                ("exp r / Σ exp r", closed[1]),
                ("exp(Q − V), soft value iteration", by_values),
            ],
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_06_the_optimiser_finds_the_softmax() {
        assert_eq!(cs285_06().verdict(), Verdict::Holds);
        let reward = array![0.0, 3_f64.ln()];
        let (policy, value) = optimised(&reward);
        assert!((policy[1] - 0.75).abs() < 1e-6);
        assert!((value - 4_f64.ln()).abs() < 1e-9);
    }

    #[test]
    fn cs285_06_greedy_is_worse() {
        let reward = array![0.0, 3_f64.ln()];
        let greedy = robust_value(reward.view(), array![0.0, 1.0].view(), 1.0).unwrap();
        assert!(greedy < optimised(&reward).1 - 0.2);
    }
}
