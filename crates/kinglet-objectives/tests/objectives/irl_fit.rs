//! Fitting rewards to demonstrations.

use crate::irl::{TABLES, as_table, assert_all_close, rewards, run};
use crate::problems::{assert_close, generator, go_on, random_policy};
use kinglet_envs::fixtures::tab;
use kinglet_objectives::{
    CausalIrl, FeatureReward, Finish, MaxEntIrl, Progress, RewardTable, fit_reward, irl_likelihood,
    policy_visits,
};
use ndarray::Array2;
use std::ops::ControlFlow;

#[test]
fn cs285_17_a_fit_reaches_the_visits_demonstrated() {
    let mdp = tab();
    let policy = random_policy((3, 3, 2), &mut generator(15));
    let counts = policy_visits(&mdp, policy.view()).unwrap();
    for table in TABLES {
        let counts = as_table(table, &counts);
        let mut causal = CausalIrl::new(&mdp, table).unwrap();
        let fit = fit_reward(&mut causal, &counts, 1e-9, 10_000, &mut go_on()).unwrap();
        assert_eq!(fit.finish, Finish::Converged);
        assert!(fit.residual < 1e-9 && fit.steps < 10_000, "{fit:?}");
        let reward = fit.reward.as_slice().unwrap();
        assert_all_close(&run(&mut causal, reward).1, &counts, 1e-9);
        // No reward nearby is likelier.
        for seed in 0..20 {
            let mut moved = rewards(&mdp, table, 0.1, seed);
            moved.iter_mut().zip(reward).for_each(|(m, r)| *m += r);
            let mut gradient = moved.clone();
            assert!(irl_likelihood(&mut causal, &counts, &moved, &mut gradient) < fit.likelihood);
        }
        let mut exact = MaxEntIrl::new(&mdp, table).unwrap();
        let fit = fit_reward(&mut exact, &counts, 1e-9, 10_000, &mut go_on()).unwrap();
        assert_all_close(
            &run(&mut exact, fit.reward.as_slice().unwrap()).1,
            &counts,
            1e-9,
        );
    }
}

#[test]
fn features_pool_what_they_cannot_tell_apart() {
    let mdp = tab();
    let expert = random_policy((3, 3, 2), &mut generator(16));
    let counts = policy_visits(&mdp, expert.view()).unwrap();
    // One weight: how much better action 1 is, in any state.
    let features = Array2::from_shape_fn((6, 1), |(i, _)| (i % 2) as f64);
    let inner = CausalIrl::new(&mdp, RewardTable::StateAction).unwrap();
    let mut model = FeatureReward::new(inner, features);
    let expected = model.expectations(counts.as_slice().unwrap());
    assert_close(expected[0], counts.column(1).sum(), 1e-15);
    let counts = expected.as_slice().unwrap();
    let fit = fit_reward(&mut model, counts, 1e-12, 1000, &mut go_on()).unwrap();
    // The choice changes nothing else, so its odds are those demonstrated.
    assert_close(
        fit.reward[0],
        (expected[0] / (3.0 - expected[0])).ln(),
        1e-11,
    );
}

#[test]
fn a_fit_reports_and_can_be_stopped() {
    let mdp = tab();
    let mut model = CausalIrl::new(&mdp, RewardTable::StateAction).unwrap();
    let policy = random_policy((3, 3, 2), &mut generator(17));
    let counts = as_table(
        RewardTable::StateAction,
        &policy_visits(&mdp, policy.view()).unwrap(),
    );
    let mut seen = Vec::new();
    let mut three = |progress: Progress| {
        seen.push(progress.residual);
        match progress.done {
            0..3 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    };
    let fit = fit_reward(&mut model, &counts, 1e-9, 100, &mut three).unwrap();
    assert_eq!((fit.finish, fit.steps, seen.len()), (Finish::Stopped, 3, 4));
    assert_eq!(seen[3], fit.residual);
    let fit = fit_reward(&mut model, &counts, 1e-300, 100_000, &mut go_on()).unwrap();
    assert!(fit.residual < 1e-14, "{fit:?}");
    assert_eq!(
        fit_reward(&mut model, &counts, 1e-9, 2, &mut go_on())
            .unwrap()
            .steps,
        2
    );
}
