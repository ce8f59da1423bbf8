//! What episodes end with, and the sums done again.

use kinglet_envs::{End, Episode};

use super::super::*;
use super::{Clock, policy};

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
