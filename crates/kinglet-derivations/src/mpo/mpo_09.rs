//! MPO-09: the KL-regularised Bellman operator.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    evaluate_soft_policy, kl_regularised_backup, kl_regularised_values, mpo_e_step_objective,
};
use ndarray::{Array1, array};

use crate::disc::{other, policy, states};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

const ALPHA: f64 = 0.7;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-09",
    title: "One regularised backup of the old values is what the E-step maximises",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_09,
};

/// The KL-regularised Bellman operator. Catalogue: MPO-09.
///
/// ```text
/// T^{π, q} Q(s, a) = E_q[ r(s, a) − α KL(q ‖ πᵢ) + γ E[V_θᵢ(s')] ],   V_θᵢ(s') = E_πᵢ[Q_θᵢ(s', a)]
/// max_q E_μ T^{π, q} Q = max_q E_μ[ E_q[Q_θᵢ] − α KL(q ‖ πᵢ) ]
/// ```
///
/// On DISC: the two forms of the E-step's objective, and what the operator does when repeated.
pub fn mpo_09() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    Ok(Outcome {
        checks: [two_forms(&mdp)?, repeated(&mdp)?].concat(),
        notes: vec![
            "V_θᵢ is the value of the old policy, E_πᵢ[Q_θᵢ]: with that, the two lines are equal. \
             The expectation over the buffer's states μ is missing in the first of them.",
            "Only the first step is taken by q; repeated, the operator leads to the values of q \
             with every step paid for.",
        ],
        ..Outcome::default()
    })
}

fn backup(mdp: &TabularMdp, v: &Array1<f64>) -> Result<Array1<f64>, kinglet_objectives::Error> {
    kl_regularised_backup(mdp, other().view(), policy().view(), v.view(), ALPHA)
}

fn two_forms(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let old = evaluate_soft_policy(mdp, policy().view(), 0.0)?;
    let first = states().dot(&backup(mdp, &old.v)?);
    let (q, prior) = (old.q.view(), policy());
    let second = mpo_e_step_objective(q, prior.view(), states().view(), other().view(), ALPHA)?;
    let mean = (&prior * &old.q).sum_axis(ndarray::Axis(1));
    Ok(vec![
        Check::exact(
            "the objective of the E-step for one q, on DISC",
            [("E_μ T^{π, q} Q", first), ("E_μ[E_q Q − α KL]", second)],
        ),
        Check::exact(
            "V_θᵢ(2) that this needs",
            [("linear solve", old.v[2]), ("E_πᵢ[Q_θᵢ]", mean[2])],
        ),
    ])
}

fn repeated(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let solved = kl_regularised_values(mdp, other().view(), policy().view(), ALPHA)?.v;
    let mut v = array![4.0, -3.0, 0.0, 9.0];
    let (tv, tw) = (backup(mdp, &v)?, backup(mdp, &(&v + 8.0))?);
    for _ in 0..320 {
        v = backup(mdp, &v)?;
    }
    let check = |s: usize| {
        Check::exact(
            format!("V({s}) of q, every step paid for"),
            [("linear solve", solved[s]), ("320 backups", v[s])],
        )
    };
    let mut checks: Vec<Check> = (0..mdp.n_states()).map(check).collect();
    checks.push(Check::exact(
        "a backup scales a constant by γ",
        [
            ("(TW − TV)(0) / 8", (tw[0] - tv[0]) / 8.0),
            ("γ", mdp.discount()),
        ],
    ));
    Ok(checks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_09_both_forms_agree_for_the_old_values_alone() {
        assert_eq!(mpo_09().verdict(), Verdict::Holds);
        let mdp = disc();
        let old = evaluate_soft_policy(&mdp, policy().view(), 0.0).unwrap();
        let q = evaluate_soft_policy(&mdp, other().view(), 0.0).unwrap();
        // With the values of another policy the first line is another number.
        let wrong = states().dot(&backup(&mdp, &q.v).unwrap());
        let right = states().dot(&backup(&mdp, &old.v).unwrap());
        assert!((wrong - right).abs() > 0.1);
    }
}
