//! MPO-16: policy iteration.

use std::error::Error;

use kinglet_envs::fixtures::disc;
use kinglet_objectives::{Mpo, MpoEStep, MpoMStep, MpoRun, mpo_policy_iteration};
use kinglet_plots::{Axes, Axis, Reference, Series, lines};
use ndarray::{Array1, Array2};

use crate::disc::{divergences, go_on, optimum, states};
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, OPTIMISED, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-16",
    title: "MPO as policy iteration: values never fall, and reach the best",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_16,
};

/// Policy iteration with MPO's improvement. Catalogue: MPO-16.
///
/// ```text
/// π₀ → v_π₀ → π₁ → v_π₁ → … → π* → v*
/// ```
///
/// On DISC from the uniform policy, values by linear solves: under a bound on the E-step, with a
/// trust region on the M-step as well, and at a fixed temperature.
pub fn mpo_16() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let hard = |kl_bound| MpoEStep::Hard { kl_bound };
    let both = run(hard(0.1), MpoMStep::Bounded { kl_bound: 0.05 }, 200)?;
    let fixed = run(
        MpoEStep::Soft { temperature: 0.5 },
        MpoMStep::MaximumLikelihood,
        200,
    )?;
    let plain = run(hard(0.1), MpoMStep::MaximumLikelihood, 200)?;
    Ok(Outcome {
        checks: [
            checks("ε = 0.1", &plain)?,
            checks("ε = 0.1 and an M-step within 0.05", &both)?,
            checks("α = 0.5", &fixed)?,
            vec![within_the_bound()?],
        ]
        .concat(),
        notes: vec![
            "Each state's E_q[Q] is at least E_π[Q], which makes every value rise: that is the \
             policy improvement theorem, and needs exact values.",
        ],
        figures: vec![figure()?],
        ..Outcome::default()
    })
}

fn uniform() -> Array2<f64> {
    Array2::from_elem((4, 3), 1.0 / 3.0)
}

fn run(
    e_step: MpoEStep,
    m_step: MpoMStep,
    rounds: u64,
) -> Result<MpoRun, kinglet_objectives::Error> {
    let settings = Mpo {
        e_step,
        m_step,
        tolerance: 1e-11,
        rounds,
    };
    let (start, states) = (uniform(), states());
    mpo_policy_iteration(&disc(), start.view(), states.view(), &settings, &mut go_on)
}

/// The values of the best of all deterministic policies that differ from π in one state.
fn greedy_gap(run: &MpoRun) -> f64 {
    let v = run
        .history
        .last()
        .expect("it holds the first policy's values");
    let gaps = run
        .q
        .rows()
        .into_iter()
        .zip(v)
        .map(|(q, v)| q.fold(f64::NEG_INFINITY, |m, q| m.max(*q)) - v);
    gaps.fold(f64::NEG_INFINITY, f64::max)
}

fn checks(name: &str, run: &MpoRun) -> Result<Vec<Check>, Box<dyn Error>> {
    let best = optimum(&disc())?.v;
    let falls = run.history.windows(2).map(|pair| {
        let falls = &pair[0] - &pair[1];
        falls.fold(f64::NEG_INFINITY, |m: f64, fall| m.max(*fall))
    });
    let last = run
        .history
        .last()
        .expect("it holds the first policy's values");
    Ok(vec![
        Check::at_most(
            format!("no value falls, {name}"),
            ("the largest fall", falls.fold(f64::NEG_INFINITY, f64::max)),
            ("zero", 0.0),
        ),
        Check::within(
            format!("V(0) at the end, {name}"),
            OPTIMISED,
            [("MPO", last[0]), ("value iteration", best[0])],
        ),
        Check::within(
            format!("nothing is left to improve, {name}"),
            OPTIMISED,
            [("max (max Q − V)", greedy_gap(run)), ("zero", 0.0)],
        ),
    ])
}

/// One round moves by the whole bound.
fn within_the_bound() -> Result<Check, Box<dyn Error>> {
    let e_step = MpoEStep::Hard { kl_bound: 0.1 };
    let run = run(e_step, MpoMStep::MaximumLikelihood, 1)?;
    Ok(Check::exact(
        "the first round's E_μ KL(π₁ ‖ π₀)",
        [
            (
                "from its tables",
                states().dot(&divergences(&run.policy, &uniform())),
            ),
            ("ε", 0.1),
        ],
    ))
}

fn figure() -> Result<Illustration, Box<dyn Error>> {
    let mut series = Vec::new();
    for kl_bound in [0.01, 0.1, 1.0] {
        let e_step = MpoEStep::Hard { kl_bound };
        let run = run(e_step, MpoMStep::MaximumLikelihood, 16)?;
        let values: Vec<f64> = run
            .history
            .iter()
            .map(|v| v.dot(&disc().initial()))
            .collect();
        let rounds = Array1::from_iter((0..values.len()).map(|round| round as f64));
        series.push(Series::line(format!("ε = {kl_bound}"), rounds, values));
    }
    let best = optimum(&disc())?.v.dot(&disc().initial());
    let mut axes = Axes::new(
        "Policy iteration within a bound",
        Axis::linear("round"),
        Axis::linear("E[V(s₀)]"),
        "The value of the policy rises to the best in each case, sooner for a looser bound.",
    );
    axes.references = vec![Reference::horizontal("V*", best)];
    Ok(Illustration {
        caption: "MPO with exact values on DISC: a bound on the E-step's divergence sets how \
                  many rounds it takes, not where they lead.",
        figure: lines(&axes, &series)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_16_values_rise_to_the_best() {
        assert_eq!(mpo_16().verdict(), Verdict::Holds);
    }

    #[test]
    fn mpo_16_a_tenth_of_a_nat_takes_few_rounds() {
        let e_step = MpoEStep::Hard { kl_bound: 0.1 };
        let run = run(e_step, MpoMStep::MaximumLikelihood, 200).unwrap();
        let best = optimum(&disc()).unwrap().v;
        let near = |v: &Array1<f64>| (v - &best).iter().all(|off| off.abs() < 1e-4);
        let rounds = run.history.iter().position(near).unwrap();
        assert!((3..40).contains(&rounds), "{rounds}");
    }
}
