//! What a replay holds, against the rollouts that it was shown.

use kinglet_envs::{CartPole, Episode};
use kinglet_nn::{Activation, Mlp};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use super::*;
use crate::{Head, Policy, Rollouts};

/// Short episodes of three CartPoles, in rollouts of these lengths, and all their transitions in the order of time:
/// observation, next observation, action, log-probability, reward, end.
struct Told {
    replay: Replay<f64>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq)]
struct Row {
    seen: Vec<f64>,
    next: Option<Vec<f64>>,
    action: f64,
    log_prob: f64,
    reward: f64,
    end: Option<End>,
}

fn told(capacity: usize, lengths: &[usize]) -> Told {
    let policy = Policy::new(
        Mlp::new(&[4, 2], Activation::Tanh).unwrap(),
        Head::Categorical,
    );
    let policy = policy.unwrap();
    let params = vec![0.0; policy.n_params()];
    let make = |rng: &mut Xoshiro256PlusPlus| Episode::new(CartPole::default(), Some(12), rng);
    let mut rollouts = Rollouts::new(3, 2, 5, make).unwrap();
    let mut replay = Replay::new(capacity, 3, 4, 1).unwrap();
    let mut rows = Vec::new();
    for &steps in lengths {
        let mut batch = Batch::new(3, steps, &policy).unwrap();
        rollouts.collect(&policy, &params, &mut batch).unwrap();
        replay.push(&batch);
        for t in 0..steps {
            for n in 0..3 {
                rows.push(row(&batch, n * steps + t));
            }
        }
    }
    Told { replay, rows }
}

fn row(batch: &Batch<f64>, at: usize) -> Row {
    let last = batch.final_rows.iter().position(|row| *row == at);
    let next = match (last, batch.ends[at]) {
        (Some(k), _) => Some(batch.finals().row(k).to_vec()),
        (None, Some(_)) => None,
        (None, None) => Some(batch.states().row(at + 1).to_vec()),
    };
    Row {
        seen: batch.states().row(at).to_vec(),
        next,
        action: batch.actions[at],
        log_prob: batch.log_probs[at],
        reward: batch.rewards[at],
        end: batch.ends[at],
    }
}

/// Row `at` of a minibatch, its next observation where it means something.
fn drawn(minibatch: &Minibatch<f64>, at: usize) -> Row {
    let next = minibatch.next_observations().row(at).to_vec();
    Row {
        seen: minibatch.observations().row(at).to_vec(),
        next: (minibatch.ends[at] != Some(End::Terminated)).then_some(next),
        action: minibatch.actions[at],
        log_prob: minibatch.log_probs[at],
        reward: minibatch.rewards[at],
        end: minibatch.ends[at],
    }
}

#[test]
fn the_newest_rows_are_those_that_came_last_however_often_the_ring_went_round() {
    for capacity in [9, 30, 300] {
        let Told { replay, rows } = told(capacity, &[1, 1, 20, 7, 1, 2]);
        assert_eq!(replay.written(), rows.len() as u64);
        assert_eq!(replay.len(), rows.len().min(capacity));
        let mut minibatch = Minibatch::default();
        replay.newest(usize::MAX, &mut minibatch);
        let found: Vec<_> = (0..replay.len()).map(|at| drawn(&minibatch, at)).collect();
        assert_eq!(found, rows[rows.len() - replay.len()..]);
        let ends = found.iter().filter(|row| row.end.is_some()).count();
        assert!(ends > 0 || capacity == 9);
    }
}

/// A sequence is consecutive steps of one environment, to its length, its episode's end or the newest step.
#[test]
fn sequences_follow_one_environment_to_an_end() {
    let Told { replay, rows } = told(60, &[30, 5]);
    let held = &rows[rows.len() - replay.len()..];
    let mut minibatch = Minibatch::default();
    let rng = &mut Xoshiro256PlusPlus::seed_from_u64(1);
    replay.sample(500, 6, &mut minibatch, rng);
    let (mut cut, mut whole, mut newest) = (0, 0, 0);
    for b in 0..500 {
        let first = drawn(&minibatch, 6 * b);
        let mut at = held.iter().position(|row| *row == first).unwrap();
        let steps = minibatch.lengths[b];
        for t in 0..6 {
            assert_eq!(drawn(&minibatch, 6 * b + t), held[at]);
            if t + 1 < steps {
                assert_eq!(held[at].end, None);
                at += 3;
            }
        }
        let (ended, last) = (held[at].end.is_some(), at + 3 >= held.len());
        assert!(steps == 6 || ended || last, "{b}");
        cut += usize::from(ended);
        newest += usize::from(last && !ended);
        whole += usize::from(steps == 6);
    }
    assert!(
        cut > 20 && whole > 20 && newest > 5,
        "{cut} {whole} {newest}"
    );
}

/// Each row is as probable as any other: the counts' chi-square is within six standard deviations of its mean.
#[test]
fn rows_are_drawn_uniformly() {
    let Told { replay, .. } = told(60, &[25]);
    let (mut minibatch, n) = (Minibatch::default(), replay.len());
    let rng = &mut Xoshiro256PlusPlus::seed_from_u64(1);
    let mut all = Minibatch::default();
    replay.newest(n, &mut all);
    replay.sample(100 * n, 1, &mut minibatch, rng);
    let mut counts = vec![0.0; n];
    for at in 0..minibatch.rows() {
        let row = drawn(&minibatch, at);
        let found = (0..n).find(|k| drawn(&all, *k) == row).unwrap();
        counts[found] += 1.0;
    }
    let squares: f64 = counts.iter().map(|c| (c - 100.0f64).powi(2) / 100.0).sum();
    let freedom = (n - 1) as f64;
    assert!(
        (squares - freedom).abs() < 6.0 * (2.0 * freedom).sqrt(),
        "{squares} {freedom}"
    );
}

#[test]
fn a_million_half_cheetah_transitions_take_less_than_250_megabytes() {
    let replay = Replay::<f32>::new(1_000_000, 1, 17, 6).unwrap();
    let numbers = replay.observations.len()
        + replay.next_observations.len()
        + replay.actions.len()
        + replay.log_probs.len()
        + replay.rewards.len();
    let bytes = 4 * numbers + size_of::<Option<End>>() * replay.ends.len();
    assert_eq!(bytes, 169_000_000);
}

#[test]
fn a_checkpoint_brings_every_row_back() {
    for capacity in [30, 300] {
        let Told { replay, .. } = told(capacity, &[20, 7]);
        let mut checkpoint = Checkpoint::default();
        replay.save(&mut checkpoint);
        let mut back = Replay::new(capacity, 3, 4, 1).unwrap();
        back.load(&checkpoint).unwrap();
        assert_eq!(back, replay);
    }
}

#[test]
fn a_replay_of_nothing_is_refused() {
    let refused = Replay::<f32>::new(0, 1, 2, 3).unwrap_err().to_string();
    assert!(refused.contains("of 0 transitions"), "{refused}");
}
