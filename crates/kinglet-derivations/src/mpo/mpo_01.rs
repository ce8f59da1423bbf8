//! MPO-01: return and values.

use std::error::Error;

use kinglet_critics::{Next, Tabular, discounted_returns};
use kinglet_distributions::{Categorical, Distribution};
use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{Estimate, evaluate_soft_policy};
use ndarray::Array1;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::disc::{after, next_law, policy, tables};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

const EPISODES: usize = 2000;

/// γ^160 is 5e-8: what is cut off does not show.
const STEPS: usize = 160;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-01",
    title: "Values are expected discounted returns: linear solve, series and sampling agree",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_01,
};

/// Return, state value and action value. Catalogue: MPO-01.
///
/// ```text
/// Gₜ = Σₖ γᵏ Rₜ₊ₖ₊₁,   v(s) = E[Gₜ | Sₜ = s],   q(s, a) = E[Gₜ | Sₜ = s, Aₜ = a]
/// ```
///
/// On DISC, for one policy: both values by a linear solve, by the series over the law of each
/// state, and by sampling.
pub fn mpo_01() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    Ok(Outcome {
        checks: [exact(&mdp)?, sampled(&mdp)?].concat(),
        notes: vec![
            "\"Until the horizon T\" and the sum to infinity are two cases. The infinite sum needs \
             γ below 1, or an end that is reached for sure.",
        ],
        ..Outcome::default()
    })
}

/// Σ γᵏ E[r] from a law of the state on.
fn series(mdp: &TabularMdp, start: Array1<f64>) -> f64 {
    let policy = policy();
    let (_, reward) = tables(mdp);
    let expected = (&policy * &reward).sum_axis(ndarray::Axis(1));
    let (mut law, mut factor, mut sum) = (start, 1.0, 0.0);
    while factor > 1e-18 {
        sum += factor * law.dot(&expected);
        law = next_law(mdp, &law, &policy);
        factor *= mdp.discount();
    }
    sum
}

fn exact(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let (transition, reward) = tables(mdp);
    let model = Tabular::new(transition.view(), reward.view(), mdp.discount())?;
    let v = model.values(policy().view())?;
    let solved = evaluate_soft_policy(mdp, policy().view(), 0.0)?;
    let mut checks = Vec::new();
    for s in 0..mdp.n_states() {
        let mut here = Array1::zeros(mdp.n_states());
        here[s] = 1.0;
        checks.push(Check::exact(
            format!("v({s}) of DISC"),
            [
                ("linear solve (I − γ P) v = r, tables", v[s]),
                ("linear solve, successors", solved.v[s]),
                ("Σ γᵏ E[R]", series(mdp, here)),
                ("E_π[q(s, a)]", policy().row(s).dot(&solved.q.row(s))),
            ],
        ));
    }
    let q = model.action_values(v.view());
    for ((s, a), &q) in q.indexed_iter().step_by(3) {
        let rest = series(mdp, after(mdp, s, a));
        checks.push(Check::exact(
            format!("q({s}, {a})"),
            [
                ("r + γ Σ p(s'|s, a) v(s')", q),
                ("r + γ Σ γᵏ E[R]", mdp.reward(s, a) + mdp.discount() * rest),
            ],
        ));
    }
    Ok(checks)
}

/// The return of one episode from a state, after a first action if there is one.
fn sample_return(
    mdp: &TabularMdp,
    rows: &[Categorical],
    start: (usize, Option<usize>),
    rng: &mut Xoshiro256PlusPlus,
) -> Result<f64, kinglet_critics::Error> {
    let (mut state, mut forced) = start;
    let mut rewards = Array1::zeros(STEPS);
    for reward in &mut rewards {
        let action = forced.take().unwrap_or_else(|| rows[state].sample(rng));
        *reward = mdp.reward(state, action);
        state = mdp.transitions().sample(state, action, rng);
    }
    let next = Next::episode(STEPS, Next::Truncated(0.0));
    Ok(discounted_returns(rewards.view(), &next, mdp.discount())?[0])
}

fn sampled(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let values = evaluate_soft_policy(mdp, policy().view(), 0.0)?;
    let rows = policy()
        .rows()
        .into_iter()
        .map(|row| row.to_vec())
        .collect::<Vec<_>>();
    let rows = rows.iter().map(|row| Categorical::from_probabilities(row));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut mean = |start| -> Result<Estimate, Box<dyn Error>> {
        let returns = (0..EPISODES).map(|_| sample_return(mdp, &rows, start, &mut rng));
        Ok(Estimate::from_samples(
            returns.collect::<Result<Vec<_>, _>>()?,
        )?)
    };
    Ok(vec![
        Check::monte_carlo(
            "v(1) by sampling",
            ("linear solve", values.v[1]),
            ("2000 returns of 160 steps", mean((1, None))?),
        ),
        Check::monte_carlo(
            "q(3, 1) by sampling",
            ("linear solve", values.q[[3, 1]]),
            ("2000 returns of 160 steps", mean((3, Some(1)))?),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_01_solve_series_and_samples_agree() {
        assert_eq!(mpo_01().verdict(), Verdict::Holds);
    }

    #[test]
    fn mpo_01_the_estimate_is_sharp_enough_to_tell_v_from_q() {
        let values = evaluate_soft_policy(&disc(), policy().view(), 0.0).unwrap();
        let sampled = &sampled(&disc()).unwrap()[1];
        let gap = (values.q[[3, 1]] - values.v[3]).abs();
        assert!(gap > 2.0 * sampled.tolerance, "{gap} {}", sampled.tolerance);
    }
}
