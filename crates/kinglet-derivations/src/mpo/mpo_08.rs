//! MPO-08: the KL-regularised action value.

use std::error::Error;

use kinglet_critics::Tabular;
use kinglet_distributions::{Categorical, Distribution};
use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{Estimate, evaluate_soft_policy, kl_regularised_values, mpo_e_step};
use ndarray::{Array1, Axis};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::disc::{after, divergences, next_law, other, policy, tables};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

const ALPHA: f64 = 0.7;
const EPISODES: usize = 2000;
const STEPS: usize = 160;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-08",
    title: "The KL-regularised Q pays for no divergence at its first step, V does",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_08,
};

/// The KL-regularised action value. Catalogue: MPO-08.
///
/// ```text
/// Q(s, a) = r₀ + E_q[ Σ_{t≥1} γᵗ (rₜ − α KL(qₜ ‖ πₜ)) ],   V(s) = E_q[Q(s, a)] − α KL(q ‖ π)
/// ```
///
/// On DISC: by a linear solve, by the series, as the ordinary value of a problem with another
/// reward, and by sampling.
pub fn mpo_08() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    Ok(Outcome {
        checks: [action_values(&mdp)?, state_values(&mdp)?, vec![far(&mdp)?]].concat(),
        notes: vec![
            "Q is an action value of the problem with the reward r − α KL, not a state value; and \
             that only up to the KL of the first step, which Q leaves out.",
            "\"Brings q close to the best policy π\": the maximiser is π tilted by exp(Q/α), and \
             it is as far from π as α allows. It is π that follows q, in the M-step.",
        ],
        ..Outcome::default()
    })
}

/// E_q[r] − α KL for each state.
fn gain(mdp: &TabularMdp) -> Array1<f64> {
    let (_, reward) = tables(mdp);
    (&other() * &reward).sum_axis(Axis(1)) - divergences(&other(), &policy()) * ALPHA
}

/// r₀ and the series from the first successor on.
fn series(mdp: &TabularMdp, state: usize, action: usize) -> f64 {
    let gain = gain(mdp);
    let (mut law, mut factor) = (after(mdp, state, action), mdp.discount());
    let mut sum = mdp.reward(state, action);
    while factor > 1e-18 {
        sum += factor * law.dot(&gain);
        law = next_law(mdp, &law, &other());
        factor *= mdp.discount();
    }
    sum
}

fn action_values(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let q = kl_regularised_values(mdp, other().view(), policy().view(), ALPHA)?.q;
    let mut checks: Vec<Check> = [[0, 0], [1, 2], [2, 1], [3, 0]]
        .map(|[s, a]| {
            Check::exact(
                format!("Q({s}, {a}) on DISC, α = 0.7"),
                [
                    ("linear solve", q[[s, a]]),
                    ("r₀ + Σ γᵗ E[r − α KL]", series(mdp, s, a)),
                ],
            )
        })
        .into();
    checks.push(Check::monte_carlo(
        "Q(1, 2) by sampling",
        ("linear solve", q[[1, 2]]),
        ("2000 episodes of 160 steps", sampled(mdp)?),
    ));
    Ok(checks)
}

fn sampled(mdp: &TabularMdp) -> Result<Estimate, Box<dyn Error>> {
    let (q, kl) = (other(), divergences(&other(), &policy()));
    let rows = q
        .rows()
        .into_iter()
        .map(|row| Categorical::from_probabilities(&row.to_vec()));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(8);
    let mut episode = || {
        let mut total = mdp.reward(1, 2);
        let mut state = mdp.transitions().sample(1, 2, &mut rng);
        let mut factor = mdp.discount();
        for _ in 0..STEPS {
            let action = rows[state].sample(&mut rng);
            total += factor * (mdp.reward(state, action) - ALPHA * kl[state]);
            state = mdp.transitions().sample(state, action, &mut rng);
            factor *= mdp.discount();
        }
        total
    };
    Ok(Estimate::from_samples((0..EPISODES).map(|_| episode()))?)
}

fn state_values(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let values = kl_regularised_values(mdp, other().view(), policy().view(), ALPHA)?;
    let (transition, reward) = tables(mdp);
    let kl = divergences(&other(), &policy());
    let paid = &reward - &(&kl * ALPHA).insert_axis(Axis(1));
    let model = Tabular::new(transition.view(), paid.view(), mdp.discount())?;
    let plain = model.values(other().view())?;
    let mean = (&other() * &values.q).sum_axis(Axis(1)) - &kl * ALPHA;
    let check = |s: usize| {
        Check::exact(
            format!("V({s})"),
            [
                ("linear solve", values.v[s]),
                ("E_q[Q] − α KL", mean[s]),
                ("value of q for the reward r − α KL", plain[s]),
            ],
        )
    };
    Ok((0..mdp.n_states()).map(check).collect())
}

/// The best q of the first E-step is not close to π: the largest KL over states.
fn far(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let old = evaluate_soft_policy(mdp, policy().view(), 0.0)?;
    let tilted = mpo_e_step(old.q.view(), policy().view(), ALPHA)?;
    let farthest = divergences(&tilted.policy, &policy()).fold(0.0, |m: f64, kl| m.max(*kl));
    Ok(Check::at_most(
        "the best q is not π: max KL(q ‖ π) over states is above a tenth",
        ("a tenth", 0.1),
        ("max KL", farthest),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_08_four_ways_to_one_value() {
        assert_eq!(mpo_08().verdict(), Verdict::Holds);
    }

    #[test]
    fn mpo_08_the_first_step_s_divergence_is_left_out() {
        let mdp = disc();
        let values = kl_regularised_values(&mdp, other().view(), policy().view(), ALPHA).unwrap();
        let mean = (&other() * &values.q).sum_axis(Axis(1));
        let kl = divergences(&other(), &policy()) * ALPHA;
        assert!(
            (&mean - &values.v - &kl)
                .iter()
                .all(|off| off.abs() < 1e-12)
        );
        assert!(kl.iter().all(|kl| *kl > 0.05));
    }
}
