//! MPO-15: the M-step with a penalty or a bound.

use std::error::Error;

use kinglet_distributions::{Categorical, Kl};
use kinglet_objectives::{MpoMStep, mpo_m_step};
use kinglet_trust_region::{bounded_categorical_fit, penalised_categorical_fit};
use ndarray::{Array1, Array2, ArrayView1, array};

use crate::optimise::{derivative, minimise};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, OPTIMISED, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-15",
    title: "The penalised M-step mixes q and the old policy, the bounded one by its multiplier",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_15,
};

/// The M-step with a penalty or a bound. Catalogue: MPO-15.
///
/// ```text
/// max_π E_μ[ E_q log π − λ KL(π_i ‖ π) ]:                     π = (q + λ π_i) / (1 + λ)
/// max_π E_μ E_q log π  with  E_μ KL(π_i ‖ π) ≤ ε:             the same with a multiplier η > 0 for λ
/// ```
///
/// In one state: the closed forms beside a general optimiser, and the stationarity of the Lagrangian;
/// over three states: one multiplier for all.
pub fn mpo_15() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mut checks = penalty()?;
    checks.extend(bound()?);
    checks.extend(many_states()?);
    Ok(Outcome {
        checks,
        notes: vec![
            "The bound is written with <; at the solution it is met with equality, so that ≤ is \
             what is meant.",
        ],
        ..Outcome::default()
    })
}

const LAMBDA: f64 = 0.6;
const BOUND: f64 = 0.05;

fn target() -> Array1<f64> {
    array![0.7, 0.1, 0.2]
}

fn old() -> Array1<f64> {
    array![0.2, 0.5, 0.3]
}

/// E_q[log π] and KL(π_i ‖ π).
fn parts(policy: &Categorical) -> (f64, f64) {
    let log = ArrayView1::from(policy.log_probabilities());
    let old = Categorical::from_probabilities(&old().to_vec());
    (
        target().dot(&log),
        old.map_or(f64::NAN, |old| old.kl(policy)),
    )
}

fn penalty() -> Result<Vec<Check>, Box<dyn Error>> {
    let closed = penalised_categorical_fit(target().view(), old().view(), LAMBDA)?;
    let cost = |l: &Array1<f64>| {
        Categorical::from_logits(&l.to_vec()).map_or(f64::NAN, |policy| {
            let (likelihood, kl) = parts(&policy);
            LAMBDA * kl - likelihood
        })
    };
    let found = Categorical::from_logits(&minimise(cost, Array1::zeros(3)).to_vec())?;
    let check = |a: usize| {
        Check::within(
            format!("π({a}) of the penalised M-step, λ = .6"),
            OPTIMISED,
            [
                ("(q + λ π_i) / (1 + λ)", closed[a]),
                ("BFGS over the logits", found.probabilities()[a]),
                ("by hand", (target()[a] + 0.6 * old()[a]) / 1.6),
            ],
        )
    };
    Ok((0..3).map(check).collect())
}

/// The mixture t q + (1 − t) π_i, the only policies that the multiplier reaches.
fn mixture(t: f64) -> Result<Categorical, kinglet_distributions::Error> {
    Categorical::from_probabilities(&(t * target() + (1.0 - t) * old()).to_vec())
}

fn bound() -> Result<Vec<Check>, Box<dyn Error>> {
    let (policy, multiplier) = bounded_categorical_fit(target().view(), old().view(), BOUND)?;
    let fitted = Categorical::from_probabilities(&policy.to_vec())?;
    let penalised = penalised_categorical_fit(target().view(), old().view(), multiplier)?;
    let t = 1.0 / (1.0 + multiplier);
    let along = |f: fn((f64, f64)) -> f64| {
        derivative(|h| mixture(t + h).map_or(f64::NAN, |p| f(parts(&p))), 1e-5)
    };
    let (gain, price) = (along(|(likelihood, _)| likelihood), along(|(_, kl)| kl));
    Ok(vec![
        Check::within(
            "the bound is met",
            1e-12,
            [("KL(π_i ‖ π)", parts(&fitted).1), ("ε", BOUND)],
        ),
        Check::at_most(
            "its multiplier is positive",
            ("0.1", 0.1),
            ("η", multiplier),
        ),
        Check::within(
            "stationary: the likelihood gained for each nat of divergence is η",
            1e-7,
            [("ratio of the slopes", gain / price), ("η", multiplier)],
        ),
        Check::exact(
            "the penalised M-step with λ = η is the bounded one: π(0)",
            [("bounded", policy[0]), ("penalised", penalised[0])],
        ),
    ])
}

/// Three states with one bound on the mean divergence: Q of each weighted by μ(s).
fn many_states() -> Result<Vec<Check>, Box<dyn Error>> {
    let q = array![[0.7, 0.2, 0.1], [0.05, 0.9, 0.05], [0.2, 0.2, 0.6]];
    let old = array![[0.4, 0.5, 0.1], [0.25, 0.05, 0.7], [0.3, 0.3, 0.4]];
    let law = array![0.3, 0.5, 0.2];
    let fit = |kind| mpo_m_step(q.view(), old.view(), law.view(), kind);
    let bounded = fit(MpoMStep::Bounded { kl_bound: BOUND })?;
    let row = |m: &Array2<f64>, s: usize| Categorical::from_probabilities(&m.row(s).to_vec());
    let (mut kl, mut weights) = (0.0, Vec::new());
    for s in 0..3 {
        kl += law[s] * row(&old, s)?.kl(&row(&bounded, s)?);
        weights.push((bounded[[s, 0]] - old[[s, 0]]) / (q[[s, 0]] - old[[s, 0]]));
    }
    let coefficient = 1.0 / weights[0] - 1.0;
    let penalised = fit(MpoMStep::Penalised { coefficient })?;
    Ok(vec![
        Check::within(
            "E_μ KL(π_i ‖ π) over three states",
            1e-12,
            [("bounded M-step", kl), ("ε", BOUND)],
        ),
        Check::exact(
            "one multiplier for all states: the weight of q",
            [
                ("state 0", weights[0]),
                ("state 1", weights[1]),
                ("state 2", weights[2]),
            ],
        ),
        Check::exact(
            "the penalised M-step at that multiplier: π(1|1)",
            [
                ("bounded", bounded[[1, 1]]),
                ("penalised", penalised[[1, 1]]),
            ],
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_15_penalty_bound_and_multiplier() {
        let outcome = mpo_15();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
    }

    #[test]
    fn mpo_15_no_mixture_within_the_bound_is_likelier() {
        let (policy, _) = bounded_categorical_fit(target().view(), old().view(), BOUND).unwrap();
        let best = parts(&Categorical::from_probabilities(&policy.to_vec()).unwrap()).0;
        for i in 0..=1000 {
            let (likelihood, kl) = parts(&mixture(f64::from(i) / 1000.0).unwrap());
            assert!(kl > BOUND || likelihood <= best + 1e-12);
        }
    }
}
