//! VIREL against its tabular functions.

use std::ops::ControlFlow;

use kinglet_envs::fixtures::disc;
use kinglet_envs::{Horizon, TabularMdp};
use kinglet_objectives::{
    VirelEm, VirelMStep, VirelOperator, evaluate_soft_policy, one_sample_excess,
    residual_temperature, soft_value_iteration, virel_em, virel_policy,
};
use ndarray::{Array2, array};
use rand_xoshiro::rand_core::SeedableRng;

use super::*;
use crate::Algorithm;
use crate::every_transition::{EveryTransition, action_spread};

/// Takes so many updates with every transition of a problem, and gives the temperature of each.
fn learn(mdp: TabularMdp, settings: Virel, updates: u32) -> (EveryTransition, Vec<f64>) {
    let mut seen = EveryTransition::new(mdp, Algorithm::Virel(settings.clone()));
    let mut learner = VirelLearner::new(settings, &seen.config, &seen.agent);
    let replay = Replay::new(1, 1, 4, 1).unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut temperatures = Vec::new();
    for update in 0..updates {
        let progress = f64::from(update) / f64::from(updates);
        let (agent, minibatch) = (&mut seen.agent, &seen.minibatch);
        let found = learner.learn(agent, minibatch, &replay, progress, &mut rng);
        temperatures.push(found.unwrap().temperature.unwrap());
    }
    (seen, temperatures)
}

fn settings() -> Virel {
    Virel {
        learning_rate: Rate::linear(0.05, 0.0),
        target_rate: 0.05,
        residual_scale: 1.0,
        residual: ResidualEstimator::TwoActions,
        residual_rate: 1.0,
        temperature_floor: 1e-6,
        temperature_ceiling: f64::INFINITY,
    }
}

/// Two states between which the actions choose; only where one is decides what is paid.
fn deterministic() -> TabularMdp {
    TabularMdp::from_dense(
        array![[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]].view(),
        array![[0.3, -0.2], [1.0, 0.4]].view(),
        array![1.0, 0.0].view(),
        Horizon::Discounted(0.8),
    )
    .unwrap()
}

/// The greedy policy's values, and the temperature on its way to 0, are those of the tabular EM.
#[test]
fn virel_13_where_nothing_is_random_it_ends_in_the_best_policy_and_at_the_floor() {
    let (seen, temperatures) = learn(deterministic(), settings(), 3000);
    let em = VirelEm {
        rounds: 400,
        operator: VirelOperator::Optimal,
        m_step: VirelMStep::Backup,
        step_size: 0.5,
        scale: 1.0,
    };
    let zero = Array2::zeros((2, 2));
    let go_on = &mut |_| ControlFlow::Continue(());
    let run = virel_em(&seen.mdp, &em, zero.view(), seen.law().view(), go_on).unwrap();
    for critic in [1, 2] {
        let off = seen.network(critic) - &run.q;
        assert!(off.iter().all(|off| off.abs() < 2e-3), "{critic}: {off}");
    }
    let off = seen.policy() - &run.policy;
    assert!(off.iter().all(|off| off.abs() < 1e-2), "{off}");
    assert!(temperatures[0] > 0.1 && *temperatures.last().unwrap() < 1e-5);
}

/// The error is 0 in the end, and what one successor adds to it is the temperature.
#[test]
fn virel_09_where_the_problem_is_random_the_temperature_stays_above_nought() {
    let (seen, temperatures) = learn(disc(), settings(), 3000);
    let (policy, law) = (seen.policy(), seen.law());
    let exact = evaluate_soft_policy(&seen.mdp, policy.view(), 0.0).unwrap();
    let off = seen.network(1) - &exact.q;
    assert!(off.iter().all(|off| off.abs() < 1e-2), "{off}");
    let excess = one_sample_excess(&seen.mdp, exact.q.view(), policy.view(), law.view()).unwrap();
    let last = *temperatures.last().unwrap();
    assert!(
        (last - excess).abs() < 1e-3 && excess > 0.02,
        "{last} {excess}"
    );
    // So the policy is not the best one, which the error of a model would have come to.
    let best = soft_value_iteration(&seen.mdp, 0.0, 1e-12, &mut |_| ControlFlow::Continue(()));
    let least = best.unwrap().v - &exact.v;
    assert!(least.iter().all(|off| *off > 0.0), "{least}");
}

/// Where nothing but the policy is random, the temperature that it keeps itself at by one action: c times what the action adds
/// at the policy's own values, by iteration from a large one.
fn held_up(mdp: &TabularMdp, scale: f64) -> f64 {
    let (mut temperature, law) = (10.0, Array2::from_elem((2, 2), 0.25));
    let mut policy = Array2::from_elem((2, 2), 0.5);
    for _ in 0..2000 {
        let q = evaluate_soft_policy(mdp, policy.view(), 0.0).unwrap().q;
        policy = virel_policy(q.view(), temperature).unwrap();
        let q = evaluate_soft_policy(mdp, policy.view(), 0.0).unwrap().q;
        temperature = scale * action_spread(mdp, q.view(), policy.view(), law.view());
    }
    temperature
}

/// Two actions, and the temperature goes to its floor; one, and it stays where what is drawn holds it.
#[test]
fn virel_09_where_only_the_policy_is_random_one_action_has_a_floor_and_two_have_none() {
    let settings = |residual| Virel {
        residual,
        residual_scale: 20.0,
        ..settings()
    };
    let expected = held_up(&deterministic(), 20.0);
    assert!(expected > 2.0, "{expected}");
    let last = |residual| {
        let (_, temperatures) = learn(deterministic(), settings(residual), 3000);
        *temperatures.last().unwrap()
    };
    let one = last(ResidualEstimator::OneSample);
    assert!((one / expected - 1.0).abs() < 0.01, "{one} {expected}");
    let two = last(ResidualEstimator::TwoActions);
    assert!(two < 1e-3, "{two}");
}

#[test]
fn virel_07_the_first_temperature_is_the_error_of_the_critics_after_their_step() {
    let settings = Virel {
        residual_scale: 0.3,
        learning_rate: Rate::Constant(0.1),
        ..settings()
    };
    let (seen, temperatures) = learn(disc(), settings, 1);
    let (q, law) = (seen.network(1), seen.law());
    let uniform = Array2::from_elem((4, 3), 1.0 / 3.0); // the policy of the measurement: the step came after
    let (q, pi, d) = (q.view(), uniform.view(), law.view());
    let error = residual_temperature(&seen.mdp, q, pi, d).unwrap();
    let excess = one_sample_excess(&seen.mdp, q, pi, d).unwrap();
    assert!((temperatures[0] - 0.3 * (error + excess)).abs() < 1e-12);
}

#[test]
fn the_temperature_is_a_mean_that_forgets_and_keeps_to_its_bounds() {
    let settings = Virel {
        residual_scale: 2.0,
        residual_rate: 0.5,
        temperature_floor: 0.1,
        temperature_ceiling: 5.0,
        ..settings()
    };
    let seen = EveryTransition::new(disc(), Algorithm::Virel(settings.clone()));
    let mut learner = VirelLearner::new(settings, &seen.config, &seen.agent);
    assert_eq!(learner.cool(1.0), 2.0);
    assert!((learner.cool(2.0) - 2.0 * (1.0 + 2.0 * 2.0) / 3.0).abs() < 1e-15); // weights 1 : 2
    assert_eq!(learner.cool(100.0), 5.0);
    assert_eq!(learner.cool(-200.0), 0.1); // two actions may give less than 0
}

#[test]
fn a_floor_above_the_ceiling_is_refused() {
    let settings = Virel {
        temperature_floor: 2.0,
        temperature_ceiling: 1.0,
        ..Virel::default()
    };
    let refused = settings.check().unwrap_err();
    assert!(
        matches!(refused, Error::Setting { value: 2.0, .. }),
        "{refused}"
    );
    assert_eq!(Virel::default().check(), Ok(()));
}
