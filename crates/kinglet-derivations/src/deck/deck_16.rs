//! DECK-16: reinforcement learning as two programs.

use std::error::Error;

use kinglet_envs::fixtures::tab;
use kinglet_envs::{Env, TabularMdp};
use kinglet_objectives::{Estimate, elbo};
use kinglet_svi::{Constraint, ControlGuide, ControlModel, Name, Params, SoftmaxTable, Trace};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::outcome::Computed;
use crate::policies::{tab_logits, tab_policy};
use crate::{Check, Entry, Kind, Outcome, Printed, Source};

/// T of TAB.
const HORIZON: usize = 3;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-16",
    title: "model(env) and guide(env, policy): transitions cancel, log p − log q = Σ (r − log q)",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_16,
};

/// Reinforcement learning as two programs. Catalogue: DECK-16.
///
/// ```text
/// log p(s, a, O) − log q(s, a) = Σₜ (rₜ − log q(aₜ | sₜ)) − T log A
/// ```
///
/// On TAB with a softmax policy: run by run against the reward and the policy's tables, and in the mean against the exact
/// bound; and what the printed loop bounds count.
pub fn deck_16() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    let params = params()?;
    let runs = runs(&mdp, &params, HORIZON, 4_000)?;
    let exact = elbo(&mdp, tab_policy().view(), 1.0)? - HORIZON as f64 * 2_f64.ln();
    let weights = runs.iter().map(|run| run.log_p() - run.log_q());
    Ok(Outcome {
        checks: vec![
            worst(&mdp, &runs)?,
            Check::monte_carlo(
                "E_q[log p − log q] on TAB",
                ("ELBO by the law of each state, − T log A", exact),
                (
                    "4 000 runs of the programs",
                    Estimate::from_samples(weights)?,
                ),
            ),
            Check::exact(
                "sites of a run: T + 1 of chance, T actions, T rewards",
                [
                    ("counted in a trace", sites(&runs[0])),
                    ("3 T + 1", 3.0 * HORIZON as f64 + 1.0),
                ],
            ),
        ],
        printed: vec![
            Printed::words(
                "`\"s_%d\" % i+1`",
                "In Python % binds before +, so this adds 1 to a string and raises a TypeError; \
                 `% (i+1)` is meant.",
            ),
            loop_bounds(&mdp, &params)?,
            Printed::words(
                "`pyro.sample(\"a_%d\" % i, Uniform)`",
                "A uniform law needs its set. With A actions it weighs each by 1/A, which takes \
                 T log A off the bound and changes no policy.",
            ),
        ],
        notes: vec![
            "A site of chance holds the seed that the environment makes its step with. Model and \
             guide thus make the same step, and its probability, which may be unknown, cancels.",
            "The reward is a factor of the model with the logarithm r; as a coin with probability \
             exp r it would need r ≤ 0.",
        ],
        ..Outcome::default()
    })
}

/// The logits of the policy that the entries share.
fn params() -> Result<Params, kinglet_svi::Error> {
    let mut params = Params::default();
    let logits: Vec<f64> = tab_logits().into_iter().collect();
    params.insert(Name::from("logits"), Constraint::Real, &logits)?;
    Ok(params)
}

fn runs(
    mdp: &TabularMdp,
    params: &Params,
    horizon: usize,
    n: usize,
) -> Result<Vec<Trace<f64>>, kinglet_svi::Error> {
    let model = ControlModel { env: mdp, horizon };
    let policy = SoftmaxTable {
        states: mdp.n_states(),
        times: HORIZON,
    };
    let guide = ControlGuide {
        env: mdp,
        horizon,
        policy,
    };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(16);
    let one = |_| Trace::of(&model, &guide, params, &mut rng);
    (0..n).map(one).collect()
}

/// The run in which the programs' log p − log q is furthest from Σ (r − log q) − T log A by the tables.
fn worst(mdp: &TabularMdp, runs: &[Trace<f64>]) -> Result<Check, Box<dyn Error>> {
    let pairs = runs
        .iter()
        .map(|run| (run.log_p() - run.log_q(), by_tables(mdp, run)));
    let off = |pair: &(f64, f64)| (pair.0 - pair.1).abs();
    let worst = pairs.max_by(|a, b| off(a).total_cmp(&off(b)));
    let (programs, tables) = worst.ok_or("no run")?;
    Ok(Check::exact(
        "log p − log q of one run, the worst of 4 000",
        [
            ("trace of the programs", programs),
            ("Σ (r − log q) − T log A from the tables", tables),
        ],
    ))
}

/// Follows the seeds and the actions of a run through the environment.
fn by_tables(mdp: &TabularMdp, run: &Trace<f64>) -> f64 {
    let policy = tab_policy();
    let number = |site: (&'static str, usize)| run.value(site).map_or(f64::NAN, |x| x[0]);
    let chance = |t: usize| Xoshiro256PlusPlus::seed_from_u64(number(("s", t)) as u64);
    let mut state = mdp.reset(&mut chance(0));
    let mut sum = 0.0;
    for t in 0..HORIZON {
        let action = number(("a", t)) as usize;
        sum += mdp.reward(state, action) - policy[[t, state, action]].ln() - 2_f64.ln();
        state = mdp.step(&state, &action, &mut chance(t + 1)).next;
    }
    sum
}

/// The draws of the guide and the rewards of the model.
fn sites(run: &Trace<f64>) -> f64 {
    let rewards = (0..=HORIZON).filter(|&t| run.log_prob(("O", t)).is_some());
    (run.values().len() + rewards.count()) as f64
}

/// `range(1, T)` leaves out one step.
fn loop_bounds(mdp: &TabularMdp, params: &Params) -> Result<Printed, Box<dyn Error>> {
    let steps = (1..HORIZON).len();
    let run = runs(mdp, params, steps, 1)?.remove(0);
    let counted = (0..=HORIZON).filter(|&t| run.log_prob(("O", t)).is_some());
    Ok(Printed::number(
        "`for i in range(1, env.T)`, steps at T = 3",
        counted.count() as f64,
        HORIZON as f64,
        "range(1, T) ends before T, so an episode has T − 1 steps; range(1, T + 1) is meant.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_16_transitions_cancel_in_every_run() {
        assert_eq!(deck_16().verdict(), Verdict::Holds);
    }

    #[test]
    fn deck_16_three_errata_one_of_them_counted() {
        let printed = deck_16().printed;
        assert_eq!(printed.len(), 3);
        assert_eq!(printed[1].off_by, Some(1.0));
    }

    /// Several runs differ, so that the check is not about one path.
    #[test]
    fn deck_16_runs_differ() {
        let runs = runs(&tab(), &params().unwrap(), HORIZON, 50).unwrap();
        let first = by_tables(&tab(), &runs[0]);
        assert!(
            runs.iter()
                .any(|run| (by_tables(&tab(), run) - first).abs() > 0.1)
        );
    }
}
