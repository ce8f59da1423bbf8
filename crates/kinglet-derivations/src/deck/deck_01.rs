//! DECK-01: the evidence lower bound of a trajectory.

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::tab;
use kinglet_objectives::{
    elbo, elbo_enumerated, elbo_monte_carlo, exact_inference, log_evidence_enumerated,
    posterior_kl, soft_value_iteration_finite,
};
use kinglet_plots::{Axes, Axis, Bars, bars};
use ndarray::Array3;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::outcome::Computed;
use crate::paths::{LIMIT, action_probability, expectation, steps};
use crate::policies::tab_policy;
use crate::{Check, Entry, Illustration, Kind, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-01",
    title: "The ELBO of a trajectory bounds its log evidence, and the gap is a KL divergence",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_01,
};

/// The evidence lower bound of a trajectory. Catalogue: DECK-01.
///
/// ```text
/// log p(O₁:T) ≥ E_q[ log p(O, s, a) − log q(s, a) ] = E_q[ Σₜ (rₜ − log q(aₜ | sₜ)) ]
/// q(s, a) = p(s₁) Π p(sₜ₊₁ | sₜ, aₜ) q(aₜ | sₜ)
/// ```
///
/// On TAB, with a softmax policy: the bound by listing trajectories, by the law of each state and
/// by sampling; its gap as a KL divergence; and the three slips of the printed derivation.
pub fn deck_01() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let (mdp, policy) = (tab(), tab_policy());
    Ok(Outcome {
        checks: [bound(&mdp, &policy)?, action_prior(&mdp, &policy)?].concat(),
        printed: vec![
            second_inequality(&mdp, &policy)?,
            brackets(&mdp, &policy)?,
            Printed::words(
                "(iii) q(s, a), a family that is never stated",
                "The last line follows only if q keeps the model's own first state and dynamics, \
                 p(s₁) Π p(sₜ₊₁ | sₜ, aₜ), so that they cancel, and is free in q(aₜ | sₜ) alone.",
            ),
        ],
        notes: vec![
            "The action weight must be one: p(O, s, a) multiplies exp(r) to the dynamics and \
             nothing for the action.",
        ],
        figures: vec![figure(&mdp, &policy)?],
    })
}

/// The bound, its gap, and the evidence.
fn bound(mdp: &TabularMdp, q: &Array3<f64>) -> Result<Vec<Check>, kinglet_objectives::Error> {
    let log_evidence = log_evidence_enumerated(mdp, 1.0, LIMIT)?;
    let listed = elbo_enumerated(mdp, q.view(), 1.0)?;
    let forward = elbo(mdp, q.view(), 1.0)?;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let sampled = elbo_monte_carlo(mdp, q.view(), 1.0, 20_000, &mut rng)?;
    Ok(vec![
        Check::exact(
            "log p(O) on TAB",
            [
                ("216 trajectories", log_evidence),
                ("backward messages", exact_inference(mdp, 1.0)?.log_evidence),
            ],
        ),
        Check::exact(
            "ELBO of a softmax policy q on TAB",
            [
                ("Σ q(τ) [log p(τ, O) − log q(τ)]", listed),
                ("the law of each state", forward),
            ],
        ),
        Check::monte_carlo(
            "the same by sampling",
            ("the law of each state", forward),
            ("20 000 trajectories drawn from q", sampled),
        ),
        Check::exact(
            "the gap log p(O) − ELBO = KL(q ‖ p(τ|O))",
            [
                ("log p(O) − ELBO", log_evidence - listed),
                (
                    "KL over 216 trajectories",
                    posterior_kl(mdp, q.view(), 1.0)?,
                ),
            ],
        ),
        Check::at_most(
            "ELBO ≤ log p(O)",
            ("ELBO", listed),
            ("log p(O)", log_evidence),
        ),
    ])
}

/// What a normalised action prior 1/A does to the last two lines of the derivation.
fn action_prior(
    mdp: &TabularMdp,
    q: &Array3<f64>,
) -> Result<Vec<Check>, kinglet_objectives::Error> {
    let log_weight = -log_actions(mdp);
    let best = soft_value_iteration_finite(mdp, 1.0)?.policy;
    Ok(vec![
        Check::exact(
            "line 4 under the action prior 1/A",
            [
                ("216 trajectories", line_4(mdp, q)?),
                ("line 5 − T log A", elbo(mdp, q.view(), 1.0)? + log_weight),
            ],
        ),
        Check::at_most(
            "under that prior line 5 at the best q exceeds log p(O): no bound",
            (
                "log p(O) under the prior",
                log_evidence_enumerated(mdp, 1.0, LIMIT)? + log_weight,
            ),
            ("line 5 at q*", elbo_enumerated(mdp, best.view(), 1.0)?),
        ),
    ])
}

/// T log A.
fn log_actions(mdp: &TabularMdp) -> f64 {
    3.0 * (mdp.n_actions() as f64).ln()
}

/// E_q[log p(O, s, a) − log q(s, a)] where p(O, s, a) holds the prior 1/A for each action.
fn line_4(mdp: &TabularMdp, q: &Array3<f64>) -> Result<f64, kinglet_objectives::Error> {
    expectation(mdp, q, |path| {
        let log_prior = path.states.len() as f64 * -(mdp.n_actions() as f64).ln();
        path.total_reward + log_prior - action_probability(path, q).ln()
    })
}

fn second_inequality(
    mdp: &TabularMdp,
    q: &Array3<f64>,
) -> Result<Printed, kinglet_objectives::Error> {
    Ok(Printed::number(
        "(i) line 4 ≥ line 5, where p(O, s, a) holds an action prior 1/A",
        line_4(mdp, q)?,
        elbo(mdp, q.view(), 1.0)?,
        "With a unit action weight the lines are equal, and the second ≥ should be =. With a \
         normalised prior line 4 lies T log A below line 5, so the sign is false; and line 5 is \
         then no bound, for at the best q it exceeds log p(O).",
    ))
}

/// Read as printed, only r stands under the sum; t is free behind it, and T its last value.
fn brackets(mdp: &TabularMdp, q: &Array3<f64>) -> Result<Printed, kinglet_objectives::Error> {
    let unbracketed = expectation(mdp, q, |path| {
        let last = steps(path).last().map_or(1.0, |step| q[step]);
        path.total_reward - last.ln()
    })?;
    Ok(Printed::number(
        "(ii) E_q[Σₜ r(sₜ, aₜ) − log q(aₜ | sₜ)] without brackets",
        unbracketed,
        elbo(mdp, q.view(), 1.0)?,
        "The sum must bind both terms, Σₜ (rₜ − log q(aₜ | sₜ)). As printed t is free in the \
         second; read as its last value, two of the three entropies are lost.",
    ))
}

fn figure(mdp: &TabularMdp, q: &Array3<f64>) -> Result<Illustration, Box<dyn std::error::Error>> {
    let best = soft_value_iteration_finite(mdp, 1.0)?.policy;
    let uniform = Array3::from_elem(q.dim(), 0.5);
    let policies = [uniform.view(), q.view(), best.view()];
    let gaps = policies.map(|policy| posterior_kl(mdp, policy, 1.0));
    let gaps = gaps.into_iter().collect::<Result<Vec<_>, _>>()?;
    let axes = Axes::new(
        "What the bound leaves open is a divergence",
        Axis::linear("policy q"),
        Axis::linear("log p(O) − ELBO = KL (nats)"),
        "The gap of the bound on TAB for the uniform, a softmax and the best policy: it shrinks \
         and does not reach zero.",
    );
    Ok(Illustration {
        caption: "The gap of three policies on TAB. The best policy's is the smallest, and not \
                  zero: with stochastic dynamics no q of this family is the posterior.",
        figure: bars(
            &axes,
            &["uniform", "softmax q", "best q*"],
            &[Bars::new("", gaps)],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_01_gap_is_a_divergence() {
        assert_eq!(deck_01().verdict(), Verdict::Holds);
        let (mdp, q) = (tab(), tab_policy());
        let evidence = log_evidence_enumerated(&mdp, 1.0, LIMIT).unwrap();
        let gap = evidence - elbo(&mdp, q.view(), 1.0).unwrap();
        assert!((gap - posterior_kl(&mdp, q.view(), 1.0).unwrap()).abs() < 1e-12);
        assert!(gap > 0.1);
    }

    #[test]
    fn deck_01_printed_signs_and_brackets_are_off() {
        let [sign, brackets, family] = &deck_01().printed[..] else {
            panic!("three errata");
        };
        // Line 4 lies T log A = 3 log 2 below line 5.
        assert!((sign.off_by.unwrap() - 3.0 * 2_f64.ln()).abs() < 1e-12);
        assert!(brackets.off_by.unwrap() > 0.5);
        assert_eq!((family.value, family.off_by), (None, None));
    }

    #[test]
    fn deck_01_with_an_action_prior_line_5_is_no_bound() {
        let mdp = tab();
        let best = soft_value_iteration_finite(&mdp, 1.0).unwrap().policy;
        let line_5 = elbo(&mdp, best.view(), 1.0).unwrap();
        let evidence = exact_inference(&mdp, 1.0).unwrap().log_evidence;
        assert!(line_5 < evidence && line_5 > evidence - 3.0 * 2_f64.ln() + 0.1);
    }
}
