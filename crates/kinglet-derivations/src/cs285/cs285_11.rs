//! CS285-11: soft Q-learning.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{Estimate, QLearning, StationaryValues, action_values, soft_q_learning};
use kinglet_plots::{Axes, Axis, Series, lines};
use ndarray::Array2;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::cs285_09::{go_on, solved};
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, Outcome, Source};

const TEMPERATURE: f64 = 0.5;
const STEPS: u64 = 400_000;
const SEED: u64 = 12;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-11",
    title: "Soft Q-learning with target r + γ α log Σ exp(Q/α) finds the soft Q",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_11,
};

/// Soft Q-learning. Catalogue: CS285-11.
///
/// ```text
/// Q(s, a) ← Q(s, a) + η [ r + γ α log Σ exp(Q(s', ·) / α) − Q(s, a) ]
/// ```
///
/// On DISC: the mean of the target at the soft Q is that Q, exactly and by sampling; and 400 000
/// steps of learning come within a hundredth of its size.
pub fn cs285_11() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    let exact = solved(&mdp, TEMPERATURE)?;
    Ok(Outcome {
        checks: [targets(&mdp, &exact)?, learnt_checks(&mdp, &exact)?].concat(),
        notes: vec![
            "The hard maximum of Q-learning is replaced by the soft one, and nothing else. At \
             temperature 0 they are the same.",
            "One target is a sample, so Q is right in the mean and in the limit: steps that \
             shrink as 1 / n^0.6 average the noise away.",
        ],
        figures: vec![figure(&mdp, &exact)?],
        ..Outcome::default()
    })
}

/// E[r + γ V(s')] at the soft Q, for every action in state 0.
fn targets(mdp: &TabularMdp, exact: &StationaryValues) -> Result<Vec<Check>, Box<dyn Error>> {
    let expected = action_values(mdp, exact.v.view());
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
    let mut checks = Vec::new();
    for action in 0..mdp.n_actions() {
        let samples = (0..20_000).map(|_| {
            let next = mdp.transitions().sample(0, action, &mut rng);
            mdp.reward(0, action) + mdp.discount() * exact.v[next]
        });
        checks.push(Check::monte_carlo(
            format!("the mean target of Q(0, {action}) on DISC"),
            ("r + γ Σ p(s'|s, a) V(s')", expected[[0, action]]),
            ("20 000 sampled targets", Estimate::from_samples(samples)?),
        ));
        checks.push(Check::exact(
            format!("is Q(0, {action})"),
            [
                ("r + γ Σ p(s'|s, a) V(s')", expected[[0, action]]),
                ("soft value iteration", exact.q[[0, action]]),
            ],
        ));
    }
    Ok(checks)
}

fn learnt(
    mdp: &TabularMdp,
    steps: u64,
    seed: u64,
) -> Result<Array2<f64>, kinglet_objectives::Error> {
    let settings = QLearning {
        temperature: TEMPERATURE,
        steps,
        exploration: 0.5,
        step_size_power: 0.6,
        episode_length: 100,
    };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    Ok(soft_q_learning(mdp, &settings, &mut go_on, &mut rng)?.q)
}

/// Q(s, a), one check a component.
fn learnt_checks(mdp: &TabularMdp, exact: &StationaryValues) -> Result<Vec<Check>, Box<dyn Error>> {
    let tolerance = 0.01 * largest(&exact.q);
    let learnt = learnt(mdp, STEPS, SEED)?;
    let checks = learnt.indexed_iter().map(|((s, a), &learnt)| {
        Check::within(
            format!("Q({s}, {a}) of DISC, to a hundredth of the largest |Q|"),
            tolerance,
            [
                ("400 000 steps of soft Q-learning", learnt),
                ("soft value iteration", exact.q[[s, a]]),
            ],
        )
    });
    Ok(checks.collect())
}

fn largest(q: &Array2<f64>) -> f64 {
    q.fold(0.0, |m, q| m.max(q.abs()))
}

/// The largest error after each of ten numbers of steps, over four seeds.
fn figure(mdp: &TabularMdp, exact: &StationaryValues) -> Result<Illustration, Box<dyn Error>> {
    let (mut steps, mut means, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for doublings in 0..10 {
        let n = 800 << doublings;
        let of_seed = |seed| Ok(largest(&(learnt(mdp, n, seed)? - &exact.q)));
        let largest: Result<Vec<f64>, Box<dyn Error>> = (SEED..SEED + 4).map(of_seed).collect();
        let estimate = Estimate::from_samples(largest?)?;
        steps.push(n as f64);
        means.push(estimate.mean);
        errors.push(estimate.standard_error);
    }
    let axes = Axes::new(
        "Learning the soft Q from samples",
        Axis::log("steps"),
        Axis::log("largest |Q − soft Q|"),
        "The largest error of soft Q-learning on DISC falls from a few units at 800 steps to a \
         few hundredths at 400 000.",
    );
    Ok(Illustration {
        caption: "The largest error of soft Q-learning over the pairs of DISC, against soft value \
                  iteration: mean and standard error of four runs.",
        figure: lines(&axes, &[Series::with_band("", steps, means, errors)])?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_11_learning_comes_near() {
        assert_eq!(cs285_11().verdict(), Verdict::Holds);
        let mdp = disc();
        let exact = solved(&mdp, TEMPERATURE).unwrap().q;
        let error = |steps| largest(&(learnt(&mdp, steps, SEED).unwrap() - &exact));
        let (early, late) = (error(2_000), error(STEPS));
        assert!(late < 0.1 && late < 0.2 * early, "{early}, then {late}");
    }

    #[test]
    fn cs285_11_a_hard_maximum_learns_something_else() {
        let mdp = disc();
        let (soft, hard) = (
            solved(&mdp, TEMPERATURE).unwrap(),
            solved(&mdp, 0.0).unwrap(),
        );
        let learnt = learnt(&mdp, STEPS, SEED).unwrap();
        assert!(largest(&(&learnt - &hard.q)) > 10.0 * largest(&(&learnt - &soft.q)));
    }
}
