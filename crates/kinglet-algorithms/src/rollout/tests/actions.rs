//! What an action is drawn with, and what of it reaches the environment.

use kinglet_envs::{Episode, Pendulum};
use kinglet_nn::{Activation, Mlp};
use ndarray::ArrayViewMut1;

use super::super::*;
use super::{echo, of_features, policy, start, two_batches};
use crate::{Link, LogStd, Memory, Perturbed};

#[test]
fn an_action_reaches_the_environment_as_its_head_says() {
    let squashed = echo(Head::TanhNormal(LogStd::Fixed(0.0)), 9.0).unwrap();
    let plain = echo(Head::Normal(LogStd::Fixed(0.0)), 9.0).unwrap();
    for row in (0..39).chain(40..79) {
        let seen = |batch: &Batch<f64>| [0, 1].map(|j| batch.observations[[row + 1, j]]);
        let done = |batch: &Batch<f64>| [0, 1].map(|j| batch.actions[2 * row + j]);
        let [a, b] = done(&squashed).map(f64::tanh);
        let [x, y] = seen(&squashed);
        assert!((x - (1.0 + 2.0 * a)).abs() < 1e-14 && (y - (11.0 + b)).abs() < 1e-14);
        let [a, b] = done(&plain);
        assert_eq!(seen(&plain), [a.clamp(-1.0, 3.0), b.clamp(10.0, 12.0)]);
    }
}

/// Fresh in every step and environment, standard normal, behind the observation, and what the action was drawn with.
#[test]
fn xu_14_noise_is_fresh_in_every_step() {
    let net = |outputs| Mlp::new(&[3, outputs], Activation::Tanh).unwrap();
    let body = Perturbed::new(net(2), net(2), Link::Exp, 0.5).unwrap();
    let random = Policy::new(body, Head::Normal(LogStd::OfState)).unwrap();
    let [first, second] = two_batches::<_, f64>(Pendulum::default(), 50, &random, 1);
    assert!(two_batches(Pendulum::default(), 50, &random, 8) == [first.clone(), second.clone()]);

    let noise: Vec<f64> = [&first, &second]
        .iter()
        .flat_map(|batch| batch.observations.slice(ndarray::s![.., 3..]).to_owned())
        .collect();
    let n = noise.len() as f64;
    let mean = |f: fn(f64) -> f64| noise.iter().map(|x| f(*x)).sum::<f64>() / n;
    assert!((mean(|x| x) * n.sqrt()).abs() < 4.0);
    assert!(((mean(|x| x * x) - 1.0) * (n / 2.0).sqrt()).abs() < 4.0);
    let mut sorted = noise.clone();
    sorted.sort_by(f64::total_cmp);
    assert!(sorted.windows(2).all(|pair| pair[0] != pair[1]));

    let (mut memory, mut log_probs) = (Memory::default(), vec![0.0; 7 * 60]);
    random.forward(
        &start::<f64>(&random),
        first.observations.view(),
        &mut memory,
    );
    random.log_probs(&first.actions, &memory, &mut log_probs);
    let pairs = first.log_probs.iter().zip(&log_probs);
    assert!(pairs.into_iter().all(|(x, y)| (x - y).abs() < 1e-12));
    // cos² + sin² = 1: the critic sees a pendulum and nothing else.
    for states in [first.states(), first.finals()] {
        assert_eq!(states.ncols(), 3);
        assert!(
            states
                .rows()
                .into_iter()
                .all(|s| (s[0].hypot(s[1]) - 1.0).abs() < 1e-12)
        );
    }
}

/// Two rollouts of one environment, done again by hand from its place and nothing else.
#[test]
fn exploration_of_the_features_is_held_as_long_as_it_is_said_to_be() {
    let pendulum = policy(&[3, 8, 1], Head::Normal(of_features(4)));
    let params = start(&pendulum);
    let episode = |rng: &mut _| Episode::new(Pendulum::default(), Some(200), rng);
    let mut rollouts = Rollouts::new(3, 2, 5, episode).unwrap();
    let mut batch = Batch::<f64>::new(3, 6, &pendulum).unwrap();
    let (mut memory, mut action, mut x) = (Memory::default(), [0.0], [0.0; 3]);
    let mut exploration = vec![0.0; pendulum.n_exploration()];
    for _ in 0..2 {
        let mut place = rollouts.places[1].clone();
        rollouts.collect(&pendulum, &params, &mut batch).unwrap();
        for t in 0..6 {
            if [0, 4].contains(&t) {
                pendulum.draw_exploration(&params, &mut exploration, &mut place.rng);
            }
            place.simulator.observe(ArrayViewMut1::from(&mut x));
            let row = ArrayView2::from_shape((1, 3), &x).unwrap();
            pendulum.forward(&params, row, &mut memory);
            let log_prob = pendulum.explore(0, &memory, &exploration, &mut action);
            assert!((action[0] - batch.actions[6 + t]).abs() < 1e-12);
            assert!((log_prob - batch.log_probs[6 + t]).abs() < 1e-12);
            let told = [action[0].clamp(-2.0, 2.0)];
            place.simulator.step(&told, &mut place.rng).unwrap();
        }
        assert_eq!(place.rng, rollouts.places[1].rng);
    }
}
