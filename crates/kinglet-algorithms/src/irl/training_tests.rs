//! Inverse reinforcement learning in a training run, against what the tables say.

use kinglet_distributions::Estimate;
use kinglet_envs::{EnvName, Episode, Gridworld};
use ndarray::{Array2, Array3};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use super::cliff::seen;
use super::*;
use crate::{Algorithm, Config, Memory, Rate, Training};

type Generator = Xoshiro256PlusPlus;
type Run = Training<Episode<Gridworld>, f64>;

/// The time limit of the walks here.
const LIMIT: usize = 30;

fn run(world: Gridworld, demonstrations: &str, steps: u64) -> Result<Run, Error> {
    let irl = Irl {
        demonstrations: demonstrations.to_owned(),
        learning_rate: Rate::linear(5e-2, 5e-3),
        target_rate: 0.05,
        ..Irl::default()
    };
    let mut config = Config::of(Algorithm::Irl(irl));
    config.rollout.environments = 4;
    config.rollout.steps = 250;
    config.policy.hidden = Vec::new();
    config.replay.capacity = 20_000;
    config.replay.warmup = 500;
    config.replay.updates = 1;
    config.replay.batch = 64;
    let make = |rng: &mut Generator| Episode::new(world.clone(), Some(LIMIT), rng);
    Training::new(&config, steps, 1, make)
}

/// P(sₜ = s, aₜ = a, not ended before), `[LIMIT, S, A]`.
fn visitation(world: &Gridworld, policy: &Array2<f64>) -> Array3<f64> {
    let (n_states, n_actions) = policy.dim();
    let mut visits = Array3::zeros((LIMIT, n_states, n_actions));
    let mut law = world.mdp.initial().to_owned();
    for t in 0..LIMIT {
        let mut next = ndarray::Array1::zeros(n_states);
        for ((s, a), p) in policy.indexed_iter() {
            visits[[t, s, a]] = law[s] * p;
            for (later, q) in world.mdp.successors(s, a) {
                next[later] += law[s] * p * q;
            }
        }
        world.goals.iter().for_each(|&goal| next[goal] = 0.0);
        law = next;
    }
    visits
}

/// Half the sum of differences, for each step that the second takes.
fn distance(x: &Array3<f64>, y: &Array3<f64>) -> f64 {
    (x - y).mapv(f64::abs).sum() / (2.0 * y.sum())
}

/// π(a | s) of a run's policy.
fn policy(run: &Run) -> Array2<f64> {
    let (policy, mut memory) = (&run.agent.policy, Memory::default());
    let states = Array2::eye(policy.body().n_inputs());
    policy.forward(run.agent.actor(), states.view(), &mut memory);
    let mut law = Array2::zeros((states.nrows(), 4));
    for a in 0..4 {
        let mut log_probs = vec![0.0; states.nrows()];
        policy.log_probs(&vec![a as f64; states.nrows()], &memory, &mut log_probs);
        law.column_mut(a)
            .assign(&ndarray::Array1::from(log_probs).mapv(f64::exp));
    }
    law
}

fn drawn(count: usize, seed: u64) -> Demonstrations {
    let mut rng = Generator::seed_from_u64(seed);
    Demonstrations::of_gridworld(&EnvName::gridworld(), LIMIT, 0.5, count, &mut rng).unwrap()
}

#[test]
fn the_experts_episodes_are_those_of_its_policy() {
    let world = EnvName::gridworld();
    let expert = soft_expert(&world, 0.5).unwrap();
    let exact = visitation(&world, &expert);
    for ((at, share), p) in seen(&drawn(4000, 1), exact.dim())
        .unwrap()
        .indexed_iter()
        .zip(&exact)
    {
        let error = (p * (1.0 - p) / 4000.0).sqrt();
        assert!(
            (share - p).abs() <= 4.5 * error + 2e-4,
            "{at:?}: {share}, {p}"
        );
    }
}

/// The expert's values solve the soft Bellman equation of the environment, in which nothing follows an end.
#[test]
fn cs285_09_the_expert_is_soft_optimal_where_episodes_end() {
    let (world, temperature) = (EnvName::gridworld(), 0.5);
    let expert = soft_expert(&world, temperature).unwrap();
    let mut v = [0.0; 18];
    let mut q = Array2::<f64>::zeros((18, 4));
    for _ in 0..5000 {
        for ((s, a), q) in q.indexed_iter_mut() {
            let ahead: f64 = world
                .mdp
                .successors(s, a)
                .map(|(next, p)| p * v[next])
                .sum();
            *q = world.mdp.reward(s, a) + 0.99 * ahead;
        }
        for (s, row) in q.outer_iter().enumerate() {
            let sum: f64 = row.iter().map(|q| (q / temperature).exp()).sum();
            v[s] = temperature * sum.ln();
        }
        world.goals.iter().for_each(|&goal| v[goal] = 0.0);
    }
    for ((s, a), p) in expert
        .indexed_iter()
        .filter(|((s, _), _)| !world.goals.contains(s))
    {
        let expected = ((q[[s, a]] - v[s]) / temperature).exp();
        assert!((p - expected).abs() < 1e-7, "{s}, {a}: {p}, {expected}");
    }
}

#[test]
fn a_run_does_not_look_at_the_environments_rewards() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demonstrations.csv");
    drawn(20, 2).save(&file).unwrap();
    let params = |step: f64| {
        let mut world = EnvName::gridworld();
        let mut rules = world.rules;
        (rules.rewards.step, rules.rewards.cliff) = (step, 3.0 * step);
        world = Gridworld::new(world.cells, rules).unwrap();
        let mut run = run(world, file.to_str().unwrap(), 2000).unwrap();
        let first = run.update().unwrap();
        run.update().unwrap();
        (run.agent.params, first.mean_return())
    };
    let ((one, low), (two, high)) = (params(-1.0), params(2.0));
    assert_eq!(one, two);
    assert!(low < high);
}

/// From 200 demonstrations, the policy's visits are nearer to the expert's than demonstrations are, of which independent
/// sets say how far they lie.
#[test]
fn cs285_16_a_run_recovers_the_expert_to_less_than_the_sampling_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demonstrations.jsonl");
    drawn(200, 3).save(&file).unwrap();
    let world = EnvName::gridworld();
    let truth = visitation(&world, &soft_expert(&world, 0.5).unwrap());
    let sets =
        (10..20).map(|seed| distance(&seen(&drawn(200, seed), truth.dim()).unwrap(), &truth));
    let sampling = Estimate::from_samples(sets).unwrap();
    let bound = sampling.mean - 2.0 * sampling.standard_error * 10f64.sqrt();
    let mut run = run(world.clone(), file.to_str().unwrap(), 40_000).unwrap();
    let off = |run: &Run| distance(&visitation(&world, &policy(run)), &truth);
    assert!(off(&run) > sampling.mean);
    while !run.is_done() {
        run.update().unwrap();
    }
    assert!(off(&run) < bound, "{}, {sampling:?}", off(&run));
}

#[test]
fn without_a_file_only_the_gridworld_has_demonstrations() {
    let world = || Gridworld::from_map("S.G", EnvName::gridworld().rules).unwrap();
    assert!(matches!(
        run(world(), "", 100),
        Err(Error::Combination { .. })
    ));
    assert!(run(EnvName::gridworld(), "", 100).is_ok());
}
