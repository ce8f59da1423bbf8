//! DECK-20: the importance surrogate.

use std::error::Error;

use kinglet_envs::fixtures::tab;
use kinglet_envs::{TabularMdp, Trajectory};
use kinglet_objectives::{
    backward_policy_gradient, evaluate_soft_policy_finite, exact_surrogate, exact_trace_surrogate,
    soft_rewards, state_marginals,
};
use kinglet_trust_region::{KlPenalty, Surrogate, clipped, importance_surrogate};
use ndarray::{Array1, Array3};

use crate::gradients::{agree, by_differences};
use crate::outcome::Computed;
use crate::paths::{LIMIT, probability, steps};
use crate::policies::{softmax, tab_logits, tab_policy};
use crate::{Check, EXACT, Entry, Kind, Outcome, Source};

/// The width ε of the clip.
const WIDTH: f64 = 0.2;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-20",
    title: "At the old policy the importance surrogate's gradient is the policy gradient",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_20,
};

/// The importance surrogate. Catalogue: DECK-20.
///
/// ```text
/// L(θ) = Σₜ E_old[ q_θ(aₜ | sₜ) / q_old(aₜ | sₜ) Âₜ ],   Â of the old policy
/// ∇L(θ_old) = ∇J(θ_old)
/// ```
///
/// On TAB with the exact advantages: the surrogate by steps, by whole traces, clipped, and with a
/// KL penalty. At θ_old all have one gradient; away from it they part.
pub fn deck_20() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    Ok(Outcome {
        checks: vec![
            at_the_old(&mdp)?,
            by_slopes(&mdp)?,
            value(&mdp)?,
            away(&mdp)?,
            whole_trace(&mdp)?,
        ],
        notes: vec![
            "Clipping and penalties act from the second order on: to first order PPO is the \
             policy gradient.",
            "The ratio is that of one step; the states are the old policy's. The ratio of a whole \
             trace is exact at every θ, and its variance grows exponentially with the length.",
        ],
        ..Outcome::default()
    })
}

/// Â[t, s, a] of the old policy, its entropy included.
fn advantages(mdp: &TabularMdp) -> Result<Array3<f64>, kinglet_objectives::Error> {
    let policy = tab_policy();
    let values = evaluate_soft_policy_finite(mdp, policy.view(), 1.0)?;
    Ok(Array3::from_shape_fn((3, 3, 2), |(t, s, a)| {
        values.q[[t, s, a]] - policy[[t, s, a]].ln() - values.v[[t, s]]
    }))
}

/// Every step of every trajectory: its index, and its trajectory's probability.
fn batch(mdp: &TabularMdp) -> Result<Vec<([usize; 3], f64)>, kinglet_envs::Error> {
    let policy = tab_policy();
    let paths: Vec<Trajectory> = mdp.trajectories(LIMIT)?.collect();
    let all = paths.iter().flat_map(|path| {
        let p = probability(path, &policy);
        steps(path).map(move |step| (step, p))
    });
    Ok(all.collect())
}

/// A surrogate over that batch. A sample's probability goes with its advantage: the surrogates are
/// linear in it, and the mean over N samples becomes an expectation.
fn over_batch(
    mdp: &TabularMdp,
    logits: &Array3<f64>,
    surrogate: impl Fn(&Array1<f64>, &Array1<f64>, &Array1<f64>) -> Surrogate,
) -> Result<(f64, Array3<f64>), Box<dyn Error>> {
    let (old, new, advantage) = (tab_policy(), softmax(logits), advantages(mdp)?);
    let batch = batch(mdp)?;
    let n = batch.len() as f64;
    let of = |f: &dyn Fn([usize; 3], f64) -> f64| -> Array1<f64> {
        batch.iter().map(|&(step, p)| f(step, p)).collect()
    };
    let found = surrogate(
        &of(&|step, _| new[step].ln()),
        &of(&|step, _| old[step].ln()),
        &of(&|step, p| n * p * advantage[step]),
    );
    let mut gradient = Array3::zeros(new.dim());
    for (&([t, s, a], _), &slope) in batch.iter().zip(&found.by_log_prob) {
        gradient[[t, s, a]] += slope;
        for b in 0..2 {
            gradient[[t, s, b]] -= slope * new[[t, s, b]];
        }
    }
    Ok((found.value, gradient))
}

fn plain(new: &Array1<f64>, old: &Array1<f64>, advantage: &Array1<f64>) -> Surrogate {
    importance_surrogate(new.view(), old.view(), advantage.view()).expect("all is finite")
}

fn narrow(new: &Array1<f64>, old: &Array1<f64>, advantage: &Array1<f64>) -> Surrogate {
    clipped(new.view(), old.view(), advantage.view(), WIDTH).expect("all is finite")
}

fn at_the_old(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let (logits, advantage) = (tab_logits(), advantages(mdp)?);
    let of_step = |path: &Trajectory, t: usize| advantage[[t, path.states[t], path.actions[t]]];
    let rewards = |path: &Trajectory| soft_rewards(mdp, tab_policy().view(), 1.0, path).sum();
    let steps = exact_surrogate(mdp, logits.view(), logits.view(), of_step)?;
    let trace = exact_trace_surrogate(mdp, logits.view(), logits.view(), rewards)?;
    Ok(agree(
        "∇L at the old policy, TAB, α = 1",
        EXACT,
        [
            (
                "the policy gradient",
                &backward_policy_gradient(mdp, logits.view(), 1.0, 1.0)?,
            ),
            ("a ratio for each step, 216 trajectories", &steps.gradient),
            ("a ratio for each trace, Â = Σ (r − log q)", &trace.gradient),
            ("batch of 648 steps", &over_batch(mdp, &logits, plain)?.1),
            (
                "the same, clipped at .2",
                &over_batch(mdp, &logits, narrow)?.1,
            ),
        ],
    ))
}

/// L − β Σₜ E_s[KL(q_old ‖ q_θ)].
fn penalised(mdp: &TabularMdp, logits: &Array3<f64>) -> Result<f64, Box<dyn Error>> {
    let (old, new) = (tab_policy(), softmax(logits));
    let law = state_marginals(mdp, old.view())?;
    let kl = old.indexed_iter().map(|((t, s, a), &p)| {
        let ratio: f64 = p / new[[t, s, a]];
        law[[t, s]] * p * ratio.ln()
    });
    let penalty = KlPenalty::new(3.0, 0.01)?;
    Ok(penalty.penalise(over_batch(mdp, logits, plain)?.0, kl.sum()))
}

fn slopes(f: impl Fn(&Array3<f64>) -> Result<f64, Box<dyn Error>>) -> Array3<f64> {
    by_differences(&tab_logits(), |logits| f(logits).unwrap_or(f64::NAN))
}

/// The same gradient by differences of each surrogate's value, which know no score. The clip's
/// corners lie at ratios of .8 and 1.2, far from 1.
fn by_slopes(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    Ok(agree(
        "∇L at the old policy, by differences of L",
        1e-8,
        [
            (
                "the policy gradient",
                &backward_policy_gradient(mdp, tab_logits().view(), 1.0, 1.0)?,
            ),
            ("L", &slopes(|x| Ok(over_batch(mdp, x, plain)?.0))),
            ("L, clipped", &slopes(|x| Ok(over_batch(mdp, x, narrow)?.0))),
            ("L − 3 KL(q_old ‖ q)", &slopes(|x| penalised(mdp, x))),
        ],
    ))
}

/// A policy that is some way off.
fn moved() -> Array3<f64> {
    tab_logits()
        + Array3::from_shape_fn((3, 3, 2), |(t, s, a)| {
            0.8 * ((t + 2 * s + 4 * a) as f64).cos()
        })
}

fn value(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let advantage = advantages(mdp)?;
    let of_step = |path: &Trajectory, t: usize| advantage[[t, path.states[t], path.actions[t]]];
    let exact = exact_surrogate(mdp, moved().view(), tab_logits().view(), of_step)?;
    let (law, new) = (
        state_marginals(mdp, tab_policy().view())?,
        softmax(&moved()),
    );
    let by_law = new.indexed_iter();
    let by_law = by_law.map(|((t, s, a), q)| law[[t, s]] * q * advantage[[t, s, a]]);
    Ok(Check::exact(
        "L at another policy",
        [
            ("216 trajectories", exact.value),
            ("old state law × new policy × Â", by_law.sum()),
            ("batch of 648 steps", over_batch(mdp, &moved(), plain)?.0),
        ],
    ))
}

fn away(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    Ok(Check::at_most(
        "away from the old policy the clip lowers L",
        ("clipped at .2", over_batch(mdp, &moved(), narrow)?.0),
        ("not clipped", over_batch(mdp, &moved(), plain)?.0),
    ))
}

/// E_old[ρ(τ) Ŝ(τ)] is E_new[Ŝ(τ)].
fn whole_trace(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let trace = exact_trace_surrogate(mdp, moved().view(), tab_logits().view(), |path| {
        path.total_reward
    })?;
    Ok(Check::exact(
        "with one ratio for the trace L is the new policy's return",
        [
            ("216 old trajectories, reweighted", trace.value),
            (
                "return of the new policy",
                kinglet_objectives::elbo(mdp, softmax(&moved()).view(), 0.0)?,
            ),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use crate::gradients::distance;

    #[test]
    fn deck_20_holds() {
        assert_eq!(deck_20().verdict(), Verdict::Holds);
    }

    /// Away from the old policy the surrogate by steps is neither the objective nor its gradient.
    #[test]
    fn deck_20_away_from_the_old_policy_the_gradients_part() {
        let surrogate = over_batch(&tab(), &moved(), plain).unwrap().1;
        let narrow = over_batch(&tab(), &moved(), narrow).unwrap().1;
        let exact = backward_policy_gradient(&tab(), moved().view(), 1.0, 1.0).unwrap();
        assert!(distance(&surrogate, &exact) > 1e-2);
        assert!(distance(&surrogate, &narrow) > 1e-2);
    }

    /// The advantages of the old policy have mean zero, so L(θ_old) is 0.
    #[test]
    fn deck_20_the_surrogate_starts_at_zero() {
        assert!(over_batch(&tab(), &tab_logits(), plain).unwrap().0.abs() < 1e-14);
    }
}
