//! MPO-07: EM on the KL-regularised objective.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::{disc, tab, tabdet};
use kinglet_objectives::{
    elbo, kl_regularised_values, policy_log_evidence, soft_value_iteration_finite,
    trajectory_bound, trajectory_e_step,
};
use kinglet_plots::{Axes, Axis, Series, lines};
use ndarray::{Array1, Array3};

use crate::disc::{divergences, next_law, other, policy, tables};
use crate::outcome::Computed;
use crate::paths::expectation;
use crate::policies::tab_policy;
use crate::{Check, Entry, Illustration, Kind, OPTIMISED, Outcome, Source};

const ALPHA: f64 = 0.7;
const ROUNDS: usize = 60;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-07",
    title: "EM with π ← q climbs to the best return and loses its entropy on the way",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_07,
};

/// The KL-regularised objective, and EM on it. Catalogue: MPO-07.
///
/// ```text
/// J(q, θ) = E_q[ Σₜ γᵗ ( rₜ − α KL(q(· | sₜ) ‖ π_θ(· | sₜ)) ) ] + log p(θ)
/// ```
///
/// On DISC the objective by a linear solve and as a sum; on TAB and TABDET sixty rounds of EM.
pub fn mpo_07() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [
            vec![objective()?],
            climbs("TAB", &tab())?,
            climbs("TABDET", &tabdet())?,
            evidence()?,
        ]
        .concat(),
        notes: vec![
            "It is the bound on log p_π(O), times α, with a discount, and with a log prior of the \
             parameters; times α too, that prior would be α log p(θ), so its weight is \
             absorbed into p(θ).",
            "With π ← q in each M-step the regulariser vanishes as EM converges: the limit is the \
             deterministic policy of the largest return, not the one of largest entropy bonus.",
            "Where the dynamics are stochastic q cannot be the posterior, and EM is variational: \
             it is J that never falls. Where they are deterministic the E-step is exact and \
             log p_π(O) never falls either.",
        ],
        figures: vec![figure()?],
        ..Outcome::default()
    })
}

/// E[V(s₀)] and Σ γᵗ E[r − α KL].
fn objective() -> Result<Check, Box<dyn Error>> {
    let mdp = disc();
    let (q, prior) = (other(), policy());
    let solved = kl_regularised_values(&mdp, q.view(), prior.view(), ALPHA)?;
    let (_, reward) = tables(&mdp);
    let gain = (&q * &reward).sum_axis(ndarray::Axis(1)) - divergences(&q, &prior) * ALPHA;
    let (mut law, mut factor, mut sum) = (mdp.initial().to_owned(), 1.0, 0.0);
    while factor > 1e-18 {
        sum += factor * law.dot(&gain);
        law = next_law(&mdp, &law, &q);
        factor *= mdp.discount();
    }
    Ok(Check::exact(
        "J(q, π) on DISC, α = 0.7, without log p(θ)",
        [
            ("E[V(s₀)], linear solve", mdp.initial().dot(&solved.v)),
            ("Σ γᵗ E[r − α KL]", sum),
        ],
    ))
}

/// What EM passes through, round by round.
struct Climb {
    /// J(q, π) after each E-step.
    bound: Vec<f64>,
    /// α log p_π(O) of each π, the first one's first.
    evidence: Vec<f64>,
    /// Σ E[H(π)] of each π.
    entropy: Vec<f64>,
    /// The last π.
    policy: Array3<f64>,
}

fn climb(mdp: &TabularMdp, rounds: usize) -> Result<Climb, Box<dyn Error>> {
    let mut run = Climb {
        bound: Vec::new(),
        evidence: Vec::new(),
        entropy: Vec::new(),
        policy: tab_policy(),
    };
    for _ in 0..rounds {
        let prior = run.policy.view();
        run.evidence.push(policy_log_evidence(mdp, prior, ALPHA)?);
        run.entropy
            .push(elbo(mdp, prior, 1.0)? - elbo(mdp, prior, 0.0)?);
        let q = trajectory_e_step(mdp, prior, ALPHA)?.policy;
        run.bound
            .push(trajectory_bound(mdp, q.view(), prior, ALPHA)?);
        run.policy = q;
    }
    Ok(run)
}

/// The largest fall from one round to the next.
fn largest_fall(values: &[f64]) -> f64 {
    let falls = values.windows(2).map(|pair| pair[0] - pair[1]);
    falls.fold(f64::NEG_INFINITY, f64::max)
}

fn climbs(name: &str, mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let run = climb(mdp, ROUNDS)?;
    let values: Array1<f64> = soft_value_iteration_finite(mdp, 0.0)?.v.row(0).to_owned();
    let best = values.dot(&mdp.initial());
    let last = |values: &[f64]| values.last().copied().unwrap_or(f64::NAN);
    Ok(vec![
        Check::at_most(
            format!("J never falls on {name}"),
            ("the largest fall of 60 rounds", largest_fall(&run.bound)),
            ("zero", 0.0),
        ),
        Check::within(
            format!("the limit of J on {name} is the largest return"),
            OPTIMISED,
            [
                ("J after 60 rounds", last(&run.bound)),
                ("value iteration", best),
            ],
        ),
        Check::within(
            format!("no entropy is left on {name}"),
            OPTIMISED,
            [
                ("Σ E[H(π)] after 60 rounds", last(&run.entropy)),
                ("zero", 0.0),
            ],
        ),
    ])
}

fn evidence() -> Result<Vec<Check>, Box<dyn Error>> {
    let exact = climb(&tabdet(), ROUNDS)?;
    let chance = climb(&tab(), ROUNDS)?;
    let optimistic = expectation(&tab(), &chance.policy, |tau| {
        (tau.total_reward / ALPHA).exp()
    })?;
    let last = |values: &[f64]| values.last().copied().unwrap_or(f64::NAN);
    Ok(vec![
        Check::at_most(
            "log p_π(O) never falls where the dynamics are deterministic",
            (
                "the largest fall of 60 rounds",
                largest_fall(&exact.evidence),
            ),
            ("zero", 0.0),
        ),
        Check::within(
            "and ends at the largest return",
            OPTIMISED,
            [
                ("α log p_π(O)", last(&exact.evidence)),
                ("J", last(&exact.bound)),
            ],
        ),
        Check::within(
            "where they are not, α log p_π(O) ends at another number",
            OPTIMISED,
            [
                ("backward messages", last(&chance.evidence)),
                (
                    "α log E[exp(Σ r/α)] of the last π, 216 trajectories",
                    ALPHA * optimistic.ln(),
                ),
            ],
        ),
        Check::at_most(
            "which is larger: it counts on luck",
            ("J", last(&chance.bound)),
            ("α log p_π(O)", last(&chance.evidence)),
        ),
    ])
}

fn figure() -> Result<Illustration, Box<dyn Error>> {
    let run = climb(&tab(), 16)?;
    let rounds: Vec<f64> = (0..16).map(f64::from).collect();
    let axes = Axes::new(
        "EM with π ← q",
        Axis::linear("round"),
        Axis::linear("nats, units of reward"),
        "J rises to the largest return while the policy's entropy falls to zero.",
    );
    Ok(Illustration {
        caption: "EM on TAB at α = 0.7: the bound J rises to the largest return, and the policy \
                  becomes deterministic.",
        figure: lines(
            &axes,
            &[
                Series::line("bound J(q, π)", &rounds, run.bound),
                Series::line("entropy of π", &rounds, run.entropy),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_07_em_ends_at_the_best_deterministic_policy() {
        assert_eq!(mpo_07().verdict(), Verdict::Holds);
        let run = climb(&tab(), ROUNDS).unwrap();
        assert!(run.bound[0] < run.bound[ROUNDS - 1] - 0.3);
        assert!(run.entropy[0] > 1.0);
        assert!(run.evidence[ROUNDS - 1] > run.bound[ROUNDS - 1] + 0.05);
        let best = soft_value_iteration_finite(&tab(), 0.0).unwrap().policy;
        assert!((&run.policy - &best).iter().all(|off| off.abs() < 1e-3));
    }
}
