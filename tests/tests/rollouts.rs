//! Sampled rollouts against the enumeration of all trajectories: the environments' dynamics, the policies' sampler and
//! the objectives' sums are written apart and must meet.

use std::collections::HashMap;

use kinglet_distributions::{Categorical, Distribution};
use kinglet_envs::{End, Env, Episode, GridRules, Gridworld, Horizon, TabularMdp, fixtures};
use kinglet_objectives::{
    elbo, elbo_monte_carlo, exact_inference, soft_value_iteration_finite, state_marginals,
};
use kinglet_tests::{chi_square, z_score};
use ndarray::{Array3, ArrayView3, Axis};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

const ROLLOUTS: usize = 1_000_000;

fn rng(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

fn steps(mdp: &TabularMdp) -> usize {
    match mdp.horizon() {
        Horizon::Finite(steps) => steps,
        Horizon::Discounted(_) => panic!("rollouts to the end need an end"),
    }
}

/// States, actions and return of a rollout.
type Rollout = (Vec<usize>, Vec<usize>, f64);

/// The rows of a policy `[T, S, A]` as distributions, index t S + s.
fn rows(policy: ArrayView3<'_, f64>) -> Vec<Categorical> {
    let row =
        |row: ndarray::ArrayView1<'_, f64>| Categorical::from_probabilities(&row.to_vec()).unwrap();
    policy.lanes(Axis(2)).into_iter().map(row).collect()
}

fn roll_out(mdp: &TabularMdp, policy: &[Categorical], rng: &mut Xoshiro256PlusPlus) -> Rollout {
    let (mut states, mut actions, mut total) = (Vec::new(), Vec::new(), 0.0);
    let mut episode = Episode::new(mdp.clone(), Some(steps(mdp)), rng).unwrap();
    while episode.now.end.is_none() {
        let state = episode.now.state;
        let action = policy[episode.now.steps * mdp.n_states() + state].sample(rng);
        let (reward, end) = episode.step(&action, rng).unwrap();
        assert!(end != Some(End::Terminated), "a table never ends by itself");
        states.push(state);
        actions.push(action);
        total += reward;
    }
    (states, actions, total)
}

/// A policy that prefers, but never insists.
fn policy(mdp: &TabularMdp) -> Array3<f64> {
    soft_value_iteration_finite(mdp, 1.5).unwrap().policy
}

/// Each of TAB's 216 trajectories is met as often as its probability says.
#[test]
fn deck_01_trajectories_are_met_as_often_as_enumerated() {
    let mdp = fixtures::tab();
    let policy = policy(&mdp);
    let (mut index, mut probabilities) = (HashMap::new(), Vec::new());
    for (i, tau) in mdp.trajectories(216).unwrap().enumerate() {
        let q = |t: usize| policy[[t, tau.states[t], tau.actions[t]]];
        probabilities.push(tau.dynamics_probability * (0..3).map(q).product::<f64>());
        index.insert((tau.states, tau.actions), i);
    }
    let (rows, mut rng) = (rows(policy.view()), rng(1));
    let mut counts = vec![0; probabilities.len()];
    for _ in 0..ROLLOUTS {
        let (states, actions, _) = roll_out(&mdp, &rows, &mut rng);
        counts[index[&(states, actions)]] += 1;
    }
    assert_eq!(counts.len(), 216);
    chi_square::assert_law("trajectories of TAB", &counts, &probabilities);
}

/// The mean return of rollouts, against the sum over all trajectories and against the ELBO without entropy.
#[test]
fn deck_03_mean_returns_agree_with_enumeration() {
    for (seed, mdp) in (10..).zip([
        fixtures::tab(),
        fixtures::tabdet(),
        fixtures::lot(10.0).unwrap(),
    ]) {
        let policy = policy(&mdp);
        let enumerated: f64 = mdp
            .trajectories(1000)
            .unwrap()
            .map(|tau| {
                let q = |t: usize| policy[[t, tau.states[t], tau.actions[t]]];
                tau.dynamics_probability
                    * (0..steps(&mdp)).map(q).product::<f64>()
                    * tau.total_reward
            })
            .sum();
        let marginal = elbo(&mdp, policy.view(), 0.0).unwrap();
        kinglet_tests::close::assert_close("marginals", marginal, enumerated, 1e-12);
        let (rows, mut rng) = (rows(policy.view()), rng(seed));
        let returns: Vec<f64> = (0..200_000)
            .map(|_| roll_out(&mdp, &rows, &mut rng).2)
            .collect();
        z_score::assert_unbiased("return", z_score::mean_and_error(&returns), enumerated);
        let estimate = elbo_monte_carlo(&mdp, policy.view(), 0.0, 200_000, &mut rng).unwrap();
        z_score::assert_unbiased("ELBO", (estimate.mean, estimate.standard_error), enumerated);
    }
}

/// The states of rollouts, step by step, against the forward recursion.
#[test]
fn visited_states_obey_the_forward_marginals() {
    let mdp = fixtures::tab();
    let policy = policy(&mdp);
    let marginals = state_marginals(&mdp, policy.view()).unwrap();
    let (rows, mut rng) = (rows(policy.view()), rng(20));
    let mut counts = [[0u64; 3]; 3];
    for _ in 0..ROLLOUTS {
        let (states, _, _) = roll_out(&mdp, &rows, &mut rng);
        for (t, state) in states.into_iter().enumerate() {
            counts[t][state] += 1;
        }
    }
    for (counts, marginal) in counts.iter().zip(marginals.rows()) {
        chi_square::assert_law("states", counts, &marginal.to_vec());
    }
}

/// CS285-02, CS285-03: trajectories weighted by e^return, as a sampler without any recursion would, have the first
/// action and the first state of exact inference.
#[test]
fn cs285_03_weighted_rollouts_have_the_posterior_policy() {
    let mdp = fixtures::tab();
    let exact = exact_inference(&mdp, 1.0).unwrap();
    let (initial, policy) = (exact.initial(&mdp), exact.policy());
    let uniform = rows(Array3::from_elem((3, 3, 2), 0.5).view()).to_vec();
    let mut rng = rng(30);
    let rollouts: Vec<Rollout> = (0..400_000)
        .map(|_| roll_out(&mdp, &uniform, &mut rng))
        .collect();
    for state in 0..3 {
        for action in 0..2 {
            let posterior = initial[state] * policy[[0, state, action]];
            // E[w (1[event] − posterior)] = 0 is an unbiased form of the ratio E[w 1[event]]/E[w] = posterior.
            let off = |(states, actions, total): &Rollout| {
                let event = if states[0] == state && actions[0] == action {
                    1.0
                } else {
                    0.0
                };
                total.exp() * (event - posterior)
            };
            let off: Vec<f64> = rollouts.iter().map(off).collect();
            z_score::assert_unbiased("posterior", z_score::mean_and_error(&off), 0.0);
        }
    }
}

/// One step from every cell of the cliff walk with slip, against the law that the table states.
#[test]
fn a_slipping_walker_lands_where_the_table_says() {
    let rules = GridRules {
        slip: 0.3,
        ..GridRules::cliff_walking(Horizon::Finite(1))
    };
    let mdp = Gridworld::from_map(GridRules::CLIFF_WALKING, rules)
        .unwrap()
        .mdp;
    let mut rng = rng(40);
    for state in 0..mdp.n_states() {
        for action in 0..mdp.n_actions() {
            let (states, law): (Vec<usize>, Vec<f64>) = mdp.successors(state, action).unzip();
            let mut counts = vec![0; law.len()];
            for _ in 0..20_000 {
                let next = mdp.step(&state, &action, &mut rng).next;
                counts[states.iter().position(|s| *s == next).expect("a successor")] += 1;
            }
            if law.len() == 1 {
                continue;
            }
            let what = format!("state {state}, action {action}");
            chi_square::assert_law(&what, &counts, &law);
        }
    }
}
