//! VIREL-13: the EM actor-critic.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    VirelEm, VirelMStep, VirelOperator, VirelRun, action_values, on_policy_temperature,
    residual_temperature, soft_policy, soft_values, virel_em, virel_policy,
};
use kinglet_plots::{Axes, Axis, Series, beside, lines};
use ndarray::Array2;

use super::values::{best_q, distance, guess, residual, uniform_law};
use crate::disc::go_on;
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, Outcome, Source};

const ROUNDS: u64 = 400;
const STEP_SIZE: f64 = 0.5;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-13",
    title: "EM is an actor-critic: ε and the entropy fall to zero, and the greedy policy is right",
    kind: Kind::Formula,
    source: Source::Virel,
    run: virel_13,
};

/// The EM actor-critic. Catalogue: VIREL-13.
///
/// ```text
/// E-step (actor): π ← exp(Q / ε) / Z,   M-step (critic): Q ← Q + η (T Q − Q)
/// ```
///
/// On DISC from Q = 0, with T* and with the operator of VIREL's own policy: where Q ends, the rate
/// at which ε falls, and what becomes of the policy. Going down ∇ε instead is slower.
pub fn virel_13() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    let optimal = run(&mdp, VirelOperator::Optimal)?;
    let on_policy = run(&mdp, VirelOperator::OnPolicy)?;
    Ok(Outcome {
        checks: [
            ends(&mdp, &optimal, &on_policy)?,
            course(&mdp, &optimal)?,
            rate(&optimal),
            vec![temperature(&mdp)?, descent(&mdp)?],
        ]
        .concat(),
        notes: vec![
            "With T^{π_ω} the temperature and the policy depend on each other; the temperature is \
             the solution of that equation, which always exists.",
            "An M-step by backups weights each pair alike and contracts by 1 − η (1 − γ) a round; \
             ε falls by the square of that.",
        ],
        figures: vec![figure(&optimal, &on_policy)?],
        ..Outcome::default()
    })
}

fn learnt(mdp: &TabularMdp, settings: VirelEm) -> Result<VirelRun, kinglet_objectives::Error> {
    let zero = Array2::zeros((mdp.n_states(), mdp.n_actions()));
    virel_em(
        mdp,
        &settings,
        zero.view(),
        uniform_law(mdp).view(),
        &mut go_on,
    )
}

fn run(mdp: &TabularMdp, operator: VirelOperator) -> Result<VirelRun, kinglet_objectives::Error> {
    let settings = VirelEm {
        rounds: ROUNDS,
        operator,
        m_step: VirelMStep::Backup,
        step_size: STEP_SIZE,
        scale: 1.0,
    };
    learnt(mdp, settings)
}

/// Where both runs end.
fn ends(
    mdp: &TabularMdp,
    optimal: &VirelRun,
    on_policy: &VirelRun,
) -> Result<Vec<Check>, Box<dyn Error>> {
    let best = best_q(mdp)?;
    let greedy = soft_policy(best.view(), 0.0)?;
    let mut checks = Vec::new();
    for (name, run) in [("T*", optimal), ("T^{π_ω}", on_policy)] {
        for s in 0..mdp.n_states() {
            let v = |q: &Array2<f64>| q.row(s).fold(f64::NEG_INFINITY, |m, &x| m.max(x));
            checks.push(Check::within(
                format!("with {name}: max Q({s}, ·) after 400 rounds"),
                1e-7,
                [("EM", v(&run.q)), ("value iteration", v(&best))],
            ));
        }
        checks.push(Check::within(
            format!("with {name}: how far π_ω is from the optimal policy"),
            1e-9,
            [("EM", distance(&run.policy, &greedy)), ("none", 0.0)],
        ));
        checks.push(Check::at_most(
            format!("with {name}: ε falls to almost nothing"),
            ("ε after 400 rounds", run.temperatures[ROUNDS as usize]),
            ("1e-14", 1e-14),
        ));
        checks.push(Check::at_most(
            format!("with {name}: and the entropy from almost log 3"),
            ("1 nat", 1.0),
            ("before the first round", run.entropies[0]),
        ));
    }
    Ok(checks)
}

/// ε and the entropy after 50 rounds, by damped value iteration written out.
fn course(mdp: &TabularMdp, run: &VirelRun) -> Result<Vec<Check>, Box<dyn Error>> {
    let mut q = Array2::zeros((mdp.n_states(), mdp.n_actions()));
    for _ in 0..50 {
        let target = action_values(mdp, soft_values(q.view(), 0.0)?.view());
        q = (1.0 - STEP_SIZE) * q + STEP_SIZE * target;
    }
    let error = residual(mdp, &q)?;
    let policy = virel_policy(q.view(), error)?;
    let entropy = -policy
        .iter()
        .filter(|p| **p > 0.0)
        .map(|p| p * p.ln())
        .sum::<f64>()
        / mdp.n_states() as f64;
    Ok(vec![
        Check::exact(
            "ε after 50 rounds",
            [
                ("EM", run.temperatures[50]),
                ("damped value iteration", error),
            ],
        ),
        Check::exact(
            "the entropy after 50 rounds",
            [
                ("EM", run.entropies[50]),
                ("damped value iteration", entropy),
            ],
        ),
    ])
}

/// Late rounds shrink ε by the square of the backup's contraction.
fn rate(run: &VirelRun) -> Vec<Check> {
    let contraction: f64 = 1.0 - STEP_SIZE * (1.0 - 0.9);
    vec![Check::within(
        "what a late round leaves of ε",
        1e-6,
        [
            ("ε₂₀₀ / ε₁₉₉", run.temperatures[200] / run.temperatures[199]),
            ("(1 − η (1 − γ))²", contraction.powi(2)),
        ],
    )]
}

/// The on-policy temperature solves its own equation.
fn temperature(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let (q, law) = (guess(), uniform_law(mdp));
    let temperature = on_policy_temperature(mdp, q.view(), law.view(), 1.0)?;
    let policy = virel_policy(q.view(), temperature)?;
    Ok(Check::exact(
        "the temperature of a guess under T^{π_ω}",
        [
            ("bisection", temperature),
            (
                "‖T^{π_ω} Q − Q‖² at it",
                residual_temperature(mdp, q.view(), policy.view(), law.view())?,
            ),
        ],
    ))
}

/// Four hundred rounds down ∇ε.
fn descent(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let settings = VirelEm {
        rounds: ROUNDS,
        operator: VirelOperator::Optimal,
        m_step: VirelMStep::ResidualGradient,
        step_size: 2.0,
        scale: 1.0,
    };
    let errors = learnt(mdp, settings)?.temperatures;
    Ok(Check::at_most(
        "going down ∇ε lowers it too, if more slowly",
        ("ε after 400 rounds", errors[ROUNDS as usize]),
        ("a fifth of ε at the start", 0.2 * errors[0]),
    ))
}

fn figure(optimal: &VirelRun, on_policy: &VirelRun) -> Result<Illustration, Box<dyn Error>> {
    let both = |last: usize, of: &dyn Fn(&VirelRun) -> Vec<f64>| {
        [("T*", optimal), ("T^π", on_policy)].map(|(name, run)| {
            let rounds = (0..=last).map(|round| round as f64);
            Series::line(name, rounds, &of(run)[..=last])
        })
    };
    let temperature = Axes::new(
        "The Bellman error",
        Axis::linear("round"),
        Axis::log("ε (reward²)"),
        "After a few rounds ε falls along a straight line on a logarithmic scale, over 150 \
         rounds, with either operator.",
    );
    let entropy = Axes::new(
        "The policy's entropy",
        Axis::linear("round"),
        Axis::linear("nats"),
        "The entropy starts at log 3, about one nat, and is zero after some twenty rounds.",
    );
    Ok(Illustration {
        caption: "VIREL's EM on DISC from Q = 0. While Q is wrong the policy explores; as the \
                  Bellman error falls, its entropy goes to zero, with no schedule.",
        figure: beside(
            &lines(&temperature, &both(150, &|run| run.temperatures.clone()))?,
            &lines(&entropy, &both(40, &|run| run.entropies.clone()))?,
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn virel_13_the_error_and_the_entropy_vanish() {
        assert_eq!(virel_13().verdict(), Verdict::Holds);
        let run = run(&disc(), VirelOperator::Optimal).unwrap();
        assert!(run.temperatures[100] < 0.01 * run.temperatures[0]);
        assert!(run.entropies[400] < 1e-9);
    }
}
