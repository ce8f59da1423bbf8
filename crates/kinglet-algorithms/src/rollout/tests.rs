//! Rollouts: the same bits, the true final observations, the sums done again.

use std::num::NonZeroUsize;

use kinglet_envs::{Bounds, CartPole, Discrete, End, Env, Episode, Pendulum, Step};
use kinglet_nn::{Activation, Mlp};
use ndarray::{ArrayViewMut1, aview1};
use rand::Rng;

use super::*;
use crate::{Link, LogStd, Memory, Perturbed};

/// Counts its steps, which is also what is seen and paid; terminates at `dies`.
#[derive(Clone, Debug)]
struct Clock {
    dies: usize,
}

impl Env for Clock {
    type State = usize;
    type Actions = Discrete;
    fn actions(&self) -> Discrete {
        Discrete(2)
    }
    fn obs_dim(&self) -> usize {
        1
    }
    fn reset<R: Rng + ?Sized>(&self, _rng: &mut R) -> usize {
        0
    }
    fn step<R: Rng + ?Sized>(&self, s: &usize, _a: &usize, _rng: &mut R) -> Step<usize> {
        let next = s + 1;
        let end = (next == self.dies).then_some(End::Terminated);
        let reward = next as f64;
        Step { next, reward, end }
    }
    fn observe(&self, s: &usize, mut out: ArrayViewMut1<'_, f64>) {
        out[0] = *s as f64;
    }
}

/// Shows the action that it was told; pays NaN for one above `limit`.
#[derive(Clone, Debug)]
struct Echo {
    limit: f64,
}

impl Env for Echo {
    type State = [f64; 2];
    type Actions = Bounds<2>;
    fn actions(&self) -> Bounds<2> {
        Bounds {
            low: [-1.0, 10.0],
            high: [3.0, 12.0],
        }
    }
    fn obs_dim(&self) -> usize {
        2
    }
    fn reset<R: Rng + ?Sized>(&self, _rng: &mut R) -> [f64; 2] {
        [0.0; 2]
    }
    fn step<R: Rng + ?Sized>(&self, _s: &[f64; 2], a: &[f64; 2], _rng: &mut R) -> Step<[f64; 2]> {
        let reward = if a[0] > self.limit { f64::NAN } else { 0.0 };
        Step {
            next: *a,
            reward,
            end: None,
        }
    }
    fn observe(&self, s: &[f64; 2], mut out: ArrayViewMut1<'_, f64>) {
        out.assign(&aview1(s));
    }
}

fn policy(sizes: &[usize], head: Head) -> Policy {
    Policy::new(Mlp::new(sizes, Activation::Tanh).unwrap(), head).unwrap()
}

fn start<S: Scalar>(policy: &Policy) -> Vec<S> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    policy.init_orthogonal(1.0, 0.5, &mut rng).to_vec()
}

/// Two batches, one after the other, with this many threads.
fn two_batches<E, S: Scalar>(env: E, limit: usize, policy: &Policy, threads: usize) -> [Batch<S>; 2]
where
    E: Env + Clone + Send,
    Episode<E>: Simulator + Send,
{
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let mut rollouts =
        Rollouts::new(7, 3, 5, |rng| Episode::new(env.clone(), Some(limit), rng)).unwrap();
    let params = start(policy);
    let mut batch = Batch::new(7, 60, policy).unwrap();
    [(); 2].map(|()| {
        pool.install(|| rollouts.collect(policy, &params, &mut batch))
            .unwrap();
        batch.clone()
    })
}

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

fn clocks(dies: usize, steps: usize) -> [Batch<f64>; 2] {
    let clock = policy(&[1, 2], Head::Categorical);
    let mut rollouts =
        Rollouts::new(3, 2, 1, |rng| Episode::new(Clock { dies }, Some(4), rng)).unwrap();
    let mut batch = Batch::new(3, steps, &clock).unwrap();
    [(); 2].map(|()| {
        rollouts.collect(&clock, &[0.0; 4], &mut batch).unwrap();
        batch.clone()
    })
}

#[test]
fn a_truncated_step_keeps_what_was_seen_before_the_reset() {
    let [first, second] = clocks(9, 6);
    for (n, rows) in [0..6, 6..12, 12..18].into_iter().enumerate() {
        assert_eq!(first.rewards[rows.clone()], [1.0, 2.0, 3.0, 4.0, 1.0, 2.0]);
        assert_eq!(second.rewards[rows.clone()], [3.0, 4.0, 1.0, 2.0, 3.0, 4.0]);
        let seen: Vec<f64> = rows
            .clone()
            .map(|row| first.observations[[row, 0]])
            .collect();
        assert_eq!(seen, [0.0, 1.0, 2.0, 3.0, 0.0, 1.0]);
        let ends: Vec<_> = rows
            .clone()
            .filter(|row| second.ends[*row].is_some())
            .collect();
        assert_eq!(ends, [6 * n + 1, 6 * n + 5]);
        // Truncated after four steps, and cut in the second.
        let finals = |batch: &Batch<f64>| -> Vec<(usize, f64)> {
            let all = batch
                .final_rows
                .iter()
                .zip(batch.finals().column(0).to_vec());
            let own = all.filter(|(row, _)| rows.contains(row));
            own.map(|(row, seen)| (row - 6 * n, seen)).collect()
        };
        assert_eq!(finals(&first), [(3, 4.0), (5, 2.0)]);
        assert_eq!(finals(&second), [(1, 4.0), (5, 4.0)]);
    }
    let finished = |n: usize, step: usize| Finished {
        environment: n,
        step,
        end: End::Truncated,
        total: 10.0,
        steps: 4,
    };
    assert_eq!(
        first.finished,
        [finished(0, 3), finished(1, 3), finished(2, 3)]
    );
    // The last shard holds one environment; within a shard, step by step.
    let expected = [(0, 1), (1, 1), (0, 5), (1, 5), (2, 1), (2, 5)];
    assert_eq!(second.finished, expected.map(|(n, t)| finished(n, t)));
}

#[test]
fn a_terminated_step_is_not_bootstrapped() {
    let [first, _] = clocks(4, 6); // both happen in the fourth step: termination wins
    assert_eq!(first.final_rows, [5, 11, 17]);
    assert!(
        first
            .finished
            .iter()
            .all(|episode| episode.end == End::Terminated)
    );
}

/// λ = 1: the return less the value, done again by hand.
#[test]
fn advantages_bootstrap_from_the_final_observation() {
    let (discount, value) = (0.5, |seen: f64| 8.0 + seen);
    for (dies, after) in [(9, value(4.0)), (4, 0.0)] {
        let [batch, _] = clocks(dies, 6);
        let values: Vec<f64> = batch.observations.iter().map(|x| value(*x)).collect();
        let finals: Vec<f64> = batch.finals().iter().map(|x| value(*x)).collect();
        let (mut next, mut found) = (Vec::new(), Vec::new());
        let (both, settings) = ((&values[..], &finals[..]), (discount, 1.0));
        batch
            .advantages(&batch.rewards, both, settings, &mut next, &mut found)
            .unwrap();
        let mut returns = [0.0; 6];
        for (t, end) in [(3, after), (5, value(2.0))] {
            let mut rest = end;
            for t in (if t == 3 { 0 } else { 4 }..=t).rev() {
                rest = batch.rewards[t] + discount * rest;
                returns[t] = rest;
            }
        }
        for row in 0..18 {
            assert!(
                (found[row] - (returns[row % 6] - values[row])).abs() < 1e-14,
                "row {row}"
            );
        }
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

fn echo(head: Head, limit: f64) -> Result<Batch<f64>, Error> {
    let policy = policy(&[2, 2], head);
    let mut rollouts = Rollouts::new(2, 2, 1, |rng| Episode::new(Echo { limit }, None, rng))?;
    let mut batch = Batch::new(2, 40, &policy)?;
    rollouts.collect(&policy, &[0.0; 6], &mut batch)?;
    Ok(batch)
}

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

#[test]
fn what_is_normalised_is_normalised_by_what_was_seen_before() {
    let policy = policy(&[1, 2], Head::Categorical);
    let collect = |rollouts: &mut Rollouts<Episode<Clock>, f64>| {
        let mut batch = Batch::new(3, 10, &policy).unwrap();
        rollouts.collect(&policy, &[0.0; 4], &mut batch).unwrap();
        batch
    };
    let make = |shards| {
        Rollouts::new(3, shards, 1, |rng| {
            Episode::new(Clock { dies: 4 }, None, rng)
        })
        .unwrap()
    };
    let mut plain = make(2);
    let raw = [collect(&mut plain), collect(&mut plain)];
    let mut scaled = make(2);
    scaled.observations = Some(Normaliser::new(1));
    scaled.rewards = Some(ReturnNormaliser::new(3, 0.9));
    let first = collect(&mut scaled);
    let off = &first.observations - &raw[0].observations; // nothing had been seen
    assert!(off.iter().all(|off| off.abs() < 1e-7));

    // A clock shows 1, 2, 3, 4, and 0 after its reset; 4 is seen before it.
    let seen: Vec<f64> = (1..=10)
        .flat_map(|step| match step % 4 {
            0 => vec![4.0, 0.0],
            n => vec![f64::from(n)],
        })
        .collect();
    let mean = seen.iter().sum::<f64>() / seen.len() as f64;
    let variance = seen.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / seen.len() as f64;
    let second = collect(&mut scaled);
    for (y, x) in second.observations.iter().zip(&raw[1].observations) {
        assert!((y - (x - mean) / (variance + 1e-8).sqrt()).abs() < 1e-12);
    }
    let mut referee = ReturnNormaliser::new(3, 0.9);
    for (raw, scaled) in raw.iter().zip([first, second]) {
        for t in 0..10 {
            let row = |n: usize| raw.rewards[n * 10 + t];
            let ended = |n: usize| raw.ends[n * 10 + t].is_some();
            referee.update(&[row(0), row(1), row(2)], &[ended(0), ended(1), ended(2)]);
        }
        for (scaled, raw) in scaled.rewards.iter().zip(&raw.rewards) {
            assert_eq!(*scaled, referee.scale(*raw));
        }
        assert_eq!(scaled.finished, raw.finished); // totals are those of the problem
    }
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

#[test]
fn refuses_a_number_that_is_not_finite() {
    let plain = echo(Head::Normal(LogStd::Fixed(0.0)), 9.0).unwrap();
    let largest = |n: usize| {
        let own = plain.actions[80 * n..80 * (n + 1)]
            .iter()
            .step_by(2)
            .copied();
        own.enumerate().max_by(|x, y| x.1.total_cmp(&y.1)).unwrap()
    };
    let tops = [largest(0), largest(1)];
    let n = usize::from(tops[1].1 > tops[0].1);
    let limit = tops[1 - n].1.max(tops[n].1 - 1e-9);
    let refused = echo(Head::Normal(LogStd::Fixed(0.0)), limit).unwrap_err();
    // The first action of that environment above the limit.
    let step = (0..40)
        .find(|t| plain.actions[80 * n + 2 * t] > limit)
        .unwrap();
    let Error::NotFinite {
        what,
        environment,
        step: at,
        value,
    } = refused
    else {
        panic!("{refused}");
    };
    assert_eq!(
        (what, environment, at, value.is_nan()),
        ("reward", n, step, true)
    );

    let cartpole = policy(&[4, 2], Head::Categorical);
    let mut rollouts =
        Rollouts::new(1, 1, 1, |rng| Episode::new(CartPole::default(), None, rng)).unwrap();
    let mut batch = Batch::new(1, 2, &cartpole).unwrap();
    let refused = rollouts.collect(&cartpole, &[f64::NAN; 10], &mut batch);
    assert!(matches!(
        refused,
        Err(Error::NotFinite {
            what: "log-probability",
            ..
        })
    ));
}

#[test]
fn refuses_a_policy_for_another_problem() {
    let heads = [
        policy(&[4, 3], Head::Categorical),
        policy(&[3, 2], Head::Categorical),
        policy(&[4, 1], Head::Normal(LogStd::Fixed(0.0))),
    ];
    for policy in heads {
        let mut rollouts =
            Rollouts::new(1, 1, 1, |rng| Episode::new(CartPole::default(), None, rng)).unwrap();
        let mut batch = Batch::new(1, 2, &policy).unwrap();
        let params = vec![0.0; policy.n_params()];
        let refused = rollouts.collect(&policy, &params, &mut batch);
        assert!(matches!(refused, Err(Error::Misfit { .. })));
    }
    let none = |n, shards| {
        let make = |rng: &mut _| Episode::new(CartPole::default(), None, rng);
        Rollouts::<_, f32>::new(n, shards, 1, make).err()
    };
    assert_eq!(
        none(0, 1),
        Some(Error::Empty {
            environments: 0,
            shards: 1
        })
    );
    assert_eq!(
        none(1, 0),
        Some(Error::Empty {
            environments: 1,
            shards: 0
        })
    );
    let empty = Batch::<f32>::new(1, 0, &policy(&[1, 2], Head::Categorical));
    assert_eq!(
        empty,
        Err(Error::EmptyBatch {
            environments: 1,
            steps: 0
        })
    );
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

fn of_features(every: usize) -> LogStd {
    LogStd::OfFeatures {
        start: -0.5,
        sample_every: NonZeroUsize::new(every),
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
