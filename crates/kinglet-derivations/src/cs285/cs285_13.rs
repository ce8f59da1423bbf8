//! CS285-13: soft actor-critic's critic.

use std::error::Error;

use kinglet_distributions::{Categorical, Distribution};
use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    Estimate, evaluate_soft_policy, soft_policy, soft_q_backup, soft_q_target,
};
use ndarray::{Array2, arr2};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

const TEMPERATURE: f64 = 0.4;
const SAMPLES: usize = 20_000;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-13",
    title: "SAC's target r + γ (Q − β log π) has the soft Bellman operator as mean, and Q^π as limit",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_13,
};

/// The critic of soft actor-critic. Catalogue: CS285-13.
///
/// ```text
/// y = r + γ E_{a' ~ π}[ Q(s', a') + β H(π(· | s')) ] ≈ r + γ ( Q(s', a') − β log π(a' | s') )
/// ```
///
/// On DISC with a softmax policy: the fixed point of the exact target by repetition and by a linear
/// solve, and the one-sample target by sampling, at that fixed point and away from it.
pub fn cs285_13() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    Ok(Outcome {
        checks: [fixed_point(&mdp)?, contraction(&mdp)?, targets(&mdp)?].concat(),
        notes: vec![
            "The second form is a sample of the first: −log π(a'|s') has the entropy as its mean, \
             so ≈ is an equality in expectation.",
            "β is the temperature; where it is not printed it is one.",
        ],
        ..Outcome::default()
    })
}

fn policy() -> Result<Array2<f64>, kinglet_objectives::Error> {
    let logits = arr2(&[
        [0.3, -0.5, 0.1],
        [-0.2, 0.4, 0.9],
        [0.8, 0.1, -0.4],
        [0.0, -0.9, 0.6],
    ]);
    soft_policy(logits.view(), 1.0)
}

/// A critic that is not the policy's.
fn guess() -> Array2<f64> {
    arr2(&[
        [0.9, -0.4, 0.35],
        [-1.1, 0.6, 0.2],
        [0.15, 1.3, -0.7],
        [0.5, -0.9, 1.05],
    ])
}

fn fixed_point(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let policy = policy()?;
    let solved = evaluate_soft_policy(mdp, policy.view(), TEMPERATURE)?.q;
    let mut repeated = guess();
    for _ in 0..400 {
        repeated = soft_q_backup(mdp, repeated.view(), policy.view(), TEMPERATURE)?;
    }
    let check = |(pair, &q): ((usize, usize), &f64)| {
        Check::exact(
            format!("soft Q^π({}, {}) on DISC", pair.0, pair.1),
            [("400 backups", repeated[pair]), ("linear solve", q)],
        )
    };
    Ok(solved.indexed_iter().map(check).collect())
}

/// A backup brings the critic nearer by γ at least, and by γ where it is off by a constant.
fn contraction(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let policy = policy()?;
    let back = |q: &Array2<f64>| soft_q_backup(mdp, q.view(), policy.view(), TEMPERATURE);
    let exact = evaluate_soft_policy(mdp, policy.view(), TEMPERATURE)?.q;
    let off = |q: &Array2<f64>| (q - &exact).fold(0.0, |m: f64, x| m.max(x.abs()));
    Ok(vec![
        Check::at_most(
            "what a backup leaves of the largest error",
            ("of a guess", off(&back(&guess())?) / off(&guess())),
            ("γ", mdp.discount()),
        ),
        Check::exact(
            "and of a constant error",
            [
                ("of 2", off(&back(&(&exact + 2.0))?) / 2.0),
                ("γ", mdp.discount()),
            ],
        ),
    ])
}

/// The mean of sampled targets, for the three actions of state 1.
fn targets(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let policy = policy()?;
    let rows: Result<Vec<Categorical>, _> = policy
        .outer_iter()
        .map(|row| Categorical::from_probabilities(&row.to_vec()))
        .collect();
    let rows = rows?;
    let solved = evaluate_soft_policy(mdp, policy.view(), TEMPERATURE)?.q;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(13);
    let mut checks = Vec::new();
    for (name, q) in [("soft Q^π", solved), ("a guess", guess())] {
        let exact = soft_q_backup(mdp, q.view(), policy.view(), TEMPERATURE)?;
        for action in 0..mdp.n_actions() {
            let samples = (0..SAMPLES).map(|_| {
                let next = mdp.transitions().sample(1, action, &mut rng);
                let then = rows[next].sample(&mut rng);
                let (q, log_prob) = (q[[next, then]], rows[next].log_prob(&then));
                soft_q_target(
                    mdp.reward(1, action),
                    mdp.discount(),
                    q,
                    log_prob,
                    TEMPERATURE,
                )
            });
            checks.push(Check::monte_carlo(
                format!("the mean target of (1, {action}) at {name}"),
                ("the soft Bellman operator", exact[[1, action]]),
                (
                    "20 000 one-sample targets",
                    Estimate::from_samples(samples)?,
                ),
            ));
        }
    }
    Ok(checks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_13_target_and_fixed_point() {
        assert_eq!(cs285_13().verdict(), Verdict::Holds);
    }

    #[test]
    fn cs285_13_without_its_entropy_the_critic_is_another() {
        let (mdp, policy) = (disc(), policy().unwrap());
        let soft = evaluate_soft_policy(&mdp, policy.view(), TEMPERATURE)
            .unwrap()
            .q;
        let hard = soft_q_backup(&mdp, soft.view(), policy.view(), 0.0).unwrap();
        // γ β H of the next state, which no state of this policy lacks.
        assert!((&soft - &hard).iter().all(|lost| (0.2..0.4).contains(lost)));
    }
}
