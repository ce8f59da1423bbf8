//! VIREL-08: what ε = 0 implies, and when.

use std::error::Error;

use kinglet_envs::fixtures::disc;
use kinglet_envs::{Horizon, TabularMdp};
use kinglet_objectives::{
    TEMPERATURE_FLOOR, action_gap, evaluate_soft_policy, residual_temperature, soft_policy,
    virel_policy,
};
use ndarray::{Array1, Array2, arr2, array};

use super::values::{best_q, residual};
use crate::check::OPTIMISED;
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-08",
    title: "ε = 0 gives Q* and π* if d covers all, the best action is one, and Q* is in the class",
    kind: Kind::Claim,
    source: Source::Virel,
    run: virel_08,
};

/// From a zero Bellman error to the optimal policy. Catalogue: VIREL-08.
///
/// ```text
/// ε_ω = 0   ⇒   Q = Q*   ⇒   π_ω = π*
/// ```
///
/// The four conditions, each with the case where it fails: a law d that leaves a pair out, two best
/// actions, the value ε = 0 itself in place of the limit, and a class of functions without Q*.
pub fn virel_08() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [support()?, ties()?, limit()?, class()?].concat(),
        notes: vec![
            "The first implication needs d > 0 on every pair: where a pair has no weight, ε = 0 \
             may go with the wrong action.",
            "The second needs one best action in each state: two share the probability, and no \
             deterministic policy comes out.",
            "π* is the limit ε → 0. At ε = 0 the formula is 0/0; the crate takes the limit, by a \
             floor of 10⁻¹².",
            "And Q* must be in the class of functions. If it is not, ε stays above zero and the \
             policy stochastic, however long one trains.",
        ],
        ..Outcome::default()
    })
}

/// Three states: from 0, action 0 leads to a reward of 1 for ever, action 1 to nothing.
fn fork() -> Result<TabularMdp, kinglet_envs::Error> {
    TabularMdp::from_dense(
        array![
            [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]],
            [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
        ]
        .view(),
        array![[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]].view(),
        array![1.0, 0.0, 0.0].view(),
        Horizon::Discounted(0.9),
    )
}

/// A law without the pair (0, 0), and a Q that it finds no fault with.
fn support() -> Result<Vec<Check>, Box<dyn Error>> {
    let mdp = fork()?;
    let q = arr2(&[[-1.0, 0.0], [10.0, 10.0], [0.0, 0.0]]);
    let mut law = Array2::from_elem((3, 2), 0.2);
    law[[0, 0]] = 0.0;
    let greedy = soft_policy(q.view(), 0.0)?;
    let error = |law: &Array2<f64>| residual_temperature(&mdp, q.view(), greedy.view(), law.view());
    let full = Array2::from_elem((3, 2), 1.0 / 6.0);
    let best = soft_policy(best_q(&mdp)?.view(), 0.0)?;
    let worth = |policy: &Array2<f64>| evaluate_soft_policy(&mdp, policy.view(), 0.0);
    Ok(vec![
        Check::exact(
            "d leaves (0, 0) out: ε of a Q that is wrong there",
            [("the crate", error(&law)?), ("zero", 0.0)],
        ),
        Check::exact(
            "d covers all: ε of the same Q",
            [("the crate", error(&full)?), ("(9 + 1)² / 6", 100.0 / 6.0)],
        ),
        Check::exact(
            "what its greedy policy gives away in state 0",
            [
                (
                    "by linear solves",
                    worth(&best)?.v[0] - worth(&greedy)?.v[0],
                ),
                ("γ / (1 − γ)", 9.0),
            ],
        ),
    ])
}

/// Q = (1, 1, 0): two best actions share.
fn ties() -> Result<Vec<Check>, Box<dyn Error>> {
    let policy = virel_policy(array![[1.0, 1.0, 0.0]].view(), 0.0)?;
    let nearly = virel_policy(array![[1.0, 1.0, 0.0]].view(), 1e-3)?;
    Ok((0..3)
        .map(|a| {
            Check::exact(
                format!("two best actions: π({a}) at ε = 0"),
                [
                    ("the crate", policy[[0, a]]),
                    ("the limit, at ε = .001", nearly[[0, a]]),
                    ("by hand", [0.5, 0.5, 0.0][a]),
                ],
            )
        })
        .collect())
}

/// On DISC the chance of an action that is not the best vanishes as exp(−gap/ε).
fn limit() -> Result<Vec<Check>, Box<dyn Error>> {
    let mdp = disc();
    let best = best_q(&mdp)?;
    let gap = action_gap(best.view()).fold(f64::INFINITY, |m, &gap| m.min(gap));
    let others = (mdp.n_actions() - 1) as f64;
    let mut checks = Vec::new();
    for share in [1.0, 0.3, 0.03] {
        let temperature = share * gap;
        checks.push(Check::at_most(
            format!("the chance of a worse action at Q*, ε = {share} of the smallest gap"),
            (
                "1 − max π, the largest of four states",
                mistakes(&best, temperature)?,
            ),
            ("(A − 1) exp(−gap/ε)", others * (-1.0 / share).exp()),
        ));
    }
    checks.push(Check::exact(
        "and it is zero at the floor",
        [
            ("1 − max π", mistakes(&best, TEMPERATURE_FLOOR)?),
            ("none", 0.0),
        ],
    ));
    Ok(checks)
}

/// The largest chance in any state of an action that is not the likeliest.
fn mistakes(q: &Array2<f64>, temperature: f64) -> Result<f64, Box<dyn Error>> {
    let policy = virel_policy(q.view(), temperature)?;
    let rows = policy.outer_iter();
    let likeliest = rows.map(|row| row.fold(0.0, |m: f64, &p| m.max(p)));
    Ok(likeliest.fold(0.0, |m, p| m.max(1.0 - p)))
}

/// Q_ω = ω φ with one parameter: the least ε, by an optimiser and by a scan.
fn class() -> Result<Vec<Check>, Box<dyn Error>> {
    let mdp = disc();
    let feature = arr2(&[
        [1.0, 0.4, 0.8],
        [0.3, 0.9, 0.5],
        [0.7, 1.0, 0.2],
        [0.8, 0.1, 0.6],
    ]);
    let error = |weight: f64| residual(&mdp, &(weight * &feature)).unwrap_or(f64::NAN);
    let found = minimise(|x: &Array1<f64>| error(x[0]), array![1.0])[0];
    let least = scan(&error);
    let policy = virel_policy((found * &feature).view(), error(found))?;
    let largest = policy.fold(0.0, |m: f64, &p| m.max(p));
    Ok(vec![
        Check::within(
            "a class of one parameter: the least ε",
            OPTIMISED,
            [("BFGS", error(found)), ("golden section", error(least))],
        ),
        Check::at_most(
            "it is not zero",
            ("0.1", 0.1),
            ("the least ε", error(found)),
        ),
        Check::at_most(
            "so the policy is never deterministic",
            ("the largest π at the least ε", largest),
            ("0.99", 0.99),
        ),
    ])
}

/// The minimum of a function of one variable in [0, 20], by golden sections.
fn scan(f: &impl Fn(f64) -> f64) -> f64 {
    let shrink = 0.5 * (5_f64.sqrt() - 1.0);
    let (mut low, mut high) = (0.0, 20.0);
    for _ in 0..80 {
        let (left, right) = (high - shrink * (high - low), low + shrink * (high - low));
        if f(left) < f(right) {
            high = right;
        } else {
            low = left;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn virel_08_each_condition_is_needed() {
        assert_eq!(virel_08().verdict(), Verdict::Holds);
    }

    #[test]
    fn virel_08_the_wrong_action_is_taken_without_a_fault() {
        let q = arr2(&[[-1.0, 0.0], [10.0, 10.0], [0.0, 0.0]]);
        let policy = virel_policy(q.view(), 0.0).unwrap();
        let best = virel_policy(best_q(&fork().unwrap()).unwrap().view(), 0.0).unwrap();
        assert_eq!((policy[[0, 1]], best[[0, 0]]), (1.0, 1.0));
    }
}
