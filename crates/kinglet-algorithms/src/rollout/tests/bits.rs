//! The same bits, whoever steps.

use kinglet_envs::{CartPole, Episode, Pendulum};

use super::super::*;
use super::{Clock, of_features, policy, start, two_batches};
use crate::{LogStd, Memory};

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let cartpole = policy(&[4, 8, 2], Head::Categorical);
    let pendulum = policy(&[3, 8, 2], Head::TanhNormal(LogStd::OfState));
    let smooth = policy(&[3, 8, 1], Head::Normal(of_features(7)));
    let one = two_batches::<_, f32>(CartPole::default(), 50, &cartpole, 1);
    let other = two_batches::<_, f64>(Pendulum::default(), 50, &pendulum, 1);
    assert!(!one[1].finished.is_empty() && one[0] != one[1]);
    let held = two_batches::<_, f32>(Pendulum::default(), 50, &smooth, 1);
    for threads in [2, 8] {
        assert!(two_batches(CartPole::default(), 50, &cartpole, threads) == one);
        assert!(two_batches(Pendulum::default(), 50, &pendulum, threads) == other);
        assert!(two_batches(Pendulum::default(), 50, &smooth, threads) == held);
    }
}

#[test]
fn environments_have_streams_of_their_own() {
    let pendulum = policy(&[3, 2], Head::Normal(LogStd::OfState));
    let [batch, _] = two_batches::<_, f64>(Pendulum::default(), 50, &pendulum, 1);
    for n in 1..7 {
        assert_ne!(batch.observations.row(0), batch.observations.row(60 * n));
        assert_ne!(batch.actions[0], batch.actions[60 * n]);
    }
}

/// What a policy did is what it says of the observations that are stored beside it.
#[test]
fn actions_and_log_probs_belong_to_their_observations() {
    let pendulum = policy(&[3, 8, 2], Head::TanhNormal(LogStd::OfState));
    let [_, batch] = two_batches::<_, f64>(Pendulum::default(), 50, &pendulum, 2);
    let (mut memory, mut log_probs) = (Memory::default(), vec![0.0; 420]);
    pendulum.forward(&start(&pendulum), batch.observations.view(), &mut memory);
    pendulum.log_probs(&batch.actions, &memory, &mut log_probs);
    let pairs = log_probs.iter().zip(&batch.log_probs);
    assert!(pairs.into_iter().all(|(x, y)| (x - y).abs() < 1e-12));
    // The reward of a pendulum is that of its state and its torque.
    for row in 0..420 {
        let [cos, sin, speed] = [0, 1, 2].map(|j| batch.observations[[row, j]]);
        let (angle, torque) = (sin.atan2(cos), 2.0 * batch.actions[row].tanh());
        let cost = angle * angle + 0.1 * speed * speed + 0.001 * torque * torque;
        assert!((batch.rewards[row] + cost).abs() < 1e-6);
    }
}

#[test]
fn saved_places_go_on_to_the_same_bits() {
    let cartpole = policy(&[4, 8, 2], Head::Categorical);
    let params: Vec<f32> = start(&cartpole);
    let make = |seed| {
        Rollouts::new(5, 2, seed, |rng| {
            Episode::new(CartPole::default(), Some(50), rng)
        })
        .unwrap()
    };
    let mut batch = Batch::new(5, 33, &cartpole).unwrap();
    let mut rollouts = make(1);
    rollouts.collect(&cartpole, &params, &mut batch).unwrap();
    let saved: Vec<_> = rollouts
        .places
        .iter()
        .map(|place| place.simulator.save())
        .collect();
    let rest: Vec<_> = rollouts
        .places
        .iter()
        .map(|p| (p.rng.clone(), p.total, p.steps))
        .collect();
    let addresses = (batch.observations.as_ptr(), batch.log_probs.as_ptr());
    rollouts.collect(&cartpole, &params, &mut batch).unwrap();
    assert_eq!(
        addresses,
        (batch.observations.as_ptr(), batch.log_probs.as_ptr())
    );

    let (mut others, mut again) = (make(2), Batch::new(5, 33, &cartpole).unwrap());
    for ((place, saved), (rng, total, steps)) in others.places.iter_mut().zip(saved).zip(rest) {
        place.simulator.restore(&saved.unwrap());
        (place.rng, place.total, place.steps) = (rng, total, steps);
    }
    others.collect(&cartpole, &params, &mut again).unwrap();
    assert!(again == batch);
}

#[test]
fn each_shard_may_have_parameters_of_its_own() {
    let policy = policy(&[1, 2], Head::Categorical);
    let mut rollouts =
        Rollouts::new(4, 2, 1, |rng| Episode::new(Clock { dies: 4 }, None, rng)).unwrap();
    let mut batch = Batch::new(4, 10, &policy).unwrap();
    let params = [[0.0, 0.0, 0.0, 99.0], [0.0, 0.0, 99.0, 0.0]];
    rollouts
        .collect_each(&policy, |shard| &params[shard], &mut batch)
        .unwrap();
    assert_eq!(batch.actions[..20], [1.0; 20]);
    assert_eq!(batch.actions[20..], [0.0; 20]);
    let times: Vec<usize> = (0..10).map(|t| t % 4).collect();
    assert_eq!(batch.times, times.repeat(4));
}
