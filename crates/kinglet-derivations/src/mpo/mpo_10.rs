//! MPO-10: the E-step with a soft constraint.

use std::error::Error;

use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    Error as ObjectiveError, StationaryPolicyValues, evaluate_soft_policy, mpo_e_step,
    mpo_e_step_objective, soft_policy,
};
use ndarray::{Array1, Array2, Axis};

use crate::disc::{policy, states};
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, OPTIMISED, Outcome, Source};

const ALPHA: f64 = 0.7;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-10",
    title: "The soft E-step is the old policy tilted by exp(Q/α)",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_10,
};

/// The E-step with a soft constraint. Catalogue: MPO-10.
///
/// ```text
/// max_q E_μ[ E_q[Q] − α KL(q ‖ π) ] = α E_μ log E_π[exp(Q/α)],   q ∝ π exp(Q/α)
/// ```
///
/// On DISC, for the values of a policy: the closed form beside an optimiser over the logits of q,
/// which knows nothing of it.
pub fn mpo_10() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let old = old()?;
    let tilted = mpo_e_step(old.q.view(), policy().view(), ALPHA)?;
    let found = by_optimiser(&old.q)?;
    let log_mean = policy() * old.q.mapv(|q| (q / ALPHA).exp());
    let by_hand = states().dot(&log_mean.sum_axis(Axis(1)).mapv(f64::ln)) * ALPHA;
    let mut checks = vec![Check::within(
        "the largest E_μ[E_q Q − α KL] on DISC, α = 0.7",
        OPTIMISED,
        [
            ("α E_μ log E_π exp(Q/α)", by_hand),
            ("E_μ of the values", states().dot(&tilted.values)),
            ("at q ∝ π exp(Q/α)", objective(&old.q, &tilted.policy)?),
            ("at the optimiser's q", objective(&old.q, &found)?),
        ],
    )];
    checks.extend([[0, 0], [1, 1], [2, 2], [3, 0]].map(|[s, a]| {
        Check::within(
            format!("q({a} | {s})"),
            OPTIMISED,
            [
                ("closed form", tilted.policy[[s, a]]),
                ("BFGS", found[[s, a]]),
            ],
        )
    }));
    Ok(Outcome {
        checks,
        notes: vec![
            "The states do not compete, so μ does not enter q. Choosing α is the hard part, and \
             the reason for the hard constraint: it is a price in units of reward.",
        ],
        ..Outcome::default()
    })
}

fn old() -> Result<StationaryPolicyValues, ObjectiveError> {
    evaluate_soft_policy(&disc(), policy().view(), 0.0)
}

fn objective(q: &Array2<f64>, candidate: &Array2<f64>) -> Result<f64, ObjectiveError> {
    let prior = policy();
    mpo_e_step_objective(
        q.view(),
        prior.view(),
        states().view(),
        candidate.view(),
        ALPHA,
    )
}

/// q of flat logits.
fn from_logits(logits: &Array1<f64>) -> Result<Array2<f64>, ObjectiveError> {
    let shape = policy().dim();
    let logits = logits.to_shape(shape).expect("one logit for each pair");
    soft_policy(logits.view(), 1.0)
}

fn by_optimiser(q: &Array2<f64>) -> Result<Array2<f64>, Box<dyn Error>> {
    let loss = |logits: &Array1<f64>| {
        let value = from_logits(logits).and_then(|candidate| objective(q, &candidate));
        value.map_or(f64::NAN, |value| -value)
    };
    let found = minimise(loss, Array1::zeros(q.len()));
    Ok(from_logits(&found)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_10_the_tilt_is_the_maximum() {
        assert_eq!(mpo_10().verdict(), Verdict::Holds);
        let q = old().unwrap().q;
        let best = mpo_e_step(q.view(), policy().view(), ALPHA).unwrap().policy;
        // Without the prior's weight it is another policy, and a worse one.
        let unweighted = soft_policy(q.view(), ALPHA).unwrap();
        assert!(objective(&q, &unweighted).unwrap() < objective(&q, &best).unwrap() - 1e-3);
    }
}
