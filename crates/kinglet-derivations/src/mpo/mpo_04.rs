//! MPO-04: the posterior of a trajectory.

use std::error::Error;

use kinglet_envs::fixtures::{tab, tabdet};
use kinglet_envs::{TabularMdp, Trajectory};
use kinglet_objectives::{
    bernoulli_likelihood, exact_inference, likelihood_weighting, trajectory_posterior,
};
use ndarray::s;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::outcome::Computed;
use crate::paths::{LIMIT, posterior};
use crate::{Check, Entry, Kind, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-04",
    title: "A trajectory's posterior is p(τ) exp Σr, not the indicator of p(τ) times exp Σr",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_04,
};

/// The posterior of a trajectory given optimality. Catalogue: MPO-04.
///
/// ```text
/// p(τ | O) ∝ p(τ) exp(Σₜ r(sₜ, aₜ)),   p(Oₜ | sₜ, aₜ) = exp r(sₜ, aₜ)
/// ```
///
/// On TAB by Bayes' rule step by step, by messages and by sampling; and beside it the form with an
/// indicator, which is right on TABDET alone.
pub fn mpo_04() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let (tab, tabdet) = (tab(), tabdet());
    let optimal = bernoulli_likelihood(&tab, 1.0)?;
    let bayes = |tau: &Trajectory| {
        let steps = tau.states.iter().zip(&tau.actions);
        steps.fold(tau.dynamics_probability, |p, (&s, &a)| p * optimal[[s, a]])
    };
    Ok(Outcome {
        checks: vec![
            Check::exact(
                "p(a₁ = 1 | O) on TAB",
                [
                    ("Σ p(τ | O) over 216 trajectories", first_action(&tab)?),
                    ("backward messages", by_messages(&tab)?),
                ],
            ),
            by_sampling(&tab)?,
            Check::exact(
                "a trajectory's posterior, by Bayes' rule step by step (total variation)",
                [("distance", distance(&tab, bayes)?), ("zero", 0.0)],
            ),
            Check::exact(
                "the indicator form on TABDET, where p(τ) is 0 or 1 (total variation)",
                [("distance", distance(&tabdet, indicator)?), ("zero", 0.0)],
            ),
        ],
        printed: vec![Printed::number(
            "p(τ | O) ∝ 1[p(τ) ≠ 0] exp Σ r on TAB, total variation from the posterior",
            distance(&tab, indicator)?,
            0.0,
            "The indicator stands for p(τ) only where the dynamics and the first state are \
             deterministic, so that p(τ) is 0 or 1. Otherwise the probability itself belongs there.",
        )],
        ..Outcome::default()
    })
}

/// p(a₁ = 1 | O).
fn first_action(mdp: &TabularMdp) -> Result<f64, Box<dyn Error>> {
    Ok(posterior(mdp, |tau| tau.actions[0] == 1, |_| true)?)
}

/// p(a₁ = 1 | O) from the messages: the posterior of s₁, then of a₁ given s₁.
fn by_messages(mdp: &TabularMdp) -> Result<f64, Box<dyn Error>> {
    let exact = exact_inference(mdp, 1.0)?;
    let acts = exact.policy().slice(s![0, .., 1]).to_owned();
    Ok(exact.initial(mdp).dot(&acts))
}

/// By drawing trajectories from the prior and weighing them.
fn by_sampling(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
    let acts = |_: &[usize], actions: &[usize]| actions[0] as f64;
    let weighted = likelihood_weighting(mdp, 1.0, 10_000, acts, &mut rng)?;
    Ok(Check::monte_carlo(
        "the same by sampling",
        ("216 trajectories", first_action(mdp)?),
        ("10 000 weighted trajectories", weighted.posterior_mean),
    ))
}

/// 1[p(τ) ≠ 0] exp Σ r.
fn indicator(tau: &Trajectory) -> f64 {
    f64::from(u8::from(tau.dynamics_probability != 0.0)) * tau.total_reward.exp()
}

/// ½ Σ |w(τ) / Σ w − p(τ | O)|.
fn distance(mdp: &TabularMdp, weight: impl Fn(&Trajectory) -> f64) -> Result<f64, Box<dyn Error>> {
    let listed = trajectory_posterior(mdp, 1.0, LIMIT)?;
    let all: f64 = listed.iter().map(|(tau, _)| weight(tau)).sum();
    let off = listed.iter().map(|(tau, p)| (weight(tau) / all - p).abs());
    Ok(0.5 * off.sum::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_04_the_probability_of_the_path_belongs_there() {
        let outcome = mpo_04();
        assert_eq!(outcome.verdict(), Verdict::Holds);
        assert!(outcome.printed[0].off_by.unwrap() > 0.1);
    }

    #[test]
    fn mpo_04_the_indicator_fails_in_each_conditional_on_the_first_state() {
        // It ignores how probable the first state is, too.
        let listed = trajectory_posterior(&tab(), 1.0, LIMIT).unwrap();
        let share = |weight: &dyn Fn(&Trajectory, f64) -> f64, first: usize| -> f64 {
            let mass = |keep: &dyn Fn(&Trajectory) -> bool| -> f64 {
                let kept = listed.iter().filter(|(tau, _)| keep(tau));
                kept.map(|(tau, p)| weight(tau, *p)).sum()
            };
            mass(&|tau| tau.states[0] == first) / mass(&|_| true)
        };
        for first in 0..3 {
            let right = share(&|_, p| p, first);
            assert!(
                (right - share(&|tau, _| indicator(tau), first)).abs() > 1e-2,
                "{first}"
            );
        }
    }
}
