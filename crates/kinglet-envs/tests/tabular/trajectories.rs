//! The list of trajectories against brute force, and what is too long to list.

use kinglet_envs::{Error, Horizon, Sparse, TabularMdp, Trajectory, Transitions, fixtures};
use ndarray::array;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use crate::random::{self, Tables};

/// All (S A)ᵀ sequences in lexicographic order, with their probabilities from the dense tables.
fn brute_force(tables: &Tables, length: usize) -> Vec<Trajectory> {
    let (n_states, n_actions, _) = tables.transition.dim();
    let pairs = n_states * n_actions;
    let sequence = |code: usize| -> Vec<usize> {
        (0..length)
            .rev()
            .map(|t| code / pairs.pow(t as u32) % pairs)
            .collect()
    };
    let trajectory = |code: usize| {
        let pairs = sequence(code);
        let states: Vec<_> = pairs.iter().map(|pair| pair / n_actions).collect();
        let actions: Vec<_> = pairs.iter().map(|pair| pair % n_actions).collect();
        let steps =
            (1..length).map(|t| tables.transition[[states[t - 1], actions[t - 1], states[t]]]);
        let dynamics_probability = steps.fold(tables.initial[states[0]], |p, q| p * q);
        let total_reward = (0..length)
            .map(|t| tables.reward[[states[t], actions[t]]])
            .sum();
        Trajectory {
            states,
            actions,
            dynamics_probability,
            total_reward,
        }
    };
    let all = (0..pairs.pow(length as u32)).map(trajectory);
    all.filter(|t| t.dynamics_probability > 0.0).collect()
}

#[test]
fn the_list_is_the_one_of_brute_force() {
    for seed in 0..100 {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let tables = Tables::draw(&mut rng);
        let Horizon::Finite(length) = tables.horizon else {
            unreachable!("drawn finite")
        };
        let mdp = tables.mdp().unwrap();
        let expected = brute_force(&tables, length);
        let listed = mdp.trajectories(expected.len()).unwrap();
        assert_eq!(listed.len(), expected.len());
        let listed: Vec<_> = listed.collect();
        assert_eq!(listed.len(), expected.len(), "seed {seed}");
        for (found, expected) in listed.iter().zip(&expected) {
            assert_eq!(
                (&found.states, &found.actions),
                (&expected.states, &expected.actions)
            );
            assert!(
                (found.dynamics_probability / expected.dynamics_probability - 1.0).abs() < 1e-14
            );
            assert!((found.total_reward - expected.total_reward).abs() < 1e-14);
        }
    }
}

/// Actions add no factor: each of the Aᵀ action sequences has mass one.
#[test]
fn masses_sum_to_the_number_of_action_sequences() {
    for seed in 0..50 {
        let world = random::gridworld(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
        let mdp = world.mdp.with_horizon(Horizon::Finite(4)).unwrap();
        let mass: f64 = mdp
            .trajectories(1_000_000)
            .unwrap()
            .map(|t| t.dynamics_probability)
            .sum();
        let sequences = mdp.n_actions().pow(4) as f64;
        assert!(
            (mass / sequences - 1.0).abs() < 1e-12,
            "seed {seed}: {mass} and {sequences}"
        );
    }
}

fn refused_count(mdp: TabularMdp, length: usize, limit: usize) -> u128 {
    let mdp = mdp.with_horizon(Horizon::Finite(length)).unwrap();
    match mdp.trajectories(limit) {
        Err(Error::TooManyTrajectories {
            count,
            limit: named,
        }) if named == limit => count,
        other => panic!("{other:?}"),
    }
}

#[test]
fn too_many_are_refused_with_their_exact_count() {
    let tab = fixtures::tab;
    assert_eq!(refused_count(tab(), 3, 215), 216);
    assert_eq!(refused_count(tab(), 10, 1_000_000), 6_u128.pow(10));
    assert_eq!(refused_count(tab(), 49, usize::MAX), 6_u128.pow(49));
    // 6⁵⁰ is above 2¹²⁸, and so is any longer one, at once.
    assert_eq!(refused_count(tab(), 50, usize::MAX), u128::MAX);
    assert_eq!(refused_count(tab(), usize::MAX, usize::MAX), u128::MAX);
    // One prize for the safe choice, two for the ticket, two last actions for each.
    assert_eq!(refused_count(fixtures::lot(1.0).unwrap(), 2, 0), 6);
    assert_eq!(refused_count(fixtures::tabdet(), 100, 7), 1 << 100);
}

#[test]
fn a_problem_without_end_has_no_list() {
    let error = fixtures::disc().trajectories(10).unwrap_err();
    assert_eq!(error, Error::InfiniteHorizon { discount: 0.9 });
}

/// One action and one state: a single trajectory, as long as one likes.
#[test]
fn a_long_trajectory() {
    let still = Transitions::Sparse(Sparse::from_rows(1, 1, [[(0, 1.0)]]).unwrap());
    let rewards = kinglet_envs::Rewards::State(array![0.5]);
    let horizon = Horizon::Finite(300_000);
    let mdp = TabularMdp::new(still, rewards, array![1.0], horizon).unwrap();
    let all: Vec<_> = mdp.trajectories(1).unwrap().collect();
    assert_eq!(
        (all.len(), all[0].states.len(), all[0].total_reward),
        (1, 300_000, 150_000.0)
    );
}
