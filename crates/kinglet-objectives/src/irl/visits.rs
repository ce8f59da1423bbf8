//! How often demonstrations, or a policy, visit each state and action.

use kinglet_envs::TabularMdp;
use ndarray::{Array2, ArrayView3};

use crate::problem::{check_policy, finite_horizon};
use crate::{Error, state_marginals};

/// The mean number of visits of demonstrations to each state and action: all that the likelihood sees of them.
/// Catalogue: CS285-15.
///
/// ```text
/// n̂(s, a) = (1/N) Σᵢ Σₜ [sᵢₜ = s, aᵢₜ = a]
/// ```
///
/// # Shapes
/// Each demonstration: `[T]` pairs (state, action). Returns `[S, A]`, with sum T; its row sums are for rewards by state.
/// # Errors
/// [`Error::NeedsFiniteHorizon`]; [`Error::NoDemonstration`]; [`Error::Demonstration`] for a wrong length, a state or
/// an action that does not exist, a step that the dynamics rule out.
/// # Example
/// ```
/// use kinglet_envs::fixtures::tab;
/// use kinglet_objectives::demonstration_visits;
/// use ndarray::array;
/// let demonstrations = [vec![(0, 1), (2, 1), (2, 0)], vec![(0, 1), (1, 0), (2, 1)]];
/// let visits = demonstration_visits(&tab(), &demonstrations)?;
/// assert_eq!(visits, array![[0.0, 1.0], [0.5, 0.0], [0.5, 1.0]]);
/// assert!(demonstration_visits(&tab(), &[vec![(0, 1), (2, 7), (2, 0)]]).is_err());
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn demonstration_visits(
    mdp: &TabularMdp,
    demonstrations: &[Vec<(usize, usize)>],
) -> Result<Array2<f64>, Error> {
    check_demonstrations(mdp, demonstrations)?;
    let mut visits = Array2::zeros((mdp.n_states(), mdp.n_actions()));
    for &pair in demonstrations.iter().flatten() {
        visits[pair] += 1.0;
    }
    Ok(visits / demonstrations.len() as f64)
}

/// The expected number of visits of a policy to each state and action. Catalogue: CS285-16.
///
/// ```text
/// n(s, a) = Σₜ dₜ(s) q(aₜ = a | sₜ = s)
/// ```
///
/// # Shapes
/// `policy`: `[T, S, A]`. Returns `[S, A]`, with sum T.
/// # Errors
/// As [`state_marginals`].
/// # Panics
/// When the policy has another shape.
pub fn policy_visits(mdp: &TabularMdp, policy: ArrayView3<'_, f64>) -> Result<Array2<f64>, Error> {
    let law = state_marginals(mdp, policy)?;
    let mut visits = Array2::zeros((mdp.n_states(), mdp.n_actions()));
    for ((t, s, a), q) in policy.indexed_iter() {
        visits[[s, a]] += law[[t, s]] * q;
    }
    Ok(visits)
}

/// How well a policy predicts the actions of demonstrations. Catalogue: CS285-17.
///
/// ```text
/// (1/N) Σᵢ Σₜ log q(aᵢₜ | sᵢₜ)
/// ```
///
/// Of the soft-optimal policy, and of demonstrations as many as to show the dynamics as they are, this is the
/// likelihood of [`CausalIrl`](crate::CausalIrl); of a few it differs by noise of mean zero, their luck in the dynamics.
///
/// # Shapes
/// `policy`: `[T, S, A]`. Units: nats.
/// # Errors
/// As [`demonstration_visits`]; [`Error::PolicyRow`].
/// # Panics
/// When the policy has another shape.
pub fn policy_log_likelihood(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    demonstrations: &[Vec<(usize, usize)>],
) -> Result<f64, Error> {
    check_policy(mdp, policy)?;
    check_demonstrations(mdp, demonstrations)?;
    let log_prob = |path: &Vec<(usize, usize)>| {
        let steps = path.iter().enumerate();
        steps
            .map(|(t, &(s, a))| policy[[t, s, a]].ln())
            .sum::<f64>()
    };
    Ok(demonstrations.iter().map(log_prob).sum::<f64>() / demonstrations.len() as f64)
}

fn check_demonstrations(mdp: &TabularMdp, paths: &[Vec<(usize, usize)>]) -> Result<(), Error> {
    let steps = finite_horizon(mdp)?;
    if paths.is_empty() {
        return Err(Error::NoDemonstration);
    }
    for (number, path) in paths.iter().enumerate() {
        if let Some(why) = fault(mdp, steps, path) {
            return Err(Error::Demonstration { number, why });
        }
    }
    Ok(())
}

/// What is wrong with a demonstration, if anything is.
fn fault(mdp: &TabularMdp, steps: usize, path: &[(usize, usize)]) -> Option<String> {
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    if path.len() != steps {
        return Some(format!("it has {} steps, not {steps}", path.len()));
    }
    let exists = |&(s, a): &(usize, usize)| s < n_states && a < n_actions;
    if let Some(t) = path.iter().position(|pair| !exists(pair)) {
        let (s, a) = path[t];
        return Some(format!(
            "step {t} is action {a} in state {s}, of {n_actions} actions and {n_states} states"
        ));
    }
    let first = path[0].0;
    if mdp.initial()[first] == 0.0 {
        return Some(format!("no trajectory starts in state {first}"));
    }
    let follows = |pair: &[(usize, usize)]| {
        let ((s, a), (next, _)) = (pair[0], pair[1]);
        mdp.successors(s, a).any(|(other, _)| other == next)
    };
    let t = path.windows(2).position(|pair| !follows(pair))?;
    let ((s, a), (next, _)) = (path[t], path[t + 1]);
    Some(format!(
        "step {t}: action {a} in state {s} does not lead to state {next}"
    ))
}
