//! Soft Q-learning finds the fixed point from samples.

use crate::problems::{generator, go_on};
use kinglet_envs::fixtures::disc;
use kinglet_envs::{Horizon, Rewards, Sparse, TabularMdp, Transitions};
use kinglet_objectives::{Finish, QLearning, soft_q_learning, soft_value_iteration};
use ndarray::array;
use std::ops::ControlFlow;

const SETTINGS: QLearning = QLearning {
    temperature: 0.5,
    steps: 400_000,
    exploration: 0.3,
    step_size_power: 0.65,
    episode_length: 50,
};

/// The largest error of Q after so many steps.
fn error(settings: &QLearning, seed: u64) -> f64 {
    let learnt = soft_q_learning(&disc(), settings, &mut go_on(), &mut generator(seed)).unwrap();
    let truth = soft_value_iteration(&disc(), settings.temperature, 1e-12, &mut go_on()).unwrap();
    (&learnt.q - &truth.q)
        .iter()
        .fold(0.0, |m, x| m.max(x.abs()))
}

#[test]
fn cs285_11_learns_the_soft_values() {
    for temperature in [0.0, 0.5] {
        let settings = QLearning {
            temperature,
            ..SETTINGS
        };
        let short = QLearning {
            steps: 4_000,
            ..settings
        };
        for seed in 50..53 {
            let (early, late) = (error(&short, seed), error(&settings, seed));
            assert!(
                late < 0.05 && late < early / 10.0,
                "{temperature}: {early} {late}"
            );
        }
    }
}

#[test]
fn cs285_11_the_same_seed_learns_the_same() {
    let settings = QLearning {
        steps: 5_000,
        ..SETTINGS
    };
    let learn =
        |seed| soft_q_learning(&disc(), &settings, &mut go_on(), &mut generator(seed)).unwrap();
    assert_eq!(learn(1), learn(1));
    assert_ne!(learn(1).q, learn(2).q);
    assert_eq!(learn(1).visits.sum(), 5_000);
}

#[test]
fn cs285_11_one_visit_copies_its_target() {
    // The first update of a pair has step size one: Q = r + γ α log A, since all Q are 0.
    let settings = QLearning {
        steps: 1,
        ..SETTINGS
    };
    let learnt = soft_q_learning(&disc(), &settings, &mut go_on(), &mut generator(3)).unwrap();
    let ((s, a), _) = learnt
        .visits
        .indexed_iter()
        .find(|&(_, &n)| n == 1)
        .unwrap();
    let target = disc().reward(s, a) + 0.9 * 0.5 * 3f64.ln();
    assert!((learnt.q[[s, a]] - target).abs() < 1e-15);
}

#[test]
fn walks_start_again_after_an_episode() {
    // From state 0 every action leads to state 1, for ever: one visit of state 0 an episode.
    let rows = (0..4).map(|_| [(1, 1.0)]);
    let mdp = TabularMdp::new(
        Transitions::Sparse(Sparse::from_rows(2, 2, rows).unwrap()),
        Rewards::State(array![1.0, 0.0]),
        array![1.0, 0.0],
        Horizon::Discounted(0.5),
    );
    let settings = QLearning {
        steps: 1000,
        episode_length: 8,
        ..SETTINGS
    };
    let learnt =
        soft_q_learning(&mdp.unwrap(), &settings, &mut go_on(), &mut generator(5)).unwrap();
    assert_eq!(learnt.visits.row(0).sum(), 125);
}

#[test]
fn a_stop_keeps_what_was_learnt() {
    let mut reports = 0;
    let mut two_reports = |_| {
        reports += 1;
        if reports == 2 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let learnt = soft_q_learning(&disc(), &SETTINGS, &mut two_reports, &mut generator(4)).unwrap();
    assert_eq!(
        (learnt.finish, learnt.steps, learnt.visits.sum()),
        (Finish::Stopped, 2048, 2048)
    );
}
