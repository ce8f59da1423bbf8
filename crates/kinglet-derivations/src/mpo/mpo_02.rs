//! MPO-02: Q-learning.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{QLearning, StationaryValues, evaluate_soft_policy, soft_q_learning};
use ndarray::Array2;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::disc::{go_on, optimum};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Printed, Source};

const EXPLORATION: f64 = 0.5;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-02",
    title: "Q-learning finds the best policy's action values, not those of the policy it follows",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_02,
};

/// Q-learning. Catalogue: MPO-02.
///
/// ```text
/// Q(s, a) ← Q(s, a) + α [ r + γ max_a' Q(s', a') − Q(s, a) ]
/// ```
///
/// On DISC: the update has mean zero at Q* and nowhere near the action values of the behaviour, and
/// 400 000 steps end at Q*.
pub fn mpo_02() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    let best = optimum(&mdp)?;
    let learnt = learnt(&mdp)?;
    let followed = evaluate_soft_policy(&mdp, behaviour(&best).view(), 0.0)?.q;
    let tolerance = 0.02 * largest(&best.q);
    let mut checks = vec![
        Check::exact(
            "the mean update at Q*, the largest over all pairs",
            [
                ("γ E[max Q*(s', ·)] + r − Q*", update(&mdp, &best.q)),
                ("zero", 0.0),
            ],
        ),
        Check::at_most(
            "what is learnt lies nearer to Q* than to q of the behaviour, ten times",
            ("10 max |Q − Q*|", 10.0 * largest(&(&learnt - &best.q))),
            ("max |Q − q_π|", largest(&(&learnt - &followed))),
        ),
    ];
    checks.extend(learnt.indexed_iter().map(|((s, a), &learnt)| {
        Check::within(
            format!("Q({s}, {a}) of DISC, to a fiftieth of the largest |Q*|"),
            tolerance,
            [
                ("400 000 steps of Q-learning", learnt),
                ("value iteration", best.q[[s, a]]),
            ],
        )
    }));
    Ok(Outcome {
        checks,
        printed: vec![Printed::number(
            "the learnt Q is \"the true q function under a policy π\"; Q(0, 0)",
            followed[[0, 0]],
            best.q[[0, 0]],
            "The update is right and its limit is Q*, the action values of the best policy. Those \
             of the policy that is followed, here greedy with one random action in two, are what \
             SARSA learns.",
        )],
        ..Outcome::default()
    })
}

/// The policy that the learner ends with: ε-greedy in Q*.
fn behaviour(best: &StationaryValues) -> Array2<f64> {
    let each = 1.0 / best.policy.ncols() as f64;
    best.policy
        .mapv(|p| (1.0 - EXPLORATION) * p + EXPLORATION * each)
}

/// max |r + γ E[max Q(s', ·)] − Q|.
fn update(mdp: &TabularMdp, q: &Array2<f64>) -> f64 {
    let best = |s: usize| q.row(s).fold(f64::NEG_INFINITY, |m: f64, q| m.max(*q));
    let errors = q.indexed_iter().map(|((s, a), q)| {
        let ahead: f64 = mdp.successors(s, a).map(|(next, p)| p * best(next)).sum();
        (mdp.reward(s, a) + mdp.discount() * ahead - q).abs()
    });
    errors.fold(0.0, f64::max)
}

fn learnt(mdp: &TabularMdp) -> Result<Array2<f64>, Box<dyn Error>> {
    let settings = QLearning {
        temperature: 0.0,
        steps: 400_000,
        exploration: EXPLORATION,
        step_size_power: 0.6,
        episode_length: 100,
    };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    Ok(soft_q_learning(mdp, &settings, &mut go_on, &mut rng)?.q)
}

fn largest(q: &Array2<f64>) -> f64 {
    q.fold(0.0, |m, q| m.max(q.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_02_the_limit_is_the_best_policy_s() {
        let outcome = mpo_02();
        assert_eq!(outcome.verdict(), Verdict::Holds);
        assert!(outcome.printed[0].off_by.unwrap() > 1.0);
    }

    #[test]
    fn mpo_02_the_update_does_not_rest_at_the_behaviour_s_values() {
        let mdp = disc();
        let best = optimum(&mdp).unwrap();
        let followed = evaluate_soft_policy(&mdp, behaviour(&best).view(), 0.0).unwrap();
        assert!(update(&mdp, &followed.q) > 0.1);
        assert!(update(&mdp, &best.q) < 1e-12);
    }
}
