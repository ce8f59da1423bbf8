//! CS285-10: robustness.

use std::error::Error;

use kinglet_objectives::{perturbation, robust_value, soft_max, worst_reward};
use ndarray::{Array1, array};
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::check::OPTIMISED;
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-10",
    title: "The entropy bonus insures against the worst change of the rewards",
    kind: Kind::Claim,
    source: Source::Cs285,
    run: cs285_10,
};

/// Entropy as robustness. Catalogue: CS285-10.
///
/// ```text
/// E_π[r] + H(π) = min { E_π[r'] : log Σₐ exp(r − r') ≤ 0 },   r' = r − log π
/// ```
///
/// For one state with three actions: the closed form against a general optimiser over the
/// adversary's rewards and against a thousand random ones; and which policy is safest.
pub fn cs285_10() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let (reward, policy) = (reward(), policy());
    let value = robust_value(reward.view(), policy.view(), 1.0)?;
    let worst: Array1<f64> = worst_reward(reward.view(), policy.view(), 1.0)?;
    let found = adversary(&reward, &policy);
    let mut checks = vec![
        Check::exact(
            "E[r] + H(π) is what π earns at the worst reward",
            [("E[r] + H(π)", value), ("E[r − log π]", worst.dot(&policy))],
        ),
        Check::within(
            "the least E[r'] an adversary can reach",
            OPTIMISED,
            [
                ("optimiser over r'", found.dot(&policy)),
                ("E[r] + H(π)", value),
            ],
        ),
        Check::exact(
            "the worst reward uses up what is allowed",
            [
                (
                    "log Σ exp(r − r')",
                    perturbation(reward.view(), worst.view(), 1.0)?,
                ),
                ("the limit", 0.0),
            ],
        ),
    ];
    for action in 0..reward.len() {
        checks.push(Check::within(
            format!("the worst reward of action {action}"),
            OPTIMISED,
            [
                ("optimiser over r'", found[action]),
                ("r − log π", worst[action]),
            ],
        ));
    }
    checks.push(random_adversaries(&reward, &policy, value)?);
    checks.push(safest(&reward)?);
    Ok(Outcome {
        checks,
        notes: vec![
            "In this sense the claim is right: the entropy bonus is insurance against a change of \
             the rewards, and against every one that the constraint allows.",
            "Robustness against changed dynamics is another matter, and is not shown here.",
        ],
        ..Outcome::default()
    })
}

fn reward() -> Array1<f64> {
    array![1.0, 0.3, -0.4]
}

fn policy() -> Array1<f64> {
    array![0.5, 0.3, 0.2]
}

/// Any u gives a reward at the limit of what is allowed: r' = r − u + log Σ exp u.
fn allowed(reward: &Array1<f64>, u: &Array1<f64>) -> Array1<f64> {
    let log_sum = u.mapv(f64::exp).sum().ln();
    reward - u + log_sum
}

/// The reward that an optimiser finds for the adversary.
fn adversary(reward: &Array1<f64>, policy: &Array1<f64>) -> Array1<f64> {
    let earned = |u: &Array1<f64>| allowed(reward, u).dot(policy);
    allowed(reward, &minimise(earned, Array1::zeros(reward.len())))
}

/// A thousand random adversaries, at the limit and inside it.
fn random_adversaries(
    reward: &Array1<f64>,
    policy: &Array1<f64>,
    value: f64,
) -> Result<Check, Box<dyn Error>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(10);
    let mut least = f64::INFINITY;
    for i in 0..1000 {
        let u = policy.mapv(|p| p.ln() + 2.0 * (rng.random::<f64>() - 0.5));
        let inside = f64::from(i % 2) * rng.random::<f64>();
        let tried = allowed(reward, &u) + inside;
        let used = perturbation(reward.view(), tried.view(), 1.0)?;
        if used <= 1e-12 {
            least = least.min(tried.dot(policy));
        }
    }
    Ok(Check::at_most(
        "no allowed r' of 1000 is worse",
        ("E[r] + H(π)", value),
        ("the least E[r'] of 1000", least),
    ))
}

/// The policy that earns most in its worst case is the softmax, and earns log Σ exp r.
fn safest(reward: &Array1<f64>) -> Result<Check, Box<dyn Error>> {
    let softmax = |u: &Array1<f64>| {
        let weights = u.mapv(f64::exp);
        &weights / weights.sum()
    };
    let cost =
        |u: &Array1<f64>| -robust_value(reward.view(), softmax(u).view(), 1.0).unwrap_or(f64::NAN);
    let found = -cost(&minimise(cost, Array1::zeros(reward.len())));
    Ok(Check::within(
        "the best worst case of any policy",
        OPTIMISED,
        [
            ("optimiser over π", found),
            ("log Σ exp r", soft_max(reward.view(), 1.0)?),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_10_the_entropy_is_what_the_adversary_can_take() {
        assert_eq!(cs285_10().verdict(), Verdict::Holds);
        let (reward, policy) = (reward(), policy());
        let entropy: f64 = policy.iter().map(|p| -p * p.ln()).sum();
        let least = adversary(&reward, &policy).dot(&policy);
        assert!((least - policy.dot(&reward) - entropy).abs() < 1e-9);
    }

    #[test]
    fn cs285_10_beyond_the_limit_the_adversary_takes_more() {
        let (reward, policy) = (reward(), policy());
        let worst: Array1<f64> = worst_reward(reward.view(), policy.view(), 1.0).unwrap();
        let beyond = worst - 0.1;
        assert!(perturbation(reward.view(), beyond.view(), 1.0).unwrap() > 0.0);
        let value = robust_value(reward.view(), policy.view(), 1.0).unwrap();
        assert!(beyond.dot(&policy) < value);
    }
}
